"""What only some services or models do in a session."""

from __future__ import annotations

import pytest

from telephony_agent.offline.model.events import Close
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.messages import Audio, Content, Setup, Turn
from telephony_agent.offline.model.outgoing import (
    Resumption,
    Spoken,
    TurnComplete,
    VoiceActivity,
    Written,
)
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.model.terms import Terms
from tests.offline.model.rehearsal import LOUD, QUIET, Rehearsal

GREET = Content((Turn("user", "Greet."),), complete=True)
INVALID = Close(1007, "Request contains an invalid argument.")


def test_who_asks_for_text_gets_it_at_once_and_no_sound() -> None:
    session = Rehearsal(scripted(Say("One two three four five six seven eight nine ten.")))
    session.tell(Setup("models/offline", as_text=True))
    session.tell(GREET)
    written = [message.text for _, message in session.sent if isinstance(message, Written)]
    assert written == ["One two three four five six seven eight", " nine ten."]
    (complete,) = [message for _, message in session.sent if isinstance(message, TurnComplete)]
    assert (complete.usage.response_text, complete.usage.response_audio) == (13, 0)
    assert session.kinds() == ["SetupComplete", "Written", "GenerationComplete", "TurnComplete"]


def test_a_client_that_repeats_itself_is_told_what_was_taken() -> None:
    session = Rehearsal(scripted(Say("One.")))
    session.tell(Setup("models/offline", resumption=True, transparent=True))
    for _ in range(3):
        session.tell(Audio(QUIET))
    session.tell(GREET)
    session.wait(2)
    taken = [message.taken for _, message in session.sent if isinstance(message, Resumption)]
    assert taken == [0, 4, 4]


def test_who_asks_is_told_when_the_caller_speaks() -> None:
    session = Rehearsal(scripted(transcripts=["Hello?"]))
    session.tell(Setup("models/offline", vad_signal=True))
    for chunk in (QUIET, LOUD, QUIET):
        session.hears(0.5, chunk)
    told = [message for _, message in session.sent if isinstance(message, VoiceActivity)]
    assert [message.begins for message in told] == [True, False]
    assert told[0].offset == pytest.approx(0.6, abs=0.05)
    assert told[1].offset == pytest.approx(1.3, abs=0.05)


def test_what_the_model_can_t_bear_ends_the_session_when_something_is_said() -> None:
    session = Rehearsal(scripted(Say("One.")))
    session.tell(Setup("models/gemini-3.8-live", affective=True))
    assert session.closed is None
    session.tell(GREET)
    assert session.closed == INVALID


def test_a_turn_begins_with_silence_if_that_is_wanted() -> None:
    session = Rehearsal(scripted(Say("One.")), terms=Terms(leading_silence=0.2))
    session.tell(Setup("models/offline"))
    session.tell(GREET)
    session.wait(3)
    spoken = b"".join(message.pcm for _, message in session.sent if isinstance(message, Spoken))
    assert spoken[:9_600] == bytes(9_600)
    assert len(spoken) == 9_600 + 9_600  # 4 letters of 50 ms
