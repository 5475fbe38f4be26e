"""A caller's line made of a recording or of synthetic speech: PCM to the mu-law that a telephone sends."""

from __future__ import annotations

import audioop
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...errors import ConfigError
from .levels import RATE

VOICE_RATE = 24_000  # Hz of a synthetic voice
RATES = (8000, 16000, 24000)  # Hz that are taken
CUTOFF = 3600  # Hz, -6 dB; a telephone passes up to 3400
SPAN = 0.008  # seconds of the low-pass: its slope ends before 4 kHz, where folding would begin
MEND = "convert it: ffmpeg -i IN -ac 1 -ar 16000 -c:a pcm_s16le OUT.wav"


def read_line(path: Path) -> bytes:
    """Mu-law of a WAV file: mono, 16 bit, 8, 16 or 24 kHz. Raises ConfigError for anything else."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            pcm = file.readframes(file.getnframes())
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error
    except (wave.Error, EOFError) as error:
        raise ConfigError(f"{path} is not a PCM WAV file ({error}); {MEND}") from error
    if (channels, width) != (1, 2) or rate not in RATES:
        raise ConfigError(
            f"{path} has {channels} channels of {8 * width} bits at {rate} Hz; "
            f"the phone takes one of 16 bits at {', '.join(map(str, RATES))} Hz; {MEND}"
        )
    return line_of(pcm, rate)


def spoken_line(words: str, voice: Callable[[str], bytes] | None) -> bytes:
    """Mu-law of words in a synthetic voice, which makes s16 PCM at 24 kHz of them.

    Raises ConfigError if there is no voice, or if no sound comes of these words.
    """
    if voice is None:
        raise ConfigError(f"{words!r} needs a synthetic voice: pip install 'telephony-agent[offline]'")
    if not (pcm := voice(words)):
        raise ConfigError(f"{words!r} has no sound; give the synthetic voice English words")
    return line_of(pcm, VOICE_RATE)


def line_of(pcm: bytes, rate: int) -> bytes:
    """Mu-law of s16 PCM at 8000, 16000 or 24000 Hz, filtered to the telephone's band where that is needed."""
    step = rate // RATE
    if step == 1 or not pcm:
        return audioop.lin2ulaw(pcm, 2)
    half = round(SPAN * rate / 2)
    time = np.arange(-half, half + 1)
    taps = np.sinc(2 * CUTOFF / rate * time) * np.kaiser(2 * half + 1, 7.0)
    samples = np.pad(np.frombuffer(pcm, dtype="<i2").astype(np.float64), half)
    passed = np.convolve(samples, taps / taps.sum(), mode="valid")[::step]
    return audioop.lin2ulaw(np.clip(np.rint(passed), -32768, 32767).astype("<i2").tobytes(), 2)
