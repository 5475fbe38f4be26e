"""A program's sound as the model takes it: numpy arrays or bytes, integers or floats, one channel or several."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import SessionMisused

Sample = Literal["int16", "float32"]
Audio = bytes | bytearray | memoryview | NDArray[Any]

FULL_SCALE = 32_767  # of a float of 1.0
MOST_CHANNELS = 8  # more is an array that lies on its side


@asynccontextmanager
async def pieces(source: AsyncIterable[Audio]) -> AsyncIterator[AsyncIterator[Audio]]:
    """A source, one piece after the other; if it is a generator, it has ended when the block is left."""
    iterator = aiter(source)
    try:
        yield iterator
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


def pcm(audio: Audio, sample: Sample = "int16") -> bytes:
    """16-bit little-endian PCM, mono.

    An array is of int16, or of floats between -1 and 1 (beyond is cut off, what is no number is silence); its shape is
    (samples,) or (samples, channels), and channels are averaged. Bytes are mono and little-endian; `sample` tells what
    they hold. Raises SessionMisused for anything else.
    """
    array = audio if isinstance(audio, np.ndarray) else _array(audio, sample)
    if array.dtype.kind == "f":
        array = np.nan_to_num(array, nan=0.0, posinf=1.0, neginf=-1.0)
        array = np.clip(_mono(array), -1.0, 1.0) * FULL_SCALE
    elif array.dtype.kind == "i" and array.dtype.itemsize == 2:
        array = _mono(array)
    else:
        raise SessionMisused(f"sound in an array of {array.dtype}; give int16, or floats between -1 and 1")
    return np.rint(array).astype("<i2").tobytes() if array.dtype.kind == "f" else array.astype("<i2").tobytes()


def _array(audio: bytes | bytearray | memoryview, sample: Sample) -> NDArray[Any]:
    if sample not in ("int16", "float32"):
        raise SessionMisused(f"sample={sample!r}; choose int16 or float32")
    kind = np.dtype("<i2" if sample == "int16" else "<f4")
    data = bytes(audio)
    if len(data) % kind.itemsize:
        raise SessionMisused(f"{len(data)} bytes of {sample} end within a sample; cut sound between samples")
    return np.frombuffer(data, kind)


def _mono(array: NDArray[Any]) -> NDArray[Any]:
    if array.ndim == 1:
        return array
    if array.ndim != 2 or not 1 <= array.shape[1] <= MOST_CHANNELS:
        raise SessionMisused(f"sound in an array of the shape {array.shape}; give (samples,) or (samples, channels)")
    return array[:, 0] if array.shape[1] == 1 else array.mean(axis=1)
