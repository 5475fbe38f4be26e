"""The exam of the brain is the one that was frozen, and can be passed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.benchmarks.routing import DEVELOPMENT, EXAM, FROZEN

DOMAINS: dict[str, dict[str, Any]] = json.loads(EXAM.read_text(encoding="utf-8"))


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
