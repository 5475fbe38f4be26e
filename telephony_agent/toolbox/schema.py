"""A Python type -> what the model is told of it: the OpenAPI subset of a declaration's `parameters`.

Types are upper case and nothing stands by reference. msgspec reads the type; a text in `Annotated` is its description.
Google's back ends refuse a whole setup (400 or 1007) for one schema that they don't like, so we keep clear of what was
seen refused: a STRING `format` other than date-time, `enum` of anything but non-empty strings, `anyOf` beside other
keywords, an OBJECT without properties, `default`. Where a keyword can't say it, the description does.
"""

from __future__ import annotations

import functools
import math
import operator
import types
from collections.abc import Sequence
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect as mi

SUPPORTED = (
    "str, int, float, bool, Decimal, date, time, datetime, Literal, Enum, list[...], a dataclass, TypedDict or Struct"
)
Schema = dict[str, Any]

PLAIN: dict[type[mi.Type], Schema] = {
    mi.BoolType: {"type": "BOOLEAN"},
    mi.DecimalType: {"type": "NUMBER"},
    mi.DateType: {"type": "STRING", "description": "A date: YYYY-MM-DD."},
    mi.TimeType: {"type": "STRING", "description": "A time on the 24-hour clock: HH:MM."},
    mi.DateTimeType: {
        "type": "STRING",
        "format": "date-time",
        "description": "A date and time: YYYY-MM-DDTHH:MM:SS.",
    },
}


def schema(annotation: Any) -> Schema:
    """The schema of one parameter's type. Raises TypeError, or what resolving its names raises, if it can't be told."""
    return _schema(mi.type_info(_with_descriptions(annotation)), ())


def sentences(*texts: str | None) -> str:
    """One description of several: each but the last ends like a sentence."""
    kept = [text.strip() for text in texts if text and text.strip()]
    ended = [text if text.endswith((".", "!", "?")) else f"{text}." for text in kept[:-1]]
    return " ".join(ended + kept[-1:])


def _with_descriptions(annotation: Any) -> Any:
    """`Annotated[str, "a text"]` as msgspec has it: `Annotated[str, Meta(description="a text")]`, at any depth."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        texts = [note for note in args[1:] if isinstance(note, str)]
        notes = [note for note in args[1:] if not isinstance(note, str)]
        if texts:
            notes.append(msgspec.Meta(description=" ".join(texts)))
        return Annotated[_with_descriptions(args[0]), *notes] if notes else _with_descriptions(args[0])
    if origin in (Required, NotRequired):  # msgspec tells by the class itself which keys may be missing
        return _with_descriptions(args[0])
    if origin in (Union, types.UnionType):
        return functools.reduce(operator.or_, map(_with_descriptions, args))
    if origin in (list, set, frozenset, tuple):
        return origin[tuple(_with_descriptions(arg) for arg in args)]
    return annotation


def _schema(kind: mi.Type, inside: tuple[type, ...]) -> Schema:
    """`inside` are the classes around this one, to notice a class within itself."""
    if plain := PLAIN.get(type(kind)):
        return dict(plain)
    match kind:
        case mi.Metadata():
            return _noted(_schema(kind.type, inside), kind.extra_json_schema or {})
        case mi.StrType():
            return _said(type="STRING", minLength=kind.min_length, maxLength=kind.max_length, pattern=kind.pattern)
        case mi.IntType():
            return _number("INTEGER", kind)
        case mi.FloatType():
            return _number("NUMBER", kind)
        case mi.LiteralType():
            return _choice(kind.values)
        case mi.EnumType():
            return _choice([member.value for member in kind.cls])
        case mi.UnionType():
            return _union(kind, inside)
        case mi.ListType() | mi.SetType() | mi.FrozenSetType() | mi.VarTupleType():
            items = _schema(kind.item_type, inside)
            return _said(type="ARRAY", items=items, minItems=kind.min_length, maxItems=kind.max_length)
        case mi.DataclassType() | mi.TypedDictType() | mi.StructType():
            return _object(kind, inside)
        case mi.DictType():
            raise TypeError("a dict has no names the model could be told; use a dataclass or a TypedDict")
        case mi.AnyType():
            raise TypeError(f"the type is left open; say which of {SUPPORTED}")
        case mi.CustomType(cls=cls):
            raise TypeError(f"{cls.__name__} can't be told to the model; use one of {SUPPORTED}")
        case _:
            name = type(kind).__name__.removesuffix("Type").lower()
            raise TypeError(f"{name} can't be told to the model; use one of {SUPPORTED}")


def _said(**keywords: Any) -> Schema:
    return {keyword: value for keyword, value in keywords.items() if value is not None}


def _number(type_: str, kind: mi.IntType | mi.FloatType) -> Schema:
    """There are no exclusive bounds: between whole numbers the next one serves, else the description says it."""
    low, high, notes = kind.ge, kind.le, []
    if kind.gt is not None:
        low = math.floor(kind.gt) + 1 if type_ == "INTEGER" else kind.gt
        notes += [f"More than {kind.gt}."] if type_ == "NUMBER" else []
    if kind.lt is not None:
        high = math.ceil(kind.lt) - 1 if type_ == "INTEGER" else kind.lt
        notes += [f"Less than {kind.lt}."] if type_ == "NUMBER" else []
    if kind.multiple_of is not None:
        notes += [f"A multiple of {kind.multiple_of}."]
    return _said(type=type_, minimum=low, maximum=high, description=" ".join(notes) or None)


def _choice(values: Sequence[Any]) -> Schema:
    """Of a `Literal` or an `Enum`. Google's `enum` is for strings only; numbers are bounded and described."""
    given = [value for value in values if value is not None]
    nullable = True if len(given) < len(values) else None
    if given and all(isinstance(value, str) and value for value in given):
        return _said(type="STRING", enum=given, nullable=nullable)
    if given and all(isinstance(value, int) for value in given):
        note = f"One of {', '.join(str(value) for value in given)}."
        return _said(type="INTEGER", minimum=min(given), maximum=max(given), description=note, nullable=nullable)
    raise TypeError("choices must be all non-empty strings or all whole numbers")


def _union(kind: mi.UnionType, inside: tuple[type, ...]) -> Schema:
    present = [_schema(member, inside) for member in kind.types if not isinstance(member, mi.NoneType)]
    if sorted(member["type"] for member in present) == ["INTEGER", "NUMBER"]:  # `int | float`
        present = [member for member in present if member["type"] == "NUMBER"]
    if len(present) != 1:
        raise TypeError("the model can't be offered a choice of types; use one type, or one type and None")
    return present[0] | ({"nullable": True} if len(kind.types) > 1 and kind.includes_none else {})


def _object(kind: mi.DataclassType | mi.TypedDictType | mi.StructType, inside: tuple[type, ...]) -> Schema:
    cls = kind.cls
    if cls in inside:
        raise TypeError(f"{cls.__name__} contains itself, and a declaration can't; flatten it")
    if isinstance(kind, mi.StructType) and (kind.array_like or kind.tag is not None):
        raise TypeError(f"{cls.__name__} is array_like or tagged; use a plain Struct")
    if not kind.fields:
        raise TypeError(f"{cls.__name__} has no fields to fill")
    hints = get_type_hints(cls, include_extras=True)
    properties = {}
    for field in kind.fields:
        inner = _schema(mi.type_info(_with_descriptions(hints[field.name])), (*inside, cls))
        properties[field.encode_name] = with_default(inner, field.default)
    required = [field.encode_name for field in kind.fields if field.required]
    text = cls.__dict__.get("__doc__")
    if text and text.startswith(f"{cls.__name__}("):  # written by @dataclass, not by a person
        text = None
    return _said(
        type="OBJECT", description=text and " ".join(text.split()), properties=properties, required=required or None
    )


def with_default(given: Schema, default: Any) -> Schema:
    """`given`, with the value that stands where the model leaves it out, if that is a plain one."""
    try:
        plain = msgspec.json.encode(default).decode().strip('"')
    except TypeError:  # an object that says "not given"
        return given
    if default is None or not plain or plain[0] in "[{":
        return given
    return given | {"description": sentences(given.get("description"), f"If left out: {plain}.")}


def _noted(given: Schema, notes: dict[str, Any]) -> Schema:
    """`given` with what `msgspec.Meta` says beyond the type: its description and examples."""
    unknown = notes.keys() - {"description", "title", "examples"}
    if unknown:
        raise TypeError(f"Meta's {', '.join(sorted(unknown))} can't be told to the model; put it into the description")
    examples = notes.get("examples")
    example = f"For example: {', '.join(str(example) for example in examples)}." if examples else None
    text = sentences(notes.get("description", notes.get("title")), given.get("description"), example)
    return given | {"description": text} if text else given
