from __future__ import annotations

import audioop

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_agent.audio import (
    BLOCKS_AT_ONCE,
    FROM_LIVE,
    LIVE_INPUT_RATE,
    LIVE_OUTPUT_RATE,
    MULAW,
    PHONE_RATE,
    TO_LIVE,
    Downlink,
    Filter,
    Resampler,
    Uplink,
    low_pass,
)
from tests.sound import ALIASING, VOICE, delay, loudest, ripple, tone

BOTH = pytest.mark.parametrize(
    ("fir", "rate_in", "rate_out"),
    [(TO_LIVE, PHONE_RATE, LIVE_INPUT_RATE), (FROM_LIVE, LIVE_OUTPUT_RATE, PHONE_RATE)],
    ids=["to Live", "from Live"],
)
FRAME = 160  # bytes of mu-law in 20 ms
LONG = (BLOCKS_AT_ONCE + 1) * 96  # bytes of 24 kHz PCM that need more than one matrix product

sizes = st.lists(st.integers(0, 40) | st.integers(900, 2_000), max_size=40)


def noise(size: int, seed: int = 2) -> bytes:
    """All byte values alike: as PCM louder than any voice, and full of what the filters must stop."""
    return np.random.default_rng(seed).integers(0, 256, size, np.uint8).tobytes()


def chunks_of(stream: bytes, sizes: list[int]) -> list[bytes]:
    """The stream cut into pieces of these sizes, and the rest."""
    cuts = np.cumsum([0, *sizes]).tolist()
    return [stream[start:end] for start, end in zip(cuts, [*cuts[1:], len(stream)], strict=True)]


@settings(deadline=None)
@given(sizes)
def test_however_the_model_cuts_its_voice_the_caller_hears_the_same_bytes(sizes: list[int]) -> None:
    voice, whole = Downlink(), Downlink()
    stream = noise(LONG)
    chunked = b"".join(voice.feed(chunk) for chunk in chunks_of(stream, sizes))
    assert chunked + voice.flush() == whole.feed(stream) + whole.flush()


@settings(deadline=None)
@given(sizes)
def test_however_the_callers_frames_are_cut_the_model_hears_the_same_bytes(sizes: list[int]) -> None:
    caller = Uplink()
    stream = noise(LONG // 4)
    assert b"".join(caller.feed(chunk) for chunk in chunks_of(stream, sizes)) == Uplink().feed(stream)


@BOTH
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 191, 192, 193, 320, 960, 11_520])
def test_equal_chunks_of_any_size_give_what_the_whole_gives(
    fir: Filter, rate_in: int, rate_out: int, size: int
) -> None:
    stream = noise(4 * LONG if size > 900 else 3_000)
    resampler = Resampler(fir)
    chunked = b"".join(resampler.feed(stream[start : start + size]) for start in range(0, len(stream), size))
    assert chunked == Resampler(fir).feed(stream)


@BOTH
def test_a_filter_made_anew_for_each_chunk_gives_something_else(fir: Filter, rate_in: int, rate_out: int) -> None:
    stream = tone(1_000, rate_in)
    forgetful = b"".join(Resampler(fir).feed(stream[start : start + 960]) for start in range(0, len(stream), 960))
    whole = Resampler(fir).feed(stream)
    assert len(forgetful) == len(whole)
    assert forgetful != whole


@BOTH
def test_no_sum_is_ever_rounded(fir: Filter, rate_in: int, rate_out: int) -> None:
    """What chunked == whole rests on: with the loudest input, in integers, no sum reaches a float64's 53 bits."""
    whole_taps = fir.matrix * 2.0**22
    assert (whole_taps == np.rint(whole_taps)).all()
    assert np.abs(whole_taps).sum(axis=0).max() * 32_768 < 2**53


@BOTH
def test_the_matrices_do_what_the_textbook_says(fir: Filter, rate_in: int, rate_out: int) -> None:
    """Zeros between the samples, the taps over them, one sum of so many kept, rounded once."""
    samples = np.frombuffer(noise(LONG), "<i2") // 4
    stretched = np.zeros(len(samples) * fir.step_out)
    stretched[:: fir.step_out] = samples
    sums = np.convolve(stretched, low_pass(max(rate_in, rate_out), fir.step_out))
    kept = sums[fir.step_in - 1 : len(stretched) : fir.step_in]
    assert Resampler(fir).feed(samples.tobytes()) == np.rint(kept).astype("<i2").tobytes()


def test_a_frame_up_is_four_bytes_for_each_of_its_bytes() -> None:
    assert len(Uplink().feed(noise(FRAME))) == 4 * FRAME


def test_a_chunk_down_is_a_byte_for_every_six_and_the_rest_waits() -> None:
    voice = Downlink()
    assert [len(voice.feed(noise(size))) for size in (960, 961, 5, 5, 1, 0)] == [160, 160, 1, 0, 1, 0]


def test_tones_that_mu_law_cannot_carry_do_not_come_back_as_others() -> None:
    worst = max(loudest(Resampler(FROM_LIVE).feed, hertz, LIVE_OUTPUT_RATE, PHONE_RATE) for hertz in ALIASING)
    assert worst <= -70


def test_the_callers_tones_leave_no_images_above_the_telephone_band() -> None:
    tones = range(50, VOICE.stop, 50)
    assert max(loudest(Resampler(TO_LIVE).feed, hertz, PHONE_RATE, LIVE_INPUT_RATE) for hertz in tones) <= -70


@BOTH
def test_all_tones_of_a_voice_pass_alike(fir: Filter, rate_in: int, rate_out: int) -> None:
    assert ripple(lambda pcm: Resampler(fir).feed(pcm), rate_in, rate_out) <= 0.5


@BOTH
def test_nothing_is_later_than_two_and_a_half_milliseconds(fir: Filter, rate_in: int, rate_out: int) -> None:
    assert 0 < delay(lambda pcm: Resampler(fir).feed(pcm), rate_in, rate_out) <= 2.5


@BOTH
def test_what_is_called_harmless_never_needs_to_be_cut_off(fir: Filter, rate_in: int, rate_out: int) -> None:
    """The worst there is: each sample as loud as may be, of the sign of the tap that it meets."""
    worst = np.sign(fir.matrix).T * np.floor(fir.harmless)
    assert np.abs(worst @ fir.matrix).max() <= 32_767


@BOTH
def test_what_is_too_loud_is_cut_off_and_not_wrapped_around(fir: Filter, rate_in: int, rate_out: int) -> None:
    """Full-scale steps: a filter of this sharpness shoots some 9 % beyond them. Half as loud, nothing is cut off."""
    steps = np.repeat(np.array([32_767, -32_768] * 20, "<i2"), rate_in // 100)
    loud = np.frombuffer(Resampler(fir).feed(steps.tobytes()), "<i2").astype(int)
    half = np.frombuffer(Resampler(fir).feed((steps // 2).tobytes()), "<i2").astype(int)
    assert np.abs(2 * half).max() > 35_000
    assert np.abs(loud - np.clip(2 * half, -32_768, 32_767)).max() <= 3


def test_silence_stays_silence_both_ways() -> None:
    heard = Uplink().feed(b"\xff" * FRAME)
    assert heard == bytes(4 * FRAME)
    assert Downlink().feed(bytes(960)) == b"\xff" * FRAME


@BOTH
@pytest.mark.parametrize("size", [320, 960, 961])
def test_a_pause_of_digital_silence_changes_nothing_of_what_follows(
    fir: Filter, rate_in: int, rate_out: int, size: int
) -> None:
    """Where all that a chunk and the filter's memory hold is silence, nothing is computed."""
    stream = noise(3_001) + bytes(10_000) + noise(3_001, seed=3)
    resampler = Resampler(fir)
    assert b"".join(resampler.feed(chunk) for chunk in chunks_of(stream, [size] * 17)) == Resampler(fir).feed(stream)


@pytest.mark.parametrize("level", [-3, -1, 1, 3])
def test_one_bit_of_noise_is_silence_on_either_side_of_zero(level: int) -> None:
    assert set(Downlink().feed(np.full(960, level, "<i2").tobytes())) == {0xFF}


def test_mu_law_is_alike_on_both_sides_of_zero_and_keeps_what_it_can_say() -> None:
    samples = np.arange(-32_767, 32_768)
    levels = np.frombuffer(audioop.ulaw2lin(bytes(range(256)), 2), np.int16).astype(int)
    decoded = levels[MULAW[samples.astype(np.uint16)]]
    assert (decoded == -decoded[::-1]).all()
    assert (np.diff(decoded) >= 0).all()
    assert (levels[MULAW[levels.astype(np.uint16)]] == levels).all()


def test_the_last_sound_of_a_turn_comes_out_with_the_flush() -> None:
    voice = Downlink()
    last = tone(1_000, LIVE_OUTPUT_RATE, 0.02)
    before, tail = voice.feed(last), voice.flush()
    assert len(tail) == 32
    heard = np.frombuffer(audioop.ulaw2lin(before + tail, 2), np.int16).astype(float)
    assert 0.95 < (heard**2).sum() * 3 / (np.frombuffer(last, "<i2").astype(float) ** 2).sum() < 1.05
    assert np.abs(heard[-4:]).max() < 100


def test_after_a_flush_a_voice_is_as_new() -> None:
    voice = Downlink()
    voice.feed(noise(1_001))
    voice.flush()
    assert voice.feed(noise(961, seed=3)) == Downlink().feed(noise(961, seed=3))


def test_flushing_silence_gives_nothing() -> None:
    voice = Downlink()
    assert voice.flush() == b""
    voice.feed(bytes(961))
    assert voice.flush() == b""
