"""What else Google's own client can ask of a session, of every kind of model, and what it makes of what fails."""

from __future__ import annotations

import pytest
from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials
from websockets.exceptions import InvalidStatus

from telephony_agent.offline.model.faculties import Prompted, Say, Told
from telephony_agent.offline.model.faults import (
    Closes,
    DuplicateCall,
    EarlyTurnComplete,
    GoesAway,
    NothingInterrupted,
    Storm,
    UpgradeRefused,
)
from telephony_agent.offline.model.flavours import MODELS
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.server import serving
from telephony_agent.offline.model.terms import Terms
from tests.offline.model.rehearsal import LOUD, QUIET
from tests.offline.model.test_google_client import (
    HOURS,
    LONG,
    asks,
    google,
    heard,
    said,
    says,
    sound,
    talking,
    turn,
    until_call,
)

FREE = HOURS.model_copy(update={"behavior": types.Behavior.NON_BLOCKING})

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("model", MODELS)
async def test_a_spoken_question_of_every_kind_of_model(model: str) -> None:
    faculties = scripted(Say("At five."), Say("Bye."), transcripts=["When?"], a_letter=0.02)
    async with talking(faculties, model=model) as session:
        await says(session, 30, LOUD)
        await says(session, 30, QUIET)
        messages = await turn(session)
        assert (heard(messages), said(messages)) == ("When?", "At five.")
        assert len(sound(messages)) == len("At five.") * 960
        await asks(session)
        assert said(await turn(session)) == "Bye."


async def test_their_client_for_vertex_is_served_as_by_vertex() -> None:
    async with serving(scripted(Say("Hello."), a_letter=0.02), time_limit=20) as server:
        token = Credentials(token="no-token")  # type: ignore[no-untyped-call]
        client = genai.Client(vertexai=True, project="p", location="us-central1", credentials=token)
        client._api_client._websocket_base_url = lambda *args, **kwargs: server.url  # type: ignore[method-assign]
        client._api_client._websocket_ssl_ctx = {}
        try:
            wanted = types.LiveConnectConfig(output_audio_transcription=types.AudioTranscriptionConfig())
            async with client.aio.live.connect(model="gemini-live-2.5-flash-native-audio", config=wanted) as session:
                assert session.session_id
                await asks(session)
                messages = await turn(session)
        finally:
            await client.aio.aclose()
            client.close()
    assert said(messages) == "Hello."
    usage = messages[-1].usage_metadata
    assert usage
    assert usage.response_token_count, "it is called candidates there"


@pytest.mark.filterwarnings("ignore:The SDK's token creation implementation is experimental")
@pytest.mark.filterwarnings("ignore:.*ephemeral token.*")
@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")  # theirs, of aiohttp
async def test_a_token_of_theirs_opens_a_session_that_says_what_was_agreed_on() -> None:
    terms = Terms(key="no-key")
    async with serving(scripted(Say("Hello."), a_letter=0.02), terms=terms, time_limit=20) as server:
        base = server.url.replace("ws:", "http:")
        options = types.HttpOptions(base_url=base, api_version="v1alpha")
        client = genai.Client(api_key="no-key", http_options=options)
        try:
            agreed = types.LiveConnectConstraints(
                model="gemini-3.8-live",
                config=types.LiveConnectConfig(
                    response_modalities=[types.Modality.AUDIO],
                    output_audio_transcription=types.AudioTranscriptionConfig(),
                ),
            )
            token = await client.aio.auth_tokens.create(
                config=types.CreateAuthTokenConfig(live_connect_constraints=agreed)
            )
        finally:
            await client.aio.aclose()
            client.close()
        assert token.name
        async with google(server, MODELS[0], key=token.name, output_audio_transcription=None) as session:
            await asks(session)
            assert said(await turn(session)) == "Hello.", "the words are wanted by the token, not by the client"
        with pytest.raises(errors.APIError, match="unregistered callers"):
            async with google(server, key=token.name):
                pass


async def test_a_wrong_key_is_an_error_of_theirs() -> None:
    async with serving(scripted(), terms=Terms(key="secret"), time_limit=20) as server:
        with pytest.raises(errors.APIError, match="API key not valid"):
            async with google(server):
                pass


async def test_a_model_that_writes_is_asked_in_text_and_answers_in_text() -> None:
    faculties = scripted(Say("Hello, this is written."))
    async with talking(faculties, model="gemini-2.0-flash-live-001", response_modalities=["TEXT"]) as session:
        await asks(session)
        messages = await turn(session)
    assert "".join(message.text or "" for message in messages) == "Hello, this is written."
    assert sound(messages) == b""


async def test_the_client_says_who_speaks() -> None:
    detection = {"automatic_activity_detection": {"disabled": True}}
    faculties = scripted(Say("Yes."), transcripts=["Hello?"], a_letter=0.02)
    async with talking(faculties, realtime_input_config=detection) as session:
        await session.send_realtime_input(activity_start=types.ActivityStart())
        await says(session, 5, QUIET)
        await session.send_realtime_input(activity_end=types.ActivityEnd())
        messages = await turn(session)
    assert (heard(messages), said(messages)) == ("Hello?", "Yes.")


async def test_a_model_that_is_not_to_be_interrupted() -> None:
    faculties = scripted(Say(LONG), Say("Yes?"), transcripts=["Stop."], a_letter=0.01)
    async with talking(faculties, realtime_input_config={"activity_handling": "NO_INTERRUPTION"}) as session:
        await asks(session)
        messages = []
        async for message in session.receive():
            messages.append(message)
            if sound([message]) == sound(messages) != b"":  # the first there is
                await says(session, 30, LOUD)
                await says(session, 30, QUIET)
        assert said(messages) == LONG
        assert heard(messages) == "Stop."
        assert not any(m.server_content and m.server_content.interrupted for m in messages)
        assert said(await turn(session)) == "Yes?"


@pytest.mark.parametrize("scheduling", [types.FunctionResponseScheduling.WHEN_IDLE, None])
async def test_the_conversation_goes_on_while_a_function_runs(
    scheduling: types.FunctionResponseScheduling | None,
) -> None:
    faculties = scripted(calls("hours"), Say("I am looking."), Say("From five."), a_letter=0.02)
    async with talking(faculties, tools=[types.Tool(function_declarations=[FREE])]) as session:
        await asks(session, "When?")
        (call,) = await until_call(session)
        await session.send_realtime_input(text="Hello?")
        assert said(await turn(session)) == "I am looking."
        response = types.FunctionResponse(id=call.id, name="hours", response={"output": 5}, scheduling=scheduling)
        await session.send_tool_response(function_responses=response)
        assert said(await turn(session)) == "From five."


async def test_an_urgent_answer_cuts_the_model_off() -> None:
    faculties = scripted(calls("hours"), Say(LONG), Say("From five."), a_letter=0.02)
    async with talking(faculties, tools=[types.Tool(function_declarations=[FREE])]) as session:
        await asks(session, "When?")
        (call,) = await until_call(session)
        await session.send_realtime_input(text="Tell me a story.")
        response = types.FunctionResponse(
            id=call.id, name="hours", response={}, scheduling=types.FunctionResponseScheduling.INTERRUPT
        )
        async for message in session.receive():
            if sound([message]):
                await session.send_tool_response(function_responses=response)
                break
        cut = await turn(session)
        assert any(m.server_content and m.server_content.interrupted for m in cut)
        assert said(await turn(session)) == "From five."


async def test_what_thinks_longer_is_received_until_it_has_nothing_more_to_say() -> None:
    faculties = scripted(calls("hours"), Say("I am looking."), Say("From five."), a_letter=0.02)
    async with talking(faculties, model="gemini-3.8-live-extended-thinking") as session:
        await asks(session, "When?")
        (call,) = await until_call(session)
        await session.send_realtime_input(text="Hello?")
        messages = []
        async for message in session.receive():
            messages.append(message)
            if message.server_content and message.server_content.turn_complete and said(messages) == "I am looking.":
                response = types.FunctionResponse(id=call.id, name="hours", response={"output": 5})
                await session.send_tool_response(function_responses=response)
        assert said(messages) == "I am looking.From five."


async def test_history_is_told_and_not_answered() -> None:
    told: list[Told] = []

    def remember(what: Told) -> Say:
        told.append(what)
        return Say("Ada.")

    config = {"initial_history_in_client_content": True}
    async with talking(scripted(remember, a_letter=0.02), history_config=config) as session:
        await asks(session, "I am Ada.")
        await session.send_realtime_input(text="Who am I?")
        assert said(await turn(session)) == "Ada."
    (prompted,) = told
    assert isinstance(prompted, Prompted)
    assert [one.text for one in prompted.turns] == ["I am Ada.", "Who am I?"]


async def test_other_instructions_in_the_middle() -> None:
    async with talking(scripted(Say("Good."), a_letter=0.02)) as session:
        await session.send_context_update(system_instruction="Be kind.", tools=[])
        await asks(session)
        assert said(await turn(session)) == "Good."


async def test_a_session_that_ends_says_so_before() -> None:
    async with serving(scripted(), terms=Terms(lifetime=0.5), time_limit=20) as server, google(server) as session:
        warning = await anext(session.receive())
        assert warning.go_away
        assert warning.go_away.time_left
        assert 0 < float(warning.go_away.time_left.removesuffix("s")) <= 0.05
        with pytest.raises(errors.APIError, match="cancelled"):
            await turn(session)


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")  # theirs, of aiohttp
async def test_the_models_are_listed() -> None:
    async with serving(scripted(), time_limit=20) as server:
        base = server.url.replace("ws:", "http:")
        client = genai.Client(api_key="no-key", http_options=types.HttpOptions(base_url=base))
        try:
            names = [model.name async for model in await client.aio.models.list()]
        finally:
            await client.aio.aclose()
            client.close()
    assert names == [f"models/{model}" for model in MODELS]


async def test_a_model_that_does_not_speak_is_an_error_of_theirs() -> None:
    with pytest.raises(errors.APIError, match=r"models/gemini-2\.5-flash is not found for API version") as caught:
        async with talking(scripted(), model="gemini-2.5-flash"):
            pass
    assert caught.value.code == 1008


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_a_refused_upgrade_is_an_error_of_theirs(status: int) -> None:
    async with serving(scripted(), time_limit=20) as server:
        server.fail(UpgradeRefused(status))  # type: ignore[arg-type]
        with pytest.raises(InvalidStatus) as caught:
            async with google(server):
                pass
    assert caught.value.response.status_code == status


async def test_a_key_that_was_leaked_is_refused_instead_of_the_setup() -> None:
    async with serving(scripted(), time_limit=20) as server:
        server.fail(Closes(1008, "Your API key was reported as leaked.", "setup"))
        with pytest.raises(errors.APIError, match="leaked") as caught:
            async with google(server):
                pass
    assert caught.value.code == 1008


async def test_their_client_bears_what_our_faults_do() -> None:
    async with serving(scripted(calls("f"), Say("Fine."), a_letter=0.02), time_limit=20) as server:
        async with google(server) as session:
            for fault in (DuplicateCall(), EarlyTurnComplete(), Storm(200), NothingInterrupted()):
                server.fail(fault)
            await asks(session)
            (call,) = await until_call(session)
            assert (await until_call(session))[0].id == call.id
            await session.send_tool_response(
                function_responses=types.FunctionResponse(id=call.id, name="f", response={"output": 1})
            )
            early = await turn(session)
            assert said(early + await turn(session)) == "Fine."
            server.fail(GoesAway(0.0, 1011, "Internal error encountered."))
            with pytest.raises(errors.APIError, match="Internal error"):
                await turn(session)
