"""The page, as Prometheus' own parser reads it."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from telephony_agent.metrics.exposition import OTHER, SERIES, Counter, Gauge, Histogram, Metric, page


def read(*metrics: Metric) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Each sample by its name and labels."""
    families = text_string_to_metric_families(page(metrics))
    return {(each.name, tuple(each.labels.items())): each.value for family in families for each in family.samples}


def test_a_counter_counts_each_of_its_series() -> None:
    ended = Counter("ended_total", "Calls that are over.", "why")
    ended.add("a")
    ended.add("a", by=2.5)
    ended.add("b")
    assert read(ended) == {("ended_total", (("why", "a"),)): 3.5, ("ended_total", (("why", "b"),)): 1.0}


def test_without_labels_there_is_a_zero_from_the_start() -> None:
    assert read(Counter("n_total", "N.")) == {("n_total", ()): 0.0}
    assert read(Histogram("s", "S.", (1.0,)))["s_count", ()] == 0.0


def test_a_gauge_is_read_when_it_is_asked_for() -> None:
    calls: list[int] = []
    up = Gauge("up", "Calls.", lambda: len(calls))
    calls.append(1)
    assert read(up) == {("up", ()): 1.0}


def test_the_buckets_of_a_histogram_hold_all_that_are_below() -> None:
    took = Histogram("took_seconds", "How long.", (0.1, 1.0), "route")
    for seconds in (0.05, 0.1, 0.5, 7.0):
        took.add(seconds, "voice")
    route = ("route", "voice")
    assert read(took) == {
        ("took_seconds_bucket", (route, ("le", "0.1"))): 2.0,
        ("took_seconds_bucket", (route, ("le", "1.0"))): 3.0,
        ("took_seconds_bucket", (route, ("le", "+Inf"))): 4.0,
        ("took_seconds_sum", (route,)): 7.65,
        ("took_seconds_count", (route,)): 4.0,
    }


def test_any_text_may_be_a_label() -> None:
    odd = 'a "quoted" \\ and\na second line, ä'
    counter = Counter("n_total", "N.", "of")
    counter.add(odd)
    assert read(counter) == {("n_total", (("of", odd),)): 1.0}


def test_what_somebody_makes_up_takes_no_more_memory_than_it_may() -> None:
    tools = Counter("tools_total", "Functions.", "tool", "outcome")
    took = Histogram("took", "How long.", (1.0,), "tool")
    for number in range(10 * SERIES):
        tools.add(f"tool {number}", "failed")
        took.add(0.5, f"tool {number}")
    samples = read(tools)
    assert len(samples) == SERIES + 1
    assert samples["tools_total", (("tool", OTHER), ("outcome", OTHER))] == 9 * SERIES
    assert len([name for name, _ in read(took) if name == "took_count"]) == SERIES + 1
