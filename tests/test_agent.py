"""What an operator may declare, and what is refused with the field and the mend."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from telephony_agent.agent import Agent, IncomingCall
from telephony_agent.errors import ConfigError, ToolError
from telephony_agent.live.options import ReplicatedVoice
from telephony_agent.record.entries import Apology, CallBack
from telephony_agent.toolbox.declare import declare, tool


@tool
def hours() -> str:
    """Tell the hours."""
    return "nine to five"


def test_an_agent_needs_only_instructions() -> None:
    agent = Agent(instructions="Be kind.")
    assert (agent.voice, agent.declared, agent.timezone) == ("Puck", (), None)


def test_tools_are_declared_when_the_agent_is_made() -> None:
    assert [each.name for each in Agent(instructions="Be kind.", tools=[hours]).declared] == ["hours"]
    assert Agent(instructions="Be kind.", tools=[declare(hours)]).declared[0].function is hours


def test_a_variant_keeps_its_tools() -> None:
    agent = dataclasses.replace(Agent(instructions="Be kind.", tools=[hours]), voice="Kore")
    assert (agent.voice, agent.declared[0].name) == ("Kore", "hours")


def test_an_agent_may_let_the_caller_speak_first() -> None:
    assert Agent(instructions="Be kind.", greeting=None).greeting is None


@pytest.mark.parametrize(
    ("field", "value", "mend"),
    [
        ("instructions", "", "give it a text"),
        ("instructions", " \n", "give it a text"),
        ("instructions", None, "give it a text"),
        ("voice", "", "give it a text"),
        ("greeting", " ", "give it a text"),
        ("idle_prompt", "", "give it a text"),
        ("name", "", "give it a text"),
        ("idle_after", 0, "positive number of seconds"),
        ("idle_after", -1.0, "positive number of seconds"),
        ("idle_after", "20", "positive number of seconds"),
        ("longest_call", float("inf"), "positive number of seconds"),
        ("longest_call", True, "positive number of seconds"),
        ("tool_timeout", float("nan"), "positive number of seconds"),
        ("timezone", "Mars/Olympus", "IANA name"),
        ("timezone", "Europe", "IANA name"),
        ("timezone", "../etc/passwd", "IANA name"),
        ("timezone", "", "IANA name"),
        ("language", "German", "give a BCP-47 code as de-DE"),
        ("language", "", "give a BCP-47 code as de-DE"),
        ("search", "yes", "give True or False"),
        ("options", {"thinking": 0}, "give Options(...)"),
    ],
)
def test_a_wrong_field_is_named_with_its_mend(field: str, value: Any, mend: str) -> None:
    fields: dict[str, Any] = {"instructions": "Be kind.", field: value}
    with pytest.raises(ConfigError, match=f"^Agent's {field}:? ") as caught:
        Agent(**fields)
    assert mend in str(caught.value)


def test_a_voice_may_be_a_recorded_one() -> None:
    agent = Agent(instructions="Be kind.", voice=ReplicatedVoice(sample=b"RIFF"))
    assert isinstance(agent.voice, ReplicatedVoice)


def test_a_known_zone_is_taken() -> None:
    assert Agent(instructions="Be kind.", timezone="Europe/Berlin").timezone == "Europe/Berlin"


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ToolError, match=r"test_agent.py:\d+: hours: two tools are called 'hours'"):
        Agent(instructions="Be kind.", tools=[hours, hours])


def test_an_unmarked_function_is_refused() -> None:
    with pytest.raises(ToolError, match=r"test_agent.py:\d+: .*not marked as a tool; put @tool on top"):
        Agent(instructions="Be kind.", tools=[lambda: None])


def test_an_incoming_call_does_not_show_the_webhook_in_its_text() -> None:
    call = IncomingCall("CA1", "AC1", "+15550100", "+15550199", "inbound", parameters={"CallerName": "Ann"})
    assert "Ann" not in repr(call)
    assert call.country == ""


@pytest.mark.parametrize(
    ("verdict", "level"),
    [
        ("TN-Validation-Passed-A", "A"),
        ("TN-Validation-Passed-B", "B"),
        ("TN-Validation-Passed-C", "C"),
        ("TN-Validation-Passed-A-Diverted", ""),  # only the exact words are strong
        ("TN-Validation-Passed-A-Passthrough", ""),
        ("TN-Validation-Failed", "failed"),
        ("TN-Validation-Failed-A", "failed"),
        ("No-TN-Validation", ""),
        ("NULL", ""),
        ("", ""),
    ],
)
def test_what_the_carrier_vouches_for(verdict: str, level: str) -> None:
    call = IncomingCall("CA1", "AC1", "+15550100001", "+15550100002", "inbound", "US", {"StirVerstat": verdict})
    assert call.attestation == level


def test_nobody_vouches_for_a_call_of_which_twilio_says_nothing() -> None:
    assert IncomingCall("CA1", "AC1", "+15550100001", "+15550100002", "inbound").attestation == ""


@pytest.mark.parametrize(
    ("field", "value", "mend"),
    [
        ("hours", "09:00-18:00", "give Hours"),
        ("closed", "Sorry.", "give Agent or Apology"),
        ("busy", "Sorry.", "give Apology"),
        ("person", None, "give Apology"),
        ("person", CallBack(""), "give it a text"),
        ("closed", Apology(" "), "give it a text"),
        ("unwelcome", Apology(""), "give it a text"),
        ("callers", ["+49*"], "give Callers"),
    ],
)
def test_a_policy_of_another_kind_is_refused(field: str, value: Any, mend: str) -> None:
    with pytest.raises(ConfigError, match=mend):
        Agent(**{"instructions": "Be kind.", field: value})
