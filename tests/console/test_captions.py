"""What a page is shown of a call's steps, and how it is written."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from telephony_agent.console.captions import Asked, Caption, Ended, Over, Ran, Said, Turn, caption, dump
from telephony_agent.live import messages as live
from telephony_agent.phone import messages as phone
from telephony_agent.record.entries import AgentTurn, CallerTurn, Next, Outcome, ToolRun
from telephony_agent.steps import Action, Event, Record, TimeIsUp, ToPhone

SHOWN: list[tuple[Event | Action, Caption | None]] = [
    (live.CallerSaid("Hello"), Said("caller", "Hello")),
    (live.AgentSaid("Hi"), Said("agent", "Hi")),
    (live.TurnComplete(), Ended()),
    (live.Interrupted(), Ended()),
    (live.ToolCall("1", "add", {"a": 2}), Asked("add", {"a": 2})),
    (Record(CallerTurn(1.0, "Hello")), Turn("caller", "Hello", "Hello")),
    (Record(CallerTurn(1.0, "")), None),
    (Record(AgentTurn(1.0, "model", "Hi there", "Hi", 500, 200)), Turn("agent", "Hi there", "Hi")),
    (Record(AgentTurn(1.0, "model", "", "", 500, 500)), None),
    (Record(ToolRun(1.0, 0.25, "add", {"a": 2}, {"result": 5}, True)), Ran("add", 0.25, {"result": 5})),
    (Record(Outcome("the caller hung up", Next.HANG_UP, 3.0)), Over("the caller hung up", 3.0)),
    (phone.Heard(b"\xff" * 160), None),
    (ToPhone(phone.Say(b"\xff")), None),
    (live.Spoke(b"\0\0"), None),
    (TimeIsUp(), None),
]


@pytest.mark.parametrize(("step", "shown"), SHOWN, ids=lambda value: type(value).__name__)
def test_words_tools_and_the_end_are_shown_and_no_sound(step: Event | Action, shown: Caption | None) -> None:
    assert caption(step) == shown


def test_a_caption_is_json_with_its_kind() -> None:
    assert json.loads(dump(Said("agent", "Grüß dich"))) == {"kind": "said", "who": "agent", "text": "Grüß dich"}
    assert json.loads(dump(Ended())) == {"kind": "ended"}


def test_what_a_tool_answers_may_be_anything() -> None:
    class Table:
        def __str__(self) -> str:
            return "by the window"

    shown = json.loads(dump(Ran("book", 0.1, {"on": dt.date(2026, 11, 22), "table": Table()})))
    assert shown["response"] == {"on": "2026-11-22", "table": "by the window"}
