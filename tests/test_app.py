"""The service on loopback: a phone and a model played by hand, message by message."""

from __future__ import annotations

import asyncio
import base64
import logging
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from twilio.request_validator import RequestValidator

from telephony_agent import Agent, Apology, CallContext, Generation, Options, Thinking, TurnTaking, create_app, tool
from telephony_agent.app import lifespan
from telephony_agent.errors import ConfigError
from telephony_agent.settings import Settings
from tests.parties import (
    ACCOUNT,
    CALL,
    STOP,
    TOKEN,
    Service,
    answering,
    call_form,
    content,
    mark,
    media,
    modelling,
    serving,
    token_in,
    tool_call,
    voice,
)

pytestmark = pytest.mark.anyio

PCM = b"\x00\x10" * 4800  # 200 ms of the model's sound
POLICY, NONSENSE, UNSUPPORTED, TOO_BIG, NORMAL = 1008, 1007, 1003, 1009, 1000


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool
async def farewell(call: CallContext) -> str:
    """End the call."""
    call.hang_up()
    return "Goodbye"


AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None, tools=[add, farewell])


async def test_a_caller_is_heard_and_answered() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.accepted()
            assert (await session.hears())["clientContent"]["turns"][0]["parts"][0]["text"] == "Say hello."
            await phone.says(media())
            audio = (await session.hears())["realtimeInput"]["audio"]
            assert audio["mimeType"] == "audio/pcm;rate=16000"
            assert len(base64.b64decode(audio["data"])) == 640
            await session.says(voice(PCM))
            assert "mark" in await phone.hears()
            payload = (await phone.hears())["media"]["payload"]
            assert len(base64.b64decode(payload)) == 1600
            await phone.says(STOP)
            assert await session.is_closed() == NORMAL
            assert await phone.is_closed() == NORMAL


async def test_the_setup_says_what_the_operator_and_the_call_say() -> None:
    async with modelling() as model, answering(AGENT, model.url, live_model="gemini-3.8-live") as service:
        await service.rings()
        setup = (await (await model.session()).hears())["setup"]
    assert setup["model"] == "models/gemini-3.8-live"
    assert setup["generationConfig"]["responseModalities"] == ["AUDIO"]
    instructions = setup["systemInstruction"]["parts"][0]["text"]
    assert "Be brief." in instructions
    assert "+15550100002" in instructions
    assert "US" in instructions
    (tools,) = setup["tools"]
    assert [each["name"] for each in tools["functionDeclarations"]] == ["add", "farewell"]
    assert {each["behavior"] for each in tools["functionDeclarations"]} == {"BLOCKING"}
    assert setup["sessionResumption"] == {}
    assert setup["inputAudioTranscription"] == setup["outputAudioTranscription"] == {}


async def test_the_model_is_dialled_while_the_phone_still_rings() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        await service.rings()
        await model.accepted()


async def test_without_prewarm_it_is_dialled_with_the_stream() -> None:
    async with modelling() as model, answering(AGENT, model.url, prewarm=False) as service:
        token = token_in(await service.rings())
        assert model.dials == 0
        async with service.stream(token):
            await model.greeting()


async def test_an_interruption_clears_the_phone_at_once() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.greeting()
            await session.says(voice(PCM))
            await phone.hears_only("media")
            await session.says(content(interrupted=True))
            assert (await phone.hears())["event"] == "clear"
            await session.says(voice(PCM))  # late sound of the turn that is void
            await session.says(content(turnComplete=True))
            await session.says(voice(b"\x00\x20" * 4800))
            assert (await phone.hears())["event"] == "mark"
            assert (await phone.hears())["event"] == "media"


async def test_a_tool_is_run_and_its_answer_told() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())):
            session = await model.greeting()
            await session.says(tool_call("c1", "add", a=2, b=3))
            (response,) = (await session.hears_only("toolResponse"))["toolResponse"]["functionResponses"]
            assert response == {"id": "c1", "name": "add", "response": {"result": 5}}


@pytest.mark.parametrize(
    ("name", "arguments"), [("multiply", {}), ("add", {"a": "two", "b": 3}), ("add", {"a": 2}), ("add", {"a": None})]
)
async def test_what_cannot_be_run_is_answered_with_an_error(name: str, arguments: dict[str, Any]) -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())):
            session = await model.greeting()
            await session.says(tool_call("c1", name, **arguments))
            (response,) = (await session.hears_only("toolResponse"))["toolResponse"]["functionResponses"]
            assert set(response["response"]) == {"error"}


async def test_the_farewell_is_heard_before_the_line_is_closed() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.greeting()
            await session.says(tool_call("c1", "farewell"))
            await session.hears_only("toolResponse")
            await session.says(voice(PCM))
            await session.says(content(generationComplete=True))
            names = [(await phone.hears_only("mark"))["mark"]["name"] for _ in range(2)]
            await phone.says(mark(names[0]))
            await phone.says(mark(names[1]))
            assert await phone.is_closed() == NORMAL
        assert "<Hangup" in await service.rings(path="/twilio/voice/next")


async def test_a_call_whose_socket_breaks_goes_on_with_the_next_stream() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.greeting()
        document = await service.rings(path="/twilio/voice/next")
        async with service.stream(token_in(document), sid="MZ" + "3" * 32) as phone:
            await phone.says(media())
            await session.hears_only("realtimeInput")
            await session.says(voice(PCM))
            assert (await phone.hears())["streamSid"] == "MZ" + "3" * 32
        assert model.dials == 1


async def test_a_model_that_is_lost_is_dialled_again_with_its_handle() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.greeting()
            await session.says(voice(PCM))
            await phone.hears_only("media")
            await session.says({"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}})
            await session.socket.close(1011, "Internal error encountered.")
            again = await model.session()
            assert (await again.hears())["setup"]["sessionResumption"] == {"handle": "h1"}
            await again.says({"setupComplete": {}})
            told = (await again.hears_only("clientContent"))["clientContent"]["turns"]
            assert "Go on from there" in told[0]["parts"][0]["text"]
            await phone.says(media())
            assert "realtimeInput" in await again.hears()  # and no second greeting


# Where it is mounted.


async def test_it_works_mounted_in_a_host_application() -> None:
    async with modelling() as model:
        public = "https://agent.example.com/line"
        line = create_app(
            AGENT, Settings(public_url=public, live_url=model.url, provider="offline", auth_tokens=(TOKEN,))
        )
        host = Starlette(routes=[Mount("/line", line)], lifespan=lambda host: lifespan(line))
        async with serving(host, public) as service:
            document = await service.rings()
            assert 'url="wss://agent.example.com/line/twilio/stream"' in document
            assert 'action="https://agent.example.com/line/twilio/voice/next"' in document
            async with service.stream(token_in(document)):
                await model.greeting()


@pytest.mark.parametrize("kept", [True, False])
async def test_a_path_prefix_works_whether_or_not_a_proxy_takes_it_off(kept: bool) -> None:
    async with modelling() as model:
        public = "https://agent.example.com:8443/w2"
        async with answering(AGENT, model.url, public_url=public) as service:
            headers = {"X-Twilio-Signature": service_signature(f"{public}/twilio/voice")}
            path = ("/w2" if kept else "") + "/twilio/voice"
            bare = Service(service.address, "http://x", None)
            status, document = await bare.request("POST", path, {"Host": "x"} | headers, form_body())
            assert status == 200
            assert 'url="wss://agent.example.com:8443/w2/twilio/stream"' in document


def form_body() -> str:
    return urlencode(call_form())


def service_signature(url: str) -> str:
    signature: str = RequestValidator(TOKEN).compute_signature(url, call_form())
    return signature


async def test_it_says_whether_it_lives_and_takes_calls() -> None:
    async with modelling() as model, answering(AGENT, model.url, max_calls=1) as service:
        assert (await service.get("/healthz"))[0] == 200
        assert (await service.get("/readyz"))[0] == 200
        await service.rings()
        assert (await service.get("/readyz"))[0] == 404
        assert "<Reject" in await service.rings("CA" + "9" * 32)


# Who is let in.


async def test_a_status_of_the_end_ends_the_call() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            await model.greeting()
            await service.post("/twilio/status", {"CallSid": CALL, "AccountSid": ACCOUNT, "CallStatus": "completed"})
            assert await phone.is_closed() == NORMAL


# What a bad model gets.


async def test_a_refused_setup_is_tried_once_and_apologised_for() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.session()
            await session.socket.close(1007, "Request contains an invalid argument.")
            assert await phone.is_closed() == NORMAL
        assert "<Say>" in await service.rings(path="/twilio/voice/next")
        assert model.dials == 1


async def test_a_caller_without_an_agent_gets_what_the_operator_wants() -> None:
    agent = Agent(instructions="Be brief.", fallback=Apology("Rufen Sie später noch einmal an.", "de-DE"))
    async with modelling() as model, answering(agent, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.session()
            await session.socket.close(1011, "You exceeded your current quota.")
            assert await phone.is_closed() == NORMAL
        document = await service.rings(path="/twilio/voice/next")
        assert '<Say language="de-DE">Rufen Sie später noch einmal an.</Say><Hangup />' in document


async def test_a_model_that_closes_before_it_is_ready_is_dialled_again() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())):
            await (await model.session()).socket.close(1011, "Internal error encountered.")
            await model.greeting()


async def test_a_model_that_speaks_nonsense_is_ignored() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.greeting()
            for nonsense in ("nonsense", '{"serverContent":7}', "{}", '{"serverContent":{}}', '{"unknown":{}}'):
                await session.socket.send(nonsense)
            await session.says(voice(PCM))
            assert "media" in await phone.hears_only("media")


async def test_nothing_is_said_to_a_model_before_it_is_ready() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.session()
            assert "setup" in await session.hears()
            for _ in range(10):
                await phone.says(media())
            await session.says({"setupComplete": {}})
            assert "clientContent" in await session.hears()


async def test_no_task_outlives_its_call() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        before = asyncio.all_tasks()
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.greeting()
            await session.says(tool_call("c1", "add", a=2, b=3))
            await session.hears_only("toolResponse")
            await phone.says(STOP)
            await session.is_closed()
            await phone.is_closed()
        left = {task for task in asyncio.all_tasks() - before if CALL in task.get_name()}
        assert not left


@pytest.mark.parametrize(
    ("who", "cost"),
    [
        ({}, "$0.0000:"),
        ({"provider": "gemini", "gemini_api_key": "key"}, "$0.0018 ("),  # 1000 at 0.75, 200 at 3 and 34 at 12 a million
        ({"provider": "gemini", "gemini_api_key": "key", "live_model": "unheard-of"}, "an unknown sum (PRICES"),
    ],
    ids=["offline, it is free", "by the table", "of no known price"],
)
async def test_the_log_tells_what_a_call_cost(who: Any, cost: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with modelling() as model, answering(AGENT, model.url, **who) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.greeting()
            used = {
                "promptTokenCount": 1200,
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 1000},
                    {"modality": "AUDIO", "tokenCount": 200},
                ],
                "responseTokenCount": 34,
                "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 34}],
                "totalTokenCount": 1234,
            }
            await session.says({"serverContent": {}, "usageMetadata": used})
            await session.says(voice(PCM))
            await phone.hears()
            await phone.says(STOP)
            assert await phone.is_closed() == NORMAL
    (line,) = [message for message in caplog.messages if message.startswith(f"{CALL} cost ")]
    assert line.startswith(f"{CALL} cost {cost}")
    assert line.endswith(": 1,200 tokens in (1,000 text, 200 audio); 34 out (34 audio)")


def test_the_offline_model_without_its_extra_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony_agent.offline.model.process.MODULES", ("no_such_module",))
    with pytest.raises(ConfigError, match=r"pip install 'telephony-agent\[offline\]'"):
        create_app(AGENT, Settings(provider="offline"))


@pytest.mark.parametrize(
    ("agent", "model", "why"),
    [
        (replace(AGENT, voice="Bob"), "gemini-3.8-live", "it has no voice 'Bob'"),
        (replace(AGENT, options=Options(thinking=Thinking(level="low"))), "gemini-3.8-live", "takes no thinkingConfig"),
        (AGENT, "gemini-robotics-er-2-streaming-preview", "it answers in TEXT, not in AUDIO"),
        (AGENT, "gemini-3.8-liv", r"did you mean gemini-3\.8-live\?"),
    ],
)
def test_an_agent_that_the_model_does_not_take_stops_the_start(agent: Agent, model: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        create_app(agent, Settings(live_url="ws://127.0.0.1:9", live_model=model))


def test_what_is_to_be_known_of_the_model_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    create_app(AGENT, Settings(live_url="ws://127.0.0.1:9", live_model="gemini-2.0-flash-live-001"))
    assert (
        "the model gemini-2.0-flash-live-001 was switched off on 2025-12-09; set LIVE_MODEL to another" in caplog.text
    )


async def test_a_setup_carries_what_the_agent_asks_for() -> None:
    options = Options(generation=Generation(temperature=0.2), turn_taking=TurnTaking(silence_duration_ms=700))
    agent = replace(AGENT, voice="Kore", language="de-DE", search=True, options=options)
    async with modelling() as model, answering(agent, model.url) as service:
        async with service.stream(token_in(await service.rings())):
            setup = (await (await model.session()).hears())["setup"]
    assert setup["generationConfig"]["temperature"] == 0.2
    assert setup["generationConfig"]["speechConfig"]["languageCode"] == "de-DE"
    assert setup["realtimeInputConfig"]["automaticActivityDetection"] == {"silenceDurationMs": 700}
    assert [key for tool in setup["tools"] for key in tool] == ["googleSearch", "functionDeclarations"]
    assert "contextWindowCompression" in setup
