"""Does sound pass between the phone and the model? One second of a tone, each way through the filters."""

from __future__ import annotations

import audioop
import math
from collections.abc import AsyncIterator, Callable

import numpy as np

from ..audio import LIVE_INPUT_RATE, LIVE_OUTPUT_RATE, PHONE_RATE, SAMPLE, Downlink, Uplink
from .case import Case
from .finding import Finding, Trouble, ok, wrong

CHECK = "sound"
TONE = 1000  # Hz, in the middle of a telephone's band
LEVEL = 0.1  # of full scale, about that of a voice
FRAMES = 50  # a second's, as Twilio cuts it
SETTLED = 0.1  # seconds after which the filters are full
TOLERATED = 1.0  # dB between what goes in and what comes out
REINSTALL = "install the package again, with the numpy that it asks for"


async def check(case: Case) -> AsyncIterator[Finding]:
    heard = _through(Uplink().feed, audioop.lin2ulaw(_tone(PHONE_RATE), SAMPLE))
    said = audioop.ulaw2lin(_through(Downlink().feed, _tone(LIVE_OUTPUT_RATE)), SAMPLE)
    levels = {"to the model": _gain(heard, LIVE_INPUT_RATE), "to the phone": _gain(said, PHONE_RATE)}
    told = ", ".join(f"{level:+.1f} dB {way}" for way, level in levels.items())
    if not all(abs(level) <= TOLERATED for level in levels.values()):
        yield wrong(CHECK, Trouble(f"a tone changes on its way: {told}", REINSTALL))
    else:
        yield ok(CHECK, f"a tone passes both ways, {told}")


def _tone(rate: int) -> bytes:
    """A second of s16le PCM."""
    times = np.arange(rate) / rate
    return np.rint(32_767 * LEVEL * np.sin(2 * np.pi * TONE * times)).astype("<i2").tobytes()


def _through(feed: Callable[[bytes], bytes], sound: bytes) -> bytes:
    frame = len(sound) // FRAMES
    return b"".join(feed(sound[start : start + frame]) for start in range(0, len(sound), frame))


def _gain(pcm: bytes, rate: int) -> float:
    """What became of the tone, in dB; only what is at its frequency counts."""
    start = int(SETTLED * rate)
    samples = np.frombuffer(pcm, "<i2")[start : start + rate // 2] / 32_767  # whole periods
    wave = np.exp(-2j * np.pi * TONE * np.arange(len(samples)) / rate)
    level = 2 * abs(np.mean(samples * wave)) if len(samples) else 0.0
    return 20 * math.log10(max(level, 1e-6) / LEVEL)
