"""What people complain of in a voice on the telephone: by name, and that there is no cause for it here."""

from __future__ import annotations

import asyncio
import audioop
import base64
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.phone.impairments import Impairments
from tests import virtual
from tests.ends import content, voice
from tests.house import RING, calling
from tests.line import DONE, SILENCE, STOP, a_call, in_virtual_time
from tests.scenarios.test_complaints import frames
from tests.test_whole_call import AGENT, LONG


@pytest.mark.parametrize(
    "impairments", [Impairments(jitter=0.1), Impairments(stall=0.8, stall_every=2.0)], ids=["jitter", "stalls"]
)
def test_no_voice_stutters_on_a_bad_network(impairments: Impairments) -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say(LONG)), ring=replace(RING, impairments=impairments)) as (phone, _):
            await phone.hears()
            slots = [sound.slot for sound in phone.heard]
            assert len(slots) > 200
            assert {after - before for before, after in pairwise(slots)} == {1}

    virtual.run(call())


@pytest.mark.parametrize("size", [1_001, 1_920, 9_601])
@in_virtual_time
async def test_no_static_is_heard_however_the_sound_is_cut(size: int) -> None:
    """Its sound comes in pieces that end within a sample, after one that is no 24 kHz PCM."""
    tone = (8_000 * np.sin(2 * np.pi * 400 * np.arange(24_000) / 24_000)).astype("<i2").tobytes()
    pieces = [tone[at : at + size] for at in range(0, len(tone), size)]
    async with a_call() as (line, caller):
        for kind, piece in [
            ("audio/wav", b"RIFF"),
            ("audio/pcm;rate=16000", tone),
            *(("audio/pcm", p) for p in pieces),
        ]:
            data = {"mimeType": kind, "data": base64.b64encode(piece).decode()}
            line.model.says(content(modelTurn={"parts": [{"inlineData": data}]}))
        await asyncio.sleep(0.1)
        heard = np.frombuffer(audioop.ulaw2lin(b"".join(frames(caller)), 2), "<i2").astype(float)
        caller.says(STOP)
    assert len(heard) == pytest.approx(8_000, abs=40)
    powers = np.abs(np.fft.rfft(heard[1_000:7_000] * np.hanning(6_000))) ** 2
    assert powers[298:303].sum() / powers.sum() > 0.99


@in_virtual_time
async def test_no_sound_is_missing_that_a_browser_would_send() -> None:
    """The model must get 16 kHz, and silence too, or it never knows that somebody has finished."""
    async with a_call() as (line, caller):
        caller.says(*[SILENCE] * 100)
        await asyncio.sleep(2)
        sounds = [each["realtimeInput"]["audio"] for each in line.model.sent if "realtimeInput" in each]
        caller.says(STOP)
    assert {each["mimeType"] for each in sounds} == {"audio/pcm;rate=16000"}
    assert sum(len(base64.b64decode(each["data"])) for each in sounds) == 100 * 640


@in_virtual_time
async def test_no_mark_follows_every_little_piece() -> None:
    async with a_call() as (line, caller):
        line.model.says(*[voice(0.02)] * 250, *DONE)
        await asyncio.sleep(6)
        assert list(caller.kinds()).count("mark") <= 2 + 5
        caller.says(STOP)


@in_virtual_time
async def test_no_backlog_makes_answers_later_and_later() -> None:
    """A model that did not read for a while hears the last two seconds, and nothing older."""
    async with a_call() as (line, caller):
        line.model.says(voice(0.1), *DONE)
        line.model.reads.clear()
        for _ in range(500):
            caller.says(SILENCE)
            await asyncio.sleep(0.02)
        before = len(line.model.sent)
        line.model.reads.set()
        await asyncio.sleep(0.05)
        late = [each for each in line.model.sent[before:] if "realtimeInput" in each]
        assert len(late) <= 102
        caller.says(STOP)
