"""The server with its scripted model, over a real WebSocket."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from telephony_agent.offline.model.faculties import Faculties, Say
from telephony_agent.offline.model.faults import Closes
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.server import LiveServer, serving
from tests.offline.model.rehearsal import LOUD, QUIET

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
SETUP = {
    "setup": {
        "model": "models/gemini-3.8-live",
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
        "sessionResumption": {},
    }
}
GREET = {"clientContent": {"turns": [{"role": "user", "parts": [{"text": "Greet."}]}], "turnComplete": True}}

pytestmark = pytest.mark.anyio


class Client:
    """What a Live client does, in a line each."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def tell(self, message: object) -> None:
        await self.socket.send(json.dumps(message))

    async def told(self) -> dict[str, Any]:
        frame = await self.socket.recv()
        assert isinstance(frame, bytes), "Google's frames are binary"
        message = json.loads(frame)
        assert isinstance(message, dict)
        return message

    async def until(self, field: str) -> list[dict[str, Any]]:
        """All messages up to the one that has this field, at the top or in serverContent."""
        messages = [await self.told()]
        while field not in messages[-1] and field not in messages[-1].get("serverContent", {}):
            messages.append(await self.told())
        return messages

    async def says(self, frames: int, frame: bytes) -> None:
        audio = {"mimeType": "audio/pcm;rate=16000", "data": base64.b64encode(frame).decode()}
        for _ in range(frames):
            await self.tell({"realtimeInput": {"audio": audio}})

    async def closed(self) -> tuple[int, str]:
        """Code and reason, once the server has closed."""
        await self.socket.wait_closed()
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or ""


@asynccontextmanager
async def client_of(server: LiveServer, path: str = PATH) -> AsyncIterator[Client]:
    async with connect(server.url + path, compression=None, proxy=None) as socket:
        yield Client(socket)


@asynccontextmanager
async def talking_to_server(faculties: Faculties) -> AsyncIterator[tuple[LiveServer, Client]]:
    async with serving(faculties, time_limit=10) as server, client_of(server) as client:
        await client.tell(SETUP)
        assert "setupComplete" in await client.told()
        yield server, client


@asynccontextmanager
async def talking_to(faculties: Faculties) -> AsyncIterator[Client]:
    async with talking_to_server(faculties) as (_, client):
        yield client


def text(messages: list[dict[str, Any]], field: str) -> str:
    return "".join(message.get("serverContent", {}).get(field, {}).get("text", "") for message in messages)


async def test_a_whole_conversation_with_a_function() -> None:
    script = scripted(calls("hours", day="Tuesday"), Say("From five."), transcripts=["When on Tuesday?"], a_letter=0.02)
    async with talking_to(script) as client:
        await client.says(30, LOUD)
        await client.says(30, QUIET)
        until_call = await client.until("toolCall")
        assert text(until_call, "inputTranscription") == " When on Tuesday?"
        (call,) = until_call[-1]["toolCall"]["functionCalls"]
        assert (call["name"], call["args"]) == ("hours", {"day": "Tuesday"})
        response = {"id": call["id"], "name": "hours", "response": {"output": "from five"}}
        await client.tell({"toolResponse": {"functionResponses": [response]}})
        turn = await client.until("turnComplete")
        assert text(turn, "outputTranscription") == "From five."
        assert "usageMetadata" in turn[-1]


async def test_a_client_that_speaks_over_the_model_interrupts_it() -> None:
    async with talking_to(scripted(Say("This is a very long sentence, longer than anybody wants to hear."))) as client:
        await client.tell(GREET)
        await client.until("modelTurn")
        await client.says(15, LOUD)
        cut = await client.until("turnComplete")
        fields = [field for message in cut for field in message.get("serverContent", {})]
        assert fields[-2:] == ["interrupted", "turnComplete"]
        assert "generationComplete" not in fields


async def test_many_sessions_at_once() -> None:
    async with serving(scripted(Say("Hello.")), time_limit=10) as server:

        async def greeted() -> str:
            async with client_of(server) as client:
                await client.tell(SETUP)
                await client.until("setupComplete")
                await client.tell(GREET)
                return text(await client.until("generationComplete"), "outputTranscription")

        assert await asyncio.gather(*(greeted() for _ in range(20))) == ["Hello."] * 20


async def test_a_conversation_goes_on_in_another_session() -> None:
    async with serving(scripted(Say("One."), Say("Two."), a_letter=0.01), time_limit=10) as server:
        async with client_of(server) as client:
            await client.tell(SETUP)
            await client.until("setupComplete")
            await client.tell(GREET)
            await client.until("turnComplete")
            handle = (await client.told())["sessionResumptionUpdate"]["newHandle"]
        async with client_of(server) as client:
            await client.tell({"setup": SETUP["setup"] | {"sessionResumption": {"handle": handle}}})
            await client.until("setupComplete")
            await client.tell(GREET)
            assert text(await client.until("generationComplete"), "outputTranscription") == "Two."


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        (PATH + "?key=abc", "models/"),
        ("//ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent", "models/"),
        (
            "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent",
            "projects/p/locations/us-central1/publishers/google/models/",
        ),
        ("/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent", "publishers/google/models/"),
        (
            "/ws/google.firebase.vertexai.v1beta.GenerativeService/BidiGenerateContent?key=abc",
            "projects/p/models/",
        ),
        (
            "/ws/google.firebase.vertexai.v1beta.LlmBidiService/BidiGenerateContent/locations/us-central1?key=abc",
            "projects/p/locations/us-central1/publishers/google/models/",
        ),
    ],
)
async def test_the_paths_of_all_providers_are_served(path: str, prefix: str) -> None:
    async with serving(scripted(), time_limit=10) as server, client_of(server, path) as client:
        await client.tell({"setup": {"model": prefix + "gemini-3.8-live"}})
        told = await client.told()
        assert bool(told["setupComplete"].get("sessionId")) == ("LlmBidi" in path)


async def test_another_path_is_not_found() -> None:
    async with serving(scripted(), time_limit=10) as server:
        with pytest.raises(InvalidStatus) as caught:
            async with client_of(server, "/chat"):
                pass
        assert caught.value.response.status_code == 404


async def test_nonsense_is_refused_with_1007() -> None:
    async with talking_to(scripted()) as client:
        await client.socket.send("{")
        assert await client.closed() == (1007, "Invalid JSON payload received.")


async def test_a_reason_is_cut_to_what_a_close_frame_holds() -> None:
    async with talking_to(scripted()) as client:
        await client.tell({"clientContent": {"ä" * 200: 1}})
        code, reason = await client.closed()
        assert code == 1007
        assert reason.startswith('Invalid JSON payload received. Unknown name "ää')


@pytest.mark.parametrize("code", [1000, 1008, 1011])
async def test_the_server_can_drop_its_clients_as_google_does(code: int) -> None:
    async with serving(scripted(), time_limit=10) as server, client_of(server) as client:
        await client.tell(SETUP)
        await client.told()
        await server.drop(code, "as told")
        assert await client.closed() == (code, "as told")


async def test_the_server_can_cut_the_line() -> None:
    async with serving(scripted(), time_limit=10) as server, client_of(server) as client:
        await client.tell(SETUP)
        await client.told()
        await server.drop(1006)
        assert await client.closed() == (1006, "")


async def test_no_task_outlives_the_server() -> None:
    before = asyncio.all_tasks()
    async with talking_to(scripted(Say("Hello, hello, hello."))) as client:
        await client.tell(GREET)
        await client.until("modelTurn")
    assert asyncio.all_tasks() == before


async def test_a_block_that_never_ends_is_ended() -> None:
    with pytest.raises(TimeoutError):
        async with serving(scripted(), time_limit=0.05):
            await asyncio.get_running_loop().create_future()


async def request(server: LiveServer, target: str, method: str = "GET") -> tuple[int, Any]:
    """Status and JSON of the answer."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(f"{method} {target} HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
        await writer.wait_closed()
    return int(head.split()[1]), json.loads(body)


async def test_the_models_are_listed() -> None:
    async with serving(scripted(), time_limit=10) as server:
        status, listed = await request(server, "/v1beta/models")
    assert status == 200
    assert "models/gemini-3.8-live" in [model["name"] for model in listed["models"]]


async def test_an_operator_lets_a_session_fail() -> None:
    async with talking_to_server(scripted()) as (server, client):
        assert await request(server, "/control/close?code=1011&reason=as%20told", "POST") == (200, {"sessions": 1})
        assert await client.closed() == (1011, "as told")


async def test_what_can_only_happen_later_waits_for_the_next_session() -> None:
    async with serving(scripted(), time_limit=10) as server:
        assert await request(server, "/control/close?at=setup", "POST") == (200, {"sessions": 0})
        assert await request(server, "/control/storm", "POST") == (200, {"sessions": 0})
        async with client_of(server) as client:
            await client.tell(SETUP)
            assert await client.closed() == (1011, "Internal error encountered.")
        async with client_of(server) as client:
            await client.tell(SETUP)
            assert "setupComplete" in await client.told()


async def test_a_fault_s_reason_is_cut_to_what_a_close_frame_holds() -> None:
    async with talking_to_server(scripted()) as (server, client):
        server.fail(Closes(1007, "x" * 200))
        assert await client.closed() == (1007, "x" * 123)


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_the_upgrade_is_refused_as_often_as_wanted(status: int) -> None:
    async with serving(scripted(), time_limit=10) as server:
        await request(server, f"/control/refuse_upgrade?status={status}&times=2", "POST")
        for _ in range(2):
            with pytest.raises(InvalidStatus) as caught:
                async with client_of(server):
                    pass
            assert caught.value.response.status_code == status
        async with client_of(server) as client:
            await client.tell(SETUP)
            assert "setupComplete" in await client.told()


async def test_what_is_no_fault_is_said_so() -> None:
    async with serving(scripted(), time_limit=10) as server:
        status, answer = await request(server, "/control/fire", "POST")
    assert status == 400
    assert "no such fault" in answer["error"]["message"]
