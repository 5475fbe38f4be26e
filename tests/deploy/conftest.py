"""What wants nginx, haproxy or systemd is left out, and said so, where they are not; but not in CI, where they must be.

`make check-deploy` is like CI.
"""

from __future__ import annotations

import os

import pytest

from tests.deploy.machine import MISSING

LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("CI"):
        return
    wanting = [item for item in items if any(mark.args[0] in MISSING for mark in item.iter_markers("needs"))]
    config.hook.pytest_deselected(items=wanting)
    items[:] = [item for item in items if item not in wanting]
    config.stash[LEFT_OUT] = len(wanting)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(LEFT_OUT, 0):
        names = ", ".join(MISSING)
        terminalreporter.write_line(f"left out, for want of {names} (apt-get install them): {count} tests")
