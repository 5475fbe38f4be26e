"""A model that a program talks with by voice, from file to file; and how it is made."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from telephony_agent import LiveModel
from telephony_agent.errors import ConfigError
from telephony_agent.live import live_model
from telephony_agent.live.audio_conversation import Manner
from telephony_agent.live.channel import Told
from telephony_agent.live.messages import CallerSaid, Interrupted, Spoke, TurnComplete
from telephony_agent.live.wav import WavSink, WavSource
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.flavours import MODELS
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.server import serving
from telephony_agent.settings import Settings
from tests.live.programs import AGENT, LIMIT, accept, model_at, scripted_session
from tests.live.test_capabilities import LONG, program, words
from tests.offline.model.rehearsal import LOUD, QUIET
from tests.parties import modelling


@pytest.mark.anyio
@pytest.mark.parametrize("model", MODELS)
async def test_a_conversation_from_wav_to_wav(model: str, tmp_path: Path) -> None:
    """startAudioConversation, with its function calls, transcripts and end."""
    question = tmp_path / "question.wav"
    with wave.open(str(question), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(LOUD * 30)
    seen: list[Told] = []
    answered = asyncio.Event()

    def observe(event: Told) -> None:
        seen.append(event)
        if isinstance(event, TurnComplete) and words(seen).endswith("From five to eleven."):
            answered.set()

    steps = calls("hours", day="Monday"), Say("From five to eleven.")
    async with program(model, *steps, transcripts=("When on Monday?",)) as talk:
        with WavSink(tmp_path / "answer.wav") as sink:
            source = WavSource(question)
            manner = Manner(rate=source.rate, observe=observe)
            conversation = talk.session.start_audio_conversation(source, sink, manner)
            assert talk.session.in_conversation
            async with asyncio.timeout(LIMIT):
                await answered.wait()
            await conversation.stop()
        assert talk.session.is_open
    assert words(seen, CallerSaid) == "When on Monday?"
    assert words(seen).endswith("From five to eleven.")
    assert "On Monday from five to eleven." in str(talk.told)
    with wave.open(str(tmp_path / "answer.wav")) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.abs(heard).max() > 5_000
    assert len(heard) >= len("From five to eleven.") * 0.005 * 24_000


@pytest.mark.anyio
async def test_a_conversation_is_interrupted_and_what_was_not_heard_is_not_in_the_file(tmp_path: Path) -> None:
    async def source() -> AsyncIterator[bytes]:
        for frame in [LOUD] * 30 + [QUIET] * 30:
            yield frame
            await asyncio.sleep(0.01)
        await talking.wait()
        for _ in range(40):
            yield LOUD
            await asyncio.sleep(0.01)

    talking = asyncio.Event()

    def observe(event: Told) -> None:
        seen.append(event)
        if isinstance(event, Spoke):
            talking.set()

    seen: list[Told] = []
    mind = scripted(Say(LONG), transcripts=("Tell me all.", ""), a_letter=0.05)
    async with scripted_session(mind, "gemini-3.8-live") as (session, _):
        with WavSink(tmp_path / "answer.wav") as sink:
            await session.start_audio_conversation(source(), sink, Manner(observe=observe, linger=1.0)).wait()
    assert any(isinstance(event, Interrupted) for event in seen)
    with wave.open(str(tmp_path / "answer.wav")) as file:
        assert 0 < file.getnframes() < 24_000 * 0.05 * len(LONG) / 2


# A model without an account.


def test_a_model_is_refused_when_it_is_made_not_when_it_is_called() -> None:
    with pytest.raises(ConfigError, match="did you mean"):
        model_at("ws://127.0.0.1:9", "gemini-3.8-lvie")
    with pytest.raises(ConfigError, match="GEMINI_API_KEY"):
        LiveModel(AGENT, Settings(provider="gemini"))


def test_the_settings_come_from_the_environment_and_the_model_from_the_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    monkeypatch.setenv("LIVE_MODEL", "gemini-3.8-live")
    assert LiveModel(AGENT).setup().model == "models/gemini-3.8-live"
    assert LiveModel(AGENT, model="2.5-native-audio").setup().model.startswith("models/gemini-2.5-flash-native-audio")
    assert "a-key" not in repr(LiveModel(AGENT))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("settings", "path", "key", "name"),
    [
        (
            {"provider": "gemini", "gemini_api_key": "k1", "live_model": "gemini-3.8-live"},
            "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
            "k1",
            "models/gemini-3.8-live",
        ),
        (
            {"provider": "firebase", "firebase_api_key": "k2", "firebase_project_id": "p"}
            | {"live_model": "gemini-3.8-live"},
            "/ws/google.firebase.vertexai.v1beta.GenerativeService/BidiGenerateContent",
            "k2",
            "projects/p/models/gemini-3.8-live",
        ),
        (
            {"provider": "firebase", "firebase_api_key": "k3", "firebase_project_id": "p", "firebase_backend": "vertex"}
            | {"firebase_location": "us-central1", "live_model": "gemini-live-2.5-flash-native-audio"},
            "/ws/google.firebase.vertexai.v1beta.LlmBidiService/BidiGenerateContent/locations/us-central1",
            "k3",
            "projects/p/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio",
        ),
    ],
)  # fmt: skip
async def test_a_program_reaches_each_provider_as_the_service_does(
    settings: dict[str, Any], path: str, key: str, name: str
) -> None:
    """The model factory, for either back end: FirebaseAI.firebaseAI(backend:).liveModel(…)."""
    async with asyncio.timeout(LIMIT), modelling() as played:
        accepting = asyncio.create_task(accept(played))
        async with LiveModel(AGENT, Settings(live_url=played.url, **settings)).connect():
            _, setup = await accepting
    assert played.path == path
    assert played.headers["x-goog-api-key"] == key
    assert setup["model"] == name


@pytest.mark.anyio
async def test_without_a_url_a_model_of_our_own_is_started_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    class Child:
        """What `OfflineModel` is to us, without its engines."""

        url = ""

        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            async with serving(scripted(Say("Here I am."), a_letter=0.005), time_limit=LIMIT) as server:
                self.url = server.url
                yield
            started.append("and ended")

        async def started(self) -> None:
            started.append("started")

    monkeypatch.setattr(live_model, "OfflineModel", Child)
    async with LiveModel(AGENT, Settings(provider="offline")).connect() as session:
        assert await session.ask("Are you there?") == "Here I am."
    assert started == ["started", "and ended"]
