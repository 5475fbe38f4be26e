"""Functions become declarations, or are refused with file, line and reason; arguments are checked on the way back."""

from __future__ import annotations

import contextlib
import datetime as dt
import enum
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, strategies

from telephony_agent.errors import ToolError
from telephony_agent.toolbox.context import CallContext
from telephony_agent.toolbox.declare import Tool, arguments, declare, tool


class Meal(enum.Enum):
    LUNCH = "lunch"
    DINNER = "dinner"


@dataclass
class Guest:
    name: str
    age: int | None = None


@tool
def book(
    day: Annotated[dt.date, "The day"],
    call: CallContext,
    people: int = 2,
    time: dt.time | None = None,
    *,
    meal: Meal = Meal.DINNER,
) -> str:
    """Book a table.

    Args:
        day: Not used, as the annotation says it.
        people: How many come
    """
    return f"{day} {people} {time} {meal} {call.caller}"


def context() -> CallContext:
    return CallContext(caller="+15550100", called="+15550199", call_id="CA1")


def test_a_marked_function_stays_itself() -> None:
    def hello() -> str:
        """Say hello."""
        return "hello"

    assert tool(hello) is hello
    assert tool(timeout=1.5)(hello) is hello
    assert hello() == "hello"


def test_a_declaration_has_name_description_and_parameters() -> None:
    assert declare(book).declaration == {
        "name": "book",
        "description": "Book a table.",
        "parameters": {
            "type": "OBJECT",
            "properties": {
                "day": {"type": "STRING", "description": "The day. A date: YYYY-MM-DD."},
                "people": {"type": "INTEGER", "description": "How many come. If left out: 2."},
                "time": {
                    "type": "STRING",
                    "description": "A time on the 24-hour clock: HH:MM.",
                    "nullable": True,
                },
                "meal": {"type": "STRING", "enum": ["lunch", "dinner"], "description": "If left out: dinner."},
            },
            "required": ["day"],
        },
    }


def test_a_function_without_parameters_declares_none() -> None:
    @tool
    async def end(call: CallContext) -> None:
        """End the call."""

    declared = declare(end)
    assert declared.declaration == {"name": "end", "description": "End the call."}
    assert (declared.context, declared.asynchronous, declared.timeout) == ("call", True, None)


def test_nothing_required_is_not_said() -> None:
    @tool(timeout=2)
    def hours(day: str = "today") -> str:
        """Tell the hours."""
        return day

    declared = declare(hours)
    assert "required" not in declared.declaration["parameters"]
    assert declared.timeout == 2


def test_a_method_and_a_wrapped_function_are_tools_too() -> None:
    def logged(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    class Shop:
        @tool
        def price(self, item: str) -> float:
            """Tell a price."""
            return 1.5

        @logged
        @tool
        async def stock(self, item: str) -> int:
            """Tell what is there."""
            return 3

    price, stock = declare(Shop().price), declare(Shop().stock)
    assert price.function(**arguments(price, {"item": "tea"}, context())) == 1.5
    assert stock.asynchronous
    assert list(stock.declaration["parameters"]["properties"]) == ["item"]


# What can't be declared.


def unmarked() -> None:
    """Do something."""


@tool
def silent(x: int) -> None: ...


@tool
def only_args(x: int) -> None:
    """
    Args:
        x: a number
    """


@tool
def untyped(x) -> None:  # type: ignore[no-untyped-def]
    """Do something."""


@tool
def several(*numbers: int) -> None:
    """Do something."""


@tool
def anything(**given: int) -> None:
    """Do something."""


@tool
def positional(x: int, /) -> None:
    """Do something."""


@tool
def unresolved(x: Missing) -> None:  # type: ignore[name-defined]  # noqa: F821
    """Do something."""


@tool
def impossible(x: bytes) -> None:
    """Do something."""


@tool
def mistyped(people: int) -> None:
    """Do something.

    Args:
        peple: How many.
    """


@tool
def twice(one: CallContext, two: CallContext) -> None:
    """Do something."""


@tool
def grüßen() -> None:  # noqa: PLC2401 - Python takes it, the model doesn't
    """Say hello."""


@tool
def a_function_whose_name_is_longer_than_what_the_model_takes_as_a_name() -> None:
    """Do something."""


@tool
def stream() -> Iterator[int]:
    """Do something."""
    yield 1


@tool
async def async_stream() -> AsyncIterator[int]:
    """Do something."""
    yield 1


@tool(timeout=0)
def hurried() -> None:
    """Do something."""


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (unmarked, "not marked as a tool; put @tool"),
        (silent, "no docstring"),
        (only_args, "no docstring"),
        (untyped, "parameter 'x' has no type; annotate it, as in x: str"),
        (several, "parameter 'numbers' can't be given by name"),
        (anything, "parameter 'given' can't be given by name"),
        (positional, "parameter 'x' can't be given by name"),
        (unresolved, "name 'Missing' is not defined"),
        (impossible, "parameter 'x': bytes can't be told to the model"),
        (mistyped, "the docstring describes peple"),
        (twice, "one and two are both the CallContext"),
        (grüßen, "names of 1-64 ASCII letters"),
        (a_function_whose_name_is_longer_than_what_the_model_takes_as_a_name, "names of 1-64 ASCII letters"),
        (stream, "it yields"),
        (async_stream, "it yields"),
        (hurried, "timeout=0 is no time limit"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cant_be_declared_is_refused_with_file_and_line(function: Callable[..., Any], reason: str) -> None:
    with pytest.raises(ToolError) as caught:
        declare(function)
    line = function.__code__.co_firstlineno
    assert str(caught.value).startswith(f"{__file__}:{line}: {function.__name__}: ")
    assert reason in str(caught.value)


def test_what_is_no_function_is_refused_by_its_text() -> None:
    with pytest.raises(ToolError, match="'book': not marked as a tool"):
        declare("book")  # type: ignore[arg-type]


# Arguments on the way back.


def test_arguments_are_converted_and_the_context_is_added() -> None:
    call = context()
    told = {"day": "2026-05-03", "people": 4, "time": "19:00:00", "meal": "lunch"}
    assert arguments(declare(book), told, call) == {
        "day": dt.date(2026, 5, 3),
        "people": 4,
        "time": dt.time(19),
        "meal": Meal.LUNCH,
        "call": call,
    }


def test_what_is_left_out_or_null_stays_the_functions_default() -> None:
    told = arguments(declare(book), {"day": "2026-05-03", "people": None, "time": None}, context())
    assert told.keys() == {"day", "time", "call"}
    assert told["time"] is None


def offer(annotation: Any) -> Tool:
    """A tool with one parameter `x` of that type."""

    def function(x: Any) -> None:
        """Do something."""

    function.__annotations__["x"] = annotation
    return declare(tool(function))


@pytest.mark.parametrize(
    ("annotation", "sent", "taken"),
    [
        (int, 4.0, 4),
        (int, "4", 4),
        (float, 4, 4.0),
        (float, "4.5", 4.5),
        (bool, "true", True),
        (Decimal, 1.1, Decimal("1.1")),
        (Literal[2, 4], 4.0, 4),
        (Literal[2, 4], "4", 4),
        (dt.time, "19:00", dt.time(19)),
        (dt.datetime, "2026-05-03T19:00", dt.datetime(2026, 5, 3, 19)),
        (str, "19:00", "19:00"),
        (list[int], ["1", 2.0], [1, 2]),
        (Guest, {"name": "Ann", "age": "7"}, Guest("Ann", 7)),
        (list[Guest] | None, [{"name": "Ann"}], [Guest("Ann")]),
        (int | None, None, None),
    ],
    ids=str,
)
def test_what_a_model_safely_means_is_taken(annotation: Any, sent: Any, taken: Any) -> None:
    converted = arguments(offer(annotation), {"x": sent}, context())["x"]
    assert converted == taken
    assert type(converted) is type(taken)


@pytest.mark.parametrize(
    ("annotation", "sent", "error"),
    [
        (int, "four", "x is wrong: Expected `int`, got `str`; it is INTEGER"),
        (int, 4.5, "x is wrong: Expected `int`, got `float`"),
        (int, True, "x is wrong: Expected `int`, got `bool`"),
        (int, None, "x is missing; it is INTEGER"),
        (str, 5, "x is wrong: Expected `str`, got `int`"),
        (Literal["a", "b"], "c", "Invalid enum value 'c'; it is STRING (a, b)"),
        (dt.date, "3 May", "it is STRING. A date: YYYY-MM-DD"),
        (dt.time, "7 pm", "it is STRING. A time on the 24-hour clock: HH:MM"),
        (dt.datetime, 19, "Expected `datetime`, got `int`"),
        (dt.datetime, "19", "A date and time: YYYY-MM-DDTHH:MM:SS"),
        (Annotated[int, msgspec.Meta(le=8), "How many"], 9, "Expected `int` <= 8; it is INTEGER. How many"),
        (list[int], [1, "b"], "Expected `int`, got `str` - at `x[1]`"),
        (Guest, {"age": 7}, "missing required field `name`"),
        (Guest, "Ann", "Expected `object`, got `str`"),
    ],
    ids=str,
)
def test_the_model_is_told_what_was_wrong_and_what_was_expected(annotation: Any, sent: Any, error: str) -> None:
    with pytest.raises(ToolError) as caught:
        arguments(offer(annotation), {"x": sent}, context())
    assert error in str(caught.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ToolError) as caught:
        arguments(declare(book), {"people": "many", "when": "now"}, context())
    for part in ("there is no parameter 'when'", "day is missing", "people is wrong"):
        assert part in str(caught.value)


def test_the_model_cant_give_the_context_itself() -> None:
    with pytest.raises(ToolError, match="there is no parameter 'call'"):
        arguments(declare(book), {"day": "2026-05-03", "call": {"caller": "x"}}, context())


TEXTS = strategies.text("0123456789-:T .aenx", max_size=20)
SCALARS = strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | TEXTS
JSON = SCALARS | strategies.lists(SCALARS, max_size=3) | strategies.dictionaries(TEXTS, SCALARS, max_size=3)
DECLARED = declare(book)


@given(strategies.dictionaries(strategies.sampled_from(["day", "people", "time", "meal", "x"]), JSON))
def test_whatever_a_model_sends_is_converted_or_refused(sent: dict[str, Any]) -> None:
    with contextlib.suppress(ToolError):
        told = arguments(DECLARED, {"day": "2026-05-03"} | sent, context())
        assert type(told["day"]) is dt.date
        assert type(told.get("people", 2)) is int


def test_hanging_up_is_a_wish_until_the_call_grants_it() -> None:
    call = context()
    assert not call.wants_to_hang_up
    call.hang_up()
    assert call.wants_to_hang_up
