"""Faults as the queries of a URL."""

from __future__ import annotations

import pytest

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.closings import CLOSINGS
from telephony_agent.offline.model.faults import (
    Closes,
    CutShort,
    DuplicateCall,
    EarlyTurnComplete,
    EmptyTurn,
    Fault,
    GoesAway,
    HandleRefused,
    HandlesForgotten,
    NearSilence,
    NothingInterrupted,
    NoTurnComplete,
    OtherLanguage,
    RejectedTurn,
    RestsOnSearch,
    Silence,
    SlowPong,
    SlowSetup,
    Stalls,
    Storm,
    ThinksAloud,
    Unheard,
    UpgradeRefused,
    is_of_now,
    is_of_setup,
    read,
)


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
        ("stall", "at=answer", Stalls("answer")),
        ("empty_turn", "", EmptyTurn()),
        ("rejected_turn", "reason=OTHER", RejectedTurn("OTHER")),
        ("cut_short", "", CutShort()),
        ("other_language", "text=Hola.", OtherLanguage("Hola.")),
        ("unheard", "", Unheard()),
        ("think_aloud", "", ThinksAloud()),
        ("search", "query=bread&title=Bread", RestsOnSearch("bread", "Bread", "https://example.com/noon")),
        ("no_turn_complete", "generated=false", NoTurnComplete(False)),
        ("interrupted", "at=reply", NothingInterrupted("reply")),
        ("go_away", "seconds=0.2&silent=true", GoesAway(0.2, silent=True)),
        ("refuse_handle", "code=1011&reason=x", HandleRefused(1011, "x")),
        ("forget_handles", "", HandlesForgotten()),
        ("slow_pong", "seconds=9", SlowPong(9.0)),
        ("cut", "", Closes(1006, "")),
        ("quota", "at=setup", Closes(*CLOSINGS["quota"], "setup")),
        ("invalid", "at=input", Closes(1007, "Request contains an invalid argument.", "input")),
    ],
)
def test_a_fault_as_a_query(name: str, query: str, fault: Fault) -> None:
    assert read(name, query) == fault


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("fire", ""),
        ("close", "code=x"),
        ("close", "code=1005"),
        ("close", "at=noon"),
        ("go_away", "code=5000"),
        ("refuse_handle", "code=999"),
        ("stall", "seconds=1"),
        ("refuse_upgrade", "status=200"),
    ],
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


@pytest.mark.parametrize("name", CLOSINGS)
def test_every_way_of_google_s_to_close_is_a_fault(name: str) -> None:
    assert read(name, "") == Closes(*CLOSINGS[name])
