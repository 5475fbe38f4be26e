"""Where the caller's speech begins, pauses and ends, from how likely each 32 ms of sound is to be speech.

The lengths were measured on telephone speech: shorter starts let knocks through, shorter ends cut one sentence in ten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from telephony_agent.offline.model.faculties import (
    Sound,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    Utterance,
)
from telephony_agent.offline.model.resample import Resampler, Samples, from_pcm, to_pcm

RATE = 16_000  # Hz, of what is recognised
FRAME = 512  # samples: 32 ms, the step of the Silero detector
FRAME_MS = 32

START = 3  # frames of speech (96 ms) that begin an utterance
BARGE_IN = 5  # frames of speech (160 ms) that begin one over a talking agent
PAUSE = 6  # frames of silence (192 ms) after which it is worth recognising ahead
END = 17  # frames of silence (544 ms) that end an utterance
LEAD = 16  # frames (0.5 s) kept from before the beginning
LONGEST = 850  # frames (27 s): no utterance is longer, whatever the line does
LIKELY, STILL_LIKELY = 0.5, 0.35  # how sure of speech to begin, and to go on


class Listener:
    """An Ear made of a detector (a frame of 512 samples at 16 kHz -> 0..1) and a recogniser."""

    def __init__(
        self,
        detect: Callable[[Samples], float],
        recognise: Callable[[Utterance], str],
        silence_ms: int | None = None,
    ) -> None:
        self._detect, self._recognise = detect, recognise
        self._end = max(2, round(silence_ms / FRAME_MS)) if silence_ms is not None else END
        self._pause = min(PAUSE, self._end - 1)
        self._source = RATE
        self._resampler = Resampler(RATE, RATE)
        self._odd = b""
        self._rest = np.zeros(0, np.float32)
        self._before: deque[bytes] = deque(maxlen=LEAD)
        self._utterance: list[bytes] = []  # empty: nobody speaks
        self._speech = 0  # frames of it before an utterance; silence counts them down again
        self._silence = 0  # frames of it in a row within an utterance
        self._number = 0

    def transcribe(self, utterance: Utterance) -> str:
        return self._recognise(utterance)

    def hear(self, pcm: bytes, rate: int, agent_talks: bool) -> list[Sound]:
        if rate != self._source:
            self._source, self._resampler = rate, Resampler(rate, RATE)
        pcm = self._odd + pcm
        whole = len(pcm) & ~1
        pcm, self._odd = pcm[:whole], pcm[whole:]
        samples = np.concatenate([self._rest, self._resampler.feed(from_pcm(pcm))])
        frames = len(samples) // FRAME
        self._rest = samples[frames * FRAME :]
        sounds: list[Sound] = []
        for frame in samples[: frames * FRAME].reshape(frames, FRAME):
            sounds += self._frame(frame, agent_talks)
        return sounds

    def finish(self) -> list[Sound]:
        return self._ended() if self._utterance else []

    def _frame(self, frame: Samples, agent_talks: bool) -> list[Sound]:
        likely = self._detect(frame)
        if self._utterance:
            self._utterance.append(to_pcm(frame))
            return self._within(likely >= STILL_LIKELY)
        self._before.append(to_pcm(frame))
        self._speech = self._speech + 1 if likely >= LIKELY else max(0, self._speech - 1)
        if self._speech < (BARGE_IN if agent_talks else START):
            return []
        self._utterance, self._silence = list(self._before), 0
        return [SpeechStarted()]

    def _within(self, speech: bool) -> list[Sound]:
        paused = self._silence >= self._pause
        self._silence = 0 if speech else self._silence + 1
        if self._silence >= self._end or len(self._utterance) >= LONGEST:
            return self._ended()
        if speech and paused:
            return [SpeechResumed()]
        if self._silence == self._pause:
            return [SpeechPaused(self._said())]
        return []

    def _ended(self) -> list[Sound]:
        ended = SpeechEnded(self._said())
        self._utterance, self._speech = [], 0
        self._before.clear()
        self._number += 1
        return [ended]

    def _said(self) -> Utterance:
        return Utterance(self._number, b"".join(self._utterance))
