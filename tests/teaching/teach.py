"""Teach the offline model's brain what callers mean.

    pip install torch onnx
    nice python -m tests.teaching.teach                       on all sentences: writes the weights that are shipped
    nice python -m tests.teaching.teach --apart held.npz      on the lessons only; then measure on the other trades:
    python -m tests.benchmarks.routing tests/data/routing_former_exam.json --taught held.npz

MiniLM's upper layers learn that what a caller says lies near the function that serves it, nearer than to the others of
the trade, and that what none of them serves lies near none. Some fifteen minutes on one core. Never give it an exam.
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

from telephony_agent.offline.model.weights import MEANING, find
from telephony_agent.offline.model.wordpiece import pieces
from tests.teaching.lessons import LESSONS, NOTHING, TRIALS, Trade, trades
from tests.teaching.minilm import File, embedded, meaning, through

SHIPPED = Path(__file__).resolve().parents[2] / "telephony_agent/offline/model/data/routing.npz"
UNTAUGHT = 2  # layers from below that stay as they are
ROUNDS = 5  # times that each trade is gone through
TRADES = 4  # in a step: what they do is kept apart too
LONGEST = 64  # pieces; longer texts are cut
TOGETHER = 64  # texts that go through the layers at once, of about one length
DROPPED = 0.1  # share of what a layer adds that is left out, so that nothing is learnt by heart
RATE = 1e-4  # of learning, at its highest
RISING = 0.1  # share of the steps in which it rises to that; then it falls
DECAY = 0.01
STEEPEST = 1.0  # length to which a step's slope is cut
SHARPNESS = 20.0  # what a likeness is multiplied with before it is compared
NONE = 0.3  # the likeness that "nothing" has to everything
OTHER_TRADES = 0.5  # how much it counts to be far from what other trades do
UNSEEN = -1e9  # for what is not to be compared


@dataclass(frozen=True)
class Prepared:
    """A trade whose texts have gone through the layers that stay: shape (length, WIDTH) each."""

    meanings: list[Any]
    said: list[Any]
    meant: tuple[int, ...]


def prepared(weights: dict[str, Any], lessons: Iterable[Trade]) -> list[Prepared]:
    def read(text: str) -> Any:
        ids = torch.tensor([pieces(text)[:LONGEST]])
        with torch.no_grad():
            return through(weights["layers"][:UNTAUGHT], embedded(weights, ids), torch.ones(ids.shape))[0]

    return [
        Prepared([read(text) for text in each.meanings], list(map(read, each.said)), each.meant) for each in lessons
    ]


def meanings(layers: list[dict[str, Any]], rows: list[Any]) -> Any:
    """The meanings of texts that have gone through the layers below, shape (texts, WIDTH)."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    read: list[Any] = []
    for start in range(0, len(order), TOGETHER):
        some = [rows[at] for at in order[start : start + TOGETHER]]
        mask = torch.nn.utils.rnn.pad_sequence([torch.ones(len(row)) for row in some], batch_first=True)
        vectors = torch.nn.utils.rnn.pad_sequence(some, batch_first=True)
        read.append(meaning(through(layers, vectors, mask, DROPPED), mask))
    return torch.cat(read)[torch.tensor(order).argsort()]


def loss(layers: list[dict[str, Any]], compared: list[Prepared]) -> Any:
    """How surprising it is what was meant: among what the trade does and nothing, and among what all trades do."""
    declared = list(chain.from_iterable(each.meanings for each in compared))
    said = list(chain.from_iterable(each.said for each in compared))
    of_declared = torch.tensor([at for at, each in enumerate(compared) for _ in each.meanings])
    of_said = torch.tensor([at for at, each in enumerate(compared) for _ in each.said])
    meant: list[int] = []
    for at, each in enumerate(compared):
        first = int((of_declared < at).sum())
        meant += [len(declared) if one == NOTHING else first + one for one in each.meant]
    vectors = meanings(layers, [*declared, *said])
    likeness = SHARPNESS * vectors[len(declared) :] @ vectors[: len(declared)].T
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


def taught(weights: dict[str, Any], lessons: list[Prepared]) -> list[dict[str, Any]]:
    """The upper layers after the lessons."""
    layers: list[dict[str, Any]] = weights["layers"][UNTAUGHT:]
    learning = [each.requires_grad_() for layer in layers for part in layer.values() for each in part]
    every = list(steps(lessons, Random(0)))
    teacher = torch.optim.AdamW(learning, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(teacher, RATE, total_steps=len(every), pct_start=RISING)
    for number, compared in enumerate(every, start=1):
        teacher.zero_grad()
        surprise = loss(layers, compared)
        surprise.backward()
        torch.nn.utils.clip_grad_norm_(learning, STEEPEST)
        teacher.step()
        rate.step()
        if number % 10 == 0:
            print(f"step {number} of {len(every)}: {surprise.item():.2f}", flush=True)
    return layers


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.teaching.teach")
    parser.add_argument("--apart", type=Path, help="teach the lessons only, and write this file instead")
    chosen = parser.parse_args(words)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    file = File(find(MEANING) / "model.onnx")
    weights = file.weights()
    lessons = prepared(weights, trades(LESSONS if chosen.apart else (*LESSONS, *TRIALS)))
    written = chosen.apart or SHIPPED
    np.savez(written, **file.differences(UNTAUGHT, taught(weights, lessons)))
    print(f"{written}: {hashlib.sha256(written.read_bytes()).hexdigest()}, which belongs in weights.py")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
