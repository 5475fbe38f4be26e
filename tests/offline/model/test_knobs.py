"""What each knob of a setup does to people's speech, heard by the real ear."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import Any

import pytest

from telephony_agent.offline.model.faculties import Say, SpeechEnded, Utterance
from telephony_agent.offline.model.gates import gates
from telephony_agent.offline.model.listener import Listener
from telephony_agent.offline.model.messages import (
    ActivityEnded,
    ActivityStarted,
    Audio,
    AudioEnded,
    Content,
    Setup,
    Turn,
)
from telephony_agent.offline.model.outgoing import Interrupted, TurnComplete
from telephony_agent.offline.model.recogniser import Recogniser
from telephony_agent.offline.model.resample import from_pcm, resample, to_pcm
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.model.voice_activity import VoiceActivity
from tests.offline.model.conftest import recorded
from tests.offline.model.rehearsal import Rehearsal
from tests.offline.model.test_recogniser import JFK, words

SECOND = bytes(32_000)  # of silence at 16 kHz
RATE = 16_000


def listener(activity: VoiceActivity, **knobs: Any) -> Listener:
    return Listener(activity.detector(), lambda utterance: "", gates(Setup(**knobs)))


def turns(ear: Listener, pcm: bytes, rate: int = RATE) -> list[Utterance]:
    """What it takes for turns."""
    return [sound.utterance for sound in ear.hear(pcm, rate, agent_talks=False) if isinstance(sound, SpeechEnded)]


def quieter(pcm: bytes, decibels: float) -> bytes:
    return to_pcm(from_pcm(pcm) * 10 ** (-decibels / 20))


@pytest.mark.parametrize(
    ("knobs", "expected"),
    [
        ({"silence_ms": 200}, 5),
        ({}, 4),
        ({"end_sensitivity": "HIGH"}, 4),
        ({"end_sensitivity": "LOW"}, 2),
        ({"silence_ms": 1200}, 1),
    ],
)
def test_a_speaker_who_pauses_is_waited_for_or_not(
    activity: VoiceActivity, knobs: dict[str, Any], expected: int
) -> None:
    speech = recorded("jfk_inaugural_16k")  # pauses of about 0.6, 0.5 and 0.9 s
    assert len(turns(listener(activity, **knobs), SECOND + speech + 2 * SECOND)) == expected


@pytest.mark.parametrize(
    ("knobs", "heard"), [({}, 1), ({"start_sensitivity": "HIGH"}, 1), ({"start_sensitivity": "LOW"}, 0)]
)
def test_a_whisper_is_heard_only_by_a_sensitive_ear(activity: VoiceActivity, knobs: dict[str, Any], heard: int) -> None:
    whisper = SECOND + quieter(recorded("asterisk_goodbye"), 40) + SECOND
    assert len(turns(listener(activity, **knobs), whisper)) == heard


@pytest.mark.parametrize(("prefix_ms", "word", "sentence"), [(20, 1, 1), (500, 1, 1), (1000, 0, 1)])
def test_a_word_is_no_turn_where_more_speech_is_wanted(
    activity: VoiceActivity, prefix_ms: int, word: int, sentence: int
) -> None:
    for recording, expected in (("asterisk_digits_7", word), ("asterisk_check-number-dial-again", sentence)):
        ear = listener(activity, prefix_ms=prefix_ms)
        assert len(turns(ear, SECOND + recorded(recording) + SECOND)) == expected


@pytest.mark.parametrize(("all_input", "expected"), [(False, "goodbye"), (True, "hello world goodbye")])
def test_a_turn_of_all_input_has_what_was_too_faint_for_a_turn(
    activity: VoiceActivity, recogniser: Recogniser, all_input: bool, expected: str
) -> None:
    ear = listener(activity, all_input=all_input, start_sensitivity="LOW")
    murmur = quieter(recorded("asterisk_hello-world"), 40)
    (turn,) = turns(ear, SECOND + murmur + SECOND + quieter(recorded("asterisk_goodbye"), 20) + SECOND)
    assert words(recogniser.recognise(turn.pcm)) == expected


def rehearse(activity: VoiceActivity, recogniser: Recogniser, **knobs: Any) -> Rehearsal:
    """A session with the real ear, whose brain says something long and then something short."""
    script = scripted(Say("x" * 100), Say("Yes."))

    def ear(setup: Setup) -> Listener:
        return Listener(activity.detector(), lambda utterance: recogniser.recognise(utterance.pcm), gates(setup))

    session = Rehearsal(replace(script, ear=ear))
    session.tell(Setup(model="models/gemini-3.8-live", input_transcription=True, **knobs))
    return session


def plays(session: Rehearsal, pcm: bytes, rate: int = RATE) -> None:
    """20 ms by 20 ms, in the session's real time."""
    for at in range(0, len(pcm), rate // 25):
        session.tell(Audio(pcm[at : at + rate // 25], rate))
        session.wait(0.02)


@pytest.mark.parametrize("interruptible", [True, False])
def test_a_caller_who_speaks_over_the_agent_interrupts_it_or_is_answered_afterwards(
    activity: VoiceActivity, recogniser: Recogniser, interruptible: bool
) -> None:
    session = rehearse(activity, recogniser, interruptible=interruptible)
    session.tell(Content((Turn("user", "Hello"),), complete=True))
    plays(session, SECOND + recorded("asterisk_digits_day-2") + SECOND)
    kinds = [type(message) for _, message in session.sent]
    assert (Interrupted in kinds) is interruptible
    session.wait(10)
    assert words(session.heard) == "tuesday"
    assert [type(message) for _, message in session.sent].count(TurnComplete) == 2


def test_a_client_that_says_who_speaks_has_it_understood_as_one_turn(
    activity: VoiceActivity, recogniser: Recogniser
) -> None:
    session = rehearse(activity, recogniser, manual_activity=True)
    session.tell(ActivityStarted())
    plays(session, recorded("jfk_inaugural_16k") + 2 * SECOND)
    assert session.heard == "", "silence ends nothing"
    session.tell(ActivityEnded())
    understood = words(session.heard).split()
    assert difflib.SequenceMatcher(None, understood, JFK.split()).ratio() > 0.8


def test_the_end_of_the_stream_ends_what_is_being_said(activity: VoiceActivity, recogniser: Recogniser) -> None:
    session = rehearse(activity, recogniser)
    plays(session, SECOND + recorded("asterisk_goodbye"))
    assert session.heard == ""
    session.tell(AudioEnded())
    assert words(session.heard) == "goodbye"
    plays(session, SECOND + recorded("asterisk_hello-world") + SECOND)
    assert words(session.heard) == "goodbye hello world"


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 24_000, 44_100, 48_000])
def test_any_rate_that_is_declared_is_heard(activity: VoiceActivity, recogniser: Recogniser, rate: int) -> None:
    session = rehearse(activity, recogniser)
    plays(session, resample(SECOND + recorded("asterisk_hello-world") + SECOND, RATE, rate), rate)
    assert words(session.heard) == "hello world"


def test_a_turn_costs_what_was_said_unless_it_includes_all_input(
    activity: VoiceActivity, recogniser: Recogniser
) -> None:
    costs = []
    for all_input in (False, True):
        session = rehearse(activity, recogniser, all_input=all_input)
        plays(session, 4 * SECOND + recorded("asterisk_goodbye") + SECOND)
        session.wait(20)
        costs += [message.usage.prompt_audio for _, message in session.sent if isinstance(message, TurnComplete)]
    activity_only, everything = costs
    assert 25 < activity_only < 50  # tokens, 25 a second
    assert everything > activity_only + 4 * 25
