"""Tones and what is left of them: how the tests and the benchmark measure a resampler, ours or another.

A tone is fed at full scale for half a second and looked at after the filter has settled, over a whole number of tenths
of a second, so that every multiple of 10 Hz falls into one bin of the spectrum and leaks into no other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Convert = Callable[[bytes], bytes]  # a whole stream of s16le PCM to another, by a resampler that starts anew each time

FULL_SCALE = 32_767
VOICE = range(300, 3_401, 50)  # Hz, what a telephone line carries
ALIASING = range(5_000, 12_001, 50)  # Hz at 24 kHz, what must not come back as something else at 8 kHz


def tone(frequency: float, rate: int, seconds: float = 0.5, peak: float = FULL_SCALE) -> bytes:
    """s16le samples of a cosine (of a sine, 12 kHz at 24 kHz would be silence)."""
    phase = 2 * np.pi * frequency / rate * np.arange(int(rate * seconds))
    samples: NDArray[np.int16] = np.rint(peak * np.cos(phase)).astype("<i2")
    return samples.tobytes()


def spectrum(pcm: bytes, rate: int) -> NDArray[np.float64]:
    """Peak amplitude of each multiple of 10 Hz in the 0.2 s that follow the first 0.2 s."""
    samples = np.frombuffer(pcm, "<i2").astype(float)[rate // 5 : 2 * rate // 5]
    lines: NDArray[np.float64] = np.abs(np.fft.rfft(samples))[::2] * 2 / len(samples)
    lines[[0, -1]] /= 2  # these two have no mirror whose half would be missing
    return lines


def decibels(amplitude: float) -> float:
    """Against full scale. -100 also stands for all below it, where an s16 has nothing more to say."""
    return float(20 * np.log10(max(amplitude / FULL_SCALE, 1e-5)))


def loudest(convert: Convert, frequency: int, rate_in: int, rate_out: int) -> float:
    """The loudest line in dB that a full-scale tone leaves, itself not counted: its alias or its image."""
    lines = spectrum(convert(tone(frequency, rate_in)), rate_out)
    if frequency < rate_in / 2 and frequency < rate_out / 2:
        lines[frequency // 10] = 0.0
    return decibels(float(lines.max()))


def gain(convert: Convert, frequency: int, rate_in: int, rate_out: int) -> float:
    """What becomes of a tone's level, in dB. The tone is 1 dB below full scale, so that nothing is cut off."""
    peak = FULL_SCALE * 10 ** (-1 / 20)
    return decibels(float(spectrum(convert(tone(frequency, rate_in, peak=peak)), rate_out)[frequency // 10])) + 1


def ripple(convert: Convert, rate_in: int, rate_out: int) -> float:
    """Between the loudest and the faintest of equal tones, in dB."""
    levels = [gain(convert, frequency, rate_in, rate_out) for frequency in VOICE]
    return max(levels) - min(levels)


def delay(convert: Convert, rate_in: int, rate_out: int) -> float:
    """Milliseconds by which a 100 Hz tone comes out later than it went in, and the longest that a sample is withheld.

    A filter of even symmetry delays all tones alike; 100 Hz is slow enough to tell delays of up to 5 ms.
    """
    slow = 100
    late = _phase(tone(slow, rate_in), slow, rate_in) - _phase(convert(tone(slow, rate_in)), slow, rate_out)
    late = (late + np.pi) % (2 * np.pi) - np.pi
    return 1_000 * (late / (2 * np.pi * slow) + withheld(convert, rate_in, rate_out))


def _phase(pcm: bytes, frequency: int, rate: int) -> float:
    samples = np.frombuffer(pcm, "<i2").astype(float)[rate // 5 : 2 * rate // 5]
    return float(np.angle(samples @ np.exp(-2j * np.pi * frequency / rate * np.arange(len(samples)))))


def withheld(convert: Convert, rate_in: int, rate_out: int) -> float:
    """Seconds of sound that went in and can't have come out yet, at worst, wherever in 40 ms the stream stops."""
    counts = range(rate_in // 25)
    return max(count / rate_in - len(convert(bytes(2 * count))) / 2 / rate_out for count in counts)
