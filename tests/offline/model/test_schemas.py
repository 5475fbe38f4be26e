"""What a declaration's schema may say on Google's wire, and how anything else is refused."""

from __future__ import annotations

from typing import Any

import pytest

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.schemas import check

HERE = "setup.tools[0].function_declarations[0].parameters"
EVERYTHING = {
    "type": "OBJECT",
    "title": "Booking",
    "description": "What is to be booked",
    "nullable": False,
    "minProperties": 1,
    "maxProperties": "4",
    "propertyOrdering": ["people", "days"],
    "required": ["people"],
    "properties": {
        "people": {"type": "INTEGER", "format": "int32", "minimum": 1, "maximum": 8, "example": 4, "default": 2},
        "days": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 1, "max_items": "3"},
        "phone": {
            "anyOf": [{"type": "STRING", "pattern": "^[0-9]+$", "minLength": 5, "maxLength": 9}, {"type": "NULL"}]
        },
        "type": {"type": "BOOLEAN"},
        "$ref": {"type": "NUMBER"},
    },
}


def test_every_keyword_of_google_s_is_taken() -> None:
    check(EVERYTHING, HERE)


@pytest.mark.parametrize(
    "keyword", ["additionalProperties", "$ref", "$defs", "oneOf", "allOf", "const", "exclusiveMinimum"]
)
def test_a_keyword_of_json_schema_alone_is_an_unknown_name(keyword: str) -> None:
    for schema, place in [
        ({keyword: {}}, HERE),
        ({"properties": {"a": {"type": "STRING"}, "b": {keyword: 1}}}, f"{HERE}.properties[1].value"),
        ({"items": {keyword: 1}}, f"{HERE}.items"),
        ({"anyOf": [{}, {keyword: 1}]}, f"{HERE}.any_of[1]"),
    ]:
        with pytest.raises(ProtocolError) as refused:
            check(schema, HERE)
        assert str(refused.value) == (
            f"Invalid JSON payload received. Unknown name \"{keyword}\" at '{place}': Cannot find field."
        )
        assert refused.value.close_code == 1007


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ([], ""),
        ({"type": "str"}, ".type"),
        ({"type": ["STRING", "NULL"]}, ".type"),
        ({"enum": [1, 2]}, ".enum"),
        ({"required": "all"}, ".required"),
        ({"properties": []}, ".properties"),
        ({"properties": {"a": True}}, ".properties[0].value"),
        ({"items": [{}]}, ".items"),
        ({"anyOf": {}}, ".any_of"),
        ({"maxItems": None}, ".max_items"),
        ({"description": 5}, ".description"),
    ],
)
def test_a_value_that_a_keyword_cannot_have_is_refused_with_its_place(schema: Any, place: str) -> None:
    with pytest.raises(ProtocolError, match="Invalid value at") as refused:
        check(schema, HERE)
    assert str(refused.value) == f"Invalid value at '{HERE}{place}'"
