"""The pieces of a streamed chat."""

from __future__ import annotations

import pytest

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.chat import Answer, Piece, Wanted, gave, piece, request, said
from telephony_agent.offline.model.messages import Function, Returned


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", None),
        (": keep-alive", None),
        ("event: message", None),
        ("data: [DONE]", Piece(done=True)),
        ('data:{"choices": [{"delta": {"content": "Hi"}}]}', Piece("Hi")),
        ('data: {"choices": [{"delta": {"content": null}, "finish_reason": "stop"}]}', Piece()),
        ('data: {"choices": [], "usage": {"total_tokens": 3}}', Piece()),
        (
            'data: {"choices": [{"delta": {"tool_calls": [{"function": {"name": "hours", "arguments": "{}"}}]}}]}',
            Piece(calls=((0, "", "hours", "{}"),)),
        ),
    ],
)
def test_a_line_of_the_stream(line: str, expected: Piece | None) -> None:
    assert piece(line) == expected


@pytest.mark.parametrize("data", ["", "{", "7", '{"choices": [7]}', '{"choices": 7}', '{"error": "full"}'])
def test_what_is_no_piece_is_refused(data: str) -> None:
    with pytest.raises(ProtocolError):
        piece(f"data: {data}")


def test_calls_are_put_together_from_their_parts() -> None:
    answer = Answer()
    for calls in (((1, "b", "close", ""),), ((0, "", "hours", '{"day": '),), ((0, "", "", '"Friday"}'),)):
        answer.add(Piece(calls=calls))
    assert answer.wanted == (Wanted("call_0", "hours", '{"day": "Friday"}'), Wanted("b", "close", ""))
    assert [each.parsed() for each in answer.wanted] == [{"day": "Friday"}, {}]


def test_a_result_goes_to_its_call() -> None:
    assert gave("a", Returned("7", "hours", {"output": "fünf"})) == {
        "role": "tool",
        "tool_call_id": "a",
        "content": '{"output": "fünf"}',
    }


def test_a_request_declares_functions_in_lower_case() -> None:
    schema = {"type": "OBJECT", "properties": {"type": {"type": "STRING"}, "days": {"anyOf": [{"type": "ARRAY"}]}}}
    body = request("small", " ", [said("user", "Hi.")], [Function("a", "A.", schema), Function("b", "B.", {})])
    assert body["messages"] == [{"role": "user", "content": "Hi."}]
    first, second = (tool["function"]["parameters"] for tool in body["tools"])
    assert first == {
        "type": "object",
        "properties": {"type": {"type": "string"}, "days": {"anyOf": [{"type": "array"}]}},
    }
    assert second == {"type": "object", "properties": {}}
    assert "tools" not in request("small", "", [], [])
