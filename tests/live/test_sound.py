"""Sound in all its shapes, as 16-bit PCM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from telephony_agent.errors import SessionMisused
from telephony_agent.live.sound import pcm

RAMP = [-32_768, -1, 0, 1, 32_767]


def samples(sound: bytes) -> list[int]:
    return [int(sample) for sample in np.frombuffer(sound, "<i2")]


@pytest.mark.parametrize(
    ("audio", "expected"),
    [
        (np.array(RAMP, np.int16), RAMP),
        (np.array(RAMP, ">i2"), RAMP),
        (np.array([[each] for each in RAMP], np.int16), RAMP),
        (np.array([[100, 300], [-100, -300]], np.int16), [200, -200]),
        (np.array([0.0, 1.0, -1.0, 0.5], np.float32), [0, 32_767, -32_767, 16_384]),
        (np.array([2.0, -7.0, np.nan, np.inf, -np.inf], np.float32), [32_767, -32_767, 0, 32_767, -32_767]),
        (np.array([0.25, -0.25], np.float64), [8_192, -8_192]),
        (np.array([0.25, -0.25], np.float16), [8_192, -8_192]),
        (np.array([[1.0, 0.0], [0.0, -1.0]], np.float32), [16_384, -16_384]),
        (np.array(RAMP * 2, np.int16)[::2], (RAMP * 2)[::2]),
        (np.zeros(0, np.int16), []),
    ],
    ids=["int16", "big-endian", "one channel", "two channels", "float32", "beyond full scale", "float64", "float16",
         "two channels of float32", "a view with gaps", "none"],
)  # fmt: skip
def test_an_array_becomes_pcm(audio: NDArray[Any], expected: list[int]) -> None:
    assert samples(pcm(audio)) == expected


def test_bytes_are_pcm_already_or_floats() -> None:
    assert samples(pcm(np.array(RAMP, "<i2").tobytes())) == RAMP
    assert samples(pcm(bytearray(b"\x01\x00"))) == samples(pcm(memoryview(b"\x01\x00"))) == [1]
    assert samples(pcm(np.array([0.0, 1.0], "<f4").tobytes(), "float32")) == [0, 32_767]


@given(st.lists(st.integers(-32_768, 32_767)))
def test_what_is_pcm_comes_through_bit_by_bit(values: list[int]) -> None:
    sound = np.array(values, "<i2").tobytes()
    assert pcm(sound) == pcm(np.frombuffer(sound, "<i2")) == sound


@pytest.mark.parametrize(
    ("audio", "sample", "why"),
    [
        (b"\x00", "int16", "within a sample"),
        (b"\x00\x00", "float32", "within a sample"),
        (b"\x00\x00", "mulaw", "choose int16 or float32"),
        (np.zeros(3, np.int32), "int16", "array of int32"),
        (np.zeros(3, np.uint8), "int16", "array of uint8"),
        (np.zeros((2, 160), np.int16), "int16", r"shape \(2, 160\)"),
        (np.zeros((2, 2, 2), np.float32), "int16", "shape"),
        (np.zeros((), np.float32), "int16", "shape"),
    ],
)
def test_what_is_no_sound_is_refused_with_what_to_give(audio: Any, sample: Any, why: str) -> None:
    with pytest.raises(SessionMisused, match=why):
        pcm(audio, sample)
