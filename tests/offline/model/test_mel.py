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


def test_what_never_stops_stands_less_above_the_rest_and_what_comes_and_goes_does_not() -> None:
    bands, rate = filters(80), 16_000
    at = np.arange(2 * rate) / rate
    hum = 0.01 * np.sin(2 * np.pi * 500 * at)
    word = np.sin(2 * np.pi * 2000 * at) * (at > 1.0)
    alone, both = (spectrogram(sound.astype(np.float32), bands) for sound in (word, word + hum))
    row_of_hum = int(spectrogram(hum.astype(np.float32), bands).mean(axis=1).argmax())
    row_of_word = int(alone[:, 150:].mean(axis=1).argmax())
    assert np.allclose(alone[row_of_word, 120:180], both[row_of_word, 120:180], atol=0.01)
    full = 2 * (np.log10(0.01) - np.log10(1.0))  # decades of power between them, were the hum left as it is
    decades = 4 * (both[row_of_hum, 150] - both[row_of_word, 150])
    assert decades < full - 0.4
