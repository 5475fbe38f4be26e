"""Which module of ours imports what, as its text says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "telephony_agent"


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT / PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {_name(file): file for file in sorted((ROOT / PACKAGE).rglob("*.py"))}


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), file)


def imported(file: Path) -> Iterator[str]:
    """Full names of all that a file imports: modules where they are ours, else `module.name`."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from full_names(node, file)


def full_names(node: ast.Import | ast.ImportFrom, file: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    package = file.relative_to(ROOT).parent.parts
    above = package[: len(package) - node.level + 1] if node.level else ()
    start = ".".join([*above, *([node.module] if node.module else [])])
    return [f"{start}.{alias.name}" for alias in node.names]


def module_of(full: str) -> str | None:
    """The module of ours that a full name is, or stands in."""
    package, _, name = full.partition(".")
    if package != PACKAGE:
        return None
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or "__init__"


def imported_of_ours(module: str) -> set[str]:
    """Which of our modules a module imports."""
    return {name for full in imported(MODULES[module]) if (name := module_of(full))} - {module}


def is_below(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")
