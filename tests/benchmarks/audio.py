"""The figures of `telephony_agent.audio` beside those of `audioop.ratecv`: python -m tests.benchmarks.audio

Levels are against the full-scale tone that went in; -100 dB is at or below. Ends with 1 if a bound on the sound
is missed. Times are printed with theirs, but a busy machine is not a failure.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from statistics import median
from time import perf_counter_ns

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # this module is run, so Python would show it here
    import audioop

    from telephony_agent.audio import (
        FROM_LIVE,
        LIVE_INPUT_RATE,
        LIVE_OUTPUT_RATE,
        PHONE_RATE,
        TO_LIVE,
        Downlink,
        Filter,
        Resampler,
        Uplink,
    )

from tests.sound import ALIASING, VOICE, Convert, delay, loudest, ripple, tone

ROUNDS = 3_000  # of each timed chunk; theirs and ours take turns, so that both meet the same machine

Row = tuple[str, float, float, float]  # what, ours, ratecv's, and what ours may be at most


def main() -> int:
    missed = show(
        "24 → 8 kHz, PCM, full scale", sound(FROM_LIVE, LIVE_OUTPUT_RATE, PHONE_RATE, (5_000, 6_000, 7_500, 10_000))
    )
    missed += show("8 → 16 kHz, PCM, full scale", sound(TO_LIVE, PHONE_RATE, LIVE_INPUT_RATE, (1_000, 3_000, 3_400)))
    print("\nµs per 20 ms frame, mu-law included                 ours          audioop.ratecv       ratio   bound")
    timed("up, 160 bytes", tone(1_000, PHONE_RATE, 0.01), Uplink().feed, Ratecv(PHONE_RATE, LIVE_INPUT_RATE).up)
    for milliseconds in (20, 40, 240):
        voice = tone(1_000, LIVE_OUTPUT_RATE, milliseconds / 1_000)
        label = f"down, chunks of {milliseconds} ms"
        timed(label, voice, Downlink().feed, Ratecv(LIVE_OUTPUT_RATE, PHONE_RATE).down, milliseconds / 20)
    print(f"\n{missed} bounds missed." if missed else "\nEvery bound on the sound is kept.")
    return 1 if missed else 0


class Ratecv:
    """What most phone agents use: linear interpolation, state kept."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._rates = rate_in, rate_out
        self._state: audioop._RatecvState | None = None

    def feed(self, pcm: bytes) -> bytes:
        converted, self._state = audioop.ratecv(pcm, 2, 1, *self._rates, self._state)
        return converted

    def up(self, ulaw: bytes) -> bytes:
        return self.feed(audioop.ulaw2lin(ulaw, 2))

    def down(self, pcm: bytes) -> bytes:
        return audioop.lin2ulaw(self.feed(pcm), 2)


def sound(fir: Filter, rate_in: int, rate_out: int, shown: tuple[int, ...]) -> list[Row]:
    def measured(what: str, bound: float, figure: Callable[[Convert], float]) -> Row:
        ours = figure(lambda pcm: Resampler(fir).feed(pcm))
        return what, ours, figure(lambda pcm: Ratecv(rate_in, rate_out).feed(pcm)), bound

    def unwanted(hertz: int) -> Callable[[Convert], float]:
        return lambda convert: loudest(convert, hertz, rate_in, rate_out)

    kind, tones = ("alias", ALIASING) if rate_in > rate_out else ("image", range(50, VOICE.stop, 50))
    rows = [measured(f"{kind} of {hertz} Hz, dB", -70, unwanted(hertz)) for hertz in shown]
    worst = f"worst {kind}, {tones[0]} to {tones[-1]} Hz, dB"
    return [
        *rows,
        measured(worst, -70, lambda c: max(loudest(c, hertz, rate_in, rate_out) for hertz in tones)),
        measured("ripple, 300 to 3400 Hz, dB", 0.5, lambda c: ripple(c, rate_in, rate_out)),
        measured("delay, withheld included, ms", 2.5, lambda c: delay(c, rate_in, rate_out)),
    ]


def show(title: str, rows: list[Row]) -> int:
    print(f"\n{title:<42}{'ours':>10}{'ratecv':>10}{'bound':>10}")
    missed = 0
    for what, ours, theirs, bound in rows:
        too_much = ours > bound
        missed += too_much
        print(f"  {what:<40}{ours:>10.2f}{theirs:>10.2f}{f'≤ {bound:g}':>10}{'  MISSED' if too_much else ''}")
    return missed


def timed(label: str, chunk: bytes, ours: Convert, theirs: Convert, frames: float = 1.0) -> None:
    """Best and median of many; the best is what the code costs, the median what this machine made of it."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for feed, taken in zip((ours, theirs), times, strict=True):
            start = perf_counter_ns()
            feed(chunk)
            taken.append((perf_counter_ns() - start) / 1_000 / frames)
    (best, middle), (their_best, their_middle) = ((min(taken), median(taken)) for taken in times)
    figures = f"{best:6.2f} (median {middle:6.2f})  {their_best:6.2f} (median {their_middle:6.2f})"
    print(f"  {label:<36}{figures}  {best / their_best:6.1f}    ≤ 25")


if __name__ == "__main__":
    sys.exit(main())
