"""A demo's whole call, by real sockets, with a model that needs no weights and a recogniser that knows the answers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from telephony_agent import Agent, CallContext, Options, Thinking, tool
from telephony_agent.demo.checks import Check
from telephony_agent.demo.command import live_model
from telephony_agent.demo.run import demo
from telephony_agent.demo.script import Expected, Line, Script
from telephony_agent.errors import ConfigError
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.server import serving
from telephony_agent.offline.phone.levels import level
from telephony_agent.offline.phone.recording import Recording

LONGEST = 30.0  # seconds


@tool
async def say_goodbye(call: CallContext) -> str:
    """End the call."""
    call.hang_up()
    return "Goodbye!"


AGENT = Agent(name="The <Shop>", instructions="Be brief.", disclosure=None, tools=[say_goodbye])
SCRIPT = Script((Line("Bye.", answer=("goodbye",)),), (Expected("say_goodbye", {}),))


def voice(words: str) -> bytes:
    """0.4 s of a tone, 24 kHz s16."""
    at = np.arange(9600) / 24000
    return (8000 * np.sin(2 * np.pi * 440 * at)).astype("<i2").tobytes()


async def held(
    script: Script, out: Path, *further: Check, plain: bool = True, agent: Agent = AGENT, live_model: str = ""
) -> tuple[int, list[str]]:
    """The exit code, and what was told."""
    told: list[str] = []
    model = scripted(Say("Hello."), calls("say_goodbye"), Say("Goodbye!"), transcripts=["Bye."])
    async with serving(model, time_limit=LONGEST) as live:
        code = await demo(
            agent,
            script,
            out,
            voice,
            lambda pcm: "Goodbye!",
            told.append,
            plain=plain,
            further=lambda: further,
            live_url=live.url,
            live_model=live_model,
        )
    return code, told


@pytest.mark.parametrize(("plain", "noise"), [(True, -100.0), (False, -50.0)])
def test_a_call_that_went_as_it_should_is_kept_and_shown(tmp_path: Path, plain: bool, noise: float) -> None:
    code, told = asyncio.run(held(SCRIPT, tmp_path, plain=plain))
    assert code == 0, "\n".join(told)
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["call.html", "call.json", "call.jsonl", "call.svg", "call.wav"]
    recording = Recording.read(tmp_path / "call.wav")
    assert level(recording.caller[:16000]) == pytest.approx(noise, abs=2)  # while nobody speaks
    whole = json.loads((tmp_path / "call.json").read_text())
    assert [each["words"] for each in whole["exchanges"]] == [None, "Bye."]
    assert all(check["right"] for check in whole["checks"])
    page = (tmp_path / "call.html").read_text()
    assert "The &lt;Shop&gt;" in page
    assert "checks, all right" in page
    assert any("checks, all right" in line for line in told)


def test_one_thing_that_is_wrong_makes_it_fail(tmp_path: Path) -> None:
    code, told = asyncio.run(held(SCRIPT, tmp_path, Check("the table is booked", False, "no table")))
    assert code == 1
    assert "WRONG  the table is booked: no table" in told
    assert "1 wrong" in (tmp_path / "call.html").read_text()


@pytest.mark.parametrize(("live_model", "id"), [("", "gemini-3.8-live"), ("3.1", "gemini-3.1-flash-live-preview")])
def test_an_agent_is_refused_that_its_own_model_would_not_take(tmp_path: Path, live_model: str, id: str) -> None:
    agent = replace(AGENT, options=Options(thinking=Thinking(budget=0)))
    with pytest.raises(ConfigError, match=f"the model {id} does not suit: it takes "):
        asyncio.run(held(SCRIPT, tmp_path, agent=agent, live_model=live_model))


def test_the_command_takes_the_model_that_the_agent_is_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVE_MODEL", raising=False)
    monkeypatch.delenv("LIVE_PROVIDER", raising=False)
    assert live_model() == ""
    monkeypatch.setenv("LIVE_PROVIDER", "vertex")
    assert live_model() == "gemini-live-2.5-flash-native-audio"
    monkeypatch.setenv("LIVE_MODEL", "3.1")
    assert live_model() == "3.1"
