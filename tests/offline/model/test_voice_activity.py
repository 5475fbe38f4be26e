"""Silero in the listener, on a human and on noise."""

import audioop

import numpy as np
import pytest

from telephony_agent.demo.telephone import pink_noise
from telephony_agent.offline.model.faculties import SpeechEnded, SpeechPaused, SpeechStarted
from telephony_agent.offline.model.listener import RATE, Listener
from telephony_agent.offline.model.resample import from_pcm, to_pcm
from telephony_agent.offline.model.voice_activity import VoiceActivity
from tests.offline.model.conftest import recorded


def test_a_human_is_heard_from_beginning_to_end(activity: VoiceActivity) -> None:
    ear = Listener(activity.detector(), lambda utterance: "")
    sounds = ear.hear(bytes(16_000) + recorded("asterisk_goodbye") + bytes(2 * 16_000), 16_000, agent_talks=False)
    assert [type(sound) for sound in sounds] == [SpeechStarted, SpeechPaused, SpeechEnded]


def test_noise_is_not(activity: VoiceActivity) -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, 48_000).astype(np.float32)
    ear = Listener(activity.detector(), lambda utterance: "")
    assert ear.hear(to_pcm(noise), 16_000, agent_talks=False) == []


@pytest.mark.parametrize("phase", range(0, 320, 40))
def test_a_short_word_is_heard_after_another_utterance_on_a_noisy_line(activity: VoiceActivity, phase: int) -> None:
    word = from_pcm(recorded("asterisk_digits_4"))
    line = np.concatenate([np.zeros(RATE + phase), word, np.zeros(3 * RATE // 2), word, np.zeros(RATE)])
    noise = np.frombuffer(audioop.ratecv(pink_noise(), 2, 1, 8_000, RATE, None)[0], "<i2") / 32768
    line += noise[: len(line)]
    detector = activity.detector()
    ear = Listener(detector, lambda utterance: "", forget=detector.forget)
    sounds = ear.hear(to_pcm(line.astype(np.float32)), RATE, agent_talks=False)
    assert [type(sound) for sound in sounds].count(SpeechEnded) == 2
