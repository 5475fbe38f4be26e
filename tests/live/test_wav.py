"""WAV files in place of a microphone and a loudspeaker."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.live.wav import WavSink, WavSource
from tests.virtual import run


def written(path: Path, samples: list[int], rate: int = 8_000, channels: int = 1, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(np.array(samples, "<i2").tobytes())
    return path


def samples(path: Path) -> list[int]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        return [int(each) for each in np.frombuffer(file.readframes(file.getnframes()), "<i2")]


def test_a_recording_is_spoken_in_its_own_time(tmp_path: Path) -> None:
    path = written(tmp_path / "stereo.wav", list(range(2 * 8_000)), channels=2)

    async def listen() -> tuple[list[int], list[float]]:
        source = WavSource(path)
        assert source.rate == 8_000
        loop = asyncio.get_running_loop()
        began = loop.time()
        heard: list[int] = []
        times = []
        async for piece in source:
            assert piece.shape == (160, 2)
            heard += [int(each) for each in piece.reshape(-1)]
            times.append(loop.time() - began)
        assert loop.time() - began == pytest.approx(1.0)
        return heard, times

    heard, times = run(listen())
    assert heard == list(range(2 * 8_000))
    assert times == pytest.approx([0.02 * number for number in range(50)])


def test_a_sink_writes_what_was_heard_with_its_silences(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    tone = np.full(240, 7, "<i2").tobytes()  # 10 ms

    async def play() -> None:
        with WavSink(path) as sink:
            await asyncio.sleep(5)  # before the first sound: not in it
            await sink.play(tone)
            await sink.play(tone)
            await asyncio.sleep(0.05)
            await sink.play(tone)

    run(play())
    assert samples(path) == [7] * 480 + [0] * (1200 - 480) + [7] * 240


def test_what_was_flushed_was_not_heard(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"

    async def play() -> None:
        with WavSink(path) as sink:
            await sink.play(np.full(24_000, 7, "<i2").tobytes())
            await asyncio.sleep(0.25)
            await sink.flush()
            await sink.play(np.full(240, 8, "<i2").tobytes())

    run(play())
    assert samples(path) == [7] * 6_000 + [8] * 240


def test_nothing_played_is_an_empty_recording(tmp_path: Path) -> None:
    with WavSink(tmp_path / "heard.wav"):
        pass
    assert samples(tmp_path / "heard.wav") == []


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no WAV at all, but some bytes that are long enough for a header"])
def test_what_is_no_wav_file_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "question.wav"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"question.wav can't be read.*16-bit PCM"):
        WavSource(path)
    with pytest.raises(ConfigError, match=r"nowhere.wav can't be read"):
        WavSource(tmp_path / "nowhere.wav")


def test_a_wav_file_of_other_samples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="samples of 8 bits"):
        WavSource(written(tmp_path / "old.wav", [0], width=1))
