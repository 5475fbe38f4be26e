"""Each way in which a server's messages can be odd, and what the caller then has: the model, as if nothing had been.

Most are played by hand, in memory and on the virtual clock; what is about frames and sockets goes over loopback.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from telephony_agent import Agent
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.connection import Address, LiveConnection, connected, dial
from telephony_agent.live.messages import Spoke, Usage, parse
from telephony_agent.record.entries import Mishaps
from telephony_agent.states import State
from telephony_agent.steps import Dial, Record
from tests.ends import Model, Phone, content, voice
from tests.line import DONE, STOP, Line, a_call, in_virtual_time
from tests.parties import SOON, Party, answering, media, modelling, token_in
from tests.parties import voice as sound

TENTH = 800  # bytes of mu-law
PCM = b"\x00\x10" * 2_400  # 0.1 s of 24 kHz
AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None)


def heard(caller: Phone) -> int:
    """Bytes of mu-law that the phone got."""
    return sum(len(base64.b64decode(each["media"]["payload"])) for each in caller.sent if each["event"] == "media")


def spelt(data: str, **fields: Any) -> dict[str, Any]:
    """A tenth of a second of the agent's voice, with its bytes spelt so."""
    return content(modelTurn={"parts": [{"inlineData": {"data": data, **fields}}]})


# A message is odd, and the session goes on.

STANDARD = base64.b64encode(b"\xff\x0f" * 2_400).decode()
NOTHING_OF_IT: dict[str, list[Any]] = {
    "an empty message": [{}],
    "a content without anything in it": [content()],
    "a storm of a thousand empty messages": [{}] * 1_000,
    "a kind of message that is new": [{"brandNew": {"modelTurn": "x"}}],
    "a field that is new within a known one": [content(brandNew=[1, {"a": None}])],
    "an error where none belongs": [{"error": {"code": 500, "message": "Internal error.", "status": "INTERNAL"}}],
    "snake_case": [{"server_content": {"turn_complete": True, "interrupted": True}}],
    "no JSON": ["hello"],
    "JSON that is no message": ["[]", "null", '"setupComplete"'],
    "half a message": ['{"serverContent":{'],
    "a known field of another type": [content(interrupted="now"), {"toolCall": []}],
    "sound that is no base64": [spelt("?")],
    "sound at another rate": [spelt(STANDARD, mimeType="audio/pcm;rate=16000")],
    "sound of another kind": [spelt(STANDARD, mimeType="audio/mpeg")],
    "a picture": [spelt(STANDARD, mimeType="image/png")],
    "a second setupComplete": [{"setupComplete": {"sessionId": "again"}}],
    "a moment to go that is no time": [{"goAway": {"timeLeft": "soon"}}],
    "cancelled calls that nobody made": [{"toolCallCancellation": {"ids": ["call_9"]}}],
}
A_TENTH: dict[str, list[Any]] = {
    "a frame of text": [json.dumps(voice(0.1))],
    "a binary frame": [json.dumps(voice(0.1)).encode()],
    "base64 of the URL's alphabet": [spelt(STANDARD.translate(str.maketrans("+/", "-_")))],
    "base64 without its padding": [spelt(base64.b64encode(b"\xff\x0f" * 2_400 + b"\0").decode().rstrip("="))],
    "sound without a rate": [spelt(STANDARD, mimeType="audio/pcm")],
    "sound cut within a sample": [spelt(base64.b64encode(part).decode()) for part in (PCM[:2_401], PCM[2_401:])],
    "a value of an enumeration that is new": [
        content(outputTranscription={"text": "Yes."}),
        voice(0.1),
        content(turnComplete=True, turnCompleteReason="BRAND_NEW", interactionStatus="NAPPING"),
    ],
    "a turn that is said to be complete and goes on": [
        content(interactionStatus="IN_PROGRESS", turnComplete=True),
        voice(0.1),
    ],
    "all in one message": [
        content(
            modelTurn={"parts": voice(0.1)["serverContent"]["modelTurn"]["parts"]},
            outputTranscription={"text": "Yes."},
            turnComplete=True,
        )
        | {"usageMetadata": {"totalTokenCount": 3}, "sessionResumptionUpdate": {}}
    ],
}


@pytest.mark.parametrize(
    ("messages", "of_it"),
    [*((messages, 0) for messages in NOTHING_OF_IT.values()), *((messages, TENTH) for messages in A_TENTH.values())],
    ids=[*NOTHING_OF_IT, *A_TENTH],
)
@in_virtual_time
async def test_a_message_is_odd_and_the_caller_hears_the_model_all_the_same(messages: list[Any], of_it: int) -> None:
    async with a_call() as (line, caller):
        line.model.says(*messages)
        await asyncio.sleep(0.05)
        line.model.says(content(outputTranscription={"text": "We open at five."}), voice(0.8), *DONE)
        await asyncio.sleep(1.5)
        assert heard(caller) == of_it + 6_400
        assert len(line.models.dials) == 1
        caller.says(STOP)
    (mishaps,) = [step.entry for step in line.steps if isinstance(step, Record) and isinstance(step.entry, Mishaps)]
    assert mishaps.cures == {}


@pytest.mark.parametrize(
    "usage",
    [
        {"promptTokenCount": 12, "responseTokenCount": 3, "totalTokenCount": 15},
        {"promptTokenCount": 12, "candidatesTokenCount": 3, "totalTokenCount": 15},
        {"promptTokenCount": "12", "candidatesTokenCount": "3", "totalTokenCount": "15"},
    ],
    ids=["as the Developer API counts", "as Vertex AI counts", "with numbers in strings"],
)
@in_virtual_time
async def test_tokens_are_counted_however_they_are_spelt(usage: dict[str, Any]) -> None:
    usage["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": usage["promptTokenCount"]}]
    async with a_call() as (line, caller):
        line.model.says(voice(0.5), content(turnComplete=True) | {"usageMetadata": usage})
        await asyncio.sleep(1)
        caller.says(STOP)
    assert line.bridge.outcome is not None
    tokens = line.bridge.outcome.bill.tokens
    assert (tokens.inward, tokens.outward) == (12, 3)
    (told,) = [step for step in line.steps if isinstance(step, Usage)]
    assert told.prompt_by_kind == {"TEXT": 12}


# It is too much, or comes at the wrong time: another session.


@in_virtual_time
async def test_a_model_that_talks_nonsense_is_dialled_again(caplog: pytest.LogCaptureFixture) -> None:
    async with a_call() as (line, caller):
        line.model.says(*["nonsense"] * 19, voice(0.1))
        await asyncio.sleep(0.1)
        assert "media" in caller.kinds()
        line.model.says(b"[]")
        await asyncio.sleep(1)
        assert len(line.models.sessions) == 2
        assert line.state() is State.TALKING
        assert sum("ignored, and so" in record.getMessage() for record in caplog.records) == 1
        caller.says(STOP)


@pytest.mark.parametrize(
    "first", [{}, content(), {"error": {"code": 401}}, {"brandNew": {}}, {"setup_complete": {}}, voice(0.1), "hello"]
)
@in_virtual_time
async def test_what_comes_in_place_of_setup_complete_is_not_taken_for_it(first: Any) -> None:
    odd = Model(accepts=False)
    async with a_call(odd) as (line, caller):
        odd.says(first)
        await asyncio.sleep(3)
        assert list(odd.kinds()) == ["setup"], "told something before it was ready"
        await asyncio.sleep(2)
        assert [list(session.kinds()) for session in line.models.sessions] == [["setup"], ["setup", "clientContent"]]
        assert line.state() is State.TALKING
        caller.says(STOP)


def breaks(line: Line) -> None:
    line.model.breaks()


def ends(line: Line) -> None:
    line.model.closes(Closing(Remedy.RESUME, "closed with 1000"))


@pytest.mark.parametrize("lost", [breaks, ends])
@in_virtual_time
async def test_a_session_that_ends_while_we_listen_is_followed_by_another(lost: Callable[[Line], None]) -> None:
    async with a_call() as (line, caller):
        line.model.says({"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}})
        await asyncio.sleep(0.1)
        lost(line)
        await asyncio.sleep(1)
        assert len([step for step in line.steps if isinstance(step, Dial)]) == 2
        assert line.model.sent[0]["setup"]["sessionResumption"] == {"handle": "h1"}
        caller.says(STOP)


# Frames and sockets.


@pytest.mark.anyio
async def test_a_line_to_the_model_that_is_cut_in_mid_call_is_replaced() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.accepted()
            await session.says({"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}})
            await session.says(sound(PCM))
            await phone.hears_only("media")
            session.socket.transport.abort()
            again = await model.session()
            assert (await again.hears())["setup"]["sessionResumption"] == {"handle": "h1"}
            await again.says({"setupComplete": {}})
            assert await again.hears()  # that it was cut off: it is listened to from now on
            await phone.says(media())
            assert await again.hears_only("realtimeInput")


@pytest.mark.anyio
async def test_a_frame_of_more_than_a_mebibyte_is_heard() -> None:
    long = PCM * 200  # 20 s

    async def say_it(session: ServerConnection) -> None:
        await Party(session, binary=True).says(sound(long))
        await session.wait_closed()

    async with asyncio.timeout(SOON), serve(say_it, "127.0.0.1", 0) as server:
        socket = await dial(Address(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"))
        assert isinstance(socket, LiveConnection)
        message = await socket.receive()
        await socket.close()
    assert message is not None
    assert len(message) > 2**20
    assert parse(message) == [Spoke(long)]


@pytest.mark.anyio
async def test_a_ping_is_answered_and_nobody_waits_for_a_pong_of_the_server_s() -> None:
    answered = asyncio.Event()

    async def ping(session: ServerConnection) -> None:
        await (await session.ping())
        answered.set()
        await session.wait_closed()

    async with asyncio.timeout(SOON), serve(ping, "127.0.0.1", 0) as server:
        socket = await connected(Address(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"))
        await answered.wait()
        assert socket.ping_interval is None, "where no ping leaves, no pong can be late"
        await socket.close()
