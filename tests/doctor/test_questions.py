"""Each question, asked of servers that answer it this way and that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from telephony_agent.doctor.answers import Outcome
from telephony_agent.doctor.ask import QUESTIONS
from telephony_agent.doctor.questions import mistakes, sessions, turns
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.server import serving
from tests.doctor.parrot import asked, parroting

pytestmark = pytest.mark.anyio

KEY = {"provider": "gemini", "gemini_api_key": "our-key"}


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, seconds in (
        (mistakes, "SOON", 0.15),
        (mistakes, "ANSWER", 1.0),
        (sessions, "HANDLE", 0.3),
        (sessions, "AFTER", 0.3),
        (sessions, "LIFETIME", 1.0),
        (sessions, "QUIET", 0.3),
        (turns, "PATIENCE", 1.2),
    ):
        monkeypatch.setattr(module, name, seconds)


@asynccontextmanager
async def server(talk: Callable[[ServerConnection], Awaitable[None]], **options: Any) -> AsyncIterator[str]:
    async with serve(talk, "127.0.0.1", 0, close_timeout=0.2, **options) as listener:
        yield f"ws://127.0.0.1:{next(iter(listener.sockets)).getsockname()[1]}"


async def test_a_wrong_key_at_the_upgrade_at_the_setup_and_taken() -> None:
    async def closes(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(1007, "API key not valid. Please pass a valid API key.")

    keys: list[str] = []

    def refuse(socket: ServerConnection, request: Any) -> Any:
        keys.append(request.headers["x-goog-api-key"])
        return socket.respond(HTTPStatus.UNAUTHORIZED, "no")

    async with server(closes, process_request=refuse) as url:
        answer = await asked("wrong-key", url, **KEY)
    assert (answer.outcome, answer.text) == (Outcome.ANSWERED, "refused: HTTP 401 no")
    assert keys == [mistakes.MADE_UP]
    async with server(closes) as url:
        assert "closed with 1007 'API key not valid" in (await asked("wrong-key", url, **KEY)).text
    async with parroting() as parrot:
        assert "opens a session" in (await asked("wrong-key", parrot.url, **KEY)).text


@pytest.mark.parametrize(
    ("question", "given", "mend"),
    [
        ("wrong-key", {"provider": "gemini", "gemini_api_key": "auth_tokens/t"}, "ask with an API key"),
        ("global", {"provider": "vertex", "gemini_api_key": "a-key"}, "ask with GOOGLE_CLOUD_PROJECT"),
    ],
)
async def test_what_these_credentials_can_t_ask_is_not_dialled(question: str, given: dict[str, Any], mend: str) -> None:
    answer = await asked(question, "ws://127.0.0.1:9", **given)
    assert answer.outcome is Outcome.OPEN
    assert mend in answer.text


async def test_mistakes_are_told_by_their_closes() -> None:
    async with serving(scripted(), time_limit=20) as live:
        answer = await asked("mistakes", live.url)
    assert answer.outcome is Outcome.ANSWERED
    assert "1007" in answer.facts["a field that does not exist"]
    assert "1008" in answer.facts["a model that does not exist"]
    assert "1008" in answer.facts["a handle that nobody gave"]
    assert "1007" in answer.facts["a second setup"]
    assert len(answer.facts) == len(mistakes.MISTAKES) + 1
    async with parroting() as parrot:
        assert (await asked("mistakes", parrot.url)).text == f"0 of {len(answer.facts)} are refused"


async def test_fields_are_tried_with_a_turn() -> None:
    async with parroting() as parrot:
        answer = await asked("fields", parrot.url)
        assert answer.text == f"{len(mistakes.FIELDS)} of {len(mistakes.FIELDS)} are taken"
        assert any(setup.get("labels") for setup in parrot.setups)
    async with parroting(hurt=("clientContent",)) as parrot:
        answer = await asked("fields", parrot.url)
    assert all(told.startswith("refused at the first turn: closed with 1007") for told in answer.facts.values())


async def test_eight_kilohertz_are_understood_or_not() -> None:
    heard: list[str] = []

    async def understands(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(b'{"setupComplete": {}}')
        first = json.loads(await socket.recv())["realtimeInput"]["audio"]["mimeType"]
        heard.append(first)
        text = "Goodbye!" if first.endswith("16000") else "?"
        await socket.send(json.dumps({"serverContent": {"inputTranscription": {"text": text}}}))
        await socket.send(json.dumps({"serverContent": {"turnComplete": True}}))
        await socket.wait_closed()

    async with server(understands) as url:
        answer = await asked("eight-kilohertz", url)
    assert heard == ["audio/pcm;rate=16000", "audio/pcm;rate=8000"]
    assert (answer.outcome, answer.text) == (Outcome.ANSWERED, "8 kHz is not understood")
    async with serving(scripted(Say("Bye."), transcripts=["Goodbye."]), time_limit=20) as live:
        assert (await asked("eight-kilohertz", live.url)).text == "8 kHz is understood too"


async def test_patience_is_measured_from_the_end_of_the_word() -> None:
    async with serving(scripted(Say("Bye."), transcripts=["Goodbye."], silence_ms=400), time_limit=20) as live:
        answer = await asked("patience", live.url)
    assert answer.outcome is Outcome.ANSWERED
    assert 0.1 < answer.facts["to the first sound"] < 1.2
    async with parroting() as parrot:
        assert (await asked("patience", parrot.url)).outcome is Outcome.OPEN


async def test_the_pace_of_a_long_answer() -> None:
    async with serving(scripted(Say("One, two, three, four, five, six, seven.")), time_limit=20) as live:
        answer = await asked("pace", live.url)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.facts["seconds of sound"] == pytest.approx(2.0, abs=0.3)
    assert 0 < answer.facts["seconds in which it came"] < 1.9
    assert answer.facts["usage"]
    async with parroting() as parrot:
        assert (await asked("pace", parrot.url)).outcome is Outcome.OPEN


async def test_typed_words_are_answered_refused_or_left() -> None:
    async with parroting() as parrot:
        assert (await asked("typed", parrot.url)).text == "typed words are answered"
    async with parroting(silent=True) as parrot:
        assert "not answered" in (await asked("typed", parrot.url)).text
    async with parroting(hurt=("realtimeInput",)) as parrot:
        assert (await asked("typed", parrot.url)).text.startswith("refused: closed with 1007")


async def test_a_call_that_is_talked_over() -> None:
    model = scripted(calls("look_up", question="capital"), Say("Yes."))
    async with serving(model, time_limit=20) as live:
        answer = await asked("void-calls", live.url)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.facts["calls"] == 1
    async with parroting() as parrot:
        assert (await asked("void-calls", parrot.url)).outcome is Outcome.OPEN


async def test_the_models_are_listed() -> None:
    async with serving(scripted(), time_limit=20) as live:
        answer = await asked("models", live.url)
    assert "models/gemini-3.8-live" in answer.facts["models"]
    assert (await asked("models", "ws://127.0.0.1:9")).outcome is Outcome.OPEN


@pytest.mark.parametrize(
    ("odd", "outcome", "text"),
    [
        ({}, Outcome.ANSWERED, "takes the new instruction"),
        ({"keeps": True}, Outcome.ANSWERED, "keeps the old instruction"),
        ({"handles": False}, Outcome.OPEN, "no handle"),
        ({"silent": True}, Outcome.OPEN, "was not followed"),
        ({"refuses": (1008, "no such")}, Outcome.ANSWERED, "is not resumed: closed with 1008 'no such'"),
    ],
)
async def test_an_instruction_that_is_changed_on_resumption(odd: dict[str, Any], outcome: Outcome, text: str) -> None:
    async with parroting(**odd) as parrot:
        answer = await asked("changed-instruction", parrot.url)
    assert answer.outcome is outcome
    assert text in answer.text


@pytest.mark.parametrize(
    ("odd", "outcome", "text"),
    [
        ({}, Outcome.ANSWERED, "is resumed while"),
        ({"refuses": (1011, "Internal error")}, Outcome.ANSWERED, "refused while the old socket is open: closed with"),
        ({"handles": False}, Outcome.OPEN, "no handle"),
    ],
)
async def test_a_session_that_is_resumed_too_early(odd: dict[str, Any], outcome: Outcome, text: str) -> None:
    async with parroting(**odd) as parrot:
        answer = await asked("open-before-close", parrot.url)
    assert answer.outcome is outcome
    assert text in answer.text


@pytest.mark.parametrize(
    ("odd", "outcome", "text"),
    [
        ({}, Outcome.ANSWERED, "none"),
        ({"unasked": True}, Outcome.ANSWERED, "1 updates"),
        ({"silent": True}, Outcome.OPEN, "nothing was said"),
    ],
)
async def test_handles_that_nobody_asked_for(odd: dict[str, Any], outcome: Outcome, text: str) -> None:
    async with parroting(**odd) as parrot:
        answer = await asked("unasked-handles", parrot.url)
    assert answer.outcome is outcome
    assert text in answer.text


@pytest.mark.parametrize(
    ("odd", "outcome", "text"),
    [
        ({}, Outcome.ANSWERED, "it is followed"),
        ({"deaf": ("contextUpdate",)}, Outcome.ANSWERED, "it changes nothing"),
        ({"hurt": ("contextUpdate",)}, Outcome.ANSWERED, "is refused: closed with 1007"),
        ({"silent": True}, Outcome.OPEN, "was not followed"),
    ],
)
async def test_an_instruction_that_is_changed_on_the_way(odd: dict[str, Any], outcome: Outcome, text: str) -> None:
    async with parroting(**odd) as parrot:
        answer = await asked("changed-context", parrot.url)
    assert answer.outcome is outcome
    assert text in answer.text


async def test_a_server_s_farewell() -> None:
    async def ends(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(b'{"setupComplete": {}}')
        await socket.recv()
        await socket.send(b'{"goAway": {"timeLeft": "0.3s"}}')
        await asyncio.sleep(0.3)
        await socket.close(1000, "The operation was cancelled.")

    async with server(ends) as url:
        answer = await asked("farewell", url)
    assert "closed with 1000 'The operation was cancelled.' after" in answer.text
    assert answer.facts["goAway"] == {"timeLeft": "0.3s"}
    assert answer.facts["lasted"] < 1.0
    async with parroting() as parrot:
        assert (await asked("farewell", parrot.url)).outcome is Outcome.OPEN


async def test_a_session_in_which_nothing_is_sent() -> None:
    async with parroting() as parrot:
        assert "stays open" in (await asked("quiet", parrot.url)).text

    async def ends(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(b'{"setupComplete": {}}')
        await socket.close(1008, "idle")

    async with server(ends) as url:
        assert "closed with 1008 'idle'" in (await asked("quiet", url)).text


async def test_a_whole_visit_to_the_offline_model_ends_in_time_and_leaves_open_what_it_cannot_tell() -> None:
    names = [question.name for question in QUESTIONS]
    model = scripted(Say("Yes."), Say("Yes."))
    async with serving(model, time_limit=20) as live, asyncio.timeout(20):
        answers = dict(zip(names, await asyncio.gather(*(asked(name, live.url) for name in names)), strict=True))
    assert {name for name, answer in answers.items() if answer.outcome is Outcome.NOT_ASKED} == {"wrong-key", "global"}
    assert answers["typed"].outcome is Outcome.ANSWERED
    for name in ("void-calls", "eight-kilohertz", "changed-instruction", "changed-context", "farewell"):
        assert answers[name].outcome is Outcome.OPEN, answers[name]


async def test_what_concerns_another_provider_is_not_asked() -> None:
    assert (await asked("global", "ws://127.0.0.1:9")).outcome is Outcome.NOT_ASKED
