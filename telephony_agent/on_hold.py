"""A caller on hold: who keeps them there, what is heard meanwhile, and what the agent said to nobody.

The music is ours, and played over the stream: the conversation goes on at once, and needs no account.
"""

from __future__ import annotations

import audioop
from functools import cache

import numpy as np

from .audio import PHONE_RATE

PIECE = 2.0  # seconds of music that are queued at a time
LEAD = 1.0  # seconds that are left when more is queued
WAIT = 0.2  # seconds after which an agent who goes on speaking is listened to once more
NOTE = 0.5  # seconds
NOTES = (262, 330, 392, 523, 392, 330, 294, 349, 440, 587, 440, 349, 247, 294, 392, 494, 392, 294, 262, 330, 392, 330)
PEAK = 4000  # of 32767: softer than the agent


class OnHold:
    def __init__(self) -> None:
        self._keepers: dict[int, bytes] = {}  # the functions that do, and their music
        self._at = 0  # how much of it has been queued, in bytes
        self._missed = ""
        self.in_turn = False
        """Whether the agent has begun a turn that nobody hears."""

    def __bool__(self) -> bool:
        return bool(self._keepers)

    def keep(self, id: int, music: bytes) -> None:
        self._keepers[id] = music

    def let_go(self, id: int) -> bool:
        """Whether that was the last one who kept the caller on hold."""
        kept = self._keepers.pop(id, None) is not None
        return kept and not self._keepers

    def let_all_go(self) -> None:
        self._keepers.clear()

    def piece(self) -> bytes:
        """Mu-law of the next seconds: the newest keeper's music, again and again."""
        music = list(self._keepers.values())[-1] or melody()
        size = int(PIECE * PHONE_RATE)
        start = self._at % len(music)
        self._at += size
        return (music * (2 + size // len(music)))[start : start + size]

    def misses(self, words: str) -> None:
        """The agent speaks."""
        self.in_turn = True
        self._missed += words

    def missed(self) -> str:
        """What it said; told once."""
        words, self._missed, self.in_turn = self._missed.strip(), "", False
        return words


@cache
def melody() -> bytes:
    """Plucked notes, mu-law."""
    time = np.arange(int(NOTE * PHONE_RATE)) / PHONE_RATE
    fades = np.minimum(1.0, time / 0.01) * np.exp(-4 * time) * np.minimum(1.0, (NOTE - time) / 0.02)
    notes = [(np.sin(2 * np.pi * pitch * time) + 0.3 * np.sin(4 * np.pi * pitch * time)) * fades for pitch in NOTES]
    return audioop.lin2ulaw((PEAK * np.concatenate(notes)).astype("<i2").tobytes(), 2)
