"""What a text is about, as vectors: what means the same points the same way. MiniLM, 0.3 ms a word."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from telephony_agent.offline.model.onnx import open_model
from telephony_agent.offline.model.weights import MEANING, find
from telephony_agent.offline.model.wordpiece import pieces, telling

REMEMBERED = 4096  # texts: those of a few dozen agents, which come again with every call
FEW = 3  # texts that are read at once where they are of all lengths
BATCH = 16  # texts that are read at once; more are not quicker

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Read:
    """A text's meaning as a unit vector, and those of the words in it that tell something: (words, dimensions)."""

    whole: Vectors = field(repr=False)
    words: Vectors = field(repr=False)


class Meaning:
    """The weights, shared by all conversations."""

    def __init__(self) -> None:
        self._model = open_model(find(MEANING) / "model.onnx")
        self._inputs = {given.name for given in self._model.get_inputs()}
        self._known: dict[str, Read] = {}
        self._lock = threading.Lock()

    def read(self, text: str) -> Read:
        """Some milliseconds, unless it was met."""
        return self._known.get(text) or self._batch([text])[0]

    def read_all(self, texts: Sequence[str]) -> list[Read]:
        """Without remembering: what one caller says, nobody says again. Few at once, for none is made longer for it."""
        ordered = sorted(set(texts), key=len)
        batches = [ordered[at : at + FEW] for at in range(0, len(ordered), FEW)]
        found = {text: read for batch in batches for text, read in zip(batch, self._batch(batch), strict=True)}
        return [found[text] for text in texts]

    def meet(self, texts: Iterable[str]) -> list[Read]:
        """Read and remember. Those not met before are read in batches of like length, on all cores."""
        wanted = list(texts)
        found = {text: read for text in wanted if (read := self._known.get(text))}
        if new := sorted({text for text in wanted if text not in found}, key=len):
            batches = [new[at : at + BATCH] for at in range(0, len(new), BATCH)]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                met = [read for batch in pool.map(self._batch, batches) for read in batch]
            found |= dict(zip(new, met, strict=True))
            self._remember(found)
        return [found[text] for text in wanted]

    def _remember(self, found: dict[str, Read]) -> None:
        with self._lock:
            if len(self._known) + len(found) > REMEMBERED:
                self._known.clear()
            self._known.update(found)

    def of_all(self, texts: Sequence[str]) -> Vectors:
        """The meanings of whole texts, met: shape (texts, dimensions)."""
        return np.stack([read.whole for read in self.meet(texts)])

    def _batch(self, texts: Sequence[str]) -> list[Read]:
        numbers = [pieces(text) for text in texts]
        ids = np.zeros((len(texts), max(map(len, numbers))), np.int64)
        mask = np.zeros_like(ids)
        for row, each in enumerate(numbers):
            ids[row, : len(each)], mask[row, : len(each)] = each, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (result, *_) = self._model.run(None, {name: value for name, value in given.items() if name in self._inputs})
        return [_read(vectors[: len(each)], each) for vectors, each in zip(result, numbers, strict=True)]


def _read(vectors: Vectors, numbers: list[int]) -> Read:
    telling_ones = [at for at, number in enumerate(numbers) if telling(number)] or list(range(len(numbers)))
    return Read(_unit(vectors.mean(axis=0)), _unit(vectors[telling_ones]))


def _unit(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths
