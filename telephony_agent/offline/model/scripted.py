"""A model that needs no weights: an ear for loud and quiet, a brain that follows a script, a voice of tones.

`async with serving(scripted(Say("Hi."), calls("hours", day="Tue"), Say("Five."), transcripts=["When?"])) as server:`
serves one at `server.url`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from telephony_agent.offline.model.faculties import Brain, Call, Decision, Ear, Faculties, Say, Told, Utterance
from telephony_agent.offline.model.gates import gates
from telephony_agent.offline.model.listener import Listener
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.reply import RATE
from telephony_agent.offline.model.resample import Samples, to_pcm

LOUD = 0.02  # RMS of -34 dBFS: speech, and no line noise
SILENCE_MS = 300  # that end an utterance, shorter than a real ear's so that tests are quick
A_LETTER = 0.05  # seconds of tone, about the speed of speech
TONES = range(400, 1400, 50)  # Hz, that a sentence may sound at

Step = Say | Call | Callable[[Told], Decision]


def scripted(
    *steps: Step, transcripts: Sequence[str] = (), silence_ms: int = SILENCE_MS, a_letter: float = A_LETTER
) -> Faculties:
    """A model that answers whatever it is told with the next step, and hears the next transcript in each loud stretch.

    After the last step it says nothing, after the last transcript it understands nothing.
    """

    def recognise(utterance: Utterance) -> str:
        return transcripts[utterance.number] if utterance.number < len(transcripts) else ""

    def ear(setup: Setup) -> Ear:
        patience = silence_ms if setup.silence_ms is None else setup.silence_ms
        return Listener(loudness, recognise, gates(replace(setup, silence_ms=patience)))

    return Faculties(ear, Script(steps), Tones(a_letter))


def calls(name: str, **args: Any) -> Call:
    """The step that calls one function."""
    return Call(((name, args),))


def tone_of(sentence: str) -> int:
    """The frequency in Hz at which `Tones` says it."""
    return TONES[zlib.crc32(sentence.encode()) % len(TONES)]


def loudness(frame: Samples) -> float:
    return 1.0 if float(np.dot(frame, frame)) > LOUD**2 * len(frame) else 0.0


@dataclass(frozen=True)
class Script:
    """A Brain that takes one step whenever it is told something. A step may be a function of what it was told."""

    steps: tuple[Step, ...]

    def meet(self, setup: Setup) -> Brain:
        return self

    def think(self, told: Told) -> tuple[Brain, Decision]:
        if not self.steps:
            return self, Say("")
        step, *rest = self.steps
        return replace(self, steps=tuple(rest)), step if isinstance(step, Say | Call) else step(told)


@dataclass(frozen=True)
class Tones:
    """A Voice: a sine at -10 dBFS for as long as the sentence would last."""

    a_letter: float = A_LETTER

    def speak(self, sentence: str) -> Iterator[bytes]:
        yield self.say(sentence)

    def say(self, sentence: str) -> bytes:
        at = np.arange(int(len(sentence) * self.a_letter * RATE)) / RATE
        return to_pcm((0.316 * np.sin(2 * np.pi * tone_of(sentence) * at)).astype(np.float32))
