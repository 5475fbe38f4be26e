"""Where speech begins and ends, with a detector that is told what is speech."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from telephony_agent.offline.model.faculties import Sound, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from telephony_agent.offline.model.gates import LEAD, LONGEST, Gates, gates
from telephony_agent.offline.model.listener import FRAME, Listener
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.resample import Samples

SPEECH = (16_000 * np.ones(FRAME)).astype("<i2").tobytes()  # 32 ms of something the detector calls speech
SILENCE = bytes(2 * FRAME)


def detect(frame: Samples) -> float:
    return 1.0 if float(np.abs(frame).max()) > 0.1 else 0.0


def listener(**knobs: Any) -> Listener:
    """As a setup with these fields wants it."""
    return Listener(detect, lambda utterance: f"{len(utterance.pcm)} bytes", gates(Setup(**knobs)))


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


def test_a_pause_of_128_ms_is_announced_and_one_of_544_ms_ends_it() -> None:
    ear = listener()
    hear(ear, 10 * SPEECH)
    assert hear(ear, 3 * SILENCE) == []
    assert hear(ear, SILENCE) == [SpeechPaused]
    assert hear(ear, 12 * SILENCE) == []
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
    assert ended.utterance.pcm == LEAD * SILENCE + 10 * SPEECH


@pytest.mark.parametrize("agent_talks", [False, True])
def test_the_client_may_choose_how_much_speech_begins_an_utterance(agent_talks: bool) -> None:
    ear = listener(prefix_ms=320)
    assert hear(ear, 9 * SPEECH, agent_talks=agent_talks) == []
    assert hear(ear, SPEECH, agent_talks=agent_talks) == [SpeechStarted]
    *_, ended = ear.finish()
    assert isinstance(ended, SpeechEnded)
    assert ended.utterance.pcm == 10 * SPEECH, "nothing of it is lost"


def test_no_speech_at_all_is_a_frame_of_it() -> None:
    assert hear(listener(prefix_ms=0), SPEECH) == [SpeechStarted]


def test_a_turn_of_all_input_holds_ten_seconds_from_before_it() -> None:
    ear = listener(all_input=True)
    hear(ear, 400 * SILENCE, 10 * SPEECH)
    *_, ended = ear.finish()
    assert isinstance(ended, SpeechEnded)
    assert len(ended.utterance.pcm) == (312 + 10) * len(SILENCE)


@pytest.mark.parametrize(
    ("knobs", "expected"),
    [
        ({}, Gates(start=3, barge_in=5, end=17, lead=16, likely=0.5, still_likely=0.35)),
        ({"start_sensitivity": "HIGH", "end_sensitivity": "HIGH"}, Gates()),
        ({"start_sensitivity": "LOW"}, Gates(likely=0.85)),
        ({"end_sensitivity": "LOW"}, Gates(end=31, still_likely=0.15)),
        ({"end_sensitivity": "LOW", "silence_ms": 320}, Gates(end=10, still_likely=0.15)),
        ({"silence_ms": 0}, Gates(end=2)),
        ({"silence_ms": 2_000_000_000, "prefix_ms": 2_000_000_000}, Gates(LONGEST, LONGEST, LONGEST)),
    ],
)
def test_what_the_knobs_come_to(knobs: dict[str, Any], expected: Gates) -> None:
    assert gates(Setup(**knobs)) == expected


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
