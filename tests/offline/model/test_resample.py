"""Sample rates: the length, the level, what is kept out, and pieces of any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony_agent.offline.model.resample import Intake, Resampler, Samples, from_pcm, resample, to_pcm


def tone(hertz: float, rate: int, seconds: float = 0.5) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


def level(samples: Samples) -> float:
    """Of the middle, in dB of full scale."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return float(20 * np.log10(np.sqrt(np.mean(middle**2)) + 1e-9))


@pytest.mark.parametrize(("source", "target"), [(8000, 16000), (24000, 16000), (24000, 8000), (20000, 24000)])
def test_a_tone_keeps_its_length_and_level(source: int, target: int) -> None:
    given_ = tone(1000, source)
    result = Resampler(source, target).feed(given_)
    assert len(result) == len(given_) * target // source
    assert level(result) == pytest.approx(level(given_), abs=0.1)


def test_what_the_lower_rate_cannot_hold_is_kept_out() -> None:
    assert level(Resampler(24_000, 8_000).feed(tone(5_000, 24_000))) < -60


@given(st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_pieces_of_any_size_sound_like_the_whole(sizes: list[int]) -> None:
    samples = tone(700, 24_000)[: sum(sizes)]
    resampler, at, pieces = Resampler(24_000, 16_000), 0, []
    for size in sizes:
        pieces.append(resampler.feed(samples[at : at + size]))
        at += size
    assert np.array_equal(np.concatenate(pieces), Resampler(24_000, 16_000).feed(samples))


def test_the_same_rate_changes_nothing() -> None:
    samples = tone(440, 16_000)
    assert Resampler(16_000, 16_000).feed(samples) is samples


def test_loud_samples_are_cut_off_and_do_not_wrap() -> None:
    assert from_pcm(to_pcm(np.array([2.0, -2.0], np.float32))).tolist() == [32767 / 32768, -1.0]


def test_a_recording_keeps_its_last_samples() -> None:
    assert len(resample(bytes(2 * 800), 8_000, 16_000)) >= 2 * 1600


def test_a_stream_may_be_cut_anywhere_and_change_its_rate() -> None:
    pcm = to_pcm(tone(1000, 8_000))
    whole, bytewise = Intake(16_000), Intake(16_000)
    expected = np.concatenate([whole.feed(pcm, 8_000), whole.feed(to_pcm(tone(1000, 24_000)), 24_000)])
    pieces = [bytewise.feed(pcm[at : at + 1], 8_000) for at in range(len(pcm))]
    assert np.concatenate([*pieces, bytewise.feed(to_pcm(tone(1000, 24_000)), 24_000)]) == pytest.approx(expected)
