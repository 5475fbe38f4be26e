"""What a voice's network predicts, made into sound in parts."""

from __future__ import annotations

import numpy as np
import pytest
from hibari import dsp
from numpy.typing import NDArray

from telephony_agent.offline.model.vocoder import BINS, Waveform

FRAMES = 60


@pytest.fixture
def predicted() -> list[NDArray[np.float32]]:
    """A voice that rises from 150 to 300 Hz."""
    rng = np.random.default_rng(1)
    spectra = [rng.standard_normal((BINS, FRAMES), np.float32) - 2 for _ in range(5)]
    return [*spectra, np.linspace(150, 300, FRAMES, dtype=np.float32)]


@pytest.mark.parametrize("parts", [[44], [1, 2, 3], [10, 10, 10, 10, 10, 10], [59], [60], [100]])
def test_the_parts_join_to_the_whole(predicted: list[NDArray[np.float32]], parts: list[int]) -> None:
    whole = Waveform(predicted, np.random.default_rng(0)).rest()
    in_parts = Waveform(predicted, np.random.default_rng(0))
    joined = np.concatenate([*(in_parts.take(frames) for frames in parts), in_parts.rest()])
    assert len(whole) == FRAMES * dsp.HOP
    np.testing.assert_allclose(joined, whole, atol=1e-5)


def test_the_sound_is_what_the_package_makes_of_it(predicted: list[NDArray[np.float32]]) -> None:
    predicted[2] -= 40  # without noise, of which there is no telling
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(Waveform(predicted, rng).rest(), dsp.synth(*predicted, rng), atol=1e-5)
