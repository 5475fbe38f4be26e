"""What a real line does to a call: frames lost, messages late, a clock that is off, echo and noise.

Pure, and the same for the same seed, so that a test that fails fails again.
"""

from __future__ import annotations

import audioop
from dataclasses import dataclass
from random import Random

from .levels import FRAME, FRAME_BYTES


@dataclass(frozen=True)
class Impairments:
    """Of one stream. `loss`: share of the caller's frames that never come (their timestamps are missing). `jitter`:
    seconds that a message may be late, either way of it. `stall` seconds in which nothing moves, every `stall_every`
    seconds. `drift`: by how much the phone's clock runs slow, 0.001 being a second in a thousand. `echo`: dB by which
    the agent's sound comes back, after `echo_delay` seconds; `noise`: dBFS of hiss on the caller's side."""

    loss: float = 0.0
    jitter: float = 0.0
    stall: float = 0.0
    stall_every: float = 10.0
    drift: float = 0.0
    echo: float | None = None
    echo_delay: float = 0.2
    noise: float | None = None
    seed: int = 0


CLEAN = Impairments()


class Delays:
    """When a message arrives that leaves now, one way. The order is kept."""

    def __init__(self, impairments: Impairments, delay: float) -> None:
        """`delay`: seconds that every message takes."""
        self._impairments = impairments
        self._delay = delay
        self._random = Random(impairments.seed)
        self._last = 0.0

    def due(self, now: float, since: float) -> float:
        """`since`: seconds since the stream began, which stalls are counted from."""
        jitter = self._random.uniform(0, self._impairments.jitter) if self._impairments.jitter else 0.0
        self._last = max(self._last, now + self._delay + jitter + self._stalled(since))
        return self._last

    def _stalled(self, since: float) -> float:
        every, stall = self._impairments.stall_every, self._impairments.stall
        if not stall or since < every:
            return 0.0
        return max(0.0, stall - since % every)


class Air:
    """The caller's side of a line: frames of 160 mu-law bytes, 20 ms each, as they leave for the service."""

    def __init__(self, impairments: Impairments) -> None:
        self._impairments = impairments
        self._random = Random(impairments.seed)
        delay = max(1, round(impairments.echo_delay / FRAME))
        self._echoes: list[bytes] = [b""] * delay

    @property
    def loses(self) -> bool:
        """Whether the next frame is lost."""
        return bool(self._impairments.loss) and self._random.random() < self._impairments.loss

    def heard(self, agent: bytes, caller: bytes) -> bytes:
        """`agent` is what the phone plays in these 20 ms, `caller` what is said into it."""
        echo, noise = self._impairments.echo, self._impairments.noise
        if echo is None and noise is None:
            return caller
        pcm = audioop.ulaw2lin(caller, 2)
        if echo is not None:
            self._echoes.append(agent)
            back = audioop.ulaw2lin(self._echoes.pop(0).ljust(FRAME_BYTES, b"\xff"), 2)
            pcm = audioop.add(pcm, audioop.mul(back, 2, 10 ** (-abs(echo) / 20)), 2)
        if noise is not None:
            pcm = audioop.add(pcm, self._hiss(noise, len(pcm) // 2), 2)
        return audioop.lin2ulaw(pcm, 2)

    def _hiss(self, level: float, samples: int) -> bytes:
        """White noise: its RMS is 1/sqrt(3) of its peak."""
        hiss = self._random.randbytes(2 * samples)
        return audioop.mul(hiss, 2, min(1.0, 3**0.5 * 10 ** (level / 20)))
