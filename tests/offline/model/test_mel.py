"""What Whisper sees."""

import numpy as np

from telephony_agent.offline.model.mel import filters, spectrogram


def test_the_filters_cover_the_band_and_have_equal_areas() -> None:
    bands = filters(80)
    assert bands.shape == (80, 201)
    widest = bands[60:]
    assert np.allclose(widest.sum(axis=1), widest.sum(axis=1).mean(), rtol=0.05)


def test_a_second_is_a_hundred_columns() -> None:
    assert spectrogram(np.zeros(16_000, np.float32), filters(80)).shape == (80, 101)


def test_a_higher_tone_shows_in_a_higher_band() -> None:
    at = np.arange(16_000) / 16_000
    loudest = [
        int(spectrogram(np.sin(2 * np.pi * hertz * at).astype(np.float32), filters(80)).mean(axis=1).argmax())
        for hertz in (300, 1000, 3000)
    ]
    assert loudest == sorted(loudest)
    assert len(set(loudest)) == 3
