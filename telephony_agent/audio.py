"""The sound of both ends: the caller's 8 kHz mu-law to the 16 kHz PCM that Live hears, Live's 24 kHz PCM to mu-law.

Both are filters with 4 ms of memory: an `Uplink` lives as long as its call, a `Downlink` as long as the agent speaks
without a break. How a stream is cut into chunks never changes a bit of what comes out.
"""

from __future__ import annotations

import audioop
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PHONE_RATE = 8_000  # Hz, mu-law, both ways
LIVE_INPUT_RATE = 16_000  # Hz, s16le, what we send to the model
LIVE_OUTPUT_RATE = 24_000  # Hz, s16le, what the model speaks

S16 = np.dtype("<i2")
SAMPLE = S16.itemsize  # bytes
SPAN = 32  # phone samples, 4 ms: the filters' length, hence their memory
BLOCK = 16  # phone samples that one row of a matrix product computes: with fewer, reading rows takes longer than adding
CUTOFF = 3_870  # Hz, -6 dB: between 3.4 kHz, which must pass, and 4.6 kHz, its mirror in 4 kHz, which must not
BETA = 9.0  # Kaiser window: about -90 dB beyond the transition, which at 4 ms just ends at 4.6 kHz
FRACTION = 2.0**22  # taps are multiples of 1/FRACTION, see `low_pass`
BLOCKS_AT_ONCE = 100  # 200 ms; OpenBLAS wakes its threads from 262,144 multiplications up, this makes at most 230,400
LOUDEST = 32_767  # of s16


@dataclass(frozen=True, eq=False)
class Filter:
    """A low-pass between the phone's rate and a multiple of it, as a matrix that all streams share.

    For each phone sample (a step) it reads `step_in` samples and writes `step_out`. A row of samples, `SPAN` steps that
    were and `BLOCK` that are new, times the matrix is the output of those that are new.
    """

    step_in: int
    step_out: int
    matrix: NDArray[np.float64]  # (SPAN + BLOCK) * step_in rows, BLOCK * step_out columns
    harmless: float  # what no sample may be beyond for the output to be sure of its place in s16

    @classmethod
    def between(cls, rate_in: int, rate_out: int) -> Filter:
        step_in, step_out = rate_in // PHONE_RATE, rate_out // PHONE_RATE
        taps = low_pass(max(rate_in, rate_out), gain=step_out)
        output = np.arange(BLOCK * step_out) * step_in + step_in - 1  # the newest input that each output may use
        source = (np.arange((SPAN + BLOCK) * step_in) - SPAN * step_in) * step_out
        tap = output - source[:, np.newaxis]
        matrix = np.where((tap >= 0) & (tap < len(taps)), taps[np.clip(tap, 0, len(taps) - 1)], 0.0)
        return cls(step_in, step_out, matrix, LOUDEST / float(np.abs(matrix).sum(axis=0).max()))


def low_pass(rate: int, gain: int) -> NDArray[np.float64]:
    """A Kaiser-windowed sinc of `SPAN` at `rate`, its taps rounded to multiples of 1/FRACTION.

    Samples are integers below 2**15, so every product is a multiple of 2**-22 and every sum stays below 2**17: 39 bits,
    which a float64 holds exactly. Nothing is rounded on the way, so the order in which BLAS adds, and the zeros that
    fill a last row, cannot matter; the one rounding is the one to s16 at the end.
    """
    count = SPAN * rate // PHONE_RATE
    time = np.arange(count) - (count - 1) / 2
    taps = np.sinc(2 * CUTOFF / rate * time) * np.kaiser(count, BETA)
    return np.asarray(np.rint(taps * (gain * FRACTION / taps.sum())) / FRACTION)


TO_LIVE = Filter.between(PHONE_RATE, LIVE_INPUT_RATE)
FROM_LIVE = Filter.between(LIVE_OUTPUT_RATE, PHONE_RATE)


class Resampler:
    """One stream of s16le PCM through a `Filter`. Its whole state is bytes: 4 ms of input, and what made no step yet.

    Adds 1.98 ms of delay, of which up to 0.08 ms is what it withholds until a step is whole.
    """

    def __init__(self, fir: Filter) -> None:
        self._fir = fir
        self._step = SAMPLE * fir.step_in  # bytes, as the next two
        self._memory = SPAN * self._step
        self._block = BLOCK * self._step
        self._held = bytes(self._memory)

    def feed(self, pcm: bytes) -> bytes:
        """Any number of bytes in, odd ones too; all whole steps out, beyond full scale cut off at full scale."""
        stream = self._held + pcm
        steps = (len(stream) - self._memory) // self._step
        if steps == 0:
            self._held = stream
            return b""
        self._held = stream[steps * self._step :]
        blocks = -(-steps // BLOCK)
        end = self._memory + blocks * self._block
        stream = stream[:end].ljust(end, b"\0")
        loudest = audioop.max(stream, SAMPLE)
        if loudest == 0:  # many a line is digitally silent while nobody speaks into it
            return bytes(SAMPLE * steps * self._fir.step_out)
        rows = np.ndarray((blocks, (SPAN + BLOCK) * self._fir.step_in), S16, stream, 0, (self._block, SAMPLE))
        sound = self._filtered(rows)
        np.rint(sound, out=sound)
        if loudest > self._fir.harmless:
            np.minimum(sound, LOUDEST, out=sound)  # with maximum, a third of np.clip's time on a frame
            np.maximum(sound, -LOUDEST - 1, out=sound)
        return sound.astype(S16).tobytes()[: SAMPLE * steps * self._fir.step_out]

    def _filtered(self, rows: NDArray[np.int16]) -> NDArray[np.float64]:
        if len(rows) <= BLOCKS_AT_ONCE:
            filtered: NDArray[np.float64] = np.dot(rows.astype(np.float64), self._fir.matrix)
            return filtered
        starts = range(0, len(rows), BLOCKS_AT_ONCE)
        return np.concatenate([self._filtered(rows[start : start + BLOCKS_AT_ONCE]) for start in starts])

    def flush(self) -> bytes:
        """The 4 ms in which the last sound leaves the filter, nothing if that is silence; then as new.

        The half of a sample that may be left at the end is dropped.
        """
        self._held = self._held[: len(self._held) // SAMPLE * SAMPLE]
        tail = self.feed(bytes(self._memory)) if any(self._held) else b""
        self._held = bytes(self._memory)
        return tail


def _mulaw_of_every_sample() -> NDArray[np.uint8]:
    """G.711 mu-law of all s16 values, indexed by the sample as an unsigned number.

    audioop drops two bits with a shift, which takes negative samples away from zero and positive ones towards it: -1
    would sound as -8, and silence with one bit of noise as a buzz. Three more before the shift makes both sides alike,
    worth 3 dB in quiet passages.
    """
    samples = np.arange(1 << 16, dtype=np.uint16).view(np.int16)
    samples[samples < 0] += 3
    return np.frombuffer(audioop.lin2ulaw(samples.tobytes(), SAMPLE), np.uint8)


MULAW = _mulaw_of_every_sample()  # 64 KiB; with the two matrices 94 KiB, once per process


class Uplink:
    """The caller's sound on its way to the model: 8 kHz mu-law in, 16 kHz s16le PCM out. One per call."""

    def __init__(self) -> None:
        self._resampler = Resampler(TO_LIVE)

    def feed(self, ulaw: bytes) -> bytes:
        """Bytes of mu-law, one per sample; four bytes of PCM come out for each."""
        return self._resampler.feed(audioop.ulaw2lin(ulaw, SAMPLE))


class Downlink:
    """The agent's sound on its way to the caller: 24 kHz s16le PCM in, 8 kHz mu-law out. One per unbroken voice."""

    def __init__(self) -> None:
        self._resampler = Resampler(FROM_LIVE)

    def feed(self, pcm: bytes) -> bytes:
        """Bytes of PCM, cut anywhere, in mid-sample too; a byte of mu-law comes out for every six."""
        return _to_mulaw(self._resampler.feed(pcm))

    def flush(self) -> bytes:
        """At the end of a turn: the last 4 ms of it, which the filter still held (32 bytes; none after silence)."""
        return _to_mulaw(self._resampler.flush())


def _to_mulaw(pcm: bytes) -> bytes:
    return MULAW.take(np.frombuffer(pcm, "<u2")).tobytes()
