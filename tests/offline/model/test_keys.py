"""Who comes in with which key: refused as Google refuses, at the upgrade or instead of the session's beginning."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from telephony_agent.offline.model.door import Door, Service
from telephony_agent.offline.model.faults import SlowPong
from telephony_agent.offline.model.keys import refused_setup, refused_upgrade
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.model.server import LiveServer, serving
from telephony_agent.offline.model.terms import Terms
from tests.offline.model.test_door import DEVELOPER, FIREBASE, VERTEX

CONSTRAINED = DEVELOPER + "Constrained"
MODEL = {
    DEVELOPER: "models/gemini-3.8-live",
    CONSTRAINED: "models/gemini-3.8-live",
    FIREBASE: "projects/p/models/gemini-3.8-live",
    VERTEX: "publishers/google/models/gemini-3.8-live",
}
SECRET = Terms(key="secret")

pytestmark = pytest.mark.anyio


async def set_up(server: LiveServer, path: str, query: str = "", **headers: str) -> dict[str, Any]:
    """What a session begins with."""
    url, given = server.url + path + query, {name.replace("_", "-"): value for name, value in headers.items()}
    async with connect(url, additional_headers=given, compression=None, proxy=None) as socket:
        await socket.send(json.dumps({"setup": {"model": MODEL[path]}}))
        told: dict[str, Any] = json.loads(await socket.recv())
        return told


async def post(server: LiveServer, target: str, content: Any, **headers: str) -> tuple[int, Any]:
    body = json.dumps(content).encode()
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        head = f"POST {target} HTTP/1.1\r\nHost: {server.host}\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()  # the body comes later
        writer.write(body)
        answer, _, told = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
        await writer.wait_closed()
    return int(answer.split()[1]), json.loads(told)


@pytest.mark.parametrize(
    ("path", "query", "headers"),
    [
        (DEVELOPER, "?key=secret", {}),
        (DEVELOPER, "", {"x_goog_api_key": "secret"}),
        (FIREBASE, "?key=secret", {}),
        (VERTEX, "", {"Authorization": "Bearer secret"}),
        (VERTEX, "", {"x_goog_api_key": "secret"}),
    ],
)
async def test_the_right_key_opens(path: str, query: str, headers: dict[str, str]) -> None:
    async with serving(scripted(), terms=SECRET, time_limit=10) as server:
        assert "setupComplete" in await set_up(server, path, query, **headers)


@pytest.mark.parametrize("path", [DEVELOPER, FIREBASE])
@pytest.mark.parametrize(
    ("query", "code", "words"), [("?key=guess", 1007, "API key not valid"), ("", 1008, "unregistered callers")]
)
async def test_a_wrong_key_closes_instead_of_the_beginning(path: str, query: str, code: int, words: str) -> None:
    async with serving(scripted(), terms=SECRET, time_limit=10) as server:
        with pytest.raises(ConnectionClosedError, match=words) as caught:
            await set_up(server, path, query)
        assert caught.value.rcvd
        assert caught.value.rcvd.code == code


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guess"}])
async def test_vertex_refuses_the_upgrade(headers: dict[str, str]) -> None:
    async with serving(scripted(), terms=SECRET, time_limit=10) as server:
        with pytest.raises(InvalidStatus) as caught:
            await set_up(server, VERTEX, **headers)
        assert caught.value.response.status_code == 401
        assert b"UNAUTHENTICATED" in (caught.value.response.body or b"")


def test_without_a_key_of_ours_anybody_may_come() -> None:
    for service in Service:
        assert refused_setup(Door(service), "") is None
        assert refused_upgrade(Door(service), "") is None


def test_a_token_that_stands_for_a_setup_is_no_key() -> None:
    code, reason = refused_setup(Door(key="auth_tokens/abc"), "") or (0, "")
    assert code == 1008
    assert "unregistered callers" in reason


async def test_a_token_is_asked_for_and_opens_one_session() -> None:
    async with serving(scripted(), terms=SECRET, time_limit=10) as server:
        status, told = await post(server, "/v1alpha/auth_tokens", {"uses": 1}, x_goog_api_key="secret")
        assert status == 200
        assert "setupComplete" in await set_up(server, CONSTRAINED, f"?access_token={told['name']}")
        with pytest.raises(ConnectionClosedError, match="unregistered callers"):
            await set_up(server, CONSTRAINED, Authorization=f"Token {told['name']}")
        with pytest.raises(InvalidStatus):
            await set_up(server, CONSTRAINED, Authorization="Token auth_tokens/guess")


@pytest.mark.parametrize(
    ("key", "content", "expected"), [("guess", {}, 400), ("", {}, 403), ("secret", {"fire": 1}, 400)]
)
async def test_a_token_that_can_t_be_given(key: str, content: dict[str, Any], expected: int) -> None:
    async with serving(scripted(), terms=SECRET, time_limit=10) as server:
        status, told = await post(server, f"/v1beta/auth_tokens?key={key}", content)
    assert status == expected
    assert told["error"]["message"]


async def test_a_pong_may_take_its_time() -> None:
    async with serving(scripted(), time_limit=10) as server:
        async with connect(server.url + DEVELOPER, compression=None, proxy=None) as socket:
            server.fail(SlowPong(0.3))
            assert await (await socket.ping()) >= 0.3
            server.fail(SlowPong(0))
            assert await (await socket.ping()) < 0.3
        server.fail(SlowPong(30))
        async with connect(server.url + DEVELOPER, ping_interval=0.05, ping_timeout=0.1, proxy=None) as socket:
            with pytest.raises(ConnectionClosedError, match="keepalive ping timeout"):
                await socket.recv()
