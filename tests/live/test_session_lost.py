"""A program's session that is refused, lost and resumed: the errors that tell why, and what helps."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from telephony_agent.errors import ConnectionLost, ProtocolError, SessionMisused
from telephony_agent.live import channel
from telephony_agent.live.messages import AgentSaid, Ready, Resumable, ToolCall, ToolResult
from telephony_agent.live.requests import Turn
from tests.live.programs import LIMIT, Played, accept, model_at, played_session
from tests.live.test_session import HANDLE, receive, said
from tests.parties import modelling, tool_call

pytestmark = pytest.mark.anyio


async def next_of(played: Played) -> dict[str, Any]:
    """The session is resumed: its new setup."""
    played.server, setup = await accept(played.model)
    return setup


# It can't be had.


@pytest.mark.parametrize(
    ("code", "reason", "may_resume", "mend"),
    [
        (1007, "Request contains an invalid argument.", False, "dial again"),
        (1008, "models/x is not found for API version v1beta", False, "changes nothing"),
        (1008, "Requested entity was not found.", False, "without the handle"),
        (1011, "You exceeded your current quota", False, "not now"),
        (1011, "Internal error encountered.", True, "dial again"),
        (1000, "", True, "dial again"),
    ],
)
async def test_a_setup_that_is_refused_tells_why_and_what_helps(
    code: int, reason: str, may_resume: bool, mend: str
) -> None:
    async def refuse(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(code, reason)

    async with asyncio.timeout(LIMIT), serve(refuse, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(ConnectionLost) as caught:
            async with model_at(f"ws://127.0.0.1:{port}").connect():
                pass
    assert caught.value.why == f"closed with {code} {reason!r}"
    assert caught.value.may_resume == may_resume
    assert mend in caught.value.mend


@pytest.mark.parametrize(("status", "may_resume"), [(401, False), (403, False), (429, False), (503, True)])
async def test_an_upgrade_that_is_refused_is_told_apart(status: int, may_resume: bool) -> None:
    def refuse(socket: ServerConnection, request: Request) -> Response:
        return socket.respond(HTTPStatus(status), "")

    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0, process_request=refuse) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(ConnectionLost, match=f"HTTP {status}") as caught:
            async with model_at(f"ws://127.0.0.1:{port}").connect():
                pass
    assert caught.value.may_resume == may_resume


async def test_nobody_there_is_worth_another_try() -> None:
    with pytest.raises(ConnectionLost, match="could not connect") as caught:
        async with model_at("ws://127.0.0.1:9").connect():
            pass
    assert caught.value.may_resume


async def test_a_server_that_never_accepts_the_setup_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "SETUP_TIMEOUT", 0.05)
    async with asyncio.timeout(LIMIT), modelling() as model:
        with pytest.raises(ConnectionLost, match="no setupComplete") as caught:
            async with model_at(model.url).connect():
                pass
        assert caught.value.may_resume
        session = await model.session()
        assert "setup" in await session.hears()
        assert await session.is_closed() == 1000


# It is lost.

CLOSED = [
    (1000, "", True),
    (1011, "Internal error encountered.", True),
    (1011, "You exceeded your current quota", False),
    (1007, "Request contains an invalid argument.", False),
    (1008, "Requested entity was not found.", False),
]


@pytest.mark.parametrize(("code", "reason", "may_resume"), CLOSED)
async def test_a_session_that_is_lost_tells_whether_it_may_be_resumed(code: int, reason: str, may_resume: bool) -> None:
    async with played_session() as played:
        await played.server.says(HANDLE)
        await played.server.socket.close(code, reason)
        assert await receive(played.session, 2) == [Ready(), Resumable("h1")]
        for _ in range(2):
            with pytest.raises(ConnectionLost) as caught:
                await receive(played.session, 1)
            assert (caught.value.why, caught.value.may_resume) == (f"closed with {code} {reason!r}", may_resume)
        with pytest.raises(ConnectionLost):
            await played.session.send_text("Hello?")
        assert not played.session.is_open


async def test_a_line_that_is_cut_without_a_word_is_a_lost_session_too() -> None:
    async with played_session() as played:
        await receive(played.session, 1)
        played.server.socket.transport.abort()
        with pytest.raises(ConnectionLost, match=r"1006.*no handle") as caught:
            await receive(played.session, 1)
        assert not caught.value.may_resume


async def test_nonsense_is_passed_over_until_it_is_too_much() -> None:
    async with played_session() as played:
        for _ in range(channel.NONSENSE - 1):
            await played.server.socket.send("nonsense")
        await played.server.says(said("Sorry."))
        assert await receive(played.session, 2) == [Ready(), AgentSaid("Sorry.")]
        await played.server.socket.send("nonsense")
        with pytest.raises(ProtocolError):
            await receive(played.session, 1)


# It is resumed.


async def resumable(played: Played) -> None:
    await played.server.says(HANDLE)
    await receive(played.session, 2)


async def test_resume_closes_the_old_connection_first_and_goes_on_by_the_handle() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await resumable(played)
        old = played.server
        resuming = tasks.create_task(played.session.resume())
        assert await old.is_closed() == 1000
        setup = await next_of(played)
        await resuming
        assert setup["sessionResumption"] == {"handle": "h1"}
        await played.session.send_text("Are you there?")
        assert await played.server.hears() == {"realtimeInput": {"text": "Are you there?"}}
        await played.server.says(said("Yes."))
        assert await receive(played.session, 2) == [Ready(), AgentSaid("Yes.")]


async def test_a_lost_session_is_resumed_and_whoever_receives_goes_on() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await resumable(played)
        await played.server.socket.close(1011, "Internal error encountered.")
        with pytest.raises(ConnectionLost):
            await receive(played.session, 1)
        resuming = tasks.create_task(played.session.resume())
        await next_of(played)
        await resuming
        await played.server.says(said("Back."))
        assert await receive(played.session, 2) == [Ready(), AgentSaid("Back.")]


async def test_who_receives_and_who_tells_wait_while_another_task_resumes() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await resumable(played)
        receiver = tasks.create_task(receive(played.session, 2))
        await asyncio.sleep(0)
        resuming = tasks.create_task(played.session.resume())
        await asyncio.sleep(0)
        telling = tasks.create_task(played.session.send_text("Hello?"))
        with pytest.raises(SessionMisused, match="resumed already"):
            await played.session.resume()
        await next_of(played)
        await resuming
        await telling
        assert await played.server.hears() == {"realtimeInput": {"text": "Hello?"}}
        await played.server.says(said("Yes."))
        assert await receiver == [Ready(), AgentSaid("Yes.")]


async def test_a_handle_that_arrived_unread_is_the_one_that_counts() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await resumable(played)
        await played.server.says({"sessionResumptionUpdate": {"newHandle": "h2", "resumable": True}})
        await played.server.says(tool_call("late", "hours"))
        await (await played.server.socket.ping())  # what was said before it has arrived
        resuming = tasks.create_task(played.session.resume())
        assert (await next_of(played))["sessionResumption"] == {"handle": "h2"}
        await resuming
        assert await receive(played.session, 2) == [Resumable("h2"), Ready()]


async def test_a_refused_handle_is_an_error_and_another_may_be_tried() -> None:
    async with played_session() as played:
        await resumable(played)
        resuming = asyncio.create_task(played.session.resume())
        refusing = await played.model.session()
        await refusing.hears()
        await refusing.socket.close(1008, "Requested entity was not found.")
        with pytest.raises(ConnectionLost, match="without the handle") as caught:
            await resuming
        assert not caught.value.may_resume
        again = asyncio.create_task(played.session.resume("h0"))
        assert (await next_of(played))["sessionResumption"] == {"handle": "h0"}
        await again


async def test_calls_of_before_are_void_after_a_resume() -> None:
    async with played_session() as played, asyncio.TaskGroup() as tasks:
        await resumable(played)
        await played.server.says(tool_call("1", "hours", day="Monday"))
        assert await receive(played.session, 1) == [ToolCall("1", "hours", {"day": "Monday"})]
        assert [call.id for call in played.session.open_calls] == ["1"]
        resuming = tasks.create_task(played.session.resume())
        await next_of(played)
        await resuming
        assert played.session.open_calls == ()
        await played.session.send_tool_results(ToolResult("1", "hours", {"result": "late"}))
        await played.session.send_text("Well?")
        assert await played.server.hears() == {"realtimeInput": {"text": "Well?"}}


async def test_a_session_that_is_closed_while_it_is_resumed_stays_closed() -> None:
    async with played_session() as played:
        await resumable(played)
        resuming = asyncio.create_task(played.session.resume())
        new = await played.model.session()
        await new.hears()
        await played.session.close()
        await new.says({"setupComplete": {}})
        with pytest.raises(SessionMisused, match="closed while"):
            await resuming
        assert await new.is_closed() == 1000


# It begins with a past.

HISTORY = [Turn("user", ["I am Ann."]), Turn("model", ["Hello Ann."])]
TOLD = [{"role": "user", "parts": [{"text": "I am Ann."}]}, {"role": "model", "parts": [{"text": "Hello Ann."}]}]


@pytest.mark.parametrize(("model", "announced"), [("gemini-3.1-flash-live-preview", True), ("gemini-3.8-live", False)])
async def test_a_history_is_told_as_the_model_takes_it(model: str, announced: bool) -> None:
    async with played_session(model=model, connecting={"history": HISTORY}) as played:
        assert played.setup.get("historyConfig", {}) == ({"initialHistoryInClientContent": True} if announced else {})
        assert await played.server.hears() == {"clientContent": {"turns": TOLD, "turnComplete": announced}}


async def test_another_program_goes_on_by_the_handle() -> None:
    async with played_session(connecting={"resume": "h7"}) as played:
        assert played.setup["sessionResumption"] == {"handle": "h7"}
        assert played.session.handle == "h7"
