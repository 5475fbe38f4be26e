"""Sound from one sample rate to another, in pieces of any size, for the ears and voices of this model."""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

REACH = 16  # samples of the lower rate on each side of the filter; its images are 60 dB down

Samples = NDArray[np.float32]


class Resampler:
    """A windowed-sinc filter from `source` to `target` Hz, fed in order. Keeps what the next piece needs."""

    def __init__(self, source: int, target: int) -> None:
        common = gcd(source, target)
        self._up, self._down = target // common, source // common
        low = min(source, target)
        self._taps = 2 * REACH * source // low
        length = self._taps * self._up
        at = (np.arange(length) - (length - 1) / 2) / self._up / source  # seconds from the middle
        filter_ = np.sinc(0.92 * low * at) * np.kaiser(length, 7.0)
        filter_ *= self._up / filter_.sum()
        # One row a phase, reversed: the dot product with the last samples in their order.
        self._bank = filter_.reshape(self._taps, self._up).T[:, ::-1].astype(np.float32)
        self._kept = np.zeros(self._taps - 1, np.float32)
        self._phase = 0  # of the next sample, in units of 1 / (up * source) s after the first new sample

    def feed(self, samples: Samples) -> Samples:
        """The samples at the other rate that these complete."""
        if self._up == self._down:
            return samples
        held = np.concatenate([self._kept, samples])
        at = np.arange(self._phase, len(samples) * self._up, self._down)
        self._phase += len(at) * self._down - len(samples) * self._up
        self._kept = held[len(samples) :]
        if not len(at):
            return np.zeros(0, np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(held, self._taps)[at // self._up]
        resampled: Samples = (windows * self._bank[at % self._up]).sum(axis=1, dtype=np.float32)
        return resampled


class Intake:
    """A stream of s16le in pieces of any number of bytes, at a rate that may change, as samples at one rate."""

    def __init__(self, target: int) -> None:
        self._target = self._source = target
        self._resampler = Resampler(target, target)
        self._odd = b""  # the first half of a sample

    def feed(self, pcm: bytes, rate: int) -> Samples:
        """The samples that these bytes, at `rate` Hz, complete."""
        if rate != self._source:
            self._source, self._resampler = rate, Resampler(rate, self._target)
        pcm = self._odd + pcm
        whole = len(pcm) & ~1
        self._odd = pcm[whole:]
        return self._resampler.feed(from_pcm(pcm[:whole]))


def from_pcm(pcm: bytes) -> Samples:
    """s16le as -1..1."""
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)


def to_pcm(samples: Samples) -> bytes:
    """-1..1 as s16le; what is louder is cut off."""
    return (np.clip(samples, -1, 32767 / 32768) * 32768).round().astype("<i2").tobytes()


def resample(pcm: bytes, source: int, target: int) -> bytes:
    """A whole recording, s16le mono, at another rate."""
    silence = np.zeros(source // 100, np.float32)  # pushes the last samples through the filter
    return to_pcm(Resampler(source, target).feed(np.concatenate([from_pcm(pcm), silence])))
