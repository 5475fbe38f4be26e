"""What a text is about, as vectors: what a caller says is like what would serve it. MiniLM, 0.3 ms a word.

Its layers are ours, taught on what callers say to functions of many trades: see tests/teaching.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telephony_agent.offline.model.onnx import open_model
from telephony_agent.offline.model.weights import MEANING, TAUGHT, find
from telephony_agent.offline.model.wordpiece import pieces

REMEMBERED = 1024  # texts of some 30 kB: those of a dozen agents, which come again with every call
BATCH = 16  # texts that are read at once; more are not quicker

Vectors = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Read:
    """A text that was read, as unit vectors: all of it, shape (dimensions,), and its pieces, (pieces, dimensions)."""

    whole: Vectors
    pieces: Vectors

    def likeness(self, other: Read) -> float:
        """Of what was said to what it may mean, -1 to 1: half as a whole, half of each piece to the likest there."""
        by_piece = (self.pieces @ other.pieces.T).max(axis=1).mean()
        return float(self.whole @ other.whole + by_piece) / 2


class Meaning:
    """The weights, shared by all conversations. `taught` is the file of what differs from MiniLM."""

    def __init__(self, taught: Path | None = None) -> None:
        self._model = open_model(_model(taught or find(TAUGHT) / "data/routing.npz"))
        self._inputs = {given.name for given in self._model.get_inputs()}
        self._known: dict[str, Read] = {}
        self._lock = threading.Lock()

    def of(self, text: str) -> Read:
        """Some milliseconds, unless the text was met. It is not remembered: no caller says it again."""
        known = self._known.get(text)
        return self._batch([text])[0] if known is None else known

    def of_all(self, texts: Iterable[str]) -> list[Read]:
        """Theirs, met: those that are new are read in batches of like length, on all cores, and remembered."""
        wanted = list(texts)
        found = {text: self._known[text] for text in wanted if text in self._known}
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

    def _batch(self, texts: Sequence[str]) -> list[Read]:
        numbers = [pieces(text) for text in texts]
        ids = np.zeros((len(texts), max(map(len, numbers))), np.int64)
        mask = np.zeros_like(ids)
        for row, each in enumerate(numbers):
            ids[row, : len(each)], mask[row, : len(each)] = each, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (result, *_) = self._model.run(None, {name: value for name, value in given.items() if name in self._inputs})
        return [_read(vectors[: len(each)]) for vectors, each in zip(result, numbers, strict=True)]


def _model(taught: Path) -> bytes:
    """MiniLM's file with our weights in it: the parts of `taught` are called by their places in that file."""
    model = bytearray((find(MEANING) / "model.onnx").read_bytes())
    with np.load(taught) as parts:
        for place, part in parts.items():
            model[int(place) : int(place) + part.nbytes] = part.tobytes()
    return bytes(model)


def _read(vectors: Vectors) -> Read:
    whole = vectors.mean(axis=0)
    return Read(whole / np.linalg.norm(whole), vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
