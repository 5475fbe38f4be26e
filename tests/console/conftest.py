"""What wants a browser is left out, and said so, where there is none; but not in CI, where it must be."""

from __future__ import annotations

import os

import pytest

from tests.console.browser import CHROMIUM

LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if CHROMIUM is not None or os.environ.get("CI"):
        return
    wanting = [item for item in items if item.path.name == "test_browser.py"]
    config.hook.pytest_deselected(items=wanting)
    items[:] = [item for item in items if item not in wanting]
    config.stash[LEFT_OUT] = len(wanting)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"left out, for want of chromium (apt-get install it): {count} tests")
