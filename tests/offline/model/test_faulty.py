"""What goes wrong with a session that otherwise does as it should."""

from __future__ import annotations

import numpy as np
import pytest

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.events import Close
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.faults import (
    Closes,
    DuplicateCall,
    EarlyTurnComplete,
    Fault,
    GoesAway,
    HandleRefused,
    InSession,
    NearSilence,
    NothingInterrupted,
    NoTurnComplete,
    Silence,
    SlowSetup,
    Stalls,
    Storm,
    UpgradeRefused,
    is_of_now,
    is_of_setup,
    read,
)
from telephony_agent.offline.model.messages import Content, Setup, Turn
from telephony_agent.offline.model.outgoing import GoAway, SetupComplete, Spoken, ToolCall
from telephony_agent.offline.model.scripted import calls, scripted
from tests.offline.model.rehearsal import EVERYTHING, Rehearsal

GREET = Content((Turn("user", "Greet."),), complete=True)
LONG = "One two three four five six seven eight nine ten."
TURN = ["Talk", "GenerationComplete", "TurnComplete"]
INTERNAL = Close(1011, "Internal error encountered.")


def failing(*faults: InSession, steps: tuple[Say | Call, ...] = (Say(LONG), Say("Two."))) -> Rehearsal:
    session = Rehearsal(scripted(*steps), faults=faults)
    session.tell(EVERYTHING)
    return session


def greeted(fault: InSession, *steps: Say | Call) -> Rehearsal:
    """A session that takes a turn after this was asked for."""
    session = failing(steps=steps) if steps else failing()
    session.kinds()
    session.fail(fault)
    session.tell(GREET)
    session.wait(5)
    return session


def again(session: Rehearsal) -> list[str]:
    session.kinds()
    session.tell(GREET)
    session.wait(5)
    return session.kinds()


def test_without_a_fault_nothing_is_wrong() -> None:
    session = failing()
    session.kinds()
    assert again(session) == TURN


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        ("sound", ["ToolCall", "Talk"]),
        ("call", ["ToolCall"]),
        ("turn", ["ToolCall", *TURN]),
    ],
)
def test_a_session_closes_at_a_moment(at: str, sent: list[str]) -> None:
    session = failing(Closes(1008, "as told", at), steps=(calls("f"), Say(LONG)))  # type: ignore[arg-type]
    session.kinds()
    session.tell(GREET)
    if session.closed is None:
        session.answers(next(m for _, m in session.sent if isinstance(m, ToolCall)).calls[0])
    session.wait(5)
    assert session.closed == Close(1008, "as told")
    assert session.kinds() == sent


def test_a_session_closes_instead_of_beginning() -> None:
    session = failing(Closes(1008, "Your API key was reported as leaked.", "setup"))
    assert session.closed == Close(1008, "Your API key was reported as leaked.")
    assert session.sent == []


def test_a_session_closes_now_and_says_nothing_more() -> None:
    session = failing()
    session.tell(GREET)
    session.fail(Closes())
    assert session.closed == INTERNAL
    session.kinds()
    session.wait(10)
    assert session.kinds() == []


def test_it_goes_away_after_a_warning() -> None:
    session = failing()
    session.fail(GoesAway(2.0, 1011, "gone"))
    assert session.sent[-1][1] == GoAway(2.0)
    session.wait(1.9)
    assert session.closed is None
    session.wait(0.2)
    assert session.closed == Close(1011, "gone")


def test_nothing_comes_for_a_while_and_then_all_of_it() -> None:
    session = failing()
    session.kinds()
    session.fail(Silence(4.0))
    session.tell(GREET)
    session.wait(3.9)
    assert session.kinds() == []
    session.wait(1)
    assert session.kinds() == TURN


def test_the_next_turn_can_hardly_be_heard() -> None:
    session = greeted(NearSilence())
    loudest = [int(np.abs(np.frombuffer(m.pcm, "<i2")).max()) for _, m in session.sent if isinstance(m, Spoken)]
    assert 0 < max(loudest) <= 8
    session.kinds()
    session.tell(GREET)
    session.wait(0.01)
    assert max(np.frombuffer(m.pcm, "<i2").max() for _, m in session.sent if isinstance(m, Spoken)) > 5000


def test_a_turn_stalls_after_its_first_sound_and_the_next_does_not() -> None:
    session = greeted(Stalls())
    assert sum(isinstance(message, Spoken) for _, message in session.sent) == 1
    assert session.kinds() == ["Talk"]
    assert again(session) == TURN


def test_a_turn_that_stalls_can_be_interrupted() -> None:
    session = failing()
    session.kinds()
    session.fail(Stalls())
    session.tell(GREET)
    session.hears(0.5)
    assert session.kinds() == ["Talk", "Interrupted", "TurnComplete"]


def test_a_turn_is_never_complete() -> None:
    session = greeted(NoTurnComplete())
    assert session.kinds() == ["Talk", "GenerationComplete"]
    assert again(session) == TURN


def test_a_turn_is_complete_too_early() -> None:
    assert greeted(EarlyTurnComplete()).kinds() == ["Talk", "TurnComplete", *TURN]


def test_a_call_comes_twice_with_the_same_id() -> None:
    session = greeted(DuplicateCall(), calls("f"))
    first, second = session.calls
    assert first == second
    session.answers(first)
    session.answers(second)
    assert session.closed is None


def test_it_is_interrupted_though_nothing_is_said() -> None:
    session = failing()
    session.kinds()
    session.fail(NothingInterrupted())
    assert session.kinds() == ["Interrupted"]


def test_a_storm_of_nothing() -> None:
    session = failing()
    session.sent.clear()
    session.fail(Storm(500))
    assert len(session.sent) == 500
    assert set(session.kinds()) == {"Nothing"}


def test_a_good_handle_is_refused_once() -> None:
    conversations = Conversations()
    handle = conversations.keep(scripted().brain)
    for faults, refused in [((HandleRefused(),), True), ((), False)]:
        session = Rehearsal(scripted(), conversations, faults=faults)
        session.tell(Setup("models/offline", handle=handle))
        assert (session.closed == Close(1008, "Requested entity was not found.")) == refused


def test_who_brings_no_handle_is_not_refused() -> None:
    assert failing(HandleRefused()).closed is None


def test_the_setup_takes_its_time() -> None:
    session = failing(SlowSetup(3.0))
    session.wait(2.9)
    assert session.sent == []
    session.wait(0.2)
    (at, message), *_ = session.sent
    assert isinstance(message, SetupComplete)
    assert at == pytest.approx(3.0)


def test_a_close_in_a_silence_is_the_end_of_it() -> None:
    session = failing()
    session.kinds()
    session.fail(Silence(60))
    session.tell(GREET)
    session.fail(Closes())
    session.wait(100)
    assert session.kinds() == []
    assert session.closed == INTERNAL


@pytest.mark.parametrize(
    ("name", "query", "fault"),
    [
        ("close", "", Closes(1011, "Internal error encountered.")),
        ("close", "code=1008&reason=too%20bad&at=call", Closes(1008, "too bad", "call")),
        ("go_away", "seconds=0.5&code=1006", GoesAway(0.5, 1006)),
        ("silence", "seconds=3", Silence(3.0)),
        ("near_silence", "", NearSilence()),
        ("stall", "", Stalls()),
        ("no_turn_complete", "", NoTurnComplete()),
        ("early_turn_complete", "", EarlyTurnComplete()),
        ("duplicate_call", "", DuplicateCall()),
        ("interrupted", "", NothingInterrupted()),
        ("storm", "count=7", Storm(7)),
        ("refuse_handle", "", HandleRefused()),
        ("slow_setup", "seconds=2", SlowSetup(2.0)),
        ("refuse_upgrade", "status=429&times=2", UpgradeRefused(429, 2)),
    ],
)
def test_a_fault_as_a_query(name: str, query: str, fault: Fault) -> None:
    assert read(name, query) == fault


@pytest.mark.parametrize(
    ("name", "query"),
    [("fire", ""), ("close", "code=x"), ("close", "at=noon"), ("stall", "seconds=1"), ("refuse_upgrade", "status=200")],
)
def test_what_is_no_fault_is_refused(name: str, query: str) -> None:
    with pytest.raises(ProtocolError, match="no such fault"):
        read(name, query)


def test_some_happen_before_a_session_and_some_need_one() -> None:
    assert is_of_setup(SlowSetup())
    assert is_of_setup(Closes(at="setup"))
    assert not is_of_setup(Closes())
    assert is_of_now(Storm())
    assert is_of_now(Closes())
    assert not is_of_now(Stalls())
