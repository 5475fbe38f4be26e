"""The voices of a model, rendered as a telephone has them: by the offline Live server, and by one played by hand."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from telephony_agent.aloud import ASKING
from telephony_agent.audition import audition, voices
from telephony_agent.errors import ConfigError
from telephony_agent.offline.model.faculties import Say, Told
from telephony_agent.offline.model.scripted import scripted, tone_of
from telephony_agent.offline.model.server import serving
from telephony_agent.settings import Settings
from tests.parties import Party, content, modelling, voice

pytestmark = pytest.mark.anyio

TEXT = "Good morning!"
PCM = b"\x00\x10" * 4800  # 200 ms of the model's sound
NATIVE = "gemini-2.5-flash-native-audio-preview-12-2025"


def settings(url: str, model: str = "gemini-3.8-live") -> Settings:
    return Settings(live_url=url, live_model=model)


def sound(file: Path) -> tuple[tuple[int, int, int], np.ndarray[Any, Any]]:
    with wave.open(str(file), "rb") as read:
        form = (read.getnchannels(), read.getsampwidth(), read.getframerate())
        return form, np.frombuffer(read.readframes(read.getnframes()), "<i2")


def written(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def test_a_voice_becomes_a_file_with_what_it_said_in_the_telephone_s_band(tmp_path: Path) -> None:
    told: list[str] = []
    asked: list[Told] = []

    def answer(prompt: Told) -> Say:
        asked.append(prompt)
        return Say(TEXT)

    async with serving(scripted(answer, answer), time_limit=20) as server:
        assert await audition(settings(server.url), TEXT, tmp_path, ["Puck", "en-us-zeno"], None, told.append) == 0
    assert [line.split() for line in told] == [
        ["Puck", "0.7", "s", str(tmp_path / "Puck.wav")],
        ["en-us-zeno", "0.7", "s", str(tmp_path / "en-us-zeno.wav")],
    ]
    form, samples = sound(tmp_path / "Puck.wav")
    assert form == (1, 2, 8000)
    spectrum = np.abs(np.fft.rfft(samples))
    assert round(float(np.argmax(spectrum)) * 8000 / len(samples)) == pytest.approx(tone_of(TEXT), abs=5)
    assert all(ASKING.format(TEXT) in str(prompt) for prompt in asked)


async def played(session: Party, *messages: dict[str, Any]) -> dict[str, Any]:
    """Its setup, taken; then what the model is told is answered so."""
    setup: dict[str, Any] = (await session.hears())["setup"]
    await session.says({"setupComplete": {}})
    assert ASKING.format(TEXT) in str(await session.hears())
    for message in messages:
        await session.says(message)
    return setup


async def test_each_voice_of_the_model_has_its_session_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    told: list[str] = []
    async with modelling() as model, asyncio.TaskGroup() as tasks:
        run = tasks.create_task(audition(settings(model.url, NATIVE), TEXT, tmp_path, [], "de-DE", told.append))
        setups = [await played(await model.session(), voice(PCM), content(turnComplete=True)) for _ in range(30)]
    assert run.result() == 0
    names = [
        setup["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"] for setup in setups
    ]
    assert written(tmp_path) == sorted(f"{name}.wav" for name in names)
    assert "UNMISTAKABLY IN GERMAN" in str(setups[0]["systemInstruction"])
    assert not {"sessionResumption", "contextWindowCompression", "tools"} & setups[0].keys()


@pytest.mark.parametrize(
    ("code", "messages", "why"),
    [
        (1007, [], "closed with 1007 'no such voice'"),
        (None, [content(turnComplete=True)], "the model said nothing"),
        (None, ["nonsense"], "not a Live API message"),
    ],
)
async def test_a_voice_that_fails_is_told_and_the_others_go_on(
    tmp_path: Path, code: int | None, messages: list[Any], why: str
) -> None:
    told: list[str] = []
    async with modelling() as model, asyncio.TaskGroup() as tasks:
        run = tasks.create_task(audition(settings(model.url), TEXT, tmp_path, ["Puck", "Kore"], None, told.append))
        first = await model.session()
        await first.hears()
        if code is not None:
            await first.socket.close(code, "no such voice")
        for message in messages:
            await first.says(message)
        await played(await model.session(), voice(PCM), content(turnComplete=True))
    assert run.result() == 1
    assert told[0].startswith(f"Puck             MISSING: {why}")
    assert told[1].startswith("Kore              0.2 s")
    assert written(tmp_path) == ["Kore.wav"]


async def test_a_voice_that_takes_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony_agent.aloud.PATIENCE", 0.1)
    told: list[str] = []
    async with modelling() as model:
        assert await audition(settings(model.url), TEXT, tmp_path, ["Puck"], None, told.append) == 1
    assert "MISSING: nothing more came within 0.1 s" in told[0]


async def test_a_model_that_is_not_there_is_dialled_once(tmp_path: Path) -> None:
    told: list[str] = []
    assert await audition(settings("ws://127.0.0.1:1"), TEXT, tmp_path, [], None, told.append) == 1
    (line,) = told
    assert line.startswith("gemini-3.8-live can't be reached: could not connect")


async def test_a_voice_that_the_model_has_not_is_refused_before_anything_is_dialled(tmp_path: Path) -> None:
    async with modelling() as model:
        with pytest.raises(ConfigError, match="it has no voice 'Bob'"):
            await audition(settings(model.url), TEXT, tmp_path / "voices", ["Puck", "Bob"], None, print)
        assert model.dials == 0
    assert not (tmp_path / "voices").exists()


def test_the_command_makes_its_folder_and_fails_where_a_voice_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner(env={"LIVE_URL": "ws://127.0.0.1:1"}).invoke(voices, ["--say", TEXT, "--out", "a/b"])
    assert result.exit_code == 1
    assert "can't be reached" in result.output
    assert (tmp_path / "a/b").is_dir()
