"""Recordings with their transcripts, as a telephone brings them: 300 to 3400 Hz, 8 kHz mu-law, with noise if wanted."""

from __future__ import annotations

import audioop
import gzip
import re
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telephony_agent.offline.model.resample import Samples, from_pcm, resample, to_pcm

RATE = 8_000  # Hz, of a telephone line
LOW, HIGH = 300, 3_400  # Hz, what it carries

SAID = {
    "asterisk_agent-incorrect.wav": "Login incorrect. Please enter your agent number followed by the pound key.",
    "asterisk_cannot-complete-as-dialed.wav": "Your call cannot be completed as dialed.",
    "asterisk_check-number-dial-again.wav": "Please check the number and dial again.",
    "asterisk_conf-getpin.wav": "Please enter the conference pin number.",
    "asterisk_digits_1.wav": "one",
    "asterisk_digits_2.wav": "two",
    "asterisk_digits_4.wav": "four",
    "asterisk_digits_7.wav": "seven",
    "asterisk_digits_9.wav": "nine",
    "asterisk_digits_day-2.wav": "Tuesday",
    "asterisk_digits_mon-2.wav": "March",
    "asterisk_goodbye.wav": "Goodbye!",
    "asterisk_hello-world.wav": "Hello world.",
    "asterisk_one-moment-please.wav": "One moment, please.",
    "asterisk_please-try-again.wav": "Please try again.",
    "asterisk_transfer.wav": "Please hold while I try that extension.",
    "asterisk_vm-no.wav": "no",
    "asterisk_vm-then-pound.wav": "then press pound",
    "librivox_sense_0880.wav": "he was not an ill disposed young man",
    "librivox_sense_0930.wav": "he might even have been made amiable himself",
    "pocketsphinx_cards_001.wav": "ten of clubs",
    "pocketsphinx_cards_003.wav": "seven of clubs",
    "pocketsphinx_cards_005.wav": "eight of spades four of clubs seven of hearts",
    "pocketsphinx_goforward_16k_s16le.raw": "go forward ten meters",
    "jfk_inaugural_16k.wav": "And so, my fellow Americans, ask not what your country can do for you, "
    "ask what you can do for your country.",
}
PROMPT = re.compile(r"^(?P<name>[\w-]+): *(?P<text>[^\[<(]+)$")  # those in the package's own list that are speech


@dataclass(frozen=True)
class Recording:
    """`line` is s16le at 8 kHz within the band of a telephone, before it is made mu-law."""

    name: str
    said: str
    line: bytes

    @property
    def seconds(self) -> float:
        return len(self.line) / 2 / RATE

    def by_telephone(self, snr: float | None = None, before: float = 0.0, after: float = 0.0) -> bytes:
        """s16le at 8 kHz after mu-law, in pink noise that many dB below, with so many seconds of it around."""
        speech = from_pcm(bytes(2 * int(before * RATE)) + self.line + bytes(2 * int(after * RATE)))
        if snr is not None:
            loudness = float(np.sqrt(np.mean(from_pcm(self.line) ** 2)))
            seed = sum(self.name.encode())  # of its own, and the same every time
            speech = speech + pink(len(speech), loudness / 10 ** (snr / 20), seed)
        return audioop.ulaw2lin(audioop.lin2ulaw(to_pcm(speech), 2), 2)


def folder(path: Path) -> list[Recording]:
    """All in a folder that we know the words of."""
    return [Recording(name, said, _line(path / name)) for name, said in SAID.items() if (path / name).is_file()]


def prompts(sounds: Path, listed: Path, least: int = 3, longest: float = 26.0) -> list[Recording]:
    """Asterisk's recorded prompts of at least so many words and at most so many seconds, without those in `SAID`.

    `listed` is the package's own list of what they say.
    """
    with gzip.open(listed, "rt", encoding="utf-8") as opened:
        matches = [match for line in opened if (match := PROMPT.match(line.strip()))]
    named = {match["name"]: match["text"] for match in matches if f"asterisk_{match['name']}.wav" not in SAID}
    long_enough = {name: text for name, text in named.items() if len(text.split()) >= least}
    found = [(name, text, sounds / f"{name}.wav") for name, text in long_enough.items()]
    recordings = [Recording(name, text, _line(file)) for name, text, file in found if file.is_file()]
    return [recording for recording in recordings if recording.seconds <= longest]


def pink(samples: int, loudness: float, seed: int) -> Samples:
    """Noise with as much power in each octave, within the band of a telephone; `loudness` is its RMS."""
    white = np.random.default_rng(seed).normal(size=samples)
    spectrum = np.fft.rfft(white) / np.sqrt(np.maximum(1, np.arange(samples // 2 + 1)))
    noise = np.fft.irfft(_banded(spectrum, samples), samples)
    scaled: Samples = (noise * loudness / np.sqrt(np.mean(noise**2))).astype(np.float32)
    return scaled


def _line(file: Path) -> bytes:
    if file.suffix == ".raw":
        pcm, rate = file.read_bytes(), 16_000
    else:
        with wave.open(str(file)) as opened:
            pcm, rate = opened.readframes(opened.getnframes()), opened.getframerate()
    return resample(pcm, rate, RATE) if rate != RATE else pcm


def _banded(spectrum: NDArray[np.complex128], samples: int) -> NDArray[np.complex128]:
    frequencies = np.fft.rfftfreq(samples, 1 / RATE)
    return np.where((frequencies >= LOW) & (frequencies <= HIGH), spectrum, 0)
