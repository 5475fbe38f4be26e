"""Speech to text: Whisper in CTranslate2, made quick enough for the telephone and kept from inventing words.

Whisper wants 30 s of sound; given 15 it is three times as fast and seldom wrong, and where it goes wrong it repeats
itself or stops in the middle, which shows. In noise it is unsure, and then worth a second, slower look. On nothing but
noise it makes up a sentence, and is very unsure of it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from telephony_agent.errors import ConfigError
from telephony_agent.offline.model import mel
from telephony_agent.offline.model.resample import Samples, from_pcm
from telephony_agent.offline.model.weights import DEFAULT, INSTALL, find, parts

try:
    import ctranslate2
    from threadpoolctl import threadpool_limits
except ImportError as missing:
    raise ConfigError(f"the offline model needs the package {missing.name}; install it with: {INSTALL}") from None

FULL = 3000  # columns: the 30 s that Whisper was trained on
SHORT = 1500  # columns: 15 s; at 10 s and below it repeats itself too often
ROOM = 200  # columns: 2 s of nothing after the utterance at least
SHORTEST = 1600  # samples: 0.1 s; there are no words in less
SECOND = 6.5  # tokens: nobody says more in one
ALWAYS = 6  # tokens: an utterance may have, however short
SLOW = 1.3  # tokens a second; who says less in `LONG` has not been heard to the end
LONG = 4.0  # seconds
DOUBTFUL = -0.4  # mean log probability below which a sentence is worth another look
SENTENCE = 1.5  # seconds; of single words the first guess is as good as the second
WIDE = 5  # guesses that the second look follows at once
MOST = 28.0  # seconds that are recognised at once; what is longer is cut where it is quietest
LULL = 3200  # samples: 0.2 s, how long it must be quiet for a cut
NO_SPEECH, UNSURE = 0.6, -1.5  # probability above and mean log probability below which it is not speech

WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Reading:
    """One decoding. `no_speech` is 0..1, `confidence` the mean log probability of a token."""

    text: str
    tokens: int
    no_speech: float
    confidence: float

    def loops(self, seconds: float) -> bool:
        """More words than anybody can say in that time, or three words three times."""
        words = WORD.findall(self.text.lower())
        threes = Counter(zip(words, words[1:], words[2:], strict=False))
        return self.tokens > SECOND * seconds + ALWAYS or any(count > 2 for count in threes.values())

    def breaks_off(self, seconds: float) -> bool:
        """Far fewer words than are said in that time."""
        return seconds > LONG and self.tokens < SLOW * seconds

    @property
    def speech(self) -> bool:
        return not (self.no_speech > NO_SPEECH and self.confidence < UNSURE) and bool(WORD.search(self.text))


class Recogniser:
    """The weights, shared by all sessions: one of `weights.RECOGNISERS`, or a Whisper model in a folder.

    `workers` utterances are recognised at once, each by one thread. Raises ConfigError if there is no such model.
    """

    def __init__(self, which: str | Path = DEFAULT, workers: int = 1) -> None:
        folder, pieces = where(which)
        try:
            self._model = ctranslate2.models.Whisper(
                str(folder),
                device="cpu",
                compute_type="int8",
                inter_threads=workers,
                intra_threads=1,
                files=joined(folder, pieces) if pieces else None,
            )
        except (RuntimeError, ValueError) as error:
            why = f"{folder} holds no Whisper model for CTranslate2, as ASR_MODEL_DIR wants: {error}"
            raise ConfigError(why) from None
        self._vocabulary = vocabulary(folder)
        number = {token: index for index, token in enumerate(self._vocabulary)}
        language = ["<|en|>", "<|transcribe|>"] if self._model.is_multilingual else []
        try:
            self._end = number["<|endoftext|>"]
            self._prompt = [number[token] for token in ("<|startoftranscript|>", *language, "<|notimestamps|>")]
        except KeyError as error:
            raise ConfigError(f"the vocabulary in {folder} is not Whisper's: it has no {error}") from None
        self._bands = mel.filters(self._model.n_mels)
        threadpool_limits(1)  # numpy's own threads spin while they wait: beside the workers they only slow things down

    def recognise(self, pcm: bytes) -> str:
        """The words in s16le mono at 16 kHz; nothing if it is not speech."""
        readings = [self._best(piece) for piece in cut(from_pcm(pcm)) if len(piece) >= SHORTEST]
        return " ".join(reading.text for reading in readings if reading.speech)

    def _best(self, samples: Samples) -> Reading:
        """The first look, if there is nothing wrong with it."""
        seconds = len(samples) / mel.RATE
        reading = self._read(samples, SHORT)
        if reading.loops(seconds):
            return self._read(samples, FULL)
        if reading.breaks_off(seconds):
            second = self._read(samples, FULL, WIDE)
            return second if second.tokens > reading.tokens and not second.loops(seconds) else reading
        if seconds > SENTENCE and reading.confidence < DOUBTFUL:
            second = self._read(samples, SHORT, WIDE)
            return reading if second.loops(seconds) else second
        return reading

    def _read(self, samples: Samples, least: int, beam: int = 1) -> Reading:
        seen = mel.spectrogram(samples, self._bands)
        columns = min(FULL, max(least, -(-(seen.shape[1] + ROOM) // 100) * 100))
        window = np.zeros((1, len(self._bands), columns), np.float32)
        window[0, :, : seen.shape[1]] = seen[:, :columns]
        longest = len(self._prompt) + min(180, len(samples) // 2000 + 16)
        (result,) = self._model.generate(
            ctranslate2.StorageView.from_array(window),
            [self._prompt],
            beam_size=beam,
            max_length=longest,
            return_scores=True,
            return_no_speech_prob=True,
        )
        tokens = [token for token in result.sequences_ids[0] if token < self._end]
        return Reading(self._text(tokens), len(tokens), result.no_speech_prob, result.scores[0])

    def _text(self, tokens: list[int]) -> str:
        raw = bytes(BYTES[letter] for token in tokens for letter in self._vocabulary[token])
        return raw.decode(errors="replace").strip()


def cut(samples: Samples) -> list[Samples]:
    """Pieces short enough to be recognised, cut where it is quietest."""
    if len(samples) <= MOST * mel.RATE:
        return [samples]
    loudness = np.convolve(samples**2, np.ones(LULL, np.float32), "same")
    last = int(MOST * mel.RATE)
    at = last // 2 + int(np.argmin(loudness[last // 2 : last]))
    return [samples[:at], *cut(samples[at:])]


def where(which: str | Path) -> tuple[Path, tuple[Path, ...]]:
    """The folder of a recogniser; and the pieces of its `model.bin`, if they are not one file."""
    if isinstance(which, Path):
        return which, ()
    found = [find(weights) / name for weights in parts(which)["recogniser"] for name in weights.files]
    return found[0].parent, tuple(file for file in found if file.name.startswith("model.bin.part"))


def joined(folder: Path, pieces: Sequence[Path]) -> dict[str, bytes]:
    """What CTranslate2 wants to read of a model, by its names."""
    files = {name: (folder / name).read_bytes() for name in ("config.json", "vocabulary.txt")}
    return files | {"model.bin": b"".join(piece.read_bytes() for piece in pieces)}


def vocabulary(folder: Path) -> list[str]:
    """The tokens by their numbers. Raises ConfigError if the folder has none."""
    if (text := folder / "vocabulary.txt").is_file():
        return text.read_text(encoding="utf-8").rstrip("\n").split("\n")
    if (listed := folder / "vocabulary.json").is_file():
        return list(json.loads(listed.read_text(encoding="utf-8")))
    raise ConfigError(f"{folder} has neither vocabulary.txt nor vocabulary.json; take a folder made for faster-whisper")


def _bytes() -> dict[str, int]:
    """GPT-2's alphabet: a printable letter for each byte. The unprintable ones borrow letters from 256 on, in order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    borrowed = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + at): byte for at, byte in enumerate(borrowed)}


BYTES = _bytes()
