"""What a sentence is about, as a vector: sentences that mean the same point the same way. MiniLM, 4 ms each."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from telephony_agent.offline.model.onnx import open_model
from telephony_agent.offline.model.weights import MEANING, find
from telephony_agent.offline.model.wordpiece import pieces

REMEMBERED = 4096  # sentences: those of a few dozen agents, which come again with every call

Vectors = NDArray[np.float32]


class Meaning:
    """The weights, shared by all conversations."""

    def __init__(self) -> None:
        self._model = open_model(find(MEANING) / "model.onnx")
        self._inputs = {given.name for given in self._model.get_inputs()}
        self._known: dict[str, Vectors] = {}
        self._lock = threading.Lock()

    def of(self, sentence: str) -> Vectors:
        """A unit vector."""
        ids = np.array([pieces(sentence)], np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (result, *_) = self._model.run(None, {name: value for name, value in given.items() if name in self._inputs})
        vector: Vectors = result[0].mean(axis=0) if result.ndim == 3 else result[0]
        return vector / np.linalg.norm(vector)

    def of_all(self, sentences: Sequence[str]) -> Vectors:
        """Shape (sentences, dimensions); what was asked for before costs nothing."""
        return np.stack([self._remembered(sentence) for sentence in sentences])

    def _remembered(self, sentence: str) -> Vectors:
        if (vector := self._known.get(sentence)) is None:
            vector = self.of(sentence)
            with self._lock:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[sentence] = vector
        return vector
