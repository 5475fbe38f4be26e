"""Is this speech? Silero's detector, 0.15 ms for 32 ms of sound, so it runs where the sound comes in."""

from __future__ import annotations

from typing import Any

import numpy as np

from telephony_agent.offline.model.listener import RATE
from telephony_agent.offline.model.onnx import open_model
from telephony_agent.offline.model.resample import Samples
from telephony_agent.offline.model.weights import VOICE_ACTIVITY, find

CONTEXT = 64  # samples of the frame before, which the network wants to see again
MEMORY = (2, 1, 128)  # shape of what the network remembers


class VoiceActivity:
    """The weights; `detector()` makes what one session listens with."""

    def __init__(self) -> None:
        self._model = open_model(find(VOICE_ACTIVITY) / "data/silero_vad.onnx")

    def detector(self) -> Detector:
        return Detector(self._model)


class Detector:
    """How likely each frame of 512 samples at 16 kHz is speech, 0..1; called with one after the other."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.forget()

    def forget(self) -> None:
        """Begin anew. What it remembers of one utterance makes it doubt a short one some seconds later."""
        self._memory = np.zeros(MEMORY, np.float32)
        self._context = np.zeros(CONTEXT, np.float32)

    def __call__(self, frame: Samples) -> float:
        seen = np.concatenate([self._context, frame])[None]
        inputs = {"input": seen, "state": self._memory, "sr": np.array(RATE, np.int64)}
        likely, self._memory = self._model.run(None, inputs)
        self._context = frame[-CONTEXT:]
        return float(likely[0, 0])
