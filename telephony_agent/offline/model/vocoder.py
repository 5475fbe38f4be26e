"""The last step of Hibari's voice, from what its network predicts to a waveform, in parts: the beginning can leave
before the rest is made. Each frame of 12.5 ms is a spectrum of three: pulses at the voice's pitch through a filter,
noise through another, and what is predicted with its phase. Windows overlap, so the parts join without a seam.
"""

from __future__ import annotations

import numpy as np
from hibari.dsp import HOP, N_FFT, WIN_SRC, ex, ola, pulses
from numpy.typing import NDArray

from telephony_agent.offline.model.resample import Samples

BEFORE, AFTER = 1, 2  # frames whose windows reach into what is between them
PITCHED = 3  # frames further: the pulses of a frame lean on the pitch of the next ones
BINS = N_FFT // 2 + 1


class Waveform:
    """A sentence as sound at 24 kHz, to be taken from its first frame to its last.

    `predicted`: of each frame the harmonics' magnitude (as logarithm) and phase, the noise's magnitude, the rest's
    magnitude and phase, each (601, frames), and the pitch in Hz, (frames,).
    """

    def __init__(self, predicted: list[NDArray[np.float32]], noise: np.random.Generator) -> None:
        *self._spectra, self._pitch = predicted
        self._noise = noise
        self._drawn = np.zeros((0, BINS), np.complex64)  # the noise of the last frames that were needed
        self._at = 0  # the frame up to which it has been taken
        self._needed = 0  # the frame up to which noise has been drawn

    def take(self, frames: int) -> Samples:
        """The next so many frames, or as many as there are."""
        first, self._at = self._at, min(self._at + frames, len(self._pitch))
        begin, end = max(0, first - BEFORE), min(self._at + AFTER, len(self._pitch))
        waveform: Samples = ola(self._spectrum(begin, end))
        return waveform[(first - begin) * HOP : (self._at - begin) * HOP]

    def rest(self) -> Samples:
        return self.take(len(self._pitch))

    def _spectrum(self, begin: int, end: int) -> NDArray[np.complex64]:
        harmonic, turned, noise, other, phase = (each[:, begin:end] for each in self._spectra)
        spectrum = self._pulses(begin, end)
        spectrum *= _polar(ex(harmonic), np.float32(np.pi) * np.tanh(turned))
        spectrum += ex(noise) * self._white(begin, end).T
        spectrum += _polar(ex(other), phase)
        return spectrum

    def _pulses(self, begin: int, end: int) -> NDArray[np.complex64]:
        """The spectra of a train of pulses at the pitch: (601, frames)."""
        train = np.pad(pulses(self._pitch[: end + PITCHED]), N_FFT // 2, "reflect")
        windows = np.lib.stride_tricks.sliding_window_view(train, N_FFT)[::HOP][begin:end]
        return np.ascontiguousarray(np.fft.rfft(windows * WIN_SRC, axis=1).T.astype(np.complex64))

    def _white(self, begin: int, end: int) -> NDArray[np.complex64]:
        """The noise of these frames, (frames, 601): of those that were needed before, the same."""
        fresh = self._noise.standard_normal((end - self._needed, 2 * BINS), np.float32).view(np.complex64)
        self._drawn = np.concatenate([self._drawn, fresh])[begin - end :]
        self._needed = end
        return self._drawn


def _polar(magnitude: NDArray[np.float32], angle: NDArray[np.float32]) -> NDArray[np.complex64]:
    turned = np.empty(angle.shape, np.complex64)
    np.cos(angle, out=turned.real)
    np.sin(angle, out=turned.imag)
    turned *= magnitude
    return turned
