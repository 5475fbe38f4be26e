"""The real model as the process that `serve` and `demo` start: a human asks for a day, and says goodbye."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from telephony_agent.offline.model.process import COMMAND, OfflineModel
from tests.offline.model.conftest import recorded
from tests.offline.model.talking import GOODBYE, HOURS

pytestmark = pytest.mark.anyio

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
SETUP = {
    "model": "models/gemini-3.8-live",
    "systemInstruction": {"parts": [{"text": "You answer the phone."}]},
    "tools": [
        {
            "functionDeclarations": [
                {"name": f.name, "description": f.description} | ({"parameters": f.parameters} if f.parameters else {})
                for f in (HOURS, GOODBYE)
            ]
        }
    ],
    "inputAudioTranscription": {},
    "outputAudioTranscription": {},
}
CHUNK = 640  # bytes: 20 ms at 16 kHz


async def say(socket: ClientConnection, pcm: bytes) -> None:
    """Faster than real time; the silence after it ends the utterance."""
    for at in range(0, len(pcm), CHUNK):
        audio = {"mimeType": "audio/pcm;rate=16000", "data": base64.b64encode(pcm[at : at + CHUNK]).decode()}
        await socket.send(json.dumps({"realtimeInput": {"audio": audio}}))


async def until(socket: ClientConnection, field: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    while not messages or (field not in messages[-1] and field not in messages[-1].get("serverContent", {})):
        messages.append(json.loads(await socket.recv()))
    return messages


async def called(socket: ClientConnection) -> tuple[str, dict[str, Any]]:
    (call,) = (await until(socket, "toolCall"))[-1]["toolCall"]["functionCalls"]
    response = {"id": call["id"], "name": call["name"], "response": {"output": "Yes indeed."}}
    await socket.send(json.dumps({"toolResponse": {"functionResponses": [response]}}))
    return call["name"], call.get("args", {})


async def test_a_human_is_heard_and_answered() -> None:
    silence = bytes(16_000 * 2)
    model = OfflineModel()
    async with asyncio.timeout(60), model.running():
        await model.started()
        async with connect(model.url + PATH, compression=None, proxy=None, max_size=None) as socket:
            await socket.send(json.dumps({"setup": SETUP}))
            await until(socket, "setupComplete")
            await say(socket, silence + recorded("asterisk_digits_day-2") + silence)
            assert await called(socket) == ("opening_hours", {"day": "Tuesday"})
            turn = await until(socket, "turnComplete")
            said = "".join(m.get("serverContent", {}).get("outputTranscription", {}).get("text", "") for m in turn)
            assert said == "Yes indeed."
            sound = [m for m in turn if "modelTurn" in m.get("serverContent", {})]
            assert len(sound) > 2
            await say(socket, silence + recorded("asterisk_goodbye") + silence)
            assert await called(socket) == ("say_goodbye", {})


async def started(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*COMMAND, *arguments, stdin=pipe, stdout=pipe, stderr=pipe)


async def test_it_prints_one_line_and_ends_at_a_signal() -> None:
    async with asyncio.timeout(60):
        child = await started("--port", "0")
        assert child.stdout
        line = json.loads(await child.stdout.readline())
        assert line["host"] == "127.0.0.1"
        assert line["port"] > 0
        child.send_signal(signal.SIGTERM)
        rest, _ = await child.communicate()
        assert rest == b""
        assert child.returncode == 0


async def test_a_port_that_is_taken_is_an_error_in_words() -> None:
    taken = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    async with asyncio.timeout(60), taken:
        port = taken.sockets[0].getsockname()[1]
        child = await started("--port", str(port))
        _, errors = await child.communicate()
        assert child.returncode != 0
        assert f"can't listen on 127.0.0.1 port {port}" in errors.decode()
