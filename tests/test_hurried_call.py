"""A call over real sockets on a hurried clock, whose model's server closes each connection after half a minute."""

from __future__ import annotations

from pathlib import Path

from telephony_agent.offline.model.terms import Terms
from tests import hurried
from tests.benchmarks.twelve_minutes import call


def test_a_session_that_is_renewed_is_found_by_the_log_and_by_nobody_who_listens(tmp_path: Path) -> None:
    told = hurried.run(call(75.0, Terms(lifetime=30.0), tmp_path), speed=8.0)
    assert len(told.renewed) == 2
    assert not told.found, (told.renewed, told.there, told.longest)
    assert told.known == told.answers > 10
    assert told.lost == 0
