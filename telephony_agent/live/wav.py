"""WAV files in place of a microphone and a loudspeaker."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError
from .messages import OUTPUT_RATE

PIECE = 0.02  # seconds of sound at a time
SAMPLE = 2  # bytes


class WavSource:
    """A recording, spoken in its own time. Raises ConfigError for what is no such file.

    Yields int16 of the shape (samples, channels). `rate`: samples per second.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            with wave.open(str(path)) as file:
                self.rate = file.getframerate()
                width, channels = file.getsampwidth(), file.getnchannels()
                data = file.readframes(file.getnframes())
        except (OSError, EOFError, wave.Error) as error:
            raise ConfigError(f"{path} can't be read: {error}; give a WAV file of 16-bit PCM") from error
        if width != SAMPLE:
            raise ConfigError(f"{path} has samples of {8 * width} bits; give a WAV file of 16-bit PCM")
        self._samples: NDArray[Any] = np.frombuffer(data, "<i2").reshape(-1, channels)

    async def __aiter__(self) -> AsyncIterator[NDArray[Any]]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        piece = max(1, int(PIECE * self.rate))
        for start in range(0, len(self._samples), piece):
            yield self._samples[start : start + piece]
            await asyncio.sleep(began + (start + piece) / self.rate - loop.time())


class WavSink:
    """What would have been heard, written when its `with` block is left: 16-bit PCM, 24 kHz, mono.

    It begins with the first sound; silence is as long as it was, and what a flush dropped is not in it.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._sound = bytearray()
        self._began: float | None = None

    def __enter__(self) -> WavSink:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with wave.open(str(self._path), "wb") as file:
            file.setparams((1, SAMPLE, OUTPUT_RATE, 0, "NONE", ""))
            file.writeframes(self._sound)

    async def play(self, pcm: bytes) -> None:
        self._sound += bytes(max(0, self._heard() - len(self._sound))) + pcm

    async def flush(self) -> None:
        del self._sound[self._heard() :]

    def _heard(self) -> int:
        """Bytes that have been played by now."""
        now = asyncio.get_running_loop().time()
        self._began = now if self._began is None else self._began
        return round((now - self._began) * OUTPUT_RATE) * SAMPLE
