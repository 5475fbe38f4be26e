"""`@tool` functions as the model is told of them, and the arguments that it sends back.

A declaration (`FunctionDeclaration` of Gemini's Live API) is made of a function's name, docstring and annotations when
the service starts; a function that can't be told so is a `ToolError` then, with its file and line.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints, overload

import msgspec

from ..errors import ToolError
from .context import CallContext
from .docstring import take_apart
from .schema import Schema, schema, sentences, with_default

MARK = "__telephony_tool__"  # where `@tool` leaves its `Mark`
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")  # what Gemini takes for a function's name
NO_SECONDS = re.compile(r"(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d")  # how a model writes a time; RFC 3339 wants seconds too

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Mark:
    """What `@tool(...)` was told."""

    timeout: float | None
    needs_account: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter that the model fills in."""

    name: str
    annotation: Any
    schema: Schema
    required: bool


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call. `timeout` in seconds; None is the agent's `tool_timeout`."""

    name: str
    description: str
    declaration: Mapping[str, Any]
    """`{"name", "description"[, "parameters"]}`, in the OpenAPI form."""
    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    context: str | None
    """The name of the `CallContext` parameter."""
    asynchronous: bool
    timeout: float | None
    needs_account: bool = False
    """Whether start fails without the credentials of Twilio's REST API."""


@overload
def tool(function: F) -> F: ...
@overload
def tool(*, timeout: float | None = None, needs_account: bool = False) -> Callable[[F], F]: ...
def tool(
    function: F | None = None, *, timeout: float | None = None, needs_account: bool = False
) -> F | Callable[[F], F]:
    """Mark a function, sync or async, as one that an `Agent` may offer to the model. The function stays as it is.

    `timeout` is its own time limit in seconds. `needs_account`: it uses Twilio's REST API. Nothing is checked here:
    `Agent(tools=[...])` declares what is marked.
    """

    def mark(function: F) -> F:
        setattr(function, MARK, Mark(timeout, needs_account))
        return function

    return mark if function is None else mark(function)


def declare(function: Callable[..., Any]) -> Tool:
    """The marked function as a `Tool`. Raises ToolError "file:line: function: reason and mend"."""
    mark = getattr(function, MARK, None)
    if not isinstance(mark, Mark):
        raise refused(function, "not marked as a tool; put @tool on top of it")
    if mark.timeout is not None and not 0 < mark.timeout < float("inf"):
        raise refused(function, f"timeout={mark.timeout!r} is no time limit; give a positive number of seconds")
    name = getattr(function, "__name__", "")
    if not NAME.fullmatch(name):
        raise refused(function, "the model takes names of 1-64 ASCII letters, digits and underscores; rename it")
    bare = inspect.unwrap(function)
    if inspect.isgeneratorfunction(bare) or inspect.isasyncgenfunction(bare):
        raise refused(function, "it yields, and an answer is given once; return it")
    description, told = take_apart(inspect.getdoc(function) or "")
    if not description:
        raise refused(function, "no docstring that says what it does; the model decides by it when to call it")
    parameters, context = _parameters(function, told)
    declaration: dict[str, Any] = {"name": name, "description": description}
    if parameters:
        properties = {parameter.name: parameter.schema for parameter in parameters}
        declaration["parameters"] = {"type": "OBJECT", "properties": properties}
        if required := [parameter.name for parameter in parameters if parameter.required]:
            declaration["parameters"]["required"] = required
    asynchronous = inspect.iscoroutinefunction(bare)
    limits = mark.timeout, mark.needs_account
    return Tool(name, description, declaration, function, parameters, context, asynchronous, *limits)


def arguments(tool: Tool, given: Mapping[str, Any], context: CallContext) -> dict[str, Any]:
    """The keyword arguments for `tool.function`, converted to its types.

    `given` is what the model sent, decoded JSON. Numbers may come as "4" or 4.0 where nothing is lost by it, and null
    for what may be left out. Raises ToolError with a text for the model: each parameter that is wrong, and what it is.
    """
    known = {parameter.name for parameter in tool.parameters}
    wrong = [f"there is no parameter {name!r}" for name in given if name not in known]
    converted: dict[str, Any] = {}
    for parameter in tool.parameters:
        value = given.get(parameter.name)
        nullable = parameter.schema.get("nullable", False)
        if parameter.name not in given or (value is None and not nullable):
            if parameter.required:
                wrong.append(f"{parameter.name} is missing; it is {_wanted(parameter)}")
            continue
        try:
            converted[parameter.name] = _convert(parameter, value)
        except msgspec.ValidationError as error:
            reason = str(error).replace("`$", f"`{parameter.name}")
            wrong.append(f"{parameter.name} is wrong: {reason}; it is {_wanted(parameter)}")
    if wrong:
        raise ToolError("; ".join(wrong))
    return converted if tool.context is None else converted | {tool.context: context}


def refused(function: Any, reason: str) -> ToolError:
    """The error that names a function by file, line and name."""
    bare = inspect.unwrap(function) if callable(function) else function
    code = getattr(bare, "__code__", None)
    name = getattr(bare, "__qualname__", None) or repr(function)
    return ToolError(f"{code.co_filename}:{code.co_firstlineno}: {name}: {reason}" if code else f"{name}: {reason}")


def _parameters(function: Callable[..., Any], told: Mapping[str, str]) -> tuple[tuple[Parameter, ...], str | None]:
    try:
        hints = get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        reason = f"an annotation can't be resolved ({error}); use names of the module's top level"
        raise refused(function, reason) from None
    signature = inspect.signature(function).parameters
    if unknown := sorted(told.keys() - signature.keys()):
        raise refused(function, f"the docstring describes {', '.join(unknown)}, which it has no parameter for")
    parameters, contexts = [], []
    for name, parameter in signature.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise refused(function, f"parameter {name!r} can't be given by name; no *args, **kwargs or /")
        if name not in hints:
            raise refused(function, f"parameter {name!r} has no type; annotate it, as in {name}: str")
        if hints[name] is CallContext:
            contexts.append(name)
        else:
            parameters.append(_parameter(function, parameter, hints[name], told.get(name)))
    if len(contexts) > 1:
        raise refused(function, f"{' and '.join(contexts)} are both the CallContext; one is enough")
    return tuple(parameters), contexts[0] if contexts else None


def _parameter(function: Callable[..., Any], parameter: inspect.Parameter, hint: Any, told: str | None) -> Parameter:
    """An `Annotated` text goes before the docstring's."""
    try:
        described = schema(hint)
    except (TypeError, ValueError, NameError, AttributeError) as error:
        raise refused(function, f"parameter {parameter.name!r}: {error}") from None
    if told and not _annotated_text(hint):
        described = described | {"description": sentences(told, described.get("description"))}
    required = parameter.default is parameter.empty
    if not required:
        described = with_default(described, parameter.default)
    return Parameter(parameter.name, hint, described, required)


def _annotated_text(hint: Any) -> bool:
    notes = getattr(hint, "__metadata__", ())
    return any(isinstance(note, str) or (isinstance(note, msgspec.Meta) and note.description) for note in notes)


def _convert(parameter: Parameter, value: Any) -> Any:
    """msgspec's lax mode, and two spellings that it doesn't know."""
    lax = not _tells(parameter.schema, "date-time")  # where it would read the number 19 as a second of 1970
    if isinstance(value, float) and value.is_integer() and _tells(parameter.schema, "INTEGER"):
        value = int(value)
    try:
        return msgspec.convert(value, parameter.annotation, strict=not lax)
    except msgspec.ValidationError:
        if not isinstance(value, str) or not NO_SECONDS.fullmatch(value):
            raise
        return msgspec.convert(f"{value}:00", parameter.annotation)


def _tells(schema: Schema, word: str) -> bool:
    """Whether `word` is a type or format anywhere in the schema."""
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return word in (schema["type"], schema.get("format")) or any(_tells(each, word) for each in inner)


def _wanted(parameter: Parameter) -> str:
    """What the model is reminded of."""
    told = parameter.schema
    choices = f" ({', '.join(told['enum'])})" if "enum" in told else ""
    return sentences(f"{told['type']}{choices}", told.get("description")).rstrip(".")
