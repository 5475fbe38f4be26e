"""Every Python example of the documentation runs, on its own, in a folder of its own."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest

from telephony_agent.toolbox.declare import MARK, declare

ROOT = Path(__file__).parent.parent
PAGES = [page for page in ("README.md", "tools/README.md", "deploy/README.md") if (ROOT / page).exists()]
EXAMPLE = re.compile(r"^```python[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def examples() -> list[tuple[str, int, str]]:
    """Page, line and text of each."""
    found = []
    for page in PAGES:
        text = (ROOT / page).read_text()
        found += [(page, text.count("\n", 0, match.start(1)) + 1, match[1]) for match in EXAMPLE.finditer(text)]
    return found


@pytest.mark.parametrize(("page", "line", "text"), examples(), ids=lambda value: str(value)[:20].splitlines()[0])
def test_an_example_runs(page: str, line: int, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = types.ModuleType(f"example_{line}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    padded = "\n" * (line - 1) + text  # so that a traceback names the page's own line
    exec(compile(padded, str(ROOT / page), "exec", dont_inherit=True), vars(module))
    for value in list(vars(module).values()):
        if hasattr(value, MARK):
            declare(value)


def test_the_page_on_tools_has_examples() -> None:
    assert [page for page, _, _ in examples()].count("tools/README.md") >= 3
