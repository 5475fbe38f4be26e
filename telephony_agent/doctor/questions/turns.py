"""How the model hears, speaks and calls: rates, pace, patience, typed words, calls that are void."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
import wave
from pathlib import Path
from statistics import median

import numpy as np

from ...audio import LIVE_INPUT_RATE, PHONE_RATE, TO_LIVE, Resampler
from ...live.providers import DEVELOPER_API
from ..answers import Answer, answered, undecided
from ..interview import FRAME, Interview, Turn
from ..question import Question

SPEECH = Path(__file__).parents[2] / "demo" / "speech" / "goodbye.wav"  # a second of a human voice, 8 kHz
WORD = "goodbye"
LOUD = 330  # of 32,767, -40 dBFS: what is quieter is the end of the recording, not of the word
PATIENCE = 8.0  # seconds of silence after it
COUNT = "Count aloud from one to thirty, in words, at an even pace."
SLOW = {
    "functionDeclarations": [
        {
            "name": "look_up",
            "description": "Looks the answer up. Always call this function before you answer.",
            "parameters": {"type": "OBJECT", "properties": {"question": {"type": "STRING"}}},
        }
    ]
}


async def eight_kilohertz(ask: Interview) -> Answer:
    wide, narrow = await _speak(ask, LIVE_INPUT_RATE), await _speak(ask, PHONE_RATE)
    facts = {"heard at 16 kHz": wide.heard.strip(), "heard at 8 kHz": narrow.heard.strip()}
    if WORD not in wide.heard.lower():
        return undecided("the word was not understood at 16 kHz either", **facts)
    if WORD in narrow.heard.lower():
        return answered("8 kHz is understood too", **facts)
    return answered("8 kHz is not understood", **facts)


async def patience(ask: Interview) -> Answer:
    turn = await _speak(ask, LIVE_INPUT_RATE)
    samples = np.abs(np.frombuffer(_speech(LIVE_INPUT_RATE), "<i2").astype(np.int32))
    spoken = float(np.flatnonzero(samples > LOUD)[-1]) / LIVE_INPUT_RATE
    times = {"to the first transcript": turn.first_heard, "to the first sound": turn.first_sound}
    facts = {name: round(at - spoken, 3) for name, at in times.items() if at is not None}
    if "to the first sound" not in facts:
        return undecided("the model did not answer what was said", **facts)
    first = facts["to the first sound"]
    return answered(f"first sound {first:g} s after the end of speech: it waits for less silence than that", **facts)


async def _speak(ask: Interview, rate: int) -> Turn:
    """A word and silence, and what the model does meanwhile; times count from the word's beginning."""
    async with ask.session() as session, asyncio.TaskGroup() as group:
        silence = bytes(2 * int(rate * PATIENCE))
        playing = group.create_task(session.plays(_speech(rate) + silence, rate))
        turn = await session.turn(within=PATIENCE)
        playing.cancel()
    return turn


def _speech(rate: int) -> bytes:
    with wave.open(str(SPEECH), "rb") as file:
        pcm = file.readframes(file.getnframes())
    return pcm if rate == PHONE_RATE else Resampler(TO_LIVE).feed(pcm)


async def pace(ask: Interview) -> Answer:
    async with ask.session() as session:
        await session.tells(COUNT)
        turn = await session.turn(within=60.0)
    if turn.first_sound is None or turn.last_sound is None or len(turn.chunks) < 2:
        return undecided("too little was said")
    took = turn.last_sound - turn.first_sound
    facts = {
        "seconds to the first sound": round(turn.first_sound, 3),
        "seconds of sound": round(turn.sound, 2),
        "seconds in which it came": round(took, 2),
        "seconds in a piece, median": round(median(turn.chunks), 3),
        "usage": dict(turn.usage),
    }
    if turn.generated is not None and turn.complete is not None:
        facts["seconds from generationComplete to turnComplete"] = round(turn.complete - turn.generated, 2)
    factor = turn.sound / max(took, FRAME)
    return answered(f"{factor:.1f} times real time, first sound after {turn.first_sound:.2f} s", **facts)


async def typed(ask: Interview) -> Answer:
    async with ask.session() as session:
        await session.says({"realtimeInput": {"text": "Say the word yes."}})
        turn = await session.turn()
        if session.closing:
            return answered(f"refused: {session.closing}")
    if turn.answered:
        return answered("typed words are answered", said=turn.said.strip())
    return answered("typed words are taken, and not answered in 20 s")


async def void_calls(ask: Interview) -> Answer:
    async with ask.session({"tools": [SLOW]}) as session:
        await session.tells("Look up the capital of France.")
        turn = await session.turn(until_call=True)
        if not turn.calls:
            return undecided("the model called no function")
        await session.tells("Never mind. Say the word yes.")
        after = await session.turn()
        if session.closing:
            return answered(f"the session ended: {session.closing}")
    ids = {call.get("id") for call in turn.calls}
    facts = {"calls": len(ids), "cancelled": len(ids & set(after.cancelled)), "said": after.said.strip()}
    if after.cancelled:
        return answered("a call that is talked over is cancelled", **facts)
    return answered("a call that is talked over is not cancelled", **facts)


async def models(ask: Interview) -> Answer:
    base = (ask.settings.live_url or DEVELOPER_API).replace("ws", "http", 1)
    headers = dict((await ask.address()).headers)
    request = urllib.request.Request(f"{base}/v1beta/models?pageSize=1000", headers=headers)
    try:
        listed = await asyncio.to_thread(_get, request)
    except (OSError, ValueError) as error:
        return undecided(f"the list of models could not be had: {error}")
    method = "bidiGenerateContent"
    live = [each["name"] for each in listed.get("models", ()) if method in each.get("supportedGenerationMethods", ())]
    return answered(f"{len(live)} models have the Live API", models=sorted(live))


def _get(request: urllib.request.Request) -> dict[str, list[dict[str, str]]]:
    with urllib.request.urlopen(request, timeout=10) as answer:
        content: dict[str, list[dict[str, str]]] = json.load(answer)
        return content


QUESTIONS = (
    Question(
        name="models",
        asks="Which models does this key reach?",
        believed="those of the provider's pages, which change often",
        ask=models,
        sessions=0,
        providers=("gemini", "offline"),
    ),
    Question(
        name="eight-kilohertz",
        asks="Is sound at 8 kHz understood as well as at 16 kHz?",
        believed="it is documented; we send 16 kHz",
        ask=eight_kilohertz,
        sessions=2,
        turns=2,
        heard=2 * (1 + PATIENCE),
        said=4,
    ),
    Question(
        name="patience",
        asks="How long does the model wait before it takes silence for the end of a turn?",
        believed="not published",
        ask=patience,
        turns=1,
        heard=1 + PATIENCE,
        said=2,
    ),
    Question(
        name="pace",
        asks="How fast, in what pieces, and with what bill does a long answer come?",
        believed="3 to 4 times real time, pieces of 40 to 240 ms",
        ask=pace,
        turns=1,
        said=30,
        limit=90.0,
    ),
    Question(
        name="typed",
        asks="Are typed words (`realtimeInput.text`) answered?",
        believed="yes, but on older models of Vertex AI",
        ask=typed,
        turns=1,
        said=1,
    ),
    Question(
        name="void-calls",
        asks="Does a call that is talked over bring `toolCallCancellation`?",
        believed="documented, not seen on 3.8",
        ask=void_calls,
        turns=2,
        said=3,
    ),
)
