"""Who speaks, and what was said: by an ear that is told what it hears."""

from __future__ import annotations

import itertools

import pytest

from telephony_agent.offline.model.events import Transcribe
from telephony_agent.offline.model.faculties import (
    Sound,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    Utterance,
)
from telephony_agent.offline.model.hearing import Began, Hearing, OutOfPlace, Understood, pieces

ONE = Utterance(0, b"\1\0")
PCM = b"\1\0" * 320


class Told:
    """An Ear that hears what it was told it would, a list at a time."""

    def __init__(self, *hears: list[Sound]) -> None:
        self._hears = iter(hears)

    def hear(self, pcm: bytes, rate: int, agent_talks: bool) -> list[Sound]:
        return next(self._hears)

    def finish(self) -> list[Sound]:
        return next(self._hears)

    def transcribe(self, utterance: Utterance) -> str:
        raise AssertionError("that is done in a worker")


def hearing(*hears: list[Sound], manual: bool = False) -> Hearing:
    return Hearing(Told(*hears), itertools.count(1), manual)


def test_an_utterance_begins_is_recognised_and_understood() -> None:
    ears = hearing([SpeechStarted()], [SpeechEnded(ONE)])
    assert ears.hear(PCM, 16_000, False) == [Began()]
    (transcribe,) = ears.hear(PCM, 16_000, False)
    assert isinstance(transcribe, Transcribe)
    assert transcribe.utterance == ONE
    assert ears.transcribed(transcribe.ticket, "Hello.") == [Understood("Hello.")]
    assert ears.transcribed(transcribe.ticket, "Hello.") == [], "only once"


def test_it_is_busy_from_the_first_sound_to_the_last_word() -> None:
    ears = hearing([SpeechStarted()], [SpeechEnded(ONE)])
    busy = [ears.busy]
    ears.hear(PCM, 16_000, False)
    busy.append(ears.busy)
    (transcribe,) = ears.hear(PCM, 16_000, False)
    busy.append(ears.busy)
    assert isinstance(transcribe, Transcribe)
    ears.transcribed(transcribe.ticket, "Hello.")
    assert [*busy, ears.busy] == [False, True, True, False]


@pytest.mark.parametrize("early", [True, False])
def test_a_pause_is_recognised_ahead_and_counts_if_it_was_the_end(early: bool) -> None:
    ears = hearing([SpeechStarted(), SpeechPaused(ONE)], [SpeechEnded(ONE)])
    _, transcribe = ears.hear(PCM, 16_000, False)
    assert isinstance(transcribe, Transcribe)
    if early:
        assert ears.transcribed(transcribe.ticket, "Hello.") == []
        assert ears.hear(PCM, 16_000, False) == [Understood("Hello.")]
    else:
        assert ears.hear(PCM, 16_000, False) == []
        assert ears.transcribed(transcribe.ticket, "Hello.") == [Understood("Hello.")]


def test_a_pause_for_breath_is_forgotten() -> None:
    ears = hearing([SpeechStarted(), SpeechPaused(ONE)], [SpeechResumed(), SpeechEnded(ONE)])
    _, ahead = ears.hear(PCM, 16_000, False)
    (whole,) = ears.hear(PCM, 16_000, False)
    assert isinstance(ahead, Transcribe)
    assert isinstance(whole, Transcribe)
    assert ears.transcribed(ahead.ticket, "Hel") == []
    assert ears.transcribed(whole.ticket, "Hello.") == [Understood("Hello.")]


def test_the_end_of_the_stream_is_the_ear_s_business() -> None:
    assert [type(heard) for heard in hearing([SpeechEnded(ONE)]).finish()] == [Transcribe]


def test_the_client_s_word_counts_and_the_ear_is_not_asked() -> None:
    ears = hearing(manual=True)
    assert ears.start() == [Began()]
    assert ears.hear(PCM, 16_000, False) == []
    assert ears.hear(PCM[:-1], 16_000, False) == []
    assert ears.hear(PCM[-1:] + b"\7", 16_000, False) == [], "half a sample waits for the other half"
    assert ears.finish() == []
    (transcribe,) = ears.end()
    assert isinstance(transcribe, Transcribe)
    assert transcribe.utterance == Utterance(0, 2 * PCM)
    assert not ears.caller_speaks


def test_activities_are_numbered_as_utterances_are() -> None:
    ears = hearing(manual=True)
    numbers = []
    for _ in range(2):
        ears.start()
        (transcribe,) = ears.end()
        assert isinstance(transcribe, Transcribe)
        numbers.append(transcribe.utterance.number)
    assert numbers == [0, 1]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Hello, my name's Ann.", [" Hello", ",", " my", " name's", " Ann", "."]),
        ("At 3.30 p.m. on 12/5?!", [" At", " 3.30", " p.m", ".", " on", " 12/5", "?!"]),
        ("Pay $5", [" Pay", " $", "5"]),
        ("", []),
    ],
)
def test_a_transcript_comes_in_google_s_pieces(text: str, sent: list[str]) -> None:
    assert pieces(text) == sent
    assert "".join(sent).strip() == text


def test_what_does_not_go_together() -> None:
    assert hearing(manual=True).hear(PCM, 16_000, False) == [OutOfPlace()]
    assert hearing(manual=True).end() == [OutOfPlace()]
    assert hearing().start() == [OutOfPlace()]
    assert hearing().end() == [OutOfPlace()]
