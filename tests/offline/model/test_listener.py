"""Where speech begins and ends, with a detector that is told what is speech."""

from __future__ import annotations

import numpy as np
import pytest

from telephony_agent.offline.model.faculties import Sound, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from telephony_agent.offline.model.listener import FRAME, LEAD, LONGEST, Listener
from telephony_agent.offline.model.resample import Samples

SPEECH = (16_000 * np.ones(FRAME)).astype("<i2").tobytes()  # 32 ms of something the detector calls speech
SILENCE = bytes(2 * FRAME)


def detect(frame: Samples) -> float:
    return 1.0 if float(np.abs(frame).max()) > 0.1 else 0.0


def listener(silence_ms: int | None = None) -> Listener:
    return Listener(detect, lambda utterance: f"{len(utterance.pcm)} bytes", silence_ms)


def hear(ear: Listener, *pieces: bytes, agent_talks: bool = False) -> list[type[Sound]]:
    return [type(sound) for piece in pieces for sound in ear.hear(piece, 16_000, agent_talks)]


def test_96_ms_of_speech_begin_an_utterance() -> None:
    ear = listener()
    assert hear(ear, 2 * SPEECH) == []
    assert hear(ear, SPEECH) == [SpeechStarted]


def test_over_a_talking_agent_it_takes_160_ms() -> None:
    ear = listener()
    assert hear(ear, 4 * SPEECH, agent_talks=True) == []
    assert hear(ear, SPEECH, agent_talks=True) == [SpeechStarted]


def test_a_knock_is_no_speech() -> None:
    assert hear(listener(), *[2 * SPEECH, 2 * SILENCE] * 20) == []


def test_a_pause_of_192_ms_is_announced_and_one_of_544_ms_ends_it() -> None:
    ear = listener()
    hear(ear, 10 * SPEECH)
    assert hear(ear, 5 * SILENCE) == []
    assert hear(ear, SILENCE) == [SpeechPaused]
    assert hear(ear, 10 * SILENCE) == []
    assert hear(ear, SILENCE) == [SpeechEnded]


def test_a_pause_for_breath_is_taken_back() -> None:
    ear = listener()
    hear(ear, 10 * SPEECH, 6 * SILENCE)
    assert hear(ear, SPEECH) == [SpeechResumed]
    assert hear(ear, 6 * SILENCE) == [SpeechPaused]


def test_the_client_may_choose_the_silence() -> None:
    ear = listener(silence_ms=300)
    hear(ear, 10 * SPEECH)
    assert hear(ear, 9 * SILENCE)[-1] is SpeechEnded


def test_an_utterance_holds_half_a_second_from_before_it() -> None:
    ear = listener()
    hear(ear, 100 * SILENCE, 10 * SPEECH)
    *_, ended = ear.finish()
    assert isinstance(ended, SpeechEnded)
    assert ended.utterance.pcm == (LEAD - 3) * SILENCE + 10 * SPEECH


def test_utterances_are_numbered() -> None:
    ear = listener(silence_ms=64)
    sounds = ear.hear((10 * SPEECH + 10 * SILENCE) * 3, 16_000, agent_talks=False)
    assert [sound.utterance.number for sound in sounds if isinstance(sound, SpeechEnded)] == [0, 1, 2]


def test_no_utterance_is_longer_than_the_recogniser_can_take() -> None:
    ear = listener()
    assert hear(ear, (LONGEST + 10) * SPEECH)[:2] == [SpeechStarted, SpeechEnded]


def test_nothing_ends_if_nobody_speaks() -> None:
    assert listener().finish() == []


@pytest.mark.parametrize("size", [1, 7, 320, 640, 5000])
def test_the_size_of_the_pieces_does_not_matter(size: int) -> None:
    sound = 20 * SILENCE + 12 * SPEECH + 20 * SILENCE
    whole = listener().hear(sound, 16_000, agent_talks=False)
    ear = listener()
    pieces = [s for at in range(0, len(sound), size) for s in ear.hear(sound[at : at + size], 16_000, False)]
    assert pieces == whole


@pytest.mark.parametrize("rate", [8_000, 24_000, 48_000])
def test_other_rates_are_heard_too(rate: int) -> None:
    tone = (9000 * np.sin(np.arange(rate) * 2 * np.pi * 300 / rate)).astype("<i2").tobytes()
    assert [type(sound) for sound in listener().hear(tone, rate, agent_talks=False)] == [SpeechStarted]
