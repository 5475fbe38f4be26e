"""The voices: how long, how loud, how deep."""

import numpy as np

from telephony_agent.offline.model.reply import RATE
from telephony_agent.offline.model.resample import from_pcm
from telephony_agent.offline.model.voices import SpokenVoice, agent


def test_a_sentence_starts_and_ends_at_once(voice: SpokenVoice) -> None:
    spoken = from_pcm(voice.say("When are you open?"))
    loud = np.flatnonzero(np.abs(spoken) > 0.02)
    assert 0.5 < len(spoken) / RATE < 2
    assert loud[0] < 0.08 * RATE
    assert len(spoken) - loud[-1] < 0.35 * RATE


def test_what_goes_on_without_a_comma_ends_with_a_shorter_silence(voice: SpokenVoice) -> None:
    whole, begun = (from_pcm(voice.say(text)) for text in ("I am sorry,", "I am sorry"))
    ends = [len(spoken) - np.flatnonzero(np.abs(spoken) > 0.01)[-1] for spoken in (whole, begun)]
    assert ends[0] > ends[1] + 0.1 * RATE


def test_the_same_words_always_sound_the_same(voice: SpokenVoice) -> None:
    assert voice.say("Hello.") == voice.say("Hello.")


def test_the_beginning_is_there_before_the_rest(voice: SpokenVoice) -> None:
    head, rest = voice.speak("I would like to book a table for four people.")
    assert 0.4 * RATE < len(head) / 2 < 0.6 * RATE
    assert len(rest) > 2 * len(head)


def test_nothing_to_say_is_no_sound(voice: SpokenVoice) -> None:
    assert voice.say("") == b""


def test_the_caller_is_not_the_agent(voice: SpokenVoice) -> None:
    def middle(spoken: bytes) -> float:
        """The frequency below which half of the sound is."""
        power = np.abs(np.fft.rfft(from_pcm(spoken))) ** 2
        return float(np.searchsorted(power.cumsum(), power.sum() / 2) * RATE / (len(spoken) / 2))

    line = "I would like to book a table for four people."
    assert middle(voice.say(line)) < 0.95 * middle(agent().say(line))
