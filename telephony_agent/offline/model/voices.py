"""Two voices that speak English: the agent's, and a deeper one for callers who are not there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from telephony_agent.errors import ConfigError
from telephony_agent.offline.model.digits import spelt
from telephony_agent.offline.model.reply import RATE
from telephony_agent.offline.model.resample import Resampler, Samples, to_pcm
from telephony_agent.offline.model.weights import INSTALL, VOICE, find

try:
    from hibari import Hibari

    from telephony_agent.offline.model.vocoder import Waveform
except ImportError:
    raise ConfigError(f"the offline model needs the package hibari-tts; install it with: {INSTALL}") from None

DEEPER = Fraction(5, 6)  # of the pitch: another person, and still understood
QUIET = 0.01  # of full scale, -40 dBFS: below it is the voice's own hiss
BEFORE = RATE // 50  # samples kept before a sentence, 20 ms: the softest beginning there is, below -50 dBFS
AFTER = 23 * RATE // 100  # samples of silence after it: 230 ms
WITHIN = RATE * 8 // 100  # and after what goes on without a comma: 80 ms; the voice itself rests 0.3 s at one
HEAD = 60  # frames of a sentence that are made first: its silence, and 0.4 s, two messages; the rest takes 10 ms more
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
        return b"".join(self.speak(text))

    def speak(self, text: str) -> Iterator[bytes]:
        """What `say` gives, in parts, each as soon as it is there; the first is 0.4 s."""
        with self._one_at_a_time:
            sentences = self._speech.phonemize(spelt(text[:CAN_SAY]))
        deeper = Resampler(int(RATE * self._pitch), RATE)
        noise = np.random.default_rng(0)
        after = AFTER if text.rstrip()[-1:] in ".!?,;:" else WITHIN
        for phonemes in sentences:
            for part in _trimmed(self._waveform(phonemes, noise), after):
                yield to_pcm(deeper.feed(part))

    def _waveform(self, phonemes: str, noise: np.random.Generator) -> Waveform:
        """Played slower it is deeper; it is spoken faster so that it comes out at the usual speed."""
        ids = np.asarray([self._speech.ids(phonemes)], np.int64)
        speed = np.asarray([1 / float(self._pitch)], np.float32)
        return Waveform([each[0] for each in self._speech.sess.run(None, {"ids": ids, "speed": speed})], noise)


def _trimmed(spoken: Waveform, after: int) -> Iterator[Samples]:
    """Without the third of a second of silence before it, and with a short one after it."""
    head, given = spoken.take(HEAD), 0
    if len(loud := _loud(head)):
        yield head[max(0, loud[0] - BEFORE) :]
        given = len(head)
    whole = np.concatenate([head, spoken.rest()])
    if len(loud := _loud(whole)):
        yield whole[given or max(0, loud[0] - BEFORE) : loud[-1] + after]


def _loud(spoken: Samples) -> NDArray[np.intp]:
    """Where it is."""
    return np.flatnonzero(np.abs(spoken) > QUIET)


def agent() -> SpokenVoice:
    """The voice of the offline model. Raises ConfigError if the package is missing or not the one we know."""
    return SpokenVoice()


def caller() -> SpokenVoice:
    """A voice for a caller's lines, unlike the agent's. Raises ConfigError as `agent` does."""
    return SpokenVoice(DEEPER)
