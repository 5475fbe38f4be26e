"""Parameters of all kinds, filled on Wednesday the 6th of May 2026."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from telephony_agent.offline.model.slots.filling import Kind, fill, parameters

WEDNESDAY = dt.date(2026, 5, 6)


def filled(name: str, schema: dict[str, Any], transcript: str, asked: bool = False) -> Any:
    wanted = parameters({"properties": {name: schema}})
    return fill(wanted, transcript, WEDNESDAY, name if asked else None).get(name)


@pytest.mark.parametrize(
    ("name", "schema", "kind"),
    [
        ("day", {"type": "STRING"}, Kind.DAY),
        ("departure_date", {"type": "string"}, Kind.DAY),
        ("when", {"type": "string", "description": "A date: YYYY-MM-DD."}, Kind.DAY),
        ("arrival", {"type": "string", "description": "A time on the 24-hour clock: HH:MM."}, Kind.TIME),
        ("start", {"type": "string", "format": "date-time"}, Kind.MOMENT),
        ("partySize", {"type": "INTEGER"}, Kind.NUMBER),
        ("amount", {"type": "number", "description": "How much, in dollars"}, Kind.MONEY),
        ("order_number", {"type": "string"}, Kind.DIGITS),
        ("phone", {"type": "string"}, Kind.DIGITS),
        ("customer_name", {"type": ["string", "null"]}, Kind.NAME),
        ("city", {"type": "string"}, Kind.PLACE),
        ("size", {"type": "string", "enum": ["small", "large"]}, Kind.CHOICE),
        ("toppings", {"type": "ARRAY", "items": {"type": "STRING", "enum": ["ham", "egg"]}}, Kind.CHOICE),
        ("gift", {"type": "boolean"}, Kind.FLAG),
        ("email", {"type": "string"}, Kind.EMAIL),
        ("address", {"type": "string", "description": "Where to deliver"}, Kind.TEXT),
        ("message", {"type": "string"}, Kind.TEXT),
    ],
)
def test_what_a_parameter_is(name: str, schema: dict[str, Any], kind: Kind) -> None:
    (parameter,) = parameters({"properties": {name: schema}})
    assert parameter.kind is kind


@pytest.mark.parametrize(
    ("name", "schema", "transcript", "value"),
    [
        ("day", {"type": "string"}, "on Friday", "2026-05-08"),
        ("day", {"type": "string", "description": "A weekday"}, "on Friday", "Friday"),
        ("start", {"type": "string", "format": "date-time"}, "on Friday at seven", "2026-05-08T19:00:00"),
        ("people", {"type": "integer"}, "for four on the 8th at seven", 4),
        ("weight", {"type": "number"}, "a parcel of 2.5 kilos", 2.5),
        ("amount", {"type": "number", "description": "dollars"}, "send twenty dollars", 20),
        ("order_number", {"type": "string"}, "my order is four seven two nine one", "47291"),
        ("order_number", {"type": "string"}, "on Friday at 7 30", None),
        ("phone", {"type": "string"}, "call me at 206 555 0142", "2065550142"),
        ("room_number", {"type": "string"}, "wake me at six in the morning in room 310", "310"),
        ("city", {"type": "string"}, "the weather in New York", "New York"),
        ("size", {"type": "string", "enum": ["small", "large"]}, "a large one", "large"),
        ("toppings", {"type": "array", "items": {"enum": ["ham", "egg"]}}, "with ham", ["ham"]),
        ("toppings", {"type": "array", "items": {"enum": ["ham", "egg", "onion"]}}, "onion and ham", ["ham", "onion"]),
        ("toppings", {"type": "array", "items": {"enum": ["ham", "egg"]}}, "no ham but egg", ["egg"]),
        ("days", {"type": "array", "items": {"type": "string", "format": "date"}}, "on Friday", ["2026-05-08"]),
        ("message", {"type": "string"}, "tell him I am late", None),
        ("gift", {"type": "boolean"}, "yes, a table", None),
    ],
)
def test_what_was_said_unasked(name: str, schema: dict[str, Any], transcript: str, value: Any) -> None:
    assert filled(name, schema, transcript) == value


@pytest.mark.parametrize(
    ("name", "schema", "transcript", "value"),
    [
        ("people", {"type": "integer"}, "Four.", 4),
        ("time", {"type": "string"}, "Seven.", "19:00"),
        ("name", {"type": "string"}, "Miller.", "Miller"),
        ("gift", {"type": "boolean"}, "Yes, please.", True),
        ("gift", {"type": "boolean"}, "No.", False),
        ("message", {"type": "string"}, " I am late. ", "I am late."),
        ("amount", {"type": "number", "description": "dollars"}, "Twenty.", 20),
        ("room", {"type": "integer"}, "I don't know.", None),
        ("rooms", {"type": "integer"}, "two and a half", None),
        ("address", {"type": "string"}, "I don't know.", None),
        ("message", {"type": "string"}, "Well, I'd rather not say.", None),
        ("message", {"type": "string"}, "I'm not sure why, but it was cold.", "I'm not sure why, but it was cold."),
        ("phone", {"type": "string"}, "Baker Street 12", None),
        ("order_number", {"type": "string"}, "12", "12"),
        ("time", {"type": "string"}, "25:00", None),
        ("outside", {"type": "boolean"}, "Outside.", True),
        (
            "address",
            {"type": "string"},
            "12 Harbour Street, Boston, near the bridge",
            "12 Harbour Street, Boston, near the bridge",
        ),
    ],
)
def test_a_short_answer_is_enough_to_a_question(name: str, schema: dict[str, Any], transcript: str, value: Any) -> None:
    assert filled(name, schema, transcript, asked=True) == value


def test_a_short_answer_is_taken_for_one_thing_only() -> None:
    wanted = parameters({"properties": {"name": {"type": "string"}, "day": {"type": "string"}}})
    assert fill(wanted, "On Friday.", WEDNESDAY, asked="name") == {"day": "2026-05-08"}


def test_a_table_is_for_the_evening() -> None:
    (time,) = parameters({"properties": {"time": {"type": "string"}}}, about="book_table")
    assert fill([time], "at eight", WEDNESDAY) == {"time": "20:00"}


@pytest.mark.parametrize(
    ("name", "schema", "question"),
    [
        ("day", {"type": "string"}, "Which day would that be?"),
        ("time", {"type": "string"}, "At what time?"),
        ("start", {"type": "string", "format": "date-time"}, "Which day, and at what time?"),
        ("people", {"type": "integer"}, "How many people?"),
        ("people", {"type": "integer", "maximum": 8}, "How many people, 8 at most?"),
        ("pin", {"description": "The PIN of the card"}, "What is the PIN of the card, please?"),
        ("size", {"enum": ["small", "extra_large"]}, "Which size: small or extra large?"),
        ("name", {"type": "string"}, "May I have the name, please?"),
        ("pet", {"description": "The name of the pet"}, "May I have the name of the pet, please?"),
        ("amount", {"type": "number", "description": "Euros"}, "What is the amount in euros, please?"),
        ("note", {"description": "Anything else to know"}, "Please tell me anything else to know."),
        ("items", {"type": "string", "description": "What to bring"}, "Please tell me what to bring."),
        ("gift", {"type": "boolean", "description": "A gift wrap"}, "Gift wrap: yes or no?"),
        (
            "order_number",
            {"type": "string", "description": "The order number, 5 digits"},
            "What is the order number, please?",
        ),
        (
            "note",
            {"type": "string", "description": "Whatever the cook should know of the guests"},
            "What is the note, please?",
        ),
    ],
)
def test_how_it_is_asked_for(name: str, schema: dict[str, Any], question: str) -> None:
    (parameter,) = parameters({"properties": {name: schema}})
    assert parameter.question == question


def test_required_parameters_come_first() -> None:
    declared = parameters({"properties": {"a": {}, "b": {}}, "required": ["b"]})
    assert [(parameter.name, parameter.required) for parameter in declared] == [("b", True), ("a", False)]
