"""Sessions of the probe: what is kept of them, and that whatever happens there is an answer, in time."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve

from telephony_agent.doctor.answers import Answer, Outcome, answered
from telephony_agent.doctor.ask import ask_one
from telephony_agent.doctor.interview import Interview, merged
from telephony_agent.doctor.journal import Journal, elided
from telephony_agent.doctor.question import Question
from telephony_agent.live.providers import Dialler
from telephony_agent.settings import Settings
from tests.parties import SOON

pytestmark = pytest.mark.anyio


async def opens(ask: Interview) -> Answer:
    async with ask.session():
        return answered("it opens")


async def waits(ask: Interview) -> Answer:
    await asyncio.Event().wait()
    return answered("never")


def question(ask: object = opens) -> Question:
    return Question(name="q", asks="Does it open?", believed="it does", ask=ask, limit=0.5)  # type: ignore[arg-type]


async def answer(url: str, wanted: Question) -> Answer:
    settings = Settings(provider="offline", live_url=url)
    async with asyncio.timeout(SOON):
        return (await ask_one(wanted, settings, Dialler(settings))).answer


async def test_a_question_that_takes_too_long_is_open() -> None:
    told = await answer("ws://127.0.0.1:9", question(waits))
    assert (told.outcome, told.text) == (Outcome.OPEN, "it took longer than 0.5 s")


async def test_a_server_that_is_not_there_leaves_the_question_open() -> None:
    told = await answer("ws://127.0.0.1:9", question())
    assert told.outcome is Outcome.OPEN
    assert "refuses the connection" in told.text


@pytest.mark.parametrize("first", ["hello", b"\xff\xfe"])
async def test_a_server_that_speaks_something_else_leaves_the_question_open(first: str | bytes) -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.send(first)
        await socket.wait_closed()

    async with serve(talk, "127.0.0.1", 0, close_timeout=0.2) as server:
        told = await answer(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", question())
    assert told.outcome is Outcome.OPEN


async def test_a_refusal_that_was_not_asked_for_leaves_the_question_open() -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with serve(
        talk, "127.0.0.1", 0, process_request=lambda socket, request: socket.respond(HTTPStatus.FORBIDDEN, "no")
    ) as server:
        told = await answer(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", question())
    assert (told.outcome, told.text) == (Outcome.OPEN, "no session: HTTP 403 no")


async def test_credentials_that_a_server_repeats_are_not_kept() -> None:
    async def talk(socket: ServerConnection) -> None:
        assert socket.request is not None
        await socket.close(1008, f"{socket.request.headers['x-goog-api-key']} is blocked")

    async with serve(talk, "127.0.0.1", 0, close_timeout=0.2) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        settings = Settings(gemini_api_key="a-secret-key", live_url=url)
        asked = await ask_one(question(), settings, Dialler(settings))
    assert "'… is blocked'" in asked.answer.text
    assert "a-secret-key" not in str(asked)


def test_sound_and_handles_are_not_kept() -> None:
    message = {
        "serverContent": {"modelTurn": {"parts": [{"inlineData": {"data": "A" * 4000, "mimeType": "audio/pcm"}}]}},
        "sessionResumptionUpdate": {"newHandle": "a-handle", "resumable": True},
    }
    kept = elided(message)
    assert kept["serverContent"]["modelTurn"]["parts"][0]["inlineData"]["data"] == "<4000 characters>"
    assert kept["sessionResumptionUpdate"] == {"newHandle": "<8 characters>", "resumable": True}
    assert message["sessionResumptionUpdate"] == {"newHandle": "a-handle", "resumable": True}


def test_the_fields_of_the_server_are_kept_however_much_it_says() -> None:
    journal = Journal()
    for number in range(200):
        journal.note(number, "<", {"a": {"b": [{"c": 1}, {"d": {}}], "e": []}, "f" if number == 150 else "g": None})
    journal.note(0.0, ">", {"ours": 1})
    journal.note(0.0, "<", "closed")
    assert journal.fields == {"a.b[].c", "a.b[].d", "a.e", "f", "g"}
    assert len(journal.lines) < 200


def test_fields_are_laid_over_fields() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 4}, "e": 5}) == {"a": {"b": 4, "c": 2}, "d": 3, "e": 5}
