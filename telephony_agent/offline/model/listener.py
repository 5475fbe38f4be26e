"""Where the caller's speech begins, pauses and ends, from how likely each 32 ms of sound is to be speech."""

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
from telephony_agent.offline.model.gates import LONGEST, SURELY, Gates
from telephony_agent.offline.model.resample import Intake, Samples, to_pcm

RATE = 16_000  # Hz, of what is recognised
FRAME = 512  # samples: 32 ms, the step of the Silero detector
PAUSE = 4  # frames of silence (128 ms) after which it is worth recognising ahead: 1 time in 17 for nothing


class Listener:
    """An Ear made of a detector (a frame of 512 samples at 16 kHz -> 0..1) and a recogniser.

    `forget` is called after each utterance, for a detector that remembers.
    """

    def __init__(
        self,
        detect: Callable[[Samples], float],
        recognise: Callable[[Utterance], str],
        gates: Gates | None = None,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self._detect, self._recognise, self._forget = detect, recognise, forget
        self._gates = gates or Gates()
        self._pause = min(PAUSE, self._gates.end - 1)
        self._intake = Intake(RATE)
        self._rest = np.zeros(0, np.float32)
        self._before: deque[bytes] = deque(maxlen=self._gates.start + self._gates.lead)
        self._utterance: list[bytes] = []  # empty: nobody speaks
        self._speech = 0  # frames of it before an utterance; silence counts them down again
        self._surest = 0.0  # how sure of these
        self._silence = 0  # frames of it in a row within an utterance
        self._number = 0

    def transcribe(self, utterance: Utterance) -> str:
        return self._recognise(utterance)

    def hear(self, pcm: bytes, rate: int, agent_talks: bool) -> list[Sound]:
        samples = np.concatenate([self._rest, self._intake.feed(pcm, rate)])
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
            return self._within(likely >= self._gates.still_likely)
        self._before.append(to_pcm(frame))
        self._speech = self._speech + 1 if likely >= self._gates.likely else max(0, self._speech - 1)
        self._surest = max(self._surest, likely) if self._speech else 0.0
        if self._speech < (self._gates.barge_in if agent_talks else self._gates.start):
            return []
        if agent_talks and self._surest < SURELY:
            return []  # a cough: who speaks over the agent is as sure as that from the first frames on
        self._utterance, self._silence = list(self._before), 0
        return [SpeechStarted()]

    def _within(self, speech: bool) -> list[Sound]:
        paused = self._silence >= self._pause
        self._silence = 0 if speech else self._silence + 1
        if self._silence >= self._gates.end or len(self._utterance) >= LONGEST:
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
        self._forget()
        self._number += 1
        return [ended]

    def _said(self) -> Utterance:
        return Utterance(self._number, b"".join(self._utterance))
