"""What a telephone does to the caller's voice on its way to the service: a narrow band, and a little noise.

`banded` is for a line before it is said; `Noisy` is a network whose streams carry noise under the caller, pauses too.
"""

from __future__ import annotations

import audioop
from collections.abc import Iterator
from functools import cache

import msgspec
import numpy as np

from ..offline.phone.levels import FRAME_BYTES, RATE
from ..offline.phone.messages import Media, ToService, dump
from ..offline.phone.network import Network, Socket
from ..offline.phone.recording import Recording
from ..offline.phone.webhook import Answer

LOWEST, HIGHEST = 300, 3400  # Hz that a telephone passes
TAPS = 161  # of the band's filter: 20 ms, so that its slopes are about 100 Hz wide
NOISE = -50.0  # dBFS RMS: 25 to 30 dB below speech, as on an ordinary line
LOOP = 8  # seconds of noise, over and over: nobody hears where it begins again
SEED = 1876  # any; every call has the same noise

_decoder: msgspec.json.Decoder[ToService] = msgspec.json.Decoder(ToService)


def banded(ulaw: bytes) -> bytes:
    """Mu-law at 8 kHz, as long as before, without what a telephone does not pass."""
    if not ulaw:
        return ulaw
    time = np.arange(TAPS) - TAPS // 2
    passes = [2 * edge / RATE * np.sinc(2 * edge / RATE * time) for edge in (HIGHEST, LOWEST)]
    taps = (passes[0] - passes[1]) * np.hamming(TAPS)
    samples = np.frombuffer(audioop.ulaw2lin(ulaw, 2), dtype="<i2").astype(np.float64)
    whole = np.convolve(np.pad(samples, TAPS // 2), taps, mode="valid")
    return audioop.lin2ulaw(_s16(whole), 2)


@cache
def pink_noise() -> bytes:
    """`LOOP` seconds at `NOISE` dBFS RMS, s16 at 8 kHz, in the telephone's band; its end fits its beginning."""
    count = LOOP * RATE
    frequencies = np.fft.rfftfreq(count, 1 / RATE)
    passed = (frequencies >= LOWEST) & (frequencies <= HIGHEST)
    strengths = np.where(passed, 1 / np.sqrt(np.maximum(frequencies, 1.0)), 0.0)
    phases = np.random.default_rng(SEED).uniform(0, 2 * np.pi, len(frequencies))
    noise = np.fft.irfft(strengths * np.exp(1j * phases), count)
    return _s16(noise / np.sqrt(np.mean(noise**2)) * 32768 * 10 ** (NOISE / 20))


def noisy(recording: Recording) -> Recording:
    """A call's recording with the line's noise under the caller."""
    noise = pink_noise()
    bed = (noise * (len(recording.caller) // len(noise) + 1))[: len(recording.caller)]
    return Recording(audioop.add(recording.caller, bed, 2), recording.agent)


class Noisy:
    """A `Network` to the same services as another, by noisy lines."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def post(self, url: str, form: dict[str, str]) -> Answer:
        return await self._network.post(url, form)

    async def dial(self, url: str) -> Socket:
        return _NoisySocket(await self._network.dial(url))


class _NoisySocket:
    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._noise = _frames(pink_noise())

    @property
    def close_code(self) -> int | None:
        return self._socket.close_code

    async def receive(self) -> str | bytes | None:
        return await self._socket.receive()

    async def send(self, text: str) -> None:
        await self._socket.send(self._mixed(text))

    async def close(self, code: int | None) -> None:
        await self._socket.close(code)

    def drop(self) -> None:
        self._socket.drop()

    def _mixed(self, text: str) -> str:
        message = _decoder.decode(text)
        if not isinstance(message, Media):
            return text
        mixed = audioop.add(audioop.ulaw2lin(message.media.payload, 2), next(self._noise), 2)
        media = msgspec.structs.replace(message.media, payload=audioop.lin2ulaw(mixed, 2))
        return dump(msgspec.structs.replace(message, media=media))


def _frames(pcm: bytes) -> Iterator[bytes]:
    """20 ms after 20 ms, without an end."""
    size = 2 * FRAME_BYTES
    while True:
        for at in range(0, len(pcm), size):
            yield pcm[at : at + size]


def _s16(samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bytes:
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()
