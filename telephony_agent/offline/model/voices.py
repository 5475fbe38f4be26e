"""Two voices that speak English: the agent's, and a deeper one for callers who are not there."""

from __future__ import annotations

import threading
from fractions import Fraction

import numpy as np

from telephony_agent.errors import ConfigError
from telephony_agent.offline.model.reply import RATE
from telephony_agent.offline.model.resample import Resampler, Samples, to_pcm
from telephony_agent.offline.model.weights import INSTALL, VOICE, find

try:
    from hibari import Hibari
except ImportError:
    raise ConfigError(f"the offline model needs the package hibari-tts; install it with: {INSTALL}") from None

DEEPER = Fraction(5, 6)  # of the pitch: another person, and still understood
QUIET = 0.01  # of full scale, -40 dBFS: below it is the voice's own hiss
BEFORE, AFTER = RATE // 20, RATE // 5  # samples of silence kept around a sentence: 50 ms, 200 ms
WITHIN = RATE // 20  # samples of it after what goes on: 50 ms
CAN_SAY = 1000  # letters at once; a sentence of that length is somebody's list


class SpokenVoice:
    """A voice, which threads may share. The text may hold several sentences, numbers and usual abbreviations."""

    def __init__(self, pitch: Fraction = Fraction(1)) -> None:
        find(VOICE)
        self._speech = Hibari(threads=1)
        self._pitch = pitch
        self._one_at_a_time = threading.Lock()  # the text side of Hibari keeps notes
        self.say("Hello.")  # the first sentence reads the dictionaries

    def say(self, text: str) -> bytes:
        """The text as s16le mono at 24 kHz; the same text always sounds the same."""
        with self._one_at_a_time:
            sentences = self._speech.phonemize(text[:CAN_SAY])
        noise, speed = np.random.default_rng(0), 1 / float(self._pitch)
        spoken = [self._speech.from_ids(self._speech.ids(phonemes), speed, noise) for phonemes in sentences]
        after = AFTER if text.rstrip()[-1:] in ".!?" else WITHIN
        return b"".join(to_pcm(self._pitched(_trimmed(sentence, after))) for sentence in spoken)

    def _pitched(self, spoken: Samples) -> Samples:
        """Played slower it is deeper; it was spoken faster so that it comes out at the usual speed."""
        if self._pitch == 1 or not len(spoken):
            return spoken
        filter_ = Resampler(int(RATE * self._pitch), RATE)
        return filter_.feed(np.concatenate([spoken, np.zeros(RATE // 100, np.float32)]))


def _trimmed(spoken: Samples, after: int) -> Samples:
    """Without the third of a second of silence before it, and with a short one after it."""
    loud = np.flatnonzero(np.abs(spoken) > QUIET)
    if not len(loud):
        return spoken[:0]
    return spoken[max(0, loud[0] - BEFORE) : loud[-1] + after]


def agent() -> SpokenVoice:
    """The voice of the offline model. Raises ConfigError if the package is missing or not the one we know."""
    return SpokenVoice()


def caller() -> SpokenVoice:
    """A voice for a caller's lines, unlike the agent's. Raises ConfigError as `agent` does."""
    return SpokenVoice(DEEPER)
