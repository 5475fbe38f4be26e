"""The sounds of a telephone: keys (ITU-T Q.23) and the beep of an answering machine. Mu-law, 8 kHz."""

from __future__ import annotations

import audioop
import math
import struct

from .levels import RATE

LOW = (697, 770, 852, 941)  # Hz, by row
HIGH = (1209, 1336, 1477, 1633)  # Hz, by column
PAD = ("123A", "456B", "789C", "*0#D")
KEY = 0.1  # seconds that a key sounds
BEEP = 0.4  # seconds
BEEP_PITCH = 1000  # Hz
PEAK = 8000  # of 32767: about -15 dBFS for a tone


def key(digit: str) -> bytes:
    """Raises ValueError for what is no key."""
    for row, keys in zip(LOW, PAD, strict=True):
        if digit in keys and digit:
            return tone((row, HIGH[keys.index(digit)]), KEY)
    raise ValueError(f"there is no key {digit!r} on a telephone")


def beep() -> bytes:
    return tone((BEEP_PITCH,), BEEP)


def tone(pitches: tuple[int, ...], seconds: float) -> bytes:
    samples = [
        round(PEAK / len(pitches) * sum(math.sin(2 * math.pi * pitch * at / RATE) for pitch in pitches))
        for at in range(round(seconds * RATE))
    ]
    return audioop.lin2ulaw(struct.pack(f"<{len(samples)}h", *samples), 2)
