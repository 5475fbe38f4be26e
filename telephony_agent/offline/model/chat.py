"""The chat of OpenAI's HTTP interface, which Ollama, llama.cpp's server and many others speak too: requests and the
pieces of a streamed answer. JSON keys of it stand here and nowhere else.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.messages import Function, Returned

Message = Mapping[str, Any]
DATA, DONE = "data:", "[DONE]"


@dataclass(frozen=True)
class Wanted:
    """A function that the model wants called: `arguments` is JSON, as it wrote it."""

    id: str
    name: str
    arguments: str

    def parsed(self) -> dict[str, Any]:
        """Raises ProtocolError if the model wrote no JSON object."""
        try:
            given = json.loads(self.arguments or "{}")
        except ValueError as error:
            raise ProtocolError(f"the arguments of {self.name} are no JSON: {error}") from error
        if not isinstance(given, dict):
            raise ProtocolError(f"the arguments of {self.name} are no JSON object")
        return given


@dataclass(frozen=True)
class Piece:
    """What one line of the stream adds: text, or parts of calls by their index: (id, name, arguments)."""

    text: str = ""
    calls: tuple[tuple[int, str, str, str], ...] = ()
    done: bool = False


@dataclass
class Answer:
    """A streamed answer as far as it has come."""

    text: str = ""
    _calls: dict[int, list[str]] = field(default_factory=dict)

    def add(self, piece: Piece) -> None:
        self.text += piece.text
        for index, *parts in piece.calls:
            known = self._calls.setdefault(index, ["", "", ""])
            for at, part in enumerate(parts):
                known[at] += part

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The calls; those that came without an id get one."""
        ordered = sorted(self._calls.items())
        return tuple(Wanted(id or f"call_{index}", name, given) for index, (id, name, given) in ordered)


def request(model: str, instructions: str, history: Sequence[Message], functions: Sequence[Function]) -> dict[str, Any]:
    """The body of `POST /v1/chat/completions`, for a stream."""
    system: list[Message] = [{"role": "system", "content": instructions}] if instructions.strip() else []
    body: dict[str, Any] = {"model": model, "stream": True, "messages": [*system, *history]}
    if functions:
        body["tools"] = [{"type": "function", "function": _declared(each)} for each in functions]
    return body


def said(role: str, text: str) -> Message:
    """`role` is "user" or "assistant"."""
    return {"role": role, "content": text}


def called(text: str, wanted: Sequence[Wanted]) -> Message:
    calls = [
        {"id": each.id, "type": "function", "function": {"name": each.name, "arguments": each.arguments or "{}"}}
        for each in wanted
    ]
    return {"role": "assistant", "content": text, "tool_calls": calls}


def gave(id: str, result: Returned) -> Message:
    return {"role": "tool", "tool_call_id": id, "content": json.dumps(result.response, ensure_ascii=False)}


def piece(line: str) -> Piece | None:
    """What a line of the event stream says; None: nothing, as comments and empty lines do.

    Raises ProtocolError if it is no piece of an answer, or tells of an error.
    """
    if not line.startswith(DATA):
        return None
    data = line.removeprefix(DATA).strip()
    if data == DONE:
        return Piece(done=True)
    try:
        told = json.loads(data)
        if error := told.get("error"):
            raise ProtocolError(f"the stream tells of an error: {error}")
        delta = told["choices"][0].get("delta") or {} if told.get("choices") else {}
        calls = [_call(at, each) for at, each in enumerate(delta.get("tool_calls") or ())]
        return Piece(str(delta.get("content") or ""), tuple(calls))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProtocolError(f"a line of the stream is no piece of an answer: {data[:80]}") from error


def _call(at: int, given: Mapping[str, Any]) -> tuple[int, str, str, str]:
    function = given.get("function") or {}
    index = given.get("index")
    return (
        at if index is None else int(index),
        str(given.get("id") or ""),
        str(function.get("name") or ""),
        str(function.get("arguments") or ""),
    )


def _declared(function: Function) -> dict[str, Any]:
    parameters = _lower(function.parameters) if function.parameters else {"type": "object", "properties": {}}
    return {"name": function.name, "description": function.description, "parameters": parameters}


def _lower(schema: Any) -> Any:
    """JSON Schema spells its types in lower case, Gemini's own schemas in upper case."""
    if isinstance(schema, Mapping):
        return {
            key: value.lower() if key == "type" and isinstance(value, str) else _lower(value)
            for key, value in schema.items()
        }
    return [_lower(each) for each in schema] if isinstance(schema, list | tuple) else schema
