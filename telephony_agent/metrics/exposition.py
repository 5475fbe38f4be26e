"""Counters, gauges and histograms, and the text in which Prometheus reads them.

https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4. All is counted in the loop: nothing locks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Sequence, Sized
from typing import Protocol

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SERIES = 100  # of one metric, by the values of its labels; what is new after that is counted as OTHER
OTHER = "other"

Values = tuple[str, ...]  # of the labels, in their order


class Metric(Protocol):
    def lines(self) -> Iterator[str]: ...


def page(metrics: Iterable[Metric]) -> str:
    """What Prometheus gets."""
    return "".join(f"{line}\n" for metric in metrics for line in metric.lines())


class Counter:
    """`name` ends in _total; `labels` are the names of what tells its series apart."""

    def __init__(self, name: str, help: str, *labels: str) -> None:
        self._name, self._help, self._labels = name, help, labels
        self._counts: dict[Values, float] = {} if labels else {(): 0.0}

    def add(self, *values: str, by: float = 1.0) -> None:
        values = _bounded(values, self._counts)
        self._counts[values] = self._counts.get(values, 0.0) + by

    def lines(self) -> Iterator[str]:
        yield from _head(self._name, self._help, "counter")
        for values, count in self._counts.items():
            yield _line(self._name, zip(self._labels, values, strict=True), count)


class Gauge:
    """Read when it is asked for."""

    def __init__(self, name: str, help: str, read: Callable[[], float]) -> None:
        self._name, self._help, self._read = name, help, read

    def lines(self) -> Iterator[str]:
        yield from _head(self._name, self._help, "gauge")
        yield _line(self._name, (), self._read())


class Histogram:
    """`bounds`: the highest value of each bucket, ascending; there is one more for what is above. Labels as above."""

    def __init__(self, name: str, help: str, bounds: Sequence[float], *labels: str) -> None:
        self._name, self._help, self._bounds, self._labels = name, help, bounds, labels
        self._buckets: dict[Values, list[int]] = {} if labels else {(): self._empty()}
        self._sums: dict[Values, float] = {}

    def add(self, value: float, *values: str) -> None:
        values = _bounded(values, self._buckets)
        self._buckets.setdefault(values, self._empty())[bisect_left(self._bounds, value)] += 1
        self._sums[values] = self._sums.get(values, 0.0) + value

    def _empty(self) -> list[int]:
        return [0] * (len(self._bounds) + 1)

    def lines(self) -> Iterator[str]:
        yield from _head(self._name, self._help, "histogram")
        for values, buckets in self._buckets.items():
            labels, count = list(zip(self._labels, values, strict=True)), 0
            for bound, more in zip([*map(str, self._bounds), "+Inf"], buckets, strict=True):
                count += more
                yield _line(f"{self._name}_bucket", [*labels, ("le", bound)], count)
            yield _line(f"{self._name}_sum", labels, self._sums.get(values, 0.0))
            yield _line(f"{self._name}_count", labels, count)


class _Known(Container[Values], Sized, Protocol): ...


def _bounded(values: Values, known: _Known) -> Values:
    """These, as long as there are few enough: a name of a function is the model's to make up."""
    return values if values in known or len(known) < SERIES else (OTHER,) * len(values)


def _head(name: str, help: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {help}"
    yield f"# TYPE {name} {kind}"


def _line(name: str, labels: Iterable[tuple[str, str]], value: float) -> str:
    shown = ",".join(f'{label}="{_quoted(text)}"' for label, text in labels)
    return f"{name}{{{shown}}} {value}" if shown else f"{name} {value}"


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
