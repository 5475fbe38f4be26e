"""What the log shows of a step at DEBUG."""

from __future__ import annotations

import pytest

from telephony_agent.live import messages as live
from telephony_agent.live.setup import Setup
from telephony_agent.phone import messages as phone
from telephony_agent.steps import Action, Event, RunTool, StreamLost, ToLive, ToPhone, brief

SETUP = Setup(model="models/m", voice="Puck", instructions="secret", declarations=[{"name": "f"}], resume="handle")


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (phone.Heard(bytes(160)), "Heard(160 bytes)"),
        (ToPhone(phone.Say(bytes(8000))), "Say(8000 bytes)"),
        (live.Spoke(bytes(960)), "Spoke(960 bytes)"),
        (ToLive(live.Hear(bytes(640))), "Hear(640 bytes)"),
        (phone.Started("MZ1", "CA1", "AC1", {"token": "secret"}), "Started(MZ1)"),
        (ToLive(SETUP), "Setup(models/m, 1 functions)"),
        (ToPhone(phone.Clear()), "Clear()"),
        (StreamLost(), "StreamLost()"),
        (phone.Played("7"), "Played(mark='7')"),
    ],
)
def test_a_step_is_a_short_line_without_sound_or_secrets(step: Event | Action, line: str) -> None:
    assert brief(step) == line


def test_a_long_step_is_cut() -> None:
    assert len(brief(RunTool(live.ToolCall("1", "f", {"text": "a" * 5000})))) == 200
