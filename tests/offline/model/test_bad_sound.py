"""What is no speech, or hardly any: nobody is taken to speak, or the words that can be understood are."""

from __future__ import annotations

import difflib

import numpy as np
import pytest
from numpy.typing import NDArray

from telephony_agent.offline.model.faculties import SpeechEnded, SpeechStarted
from telephony_agent.offline.model.gates import LONGEST
from telephony_agent.offline.model.listener import FRAME, Listener
from telephony_agent.offline.model.recogniser import Recogniser
from telephony_agent.offline.model.resample import Samples, from_pcm, to_pcm
from telephony_agent.offline.model.voice_activity import VoiceActivity
from tests.offline.model.conftest import by_telephone, recorded
from tests.offline.model.test_recogniser import JFK, words

RATE = 8_000
TIME = np.arange(6 * RATE) / RATE
SECOND = bytes(32_000)  # of silence at 16 kHz
NUMBER = "please check the number and dial again"
MOST = 0.5  # of the words


def tones(*hertz: float) -> NDArray[np.float64]:
    sound = np.zeros_like(TIME)
    for each in hertz:
        sound += 0.3 * np.sin(2 * np.pi * each * TIME)
    return sound


def music(beat: float, harmonics: int) -> NDArray[np.float64]:
    """A tune of so many seconds a note, each dying away."""
    sound = np.zeros_like(TIME)
    for number, hertz in enumerate([261.6, 329.6, 392.0, 523.3, 440.0, 349.2] * round(1 / beat)):
        note = np.floor(TIME / beat) == number
        for harmonic in range(1, harmonics + 1):
            sound[note] += np.sin(2 * np.pi * hertz * harmonic * TIME[note]) / harmonic
        sound[note] *= np.exp(-3 * (TIME[note] / beat - number))
    loudest = float(np.abs(sound).max())
    return sound * (0.4 / loudest)


def dialling() -> NDArray[np.float64]:
    """The keys 1, 5, 9 and D, 150 ms each."""
    keys = [(697, 1209), (770, 1336), (852, 1477), (941, 1633)]
    sound = np.zeros_like(TIME)
    for at, key in enumerate(keys):
        sound += np.where(np.floor(TIME % 2 / 0.15) == 2 * at, tones(*key), 0)
    return sound


def coughs() -> NDArray[np.float64]:
    """Bursts of noise with a throat's resonance, a quarter of a second each."""
    sound, noise = np.zeros_like(TIME), np.random.default_rng(1)
    for second in (1.0, 1.5, 4.0):
        burst = noise.normal(size=RATE // 4) * np.exp(-np.arange(RATE // 4) / 500)
        burst = np.convolve(burst, np.sin(2 * np.pi * 500 * np.arange(40) / RATE), "same")
        start = int(second * RATE)
        sound[start : start + len(burst)] = 0.5 * burst / np.abs(burst).max()
    return sound


NO_SPEECH = {
    "silence": np.zeros_like(TIME),
    "noise": np.random.default_rng(2).normal(0, 0.05, len(TIME)),
    "a hum": tones(50, 150) / 3,
    "a piano": music(0.5, 5),
    "an organ": music(1.0, 3) + 0.1 * tones(261.6, 329.6, 392.0),
    "keys of a telephone": dialling(),
    "a busy line": np.where(TIME % 1 < 0.5, tones(480, 620), 0),
    "a ringing one": np.where(TIME % 6 < 2, tones(440, 480), 0),
    "coughs": coughs(),
}


@pytest.mark.parametrize("sound", NO_SPEECH)
def test_what_is_no_speech_is_not_understood(activity: VoiceActivity, recogniser: Recogniser, sound: str) -> None:
    pcm = by_telephone(to_pcm(NO_SPEECH[sound].astype(np.float32)), RATE)
    assert understood(activity, recogniser, pcm) == ""


@pytest.mark.parametrize("sound", NO_SPEECH)
def test_what_is_no_speech_does_not_interrupt(activity: VoiceActivity, sound: str) -> None:
    pcm = by_telephone(to_pcm(NO_SPEECH[sound].astype(np.float32)), RATE)
    assert Listener(activity.detector(), lambda utterance: "").hear(pcm, 16_000, agent_talks=True) == []


@pytest.mark.parametrize("name", ["asterisk_hello-world", "asterisk_digits_4", "asterisk_digits_7", "asterisk_goodbye"])
def test_a_word_does(activity: VoiceActivity, name: str) -> None:
    sounds = Listener(activity.detector(), lambda utterance: "").hear(
        SECOND + recorded(name) + SECOND, 16_000, agent_talks=True
    )
    assert sounds[0] == SpeechStarted()


def understood(
    activity: VoiceActivity, recogniser: Recogniser, pcm: bytes, rate: int = 16_000, size: int = 1000
) -> str:
    """All that an ear makes of it, a thousand bytes at a time."""
    ear = Listener(activity.detector(), lambda utterance: recogniser.recognise(utterance.pcm))
    pieces = [pcm[at : at + size] for at in range(0, len(pcm), size)]
    sounds = [sound for piece in pieces for sound in ear.hear(piece, rate, agent_talks=False)] + ear.finish()
    return words(" ".join(ear.transcribe(sound.utterance) for sound in sounds if isinstance(sound, SpeechEnded)))


def changed(pcm: bytes, gain: float) -> bytes:
    louder: Samples = from_pcm(pcm) * np.float32(gain)
    return to_pcm(louder)


@pytest.mark.parametrize("gain", [20, 0.01], ids=["clipped", "whispered"])
def test_the_words_of_who_is_much_too_loud_or_faint_are_understood(
    activity: VoiceActivity, recogniser: Recogniser, gain: float
) -> None:
    speech = changed(recorded("asterisk_check-number-dial-again"), gain)
    heard = understood(activity, recogniser, SECOND + speech + SECOND)
    assert difflib.SequenceMatcher(None, heard.split(), NUMBER.split()).ratio() >= MOST


def test_pieces_of_an_odd_length_are_put_together(activity: VoiceActivity, recogniser: Recogniser) -> None:
    speech = SECOND + recorded("asterisk_hello-world") + SECOND
    assert understood(activity, recogniser, speech + b"\7", size=641) == "hello world"


def test_who_never_pauses_is_understood_in_two_turns(activity: VoiceActivity, recogniser: Recogniser) -> None:
    said = recorded("asterisk_check-number-dial-again")[9_000:-9_000]  # without the silence around it
    ear = Listener(activity.detector(), lambda utterance: "")
    speech = (said * 40)[: 32_000 * 32]
    sounds = ear.hear(SECOND + speech + SECOND, 16_000, agent_talks=False)
    assert [type(sound) for sound in sounds].count(SpeechStarted) == 2
    first, _second = [sound.utterance for sound in sounds if isinstance(sound, SpeechEnded)]
    assert len(first.pcm) == 2 * FRAME * LONGEST
    assert words(recogniser.recognise(first.pcm)).count("dial again") > 5


def test_more_than_whisper_takes_at_once_is_cut_where_it_is_quiet(recogniser: Recogniser) -> None:
    jfk = recorded("jfk_inaugural_16k")
    heard = words(recogniser.recognise(jfk + SECOND + jfk + SECOND + jfk)).split()
    assert difflib.SequenceMatcher(None, heard, (JFK.split() * 3)).ratio() >= MOST
