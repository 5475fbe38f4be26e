"""Teach the offline model's brain what callers mean.

    pip install torch onnx
    nice python -m tests.teaching.teach held.npz              then measure on trades that it was not taught:
    python -m tests.benchmarks.routing tests/data/routing_former_exam.json --taught held.npz

MiniLM learns that what a caller says is like the function that serves it, liker than the others of the trade, and that
what none of them serves is like none. Some twenty minutes on one core. Never give it an exam.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from telephony_agent.offline.model.weights import MEANING, find
from telephony_agent.offline.model.wordpiece import pieces
from tests.teaching.lessons import LESSONS, NOTHING, Trade, trades
from tests.teaching.minilm import File, embedded, likenesses, through

ROUNDS = 5  # times that each trade is gone through
TRADES = 4  # in a step: what they do is kept apart too
LONGEST = 64  # pieces; longer texts are cut
TOGETHER = 64  # texts that go through the layers at once, of about one length
DROPPED = 0.1  # share of what a layer adds that is left out, so that nothing is learnt by heart
RATE = 1.5e-4  # of learning, at its highest
RISING = 0.1  # share of the steps in which it rises to that; then it falls
DECAY = 0.01
STEEPEST = 1.0  # length to which a step's slope is cut
SHARPNESS = 20.0  # what a likeness is multiplied with before it is compared
NONE = 0.3  # the likeness that "nothing" has to everything
OTHER_TRADES = 0.5  # how much it counts to be far from what other trades do
UNSEEN = -1e9  # for what is not to be compared
KEPT = (
    0.35  # share of MiniLM's own weights in the end: it knows plain words for what the lessons say in a roundabout way
)


@dataclass(frozen=True)
class Prepared:
    """A trade whose texts are numbers of pieces."""

    meanings: list[Any]
    said: list[Any]
    meant: tuple[int, ...]


def prepared(lessons: Iterable[Trade]) -> list[Prepared]:
    def read(text: str) -> Any:
        return torch.tensor(pieces(text)[:LONGEST])

    return [Prepared(list(map(read, each.meanings)), list(map(read, each.said)), each.meant) for each in lessons]


def vectors(weights: dict[str, Any], texts: list[Any]) -> list[Any]:
    """Those of each text's pieces, shape (pieces, WIDTH)."""
    read: list[Any] = [None] * len(texts)
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    for start in range(0, len(order), TOGETHER):
        some = order[start : start + TOGETHER]
        ids = pad_sequence([texts[at] for at in some], batch_first=True)
        mask = pad_sequence([torch.ones(len(texts[at])) for at in some], batch_first=True)
        for at, row in zip(some, through(weights["layers"], embedded(weights, ids), mask, DROPPED), strict=True):
            read[at] = row[: len(texts[at])]
    return read


def loss(weights: dict[str, Any], compared: list[Prepared]) -> Any:
    """How surprising it is what was meant: among what the trade does and nothing, and among what all trades do."""
    declared = list(chain.from_iterable(each.meanings for each in compared))
    said = list(chain.from_iterable(each.said for each in compared))
    of_declared = torch.tensor([at for at, each in enumerate(compared) for _ in each.meanings])
    of_said = torch.tensor([at for at, each in enumerate(compared) for _ in each.said])
    meant: list[int] = []
    for at, each in enumerate(compared):
        first = int((of_declared < at).sum())
        meant += [len(declared) if one == NOTHING else first + one for one in each.meant]
    read = vectors(weights, [*declared, *said])
    likeness = SHARPNESS * likenesses(read[len(declared) :], read[: len(declared)])
    none = torch.full((len(said), 1), SHARPNESS * NONE)
    theirs = likeness.masked_fill(of_said[:, None] != of_declared, UNSEEN)
    wanted = torch.tensor(meant)
    own, among_all = (functional.cross_entropy(torch.cat([each, none], 1), wanted) for each in (theirs, likeness))
    return own + OTHER_TRADES * among_all


def steps(lessons: list[Prepared], random: Random) -> Iterator[list[Prepared]]:
    """The trades of each step, all of them once a round."""
    order = list(chain.from_iterable(random.sample(lessons, len(lessons)) for _ in range(ROUNDS)))
    for start in range(0, len(order), TRADES):
        yield order[start : start + TRADES]


def teach(weights: dict[str, Any], lessons: list[Prepared]) -> None:
    """Change the layers by the lessons."""
    learning = [each.requires_grad_() for layer in weights["layers"] for part in layer.values() for each in part]
    every = list(steps(lessons, Random(0)))
    teacher = torch.optim.AdamW(learning, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(teacher, RATE, total_steps=len(every), pct_start=RISING)
    for number, compared in enumerate(every, start=1):
        teacher.zero_grad()
        surprise = loss(weights, compared)
        surprise.backward()
        torch.nn.utils.clip_grad_norm_(learning, STEEPEST)
        teacher.step()
        rate.step()
        if number % 10 == 0:
            print(f"step {number} of {len(every)}: {surprise.item():.2f}", flush=True)


def mixed(taught: list[dict[str, Any]], own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Layers between what was taught and what MiniLM brings. arXiv:2109.01903."""
    return [
        {key: [torch.lerp(a, b, KEPT) for a, b in zip(layer[key], other[key], strict=True)] for key in layer}
        for layer, other in zip(taught, own, strict=True)
    ]


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.teaching.teach")
    parser.add_argument("written", type=Path, help="the file to write; shipped is offline/model/data/routing.npz")
    written: Path = parser.parse_args(words).written
    torch.manual_seed(0)
    torch.set_num_threads(1)
    file = File(find(MEANING) / "model.onnx")
    weights = file.weights()
    teach(weights, prepared(trades(LESSONS)))
    np.savez(written, **file.differences(mixed(weights["layers"], file.weights()["layers"])))
    print(f"{written}: {hashlib.sha256(written.read_bytes()).hexdigest()}, which belongs in weights.py")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
