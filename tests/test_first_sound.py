"""How soon a caller hears something: a whole service on loopback, with a clip that it made itself at its start."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from telephony_agent import Agent
from tests.parties import answering, content, modelling, token_in, voice

pytestmark = pytest.mark.anyio

AGENT = Agent(instructions="Be brief.", welcome="Good morning, the bakery.")
PROMISED = 0.3  # seconds from `start` to the first sound
LOUD = b"\x00\x10" * 48_000  # 2 s of 24 kHz PCM


async def test_the_first_sound_comes_at_once_while_no_model_answers(tmp_path: Path) -> None:
    took: list[float] = []
    async with modelling() as model, answering(AGENT, model.url, data_dir=tmp_path, prewarm=False) as service:
        reader = await model.accepted()
        assert AGENT.opening in str(await reader.hears())
        await reader.says(content(outputTranscription={"text": AGENT.opening}))
        await reader.says(voice(LOUD))
        await reader.says(content(turnComplete=True))
        await reader.is_closed()
        async with asyncio.timeout(5):
            while not list((tmp_path / "clips").glob("*.wav")):  # noqa: ASYNC110 a file tells nobody
                await asyncio.sleep(0.01)
        for n in range(3):
            call = f"CA{n:032x}"
            token = token_in(await service.rings(call))
            before = time.monotonic()
            async with service.stream(token, call) as phone:
                await phone.hears_only("media")
                took.append(time.monotonic() - before)
    assert min(took) < PROMISED, took  # of three: others may be at work on this machine
