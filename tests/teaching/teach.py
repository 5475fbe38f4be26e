"""Teach the offline model's brain what callers mean.

    pip install 'jax[cpu]' optax onnx
    nice python -m tests.teaching.teach                       on all sentences: writes the weights that are shipped
    nice python -m tests.teaching.teach --apart held.npz      on the lessons only; then measure on the other trades:
    python -m tests.benchmarks.routing tests/data/routing_former_exam.json --taught held.npz

MiniLM's upper layers learn that what a caller says lies near the function that serves it, nearer than to the others of
the trade, and that what none of them serves lies near none. Some ten minutes on one core. Never give it an exam.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from telephony_agent.offline.model.weights import MEANING, find
from telephony_agent.offline.model.wordpiece import pieces
from tests.teaching.lessons import LESSONS, NOTHING, TRIALS, Trade, trades
from tests.teaching.minilm import UNSEEN, File, embedded, meaning, through

SHIPPED = Path(__file__).resolve().parents[2] / "telephony_agent/offline/model/data/routing.npz"
UNTAUGHT = 3  # layers from below that stay as they are
STEPS = 160
TRADES, SAID, MEANINGS = 4, 10, 7  # in a step: so many trades, and of each so many sentences and meanings
LENGTHS = (24, 32)  # pieces; longer texts are cut
RATE = 1e-4  # of learning, at its highest
FIRST, LAST = 0.1, 0.05  # share of the steps in which it rises, and of it that is left in the end
DECAY = 0.01
SHARPNESS = 20.0  # what a likeness is multiplied with before it is compared
NONE = 0.3  # the likeness that nothing has, at first
OTHER_TRADES = 0.5  # how much it counts to be far from what other trades do
ASIDE = 98  # the trade of what is only there to fill a step


@dataclass(frozen=True)
class Prepared:
    """A trade whose texts have gone through the layers that stay: shape (length, WIDTH) each."""

    meanings: list[Any]
    said: list[Any]
    meant: tuple[int, ...]


def prepared(weights: dict[str, Any], lessons: Iterator[Trade]) -> list[Prepared]:
    below = jax.jit(lambda ids, mask: through(weights["layers"][:UNTAUGHT], embedded(weights, ids), mask))

    def read(text: str) -> Any:
        numbers = pieces(text)[: LENGTHS[-1]]
        ids, mask = np.zeros((1, LENGTHS[-1]), np.int32), np.zeros((1, LENGTHS[-1]), np.float32)
        ids[0, : len(numbers)], mask[0, : len(numbers)] = numbers, 1
        return np.asarray(below(ids, mask))[0, : len(numbers)]

    return [
        Prepared([read(text) for text in each.meanings], list(map(read, each.said)), each.meant) for each in lessons
    ]


def batch(rows: list[Any], count: int) -> tuple[Any, Any]:
    """Texts of different lengths in one array, and what of it is text."""
    length = next(each for each in LENGTHS if each >= max(map(len, rows)))
    vectors, mask = np.zeros((count, length, rows[0].shape[1]), np.float32), np.zeros((count, length), np.float32)
    mask[:, 0] = 1
    for at, row in enumerate(rows):
        vectors[at, : len(row)], mask[at, : len(row)] = row, 1
    return vectors, mask


def steps(taught: list[Prepared], random: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    """What each step compares. A meaning or sentence too few is filled up with what does not count."""
    queue: list[int] = []
    for _ in range(STEPS):
        said: list[Any] = []
        meanings: list[Any] = []
        of_said: list[tuple[int, int]] = []  # trade, and the meaning's place in the step
        of_meanings: list[int] = []  # trade
        for trade in range(TRADES):
            queue = queue or list(random.permutation(len(taught)))
            each = taught[queue.pop()]
            kept = [int(at) for at in random.permutation(len(each.meanings))[:MEANINGS]]
            wanted = [at for at in random.permutation(len(each.said)) if each.meant[at] in (NOTHING, *kept)][:SAID]
            for at in wanted:
                meant = each.meant[at]
                of_said.append((trade, NOTHING if meant == NOTHING else len(meanings) + kept.index(meant)))
                said.append(each.said[at])
            meanings += [each.meanings[at] for at in kept]
            of_meanings += [trade] * len(kept)
        room, more = TRADES * SAID - len(said), TRADES * MEANINGS - len(meanings)
        counts = np.array([1.0] * len(said) + [0.0] * room, np.float32)
        asked = np.array(of_said + [(ASIDE + 1, NOTHING)] * room)
        declared = np.array(of_meanings + [ASIDE] * more)
        yield *batch(said, len(said) + room), asked, counts, *batch(meanings, len(declared)), declared


def loss(pupil: dict[str, Any], said: Any, heard: Any, asked: Any, counts: Any, *meanings: Any) -> Any:
    """How surprising it is what was meant: among what the trade does and nothing, and among what all trades do."""
    texts, mask, declared = meanings
    callers = meaning(through(pupil["layers"], said, heard), heard)
    likeness = SHARPNESS * callers @ meaning(through(pupil["layers"], texts, mask), mask).T
    none = jnp.full((len(callers), 1), SHARPNESS) * pupil["none"]
    meant = jnp.where(asked[:, 1] == NOTHING, len(texts), asked[:, 1])[:, None]

    def surprise(seen: Any) -> Any:
        among = jnp.concatenate([jnp.where(seen, likeness, UNSEEN), none], axis=1)
        each = -jnp.take_along_axis(jax.nn.log_softmax(among, axis=-1), meant, axis=1)[:, 0]
        return (each * counts).sum() / counts.sum()

    return surprise(asked[:, :1] == declared) + OTHER_TRADES * surprise(declared != ASIDE)


def taught(weights: dict[str, Any], lessons: list[Prepared]) -> list[dict[str, Any]]:
    """The upper layers after the lessons."""
    pupil: dict[str, Any] = {"layers": weights["layers"][UNTAUGHT:], "none": jnp.array(NONE)}
    rate = optax.warmup_cosine_decay_schedule(0.0, RATE, int(FIRST * STEPS), STEPS, LAST * RATE)
    teacher = optax.adamw(rate, weight_decay=DECAY)
    memory = teacher.init(pupil)

    def step(pupil: Any, memory: Any, compared: Any) -> Any:
        surprise, slope = jax.value_and_grad(loss)(pupil, *compared)
        change, memory = teacher.update(slope, memory, pupil)
        return optax.apply_updates(pupil, change), memory, surprise

    quick = jax.jit(step)
    for number, compared in enumerate(steps(lessons, np.random.default_rng(0)), start=1):
        pupil, memory, surprise = quick(pupil, memory, compared)
        if number % 10 == 0:
            print(f"step {number} of {STEPS}: {float(surprise):.2f}", flush=True)
    return list(pupil["layers"])


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.teaching.teach")
    parser.add_argument("--apart", type=Path, help="teach the lessons only, and write this file instead")
    chosen = parser.parse_args(words)
    file = File(find(MEANING) / "model.onnx")
    weights = jax.tree.map(jnp.asarray, file.weights())
    sources = LESSONS if chosen.apart else (*LESSONS, *TRIALS)
    lessons = prepared(weights, trades(sources))
    written = chosen.apart or SHIPPED
    np.savez(written, **file.differences(UNTAUGHT, taught(weights, lessons)))
    print(f"{written}: {hashlib.sha256(written.read_bytes()).hexdigest()}, which belongs in weights.py")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
