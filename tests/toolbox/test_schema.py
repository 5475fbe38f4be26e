"""What the model is told of a Python type, and which types it can't be told of."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, NotRequired, Optional, TypedDict

import msgspec
import pytest
from msgspec import Meta

from telephony_agent.toolbox.schema import schema, sentences, with_default

KEYWORDS = {
    *("type", "format", "description", "nullable", "enum", "items", "minItems", "maxItems", "properties", "required"),
    *("minimum", "maximum", "minLength", "maxLength", "pattern"),
}


class Meal(enum.Enum):
    LUNCH = "lunch"
    DINNER = "dinner"


class Floor(enum.IntEnum):
    GROUND = 0
    FIRST = 1


@dataclass
class Guest:
    """Somebody at the
    table."""

    name: Annotated[str, "As on the booking"]
    born: dt.date | None = None
    chairs: int = 1


@dataclass
class Bare:
    name: str


class Dish(TypedDict):
    name: str
    wish: NotRequired[Annotated[str, "How it should be made"]]


class Order(msgspec.Struct, rename="camel"):
    table_number: int
    dishes: list[Dish]


@dataclass
class Chain:
    next: Optional[Chain] = None  # noqa: UP045 - a name that is not there yet has no `|`


@dataclass
class Nothing:
    pass


class Tagged(msgspec.Struct, tag=True):
    x: int


CASES: list[tuple[Any, dict[str, Any]]] = [
    (str, {"type": "STRING"}),
    (int, {"type": "INTEGER"}),
    (float, {"type": "NUMBER"}),
    (bool, {"type": "BOOLEAN"}),
    (Decimal, {"type": "NUMBER"}),
    (NewType("Table", int), {"type": "INTEGER"}),
    (dt.date, {"type": "STRING", "description": "A date: YYYY-MM-DD."}),
    (dt.time, {"type": "STRING", "description": "A time on the 24-hour clock: HH:MM."}),
    (
        dt.datetime,
        {"type": "STRING", "format": "date-time", "description": "A date and time: YYYY-MM-DDTHH:MM:SS."},
    ),
    (Literal["red", "white"], {"type": "STRING", "enum": ["red", "white"]}),
    (Literal["red"], {"type": "STRING", "enum": ["red"]}),
    (Literal["red", None], {"type": "STRING", "enum": ["red"], "nullable": True}),
    (Literal[2, 4], {"type": "INTEGER", "minimum": 2, "maximum": 4, "description": "One of 2, 4."}),
    (Meal, {"type": "STRING", "enum": ["lunch", "dinner"]}),
    (Floor, {"type": "INTEGER", "minimum": 0, "maximum": 1, "description": "One of 0, 1."}),
    (Meal | None, {"type": "STRING", "enum": ["lunch", "dinner"], "nullable": True}),
    (int | None, {"type": "INTEGER", "nullable": True}),
    (Optional[int], {"type": "INTEGER", "nullable": True}),  # noqa: UP045
    (int | float, {"type": "NUMBER"}),
    (int | float | None, {"type": "NUMBER", "nullable": True}),
    (list[str], {"type": "ARRAY", "items": {"type": "STRING"}}),
    (set[int], {"type": "ARRAY", "items": {"type": "INTEGER"}}),
    (tuple[int, ...], {"type": "ARRAY", "items": {"type": "INTEGER"}}),
    (list[Annotated[str, "A dish"]], {"type": "ARRAY", "items": {"type": "STRING", "description": "A dish"}}),
    (Annotated[str, "The city"], {"type": "STRING", "description": "The city"}),
    (Annotated[str, "The", "city"], {"type": "STRING", "description": "The city"}),
    (Annotated[str, ...], {"type": "STRING"}),
    (Annotated[int, "How many"] | None, {"type": "INTEGER", "description": "How many", "nullable": True}),
    (Annotated[dt.date, "The day"], {"type": "STRING", "description": "The day. A date: YYYY-MM-DD."}),
    (
        Annotated[int, Meta(ge=1, le=8), "How many?"],
        {"type": "INTEGER", "minimum": 1, "maximum": 8, "description": "How many?"},
    ),
    (Annotated[int, Meta(gt=0, lt=9)], {"type": "INTEGER", "minimum": 1, "maximum": 8}),
    (Annotated[int, Meta(multiple_of=5)], {"type": "INTEGER", "description": "A multiple of 5."}),
    (
        Annotated[float, Meta(gt=0, lt=1)],
        {"type": "NUMBER", "minimum": 0, "maximum": 1, "description": "More than 0. Less than 1."},
    ),
    (
        Annotated[str, Meta(min_length=1, max_length=4, pattern="^a")],
        {"type": "STRING", "minLength": 1, "maxLength": 4, "pattern": "^a"},
    ),
    (
        Annotated[list[int], Meta(min_length=1, max_length=4)],
        {"type": "ARRAY", "items": {"type": "INTEGER"}, "minItems": 1, "maxItems": 4},
    ),
    (
        Annotated[str, Meta(description="A town", examples=["Rome", "Oslo"])],
        {"type": "STRING", "description": "A town. For example: Rome, Oslo."},
    ),
    (Annotated[str, Meta(title="A town")], {"type": "STRING", "description": "A town"}),
    (Bare, {"type": "OBJECT", "properties": {"name": {"type": "STRING"}}, "required": ["name"]}),
    (
        Guest,
        {
            "type": "OBJECT",
            "description": "Somebody at the table.",
            "properties": {
                "name": {"type": "STRING", "description": "As on the booking"},
                "born": {"type": "STRING", "description": "A date: YYYY-MM-DD.", "nullable": True},
                "chairs": {"type": "INTEGER", "description": "If left out: 1."},
            },
            "required": ["name"],
        },
    ),
    (
        Order,
        {
            "type": "OBJECT",
            "properties": {
                "tableNumber": {"type": "INTEGER"},
                "dishes": {
                    "type": "ARRAY",
                    "items": {
                        "type": "OBJECT",
                        "properties": {
                            "name": {"type": "STRING"},
                            "wish": {"type": "STRING", "description": "How it should be made"},
                        },
                        "required": ["name"],
                    },
                },
            },
            "required": ["tableNumber", "dishes"],
        },
    ),
]


@pytest.mark.parametrize(("annotation", "expected"), CASES, ids=[str(case[0]) for case in CASES])
def test_a_type_becomes_its_schema(annotation: Any, expected: dict[str, Any]) -> None:
    assert schema(annotation) == expected


@pytest.mark.parametrize("annotation", [case[0] for case in CASES], ids=[str(case[0]) for case in CASES])
def test_a_schema_uses_only_what_gemini_takes(annotation: Any) -> None:
    def check(part: dict[str, Any]) -> None:
        assert part.keys() <= KEYWORDS
        assert part["type"] in {"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT"}
        assert "enum" not in part or (part["type"] == "STRING" and all(part["enum"]))
        assert part.get("format", "date-time") == "date-time"
        assert part["type"] != "OBJECT" or part["properties"]
        for inner in [*part.get("properties", {}).values(), *([part["items"]] if "items" in part else [])]:
            check(inner)

    check(schema(annotation))


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (Any, "left open; say which of str, int"),
        (list, "left open"),
        (object, "object can't be told"),
        (complex, "complex can't be told"),
        (Callable[[], int], "can't be told"),
        (bytes, "bytes can't be told"),
        (dt.timedelta, "timedelta can't be told"),
        (tuple[int, str], "tuple can't be told"),
        (type(None), "none can't be told"),
        (dict[str, int], "use a dataclass or a TypedDict"),
        (str | int, "choice of types"),
        (Guest | Bare, "not supported"),
        (str | dt.date, "not supported"),
        (Literal["a", 1], "all non-empty strings or all whole numbers"),
        (Literal["a", ""], "all non-empty strings or all whole numbers"),
        (Chain, "Chain contains itself"),
        (Nothing, "Nothing has no fields"),
        (Tagged, "plain Struct"),
        (Annotated[str, Meta(extra_json_schema={"format": "email"})], "Meta's format"),
    ],
    ids=str,
)
def test_a_type_the_model_cant_be_told_of_is_refused(annotation: Any, reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        schema(annotation)


def test_what_may_be_left_out_says_what_stands_instead() -> None:
    assert with_default({"type": "INTEGER"}, 2) == {"type": "INTEGER", "description": "If left out: 2."}
    assert with_default({"description": "How many"}, 2) == {"description": "How many. If left out: 2."}
    assert with_default({}, True) == {"description": "If left out: true."}
    assert with_default({}, Meal.DINNER) == {"description": "If left out: dinner."}
    assert with_default({}, dt.date(2026, 5, 3)) == {"description": "If left out: 2026-05-03."}
    for silent in (None, "", [], {}, object()):
        assert with_default({"type": "STRING"}, silent) == {"type": "STRING"}


def test_sentences_end_before_the_next_one_starts() -> None:
    assert sentences("One", None, "Two.", " ", "Three") == "One. Two. Three"
    assert sentences(None, "") == ""
