"""What a caller or a client can ask for that is hard or can't be done: each has an outcome, and an honest one.

Sound that is no speech is the business of `test_bad_sound.py`.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from telephony_agent import Agent, tool
from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.faculties import Asked, Call, Say, Told
from telephony_agent.offline.model.flavours import MODELS
from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Content, Function, Setup, Turn, parse
from telephony_agent.offline.model.recogniser import Recogniser
from telephony_agent.offline.model.router import NOT_UNDERSTOOD, Router
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.record.entries import ToolRun
from tests import virtual
from tests.house import calling
from tests.offline.model.conftest import recorded
from tests.offline.model.rehearsal import EVERYTHING, QUIET, Rehearsal
from tests.offline.model.talking import BOOK, GOODBYE, HOURS, INSTRUCTIONS, Conversation
from tests.test_silent_failures import heard
from tests.test_whole_call import speech

FOREIGN = [
    "Ich möchte einen Tisch für vier Personen reservieren.",
    "Quiero reservar una mesa para cuatro personas.",
    "Je voudrais réserver une table pour quatre personnes.",
    "Vorrei prenotare un tavolo per quattro persone.",
    "Хочу забронировать столик на четверых.",
    "أريد حجز طاولة لأربعة أشخاص.",
    "我想订一张四个人的桌子。",
]


def talk(meaning: Meaning, *functions: Function) -> Conversation:
    return Conversation(Router(meaning).meet(Setup(instructions=INSTRUCTIONS, functions=functions)))


# Other languages.


@pytest.mark.parametrize("line", FOREIGN)
def test_who_speaks_another_language_is_told_that_it_was_not_understood(meaning: Meaning, line: str) -> None:
    call = talk(meaning, HOURS, BOOK, GOODBYE)
    call.hear(line)
    assert call.said.startswith(f"{NOT_UNDERSTOOD[0]} You can ask me to ")
    assert not call.called


@pytest.mark.parametrize("name", ["jfk_inaugural_16k", "asterisk_check-number-dial-again"])
def test_speech_in_no_language_at_all_has_nothing_done(meaning: Meaning, recogniser: Recogniser, name: str) -> None:
    """A recording backwards: whatever the recogniser, which knows English only, makes of it."""
    pcm = recorded(name)
    backwards = b"".join(pcm[at : at + 2] for at in range(len(pcm) - 2, -2, -2))
    call = talk(meaning, HOURS, BOOK, GOODBYE)
    call.hear(recogniser.recognise(backwards))
    assert not call.called


# Functions: none, many, one that never answers.


@pytest.mark.parametrize("tools", [[], [{}], [{"functionDeclarations": []}], [{"googleSearch": {}}]])
def test_a_list_without_a_function_is_no_error(tools: list[Any]) -> None:
    (setup,) = parse(json.dumps({"setup": {"model": "models/offline", "tools": tools}}))
    assert isinstance(setup, Setup)
    assert setup.functions == ()


def test_with_nothing_to_do_it_says_so(meaning: Meaning) -> None:
    call = Conversation(Router(meaning).meet(Setup()))
    call.hear("When are you open?")
    assert call.said == "Sorry, I did not get that. I was not told of anything that I can do for you here."


def test_with_nothing_but_facts_it_says_that_it_only_answers(meaning: Meaning) -> None:
    call = talk(meaning)
    call.hear("I want to rent a car.")
    assert call.said == "Sorry, I did not get that. I can do nothing for you here but answer what I was told."
    call.hear("Where can I park?")
    assert call.said == "You can park for free behind the restaurant."


def test_a_hundred_functions_are_told_apart(meaning: Meaning) -> None:
    things = [f"{kind}_{number}" for kind in ("door", "lamp", "valve", "pump") for number in range(24)]
    functions = [Function(f"check_{thing}", f"Tell the state of {thing}.", {}) for thing in things]
    call = talk(meaning, *functions, HOURS, BOOK, GOODBYE)
    call.hear("When are you open on Friday?")
    assert call.called == [("opening_hours", {"day": "Friday"})]


@pytest.mark.parametrize("model", ["offline", *MODELS])
def test_a_session_whose_client_never_answers_a_call_can_still_be_talked_to(model: str) -> None:
    def decide(told: Told) -> Say | Call:
        return Say("Yes?") if isinstance(told, Asked) else calls("look_up")

    session = Rehearsal(scripted(*[decide] * 5, transcripts=["Are you still there?"]))
    session.tell(replace(EVERYTHING, model=f"models/{model}", functions=(Function("look_up", "", {}),)))
    session.tell(Content((Turn("user", "Look it up."),), complete=True))
    session.wait(120)
    assert session.closed is None
    assert len(session.calls) == 1
    session.kinds()
    session.hears(0.8)
    session.hears(2.0, QUIET)
    assert session.kinds()[-3:] == ["Talk", "GenerationComplete", "TurnComplete"]


@tool(timeout=2.0)
async def look_up() -> str:
    """Look it up, for ever."""
    await asyncio.Event().wait()
    return ""


@pytest.mark.parametrize("model", ["offline", *MODELS])
def test_a_function_that_never_ends_costs_its_time_and_no_more(model: str) -> None:
    agent = Agent(instructions="Be brief.", disclosure=None, tools=[look_up])

    def decide(told: Told) -> Say | Call:
        return calls("look_up") if isinstance(told, Asked) else Say("That takes too long, sorry.")

    async def call() -> None:
        async with calling(agent, scripted(Say("Hello."), *[decide] * 3, transcripts=["Look it up."]), model=model) as (
            phone,
            house,
        ):
            await phone.hears()
            await phone.says(speech())
            await phone.hears(pause=4)
            assert phone.now < 12
        (run,) = [entry for entry in house.entries if isinstance(entry, ToolRun)]
        assert "error" in run.response
        assert run.took == pytest.approx(2, abs=0.1)
        assert heard(house)[-1] == "That takes too long, sorry."

    virtual.run(call())


# Schemas.

PEOPLE = {"type": "INTEGER", "description": "The number of people"}
KEYWORDS: dict[str, tuple[dict[str, Any], list[str], Any]] = {
    "type": ({"type": "NUMBER", "description": "The number of people"}, ["Four."], 4),
    "lower case": ({"type": "integer", "description": "The number of people"}, ["Four."], 4),
    "format": ({"type": "STRING", "format": "date"}, ["On Friday."], "2026-05-08"),
    "title": (PEOPLE | {"title": "People"}, ["Four."], 4),
    "nullable": (PEOPLE | {"nullable": True}, ["Four."], 4),
    "enum": ({"type": "STRING", "enum": ["large", "small"]}, ["The small one."], "small"),
    "items, minItems, maxItems": (
        {"type": "ARRAY", "items": {"type": "STRING", "enum": ["large", "small"]}, "minItems": 1, "maxItems": 2},
        ["Large."],
        ["large"],
    ),
    "minimum": (PEOPLE | {"minimum": 3}, ["Two.", "Four."], 4),
    "maximum": (PEOPLE | {"maximum": 8}, ["Twenty.", "Four."], 4),
    "pattern": ({"type": "STRING", "description": "The PIN", "pattern": "^[0-9]{4}$"}, ["1 2 3.", "1 2 3 4."], "1234"),
    "minLength": ({"type": "STRING", "description": "The PIN", "minLength": 4}, ["1 2 3.", "1 2 3 4."], "1234"),
    "maxLength": ({"type": "STRING", "description": "The PIN", "maxLength": 4}, ["1 2 3 4 5.", "1 2 3 4."], "1234"),
    "example": (PEOPLE | {"example": 2}, ["Four."], 4),
    "default": (PEOPLE | {"default": 2}, ["Four."], 4),
    "anyOf": ({"anyOf": [{"type": "NULL"}, PEOPLE]}, ["Four."], 4),
}


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_keyword_of_a_schema_is_taken_and_kept_to(meaning: Meaning, keyword: str) -> None:
    """On the wire, and in what the function is called with: what does not fit is asked for again."""
    schema, answers, value = KEYWORDS[keyword]
    parameters = {
        "type": "OBJECT",
        "properties": {"it": schema},
        "required": ["it"],
        "propertyOrdering": ["it"],
        "minProperties": 1,
        "maxProperties": 1,
    }
    declared = {"name": "reserve_hall", "description": "Reserve the hall.", "parameters": parameters}
    (setup,) = parse(
        json.dumps({"setup": {"model": "models/offline", "tools": [{"functionDeclarations": [declared]}]}})
    )
    assert isinstance(setup, Setup)
    assert setup.functions[0].parameters == parameters
    call = talk(meaning, *setup.functions)
    call.hear("I would like to reserve the hall.", *answers)
    call.agrees()
    assert call.called == [("reserve_hall", {"it": value})]


@pytest.mark.parametrize("tools", ["setup", "contextUpdate"])
def test_a_keyword_that_google_does_not_know_is_refused_with_its_place(tools: str) -> None:
    declared = [{"functionDeclarations": [{"name": "f", "parameters": {"additionalProperties": False}}]}]
    message: dict[str, Any] = {"setup": {"model": "models/offline", "tools": declared}}
    if tools == "contextUpdate":
        message = {"contextUpdate": {"tools": {"tools": declared}}}
    with pytest.raises(ProtocolError, match=r'Unknown name "additionalProperties" at .*tools\[0\].*\.parameters'):
        parse(json.dumps(message))
    free = json.dumps(message).replace('"parameters"', '"parametersJsonSchema"')
    assert parse(free)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"type": "object"},
        {"properties": None},
        {
            "properties": {"guest": {"type": "object", "properties": {"name": {"type": "string"}}}},
            "required": ["guest"],
        },
        {"properties": {"days": {"type": "array", "items": {"type": "array", "items": {"enum": [1, 2]}}}}},
        {"$defs": {"Day": {"$ref": "#/$defs/Day"}}, "properties": {"day": {"$ref": "#/$defs/Day"}}},
        {"properties": {"x": {"anyOf": [{"type": "null"}, {"type": ["integer", "null"]}]}, "y": True, "z": []}},
        {"required": "all", "properties": {"a": {"type": 7, "enum": "no", "description": 5}}},
    ],
)
def test_an_odd_schema_never_raises(meaning: Meaning, parameters: dict[str, Any]) -> None:
    odd = Function("visit_us", "Arrange a visit at our house.", parameters)
    call = Conversation(Router(meaning).meet(Setup(functions=(odd,))))
    call.hear("Please arrange a visit at your house.", "Tomorrow.", "Yes.", "Two.", "Anna Miller.")


def test_what_the_brain_cannot_make_is_left_to_the_function_to_refuse(meaning: Meaning) -> None:
    guest = {"type": "OBJECT", "properties": {"name": {"type": "STRING"}}, "required": ["name"]}
    whole = {"type": "OBJECT", "properties": {"guest": guest}, "required": ["guest"]}
    call = talk(meaning, Function("reserve_hall", "Reserve the hall.", whole))
    call.hear("I would like to reserve the hall.", "Anna Miller.")
    call.agrees()
    call.gets(error="guest: expected an object")
    assert call.said == "I am sorry, that did not work. Guest: expected an object."
