"""The benchmark of the routing counts as it says, and the lessons can be learnt."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.benchmarks.routing import Outcome, Z, passed, report, share, wilson
from tests.teaching.lessons import LESSONS, NOTHING, Trade, trades

FOUND = Outcome("Where is it?", "find", {}, "find", {}, (), 1.0)
LOST = replace(FOUND, said="Where did it go?", function="lose")
OFFERED = replace(FOUND, said="Where might it be?", function=None, choice=("find", "lose"))
LET_BE = Outcome("Nice day.", None, {}, None, {}, (), 1.0)


@pytest.mark.parametrize("trade", list(trades(LESSONS)), ids=lambda trade: trade.name)
def test_a_lesson_has_three_sentences_for_most_that_may_be_meant_and_some_for_nothing(trade: Trade) -> None:
    assert len(trade.said) == len(trade.meant) == len(set(trade.said))
    wanted = set(trade.meant) - {NOTHING}
    assert wanted <= set(range(len(trade.meanings)))
    assert trade.meant.count(NOTHING) >= 5
    assert sum(trade.meant.count(each) >= 3 for each in wanted) > len(trade.meanings) / 2


@pytest.mark.parametrize(("right", "acted_on", "kept"), [(80, 4, True), (79, 4, False), (80, 5, False)])
def test_the_bounds_are_eighty_in_a_hundred_and_ten_in_a_hundred(right: int, acted_on: int, kept: bool) -> None:
    inside = [FOUND] * right + [LOST] * (100 - right)
    outside = [LET_BE] * (40 - acted_on) + [replace(LET_BE, function="find")] * acted_on
    assert passed(inside + outside) is kept


@pytest.mark.parametrize("detailed", [False, True])
def test_only_the_detailed_report_tells_what_was_said(detailed: bool) -> None:
    told = "\n".join(report({"trade": [FOUND, LOST, LET_BE]}, detailed))
    assert "1/2" in told
    assert (LOST.said in told) is detailed


def test_an_offer_with_the_right_function_first_is_right_but_not_at_once() -> None:
    assert (OFFERED.right, OFFERED.right_at_once) == (True, False)
    total = list(report({"trade": [FOUND, OFFERED, LOST, LET_BE]}, detailed=False))[-1]
    assert f"in scope {share(2, 3)}, at once {share(1, 3)}," in total


@pytest.mark.parametrize(("hits", "of"), [(81, 100), (3, 45), (1, 2)])
def test_the_interval_holds_the_shares_within_two_deviations(hits: int, of: int) -> None:
    for bound in wilson(hits, of):
        assert abs(hits / of - bound) == pytest.approx(Z * math.sqrt(bound * (1 - bound) / of))


def test_a_share_stays_a_share() -> None:
    assert wilson(0, 15)[0] == 0
    assert wilson(15, 15)[1] == 1
