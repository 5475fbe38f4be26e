"""The exam of the brain is the one that was frozen, can be passed, and stays out of sight of who tunes it."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from typing import Any

import pytest

from tests.benchmarks.routing import DEVELOPMENT, EXAM, FROZEN, Outcome, Z, passed, report, share, wilson
from tests.teaching.lessons import LESSONS, NOTHING, Trade, trades

DOMAINS: dict[str, dict[str, Any]] = json.loads(EXAM.read_text(encoding="utf-8"))
FOUND = Outcome("Where is it?", "find", {}, "find", {}, (), 1.0)
LOST = replace(FOUND, said="Where did it go?", function="lose")
OFFERED = replace(FOUND, said="Where might it be?", function=None, choice=("find", "lose"))
LET_BE = Outcome("Nice day.", None, {}, None, {}, (), 1.0)


def test_the_exam_is_frozen() -> None:
    assert hashlib.sha256(EXAM.read_bytes()).hexdigest() == FROZEN


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_what_the_exam_wants_can_be_given(domain: dict[str, Any]) -> None:
    declared = {function["name"]: function["parameters"]["properties"] for function in domain["functions"]}
    assert (len(domain["requests"]), len(domain["out_of_scope"])) == (35, 15)
    assert {wanted for _, wanted, _ in domain["requests"]} == declared.keys()
    for said, wanted, expected in domain["requests"]:
        for name, value in expected.items():
            assert value in declared[wanted][name].get("enum", [value]), said


def test_nothing_was_tuned_on_the_trades_of_the_exam() -> None:
    for file in DEVELOPMENT:
        assert DOMAINS.keys().isdisjoint(json.loads(file.read_text(encoding="utf-8")))


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
