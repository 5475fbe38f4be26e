"""Schemas of all forms, as filling reads them."""

from typing import Any

import pytest

from telephony_agent.offline.model.slots.schema import allows, plain, properties, required

ROOT = {"$defs": {"Size": {"type": "string", "enum": ["small", "large"]}, "Loop": {"$ref": "#/$defs/Loop"}}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "STRING", "nullable": True, "pattern": "(", "example": "x"}, {"type": "STRING"}),
        ({"anyOf": [{"type": "NULL"}, {"type": "INTEGER"}]}, {"type": "INTEGER"}),
        ({"oneOf": [{"type": "number"}], "description": "How far"}, {"type": "number", "description": "How far"}),
        ({"$ref": "#/$defs/Size"}, {"type": "string", "enum": ["small", "large"]}),
        ({"allOf": [{"$ref": "#/$defs/Size"}]}, {"enum": ["small", "large"]}),
        ({"const": 3}, {"enum": [3]}),
        ({"enum": ["a", None]}, {"enum": ["a"]}),
        ({"type": "array", "items": {"$ref": "#/$defs/Size"}}, {"type": "array"}),
    ],
)
def test_what_a_schema_says(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    found = plain(schema, ROOT)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("schema", [True, None, "x", [], {"$ref": "#/$defs/Loop"}, {"$ref": 5}, {"$ref": "#/nowhere"}])
def test_nonsense_says_nothing(schema: Any) -> None:
    assert not plain(schema, ROOT).get("type")
    assert properties(schema) == {}
    assert required(schema) == []


@pytest.mark.parametrize(
    ("schema", "fitting", "other"),
    [
        ({"minimum": 1}, 1, 0),
        ({"maximum": 8}, 8, 8.5),
        ({"minimum": "-2"}, -2, -3),
        ({"minLength": 3}, "abc", "ab"),
        ({"maxLength": "3"}, "abc", "abcd"),
        ({"pattern": "^[0-9]{4}$"}, "1234", "123"),
    ],
)
def test_what_a_schema_has_room_for(schema: dict[str, Any], fitting: Any, other: Any) -> None:
    assert allows(schema, fitting)
    assert not allows(schema, other)


@pytest.mark.parametrize(
    "schema", [{}, {"minimum": "low"}, {"maximum": None}, {"maxLength": []}, {"pattern": "("}, {"pattern": 5}]
)
@pytest.mark.parametrize("value", [7, "seven", True, ["seven"]])
def test_what_says_no_bound_has_room_for_all(schema: dict[str, Any], value: Any) -> None:
    assert allows(schema, value)
