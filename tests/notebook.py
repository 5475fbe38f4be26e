"""A model with a memory, for whole calls: it notes what it is told, and when asked says all that it has noted.

Its caller speaks in tones, each of which it understands as one sentence.
"""

from __future__ import annotations

import audioop
from dataclasses import dataclass, replace

import numpy as np

from telephony_agent.offline.model.faculties import (
    Asked,
    Brain,
    Decision,
    Ear,
    Faculties,
    Prompted,
    Say,
    Told,
    Utterance,
)
from telephony_agent.offline.model.gates import gates
from telephony_agent.offline.model.listener import RATE, Listener
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.scripted import SILENCE_MS, Tones, loudness

PHONE_RATE = 8_000
NOTED = "Thank you, I have written that down. What else can I do for you?"
STEP = 200  # Hz between two tones, the first of which is the second step


@dataclass(frozen=True)
class Notebook:
    """A Brain."""

    noted: tuple[str, ...] = ()

    def meet(self, setup: Setup) -> Brain:
        return self

    def think(self, told: Told) -> tuple[Brain, Decision]:
        match told:
            case Asked() | Prompted():
                texts = [turn.text for turn in told.turns]
            case _:
                return self, Say("Done.")
        mind = replace(self, noted=(*self.noted, *(text for text in texts if text not in self.noted)))
        return mind, Say("You have told me: " + " | ".join(mind.noted) if texts[-1].endswith("?") else NOTED)


def keeping_notes(*sentences: str) -> Faculties:
    """A model that understands these sentences."""

    def recognise(utterance: Utterance) -> str:
        samples = np.frombuffer(utterance.pcm, "<i2").astype(float)
        peak = float(np.argmax(np.abs(np.fft.rfft(samples)))) * RATE / len(samples)
        return sentences[round(peak / STEP) - 2]

    def ear(setup: Setup) -> Ear:
        patience = SILENCE_MS if setup.silence_ms is None else setup.silence_ms
        return Listener(loudness, recognise, gates(replace(setup, silence_ms=patience)))

    return Faculties(ear, Notebook(), Tones(0.02))


def spoken(number: int, seconds: float = 0.6) -> bytes:
    """One of the sentences, as mu-law."""
    at = np.arange(int(PHONE_RATE * seconds)) / PHONE_RATE
    tone = 8000 * np.sin(2 * np.pi * STEP * (number + 2) * at)
    return audioop.lin2ulaw(tone.astype("<i2").tobytes(), 2)
