"""Requests as they are read back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Function
from telephony_agent.offline.model.ranking import known
from telephony_agent.offline.model.request import Request, changes, corrected, summary

TODAY = dt.date(2026, 5, 6)


def request(meaning: Meaning, schemas: dict[str, Any], **given: Any) -> Request:
    return Request(known([Function("send_it", "Send it.", {"properties": schemas})], meaning)[0], given)


@pytest.mark.parametrize(
    ("name", "description", "expected"),
    [
        ("book_table", "Book a table.", True),
        ("pickup", "Arrange a pickup.", True),
        ("cancelOrder", "", True),
        ("delivery", "Have a parcel delivered.", True),
        ("find_orders", "Look up orders to cancel.", False),
        ("order_status", "Tell where an order is.", False),
        ("opening_hours", "The opening hours.", False),
        ("end_call", "End the call.", False),
        ("transfer_call", "Transfer the call to a colleague.", False),
    ],
)
def test_what_changes_something(meaning: Meaning, name: str, description: str, expected: bool) -> None:
    (each,) = known([Function(name, description, {})], meaning)
    assert changes(each) is expected


@pytest.mark.parametrize(
    ("name", "schema", "value", "said"),
    [
        ("day", {"type": "string"}, "2026-05-08", "on Friday, May 8"),
        ("time", {"type": "string"}, "09:05", "at 9:05 AM"),
        ("start", {"format": "date-time"}, "2026-05-08T19:30:00", "on Friday, May 8, at 7:30 PM"),
        ("day", {"type": "string"}, "Friday", "Friday"),
        ("customer_name", {"type": "string"}, "Ada", "under the name Ada"),
        ("order_number", {"type": "string"}, "4711", "order number 4 7 1 1"),
        ("amount", {"type": "number", "description": "In dollars"}, 12.5, "amount 12.5 dollars"),
        ("people", {"type": "integer"}, 4, "for 4 people"),
        ("people", {"type": "integer"}, 1, "for 1 person"),
        ("parcels", {"type": "integer"}, 1, "1 parcel"),
        ("weight", {"type": "number"}, 2, "weight 2"),
        ("gift", {"type": "boolean"}, False, "no gift"),
        ("size", {"enum": ["extra_large"]}, "extra_large", "size extra large"),
        ("toppings", {"type": "array", "items": {"enum": ["ham", "egg"]}}, ["ham", "egg"], "toppings ham and egg"),
        ("message", {"type": "string"}, "I am late.", "message I am late"),
    ],
)
def test_how_arguments_are_read_back(
    meaning: Meaning, name: str, schema: dict[str, Any], value: Any, said: str
) -> None:
    assert summary(request(meaning, {name: schema}, **{name: value})) == f"You want me to send it: {said}."


def test_a_correction_is_what_differs(meaning: Meaning) -> None:
    given = request(meaning, {"people": {"type": "integer"}, "time": {"type": "string"}}, people=4, time="19:00")
    assert corrected(given, "Yes, for 4 people at seven in the evening.", TODAY) == {}
    assert corrected(given, "No, five.", TODAY) == {"people": 5}
    assert corrected(given, "At eight in the evening.", TODAY) == {"time": "20:00"}
