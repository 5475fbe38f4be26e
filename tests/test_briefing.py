"""What the model is told."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from telephony_agent import briefing, tool
from telephony_agent.agent import Agent, IncomingCall
from telephony_agent.errors import ConfigError
from telephony_agent.live.messages import ToolCall
from telephony_agent.live.options import Options, Thinking


@tool
def hours() -> str:
    """Tell when we are open."""
    return "always"


AGENT = Agent(instructions="  You are a waiter.\n")
MOMENT = dt.datetime(2026, 3, 8, 9, 5, tzinfo=ZoneInfo("Europe/Berlin"))


def incoming(called: str = "+4930901820", country: str = "DE") -> IncomingCall:
    return IncomingCall("CA1", "AC1", "+491701234567", called, "inbound", country)


def test_the_operator_s_words_come_first_then_the_day_the_line_and_the_country() -> None:
    assert briefing.text(AGENT, incoming(), MOMENT) == (
        "You are a waiter.\n\n"
        "It is Sunday, 8 March 2026, 09:05 (CET) where you are. The caller dialled +4930901820. "
        "The caller's country is DE."
    )


def test_what_is_not_known_is_not_said() -> None:
    text = briefing.text(AGENT, incoming("", ""), MOMENT.replace(tzinfo=dt.UTC))
    assert text == "You are a waiter.\n\nIt is Sunday, 8 March 2026, 09:05 (UTC) where you are."


def test_the_caller_s_number_is_not_told() -> None:
    assert "491701234567" not in briefing.text(AGENT, incoming(), MOMENT)


def test_braces_in_what_the_operator_or_a_tool_says_are_only_text() -> None:
    agent = Agent(instructions="Say {name} and {0}.")
    assert "Say {name} and {0}." in briefing.text(agent, incoming(), MOMENT)
    call = ToolCall("1", "{f}", {})
    assert briefing.late_result(call, {"a": "{b}"}).endswith(
        'The function {f} that you called before your connection broke has answered: {"a": "{b}"}'
    )


def test_a_late_result_may_hold_what_json_has_no_word_for() -> None:
    assert briefing.late_result(ToolCall("1", "f", {}), {"day": dt.date(2026, 3, 8)}).endswith('{"day": "2026-03-08"}')


NATIVE, VERTEX = "models/gemini-2.5-flash-native-audio-preview-12-2025", "models/gemini-live-2.5-flash-native-audio"


def test_the_setup_has_all_that_the_agent_asks_for() -> None:
    agent = Agent(
        instructions="Be brief.",
        tools=[hours],
        voice="Kore",
        search=True,
        options=Options(thinking=Thinking(budget=0)),
    )
    setup = briefing.setup(agent, incoming(), NATIVE, MOMENT, "h")
    assert (setup.model, setup.voice, setup.search, setup.options, setup.resume) == (
        NATIVE,
        "Kore",
        True,
        agent.options,
        "h",
    )
    assert [(each["name"], each["behavior"]) for each in setup.declarations] == [("hours", "BLOCKING")]


def test_a_language_is_pinned_by_a_last_sentence_or_by_the_field() -> None:
    agent = Agent(instructions="Be brief.", language="de-DE")
    told = briefing.setup(agent, incoming(), NATIVE, MOMENT, None)
    assert told.instructions.endswith("\n\nRESPOND IN GERMAN. YOU MUST RESPOND UNMISTAKABLY IN GERMAN.")
    assert told.language is None
    field = briefing.setup(agent, incoming(), VERTEX, MOMENT, None)
    assert field.language == "de-DE"
    assert "GERMAN" not in field.instructions


@pytest.mark.parametrize(
    ("agent", "why"),
    [
        (Agent(instructions="Be brief.", voice="Bob"), "it has no voice 'Bob'"),
        (Agent(instructions="Be brief.", language="cs-CZ"), "does not speak the language 'cs-CZ'"),
        (Agent(instructions="word " * 60_000), "more than half of the 131,072"),
    ],
)
def test_an_agent_is_checked_before_anybody_calls(agent: Agent, why: str) -> None:
    briefing.check(AGENT, VERTEX, MOMENT)
    with pytest.raises(ConfigError, match=why):
        briefing.check(agent, VERTEX, MOMENT)


def test_all_that_does_not_suit_is_told_at_once() -> None:
    closed = Agent(instructions="word " * 60_000, language="cs-CZ")
    agent = Agent(instructions="Be brief.", language="cs-CZ", voice="Bob", tells_unheard=True, closed=closed)
    with pytest.raises(ConfigError) as error:
        briefing.check(agent, VERTEX, MOMENT)
    told = ("tells_unheard", "language 'cs-CZ'", "no voice 'Bob'", "more than half")
    assert len(error.value.problems) == len(told)
    assert not [words for words, problem in zip(told, error.value.problems, strict=True) if words not in problem]


def test_what_makes_a_model_speak_can_not_be_asked_for() -> None:
    agent = Agent(instructions="Any.", tells_unheard=True)
    briefing.check(agent, "models/gemini-3.8-live", MOMENT)
    briefing.check(agent, "models/whatever", MOMENT)
    with pytest.raises(ConfigError, match=r"tells_unheard: whatever gemini-2\.5-flash.* is told makes it speak"):
        briefing.check(agent, NATIVE, MOMENT)
