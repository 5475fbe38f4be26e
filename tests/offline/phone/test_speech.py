"""Recordings and synthetic speech as a telephone sends them."""

import audioop
import wave
from pathlib import Path

import numpy as np
import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.offline.phone.levels import level
from telephony_agent.offline.phone.speech import line_of, read_line


def tone(frequency: float, rate: int, seconds: float = 0.5) -> bytes:
    time = np.arange(round(seconds * rate)) / rate
    return (16000 * np.sin(2 * np.pi * frequency * time)).astype("<i2").tobytes()


def write(path: Path, pcm: bytes, *, rate: int = 8000, channels: int = 1, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(pcm)
    return path


@pytest.mark.parametrize("rate", [8000, 16000, 24000])
def test_a_file_keeps_its_length_and_its_tone(rate: int, tmp_path: Path) -> None:
    ulaw = read_line(write(tmp_path / "line.wav", tone(1000, rate), rate=rate))
    assert len(ulaw) == 4000
    heard = np.frombuffer(audioop.ulaw2lin(ulaw, 2), dtype="<i2")[400:-400].astype(float)
    assert np.argmax(np.abs(np.fft.rfft(heard, 8000))) == 1000
    assert level(audioop.ulaw2lin(ulaw, 2)) == pytest.approx(level(tone(1000, 8000)), abs=0.3)


@pytest.mark.parametrize("rate", [16000, 24000])
def test_what_a_telephone_does_not_pass_does_not_fold(rate: int) -> None:
    heard = [audioop.ulaw2lin(line_of(tone(hertz, rate), rate), 2) for hertz in (3000, 5000)]
    kept, folded = (level(pcm[400:-400]) for pcm in heard)  # a tone's sudden beginning has all frequencies
    assert folded < kept - 50


def test_full_scale_does_not_wrap_around() -> None:
    square = np.repeat(np.array([32767, -32768] * 100, dtype="<i2"), 24)
    heard = np.frombuffer(audioop.ulaw2lin(line_of(square.tobytes(), 24000), 2), dtype="<i2").reshape(-1, 8)
    assert (heard[2:-2:2, 3] > 20000).all()
    assert (heard[3:-2:2, 3] < -20000).all()


def test_a_line_of_nothing_is_nothing() -> None:
    assert line_of(b"", 24000) == b""


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("stereo", {"channels": 2}, "2 channels of 16 bits at 8000 Hz"),
        ("bytes", {"width": 1}, "1 channels of 8 bits"),
        ("music", {"rate": 44100}, "1 channels of 16 bits at 44100 Hz"),
    ],
)
def test_another_kind_of_wav_is_refused_with_the_command_that_mends_it(
    name: str, options: dict[str, int], says: str, tmp_path: Path
) -> None:
    path = write(tmp_path / f"{name}.wav", bytes(400), **options)
    with pytest.raises(ConfigError, match=f"{name}.wav has {says}.*ffmpeg"):
        read_line(path)


def test_what_is_no_wav_is_refused(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(b"ID3 and so on")
    (tmp_path / "empty.wav").write_bytes(b"")
    for name in ("song.wav", "empty.wav"):
        with pytest.raises(ConfigError, match=f"{name} is not a PCM WAV file"):
            read_line(tmp_path / name)
    with pytest.raises(ConfigError, match=r"nowhere\.wav can't be read: No such file"):
        read_line(tmp_path / "nowhere.wav")
