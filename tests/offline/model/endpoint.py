"""A chat server on loopback, played by hand: each request gets the next of some answers, and is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
TIME_LIMIT = 15.0  # seconds


@dataclass
class Endpoint:
    """`asked` is set by the first request, `cut` when a client goes away in the middle of an answer."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    cut: asyncio.Event = field(default_factory=asyncio.Event)


Step = str | bytes | float | asyncio.Event


def words(text: str) -> list[Step]:
    """A streamed answer, word by word."""
    return [*(delta(content=each + " ") for each in text.split(" ")), "data: [DONE]"]


def delta(**told: Any) -> str:
    return "data: " + json.dumps({"choices": [{"index": 0, "delta": told}]})


def part(index: int, id: str | None = None, name: str | None = None, arguments: str = "") -> dict[str, Any]:
    """Of a call."""
    function = {"arguments": arguments} | ({"name": name} if name else {})
    return {"index": index, "function": function} | ({"id": id} if id else {})


@asynccontextmanager
async def answering(*answers: Sequence[Step]) -> AsyncIterator[Endpoint]:
    """Strings are lines of the stream, bytes are sent as they are instead of a head, a number is a pause in seconds, an
    event is waited for.
    """
    endpoint, left = Endpoint(), list(answers)
    served: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.current_task())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length"))
        endpoint.heads.append(head)
        endpoint.requests.append(json.loads(await reader.readexactly(int(length.split(":")[1]))))
        endpoint.asked.set()
        steps = left.pop(0)
        if not isinstance(steps[0], bytes):
            writer.write(HEAD)
        gone = asyncio.create_task(reader.read())
        for step in steps:
            match step:
                case str():
                    writer.write(f"{step}\n\n".encode())
                case bytes():
                    writer.write(step)
                case asyncio.Event():
                    waits = asyncio.create_task(step.wait())
                    await asyncio.wait({waits, gone}, return_when=asyncio.FIRST_COMPLETED)
                    waits.cancel()
                case _:
                    await asyncio.wait({gone}, timeout=step)
            if gone.done():
                endpoint.cut.set()
                break
        gone.cancel()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with asyncio.timeout(TIME_LIMIT), server:
        endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield endpoint
        await asyncio.gather(*filter(None, served))
