"""An operator's script for `demo --agent --script`: a TOML file, read with errors that name file, key and mend."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ..errors import ConfigError
from ..offline.phone.speech import read_line
from .script import Expected, Line, Script

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PLACE = re.compile(r"\$\.?(?P<table>\w+)?(?:\[(?P<index>\d+)\])?(?:\.(?P<key>[\w.\[\]]+))?")

EXAMPLE = """\
hangs_up = "agent"              # whose goodbye ends the call; "caller" if left out

[[line]]                        # what the caller says, in order
words = "When are you open on Sunday?"
answer = ["noon", "nine"]       # words that must be in what the caller hears next

[[line]]
words = "Wait, can I park there?"
interrupts = 1.5                # over the agent, when so many seconds of it are still to come

[[line]]
words = "Yes, please."
recording = "yes.wav"           # beside this file; without one a synthetic voice says the words
only_if = "shall I"             # left out unless the agent's last turn has these words

[[tool]]                        # what must have run; arguments are compared as text
name = "opening_hours"
arguments = { day = "sunday" }  # "{friday}", "{today}", "{tomorrow}" are dates as 2026-05-31
"""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    words: Annotated[str, Meta(pattern=r"\S")]
    recording: str | None = None
    interrupts: Annotated[float, Meta(gt=0)] | None = None
    answer: str | list[str] = []
    only_if: str | None = None


class _Tool(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    arguments: dict[str, Any] = {}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    line: Annotated[list[_Line], Meta(min_length=1)]
    tool: list[_Tool] = []
    hangs_up: Literal["agent", "caller"] = "caller"


def read_script(path: Path, today: dt.date) -> Script:
    """The script in a file. Raises ConfigError for all that can't be said, or can't come true."""
    try:
        content = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except OSError as error:
        raise ConfigError(f"--script {path} can't be read: {error.strerror}") from error
    except (UnicodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"--script {path} is not TOML: {error}; mend it there") from error
    except msgspec.ValidationError as error:
        raise _wrong(path, *_place(str(error))) from error
    lines: list[Line] = []
    for number, line in enumerate(content.line, 1):
        lines.append(_line(path, number, line))
        _check_order(path, number, lines)
    tools = [Expected(tool.name, _arguments(path, number, tool, today)) for number, tool in enumerate(content.tool, 1)]
    return Script(tuple(lines), tuple(tools), content.hangs_up)


def check_tools(path: Path, script: Script, names: list[str]) -> None:
    """Raises ConfigError for a tool that the agent does not have; `names` are those that it has."""
    for number, tool in enumerate(script.tools, 1):
        if tool.function not in names:
            has = ", ".join(names) or "none"
            raise _wrong(path, f"[[tool]] number {number}, name", f"the agent has no {tool.function!r}; it has: {has}")


def _line(path: Path, number: int, line: _Line) -> Line:
    recording = None
    if line.recording is not None:
        recording = path.parent / line.recording
        try:
            read_line(recording)
        except ConfigError as error:
            raise _wrong(path, f"[[line]] number {number}, recording", str(error)) from error
    answer = [line.answer] if isinstance(line.answer, str) else line.answer
    return Line(line.words, recording, line.interrupts, tuple(answer), line.only_if)


def _check_order(path: Path, number: int, lines: list[Line]) -> None:
    """A line that interrupts is waited for while the agent speaks: it must be sure to come."""
    if lines[-1].interrupts is None:
        return
    if lines[-1].only_if is not None:
        raise _wrong(path, f"[[line]] number {number}", "interrupts and only_if exclude each other; keep one")
    if len(lines) > 1 and lines[-2].only_if is not None:
        why = "it interrupts the answer to a line that may be left out; take only_if from the line before it"
        raise _wrong(path, f"[[line]] number {number}, interrupts", why)


def _arguments(path: Path, number: int, tool: _Tool, today: dt.date) -> Mapping[str, Any]:
    days = {name: _coming(today, weekday) for weekday, name in enumerate(WEEKDAYS)}
    days |= {"today": today.isoformat(), "tomorrow": (today + dt.timedelta(days=1)).isoformat()}
    arguments = {}
    for name, value in tool.arguments.items():
        try:
            arguments[name] = value.format_map(days) if isinstance(value, str) else _plain(value)
        except (KeyError, ValueError, IndexError) as error:
            mend = f"the braces may hold {', '.join(days)}; write {{{{ for a brace of your own"
            raise _wrong(path, f"[[tool]] number {number}, arguments.{name}", f"{value!r}: {mend}") from error
    return arguments


def _plain(value: Any) -> Any:
    """As the model would write it: TOML's times have seconds, ours may do without."""
    return value.isoformat("minutes") if isinstance(value, dt.time | dt.datetime) else value


def _coming(today: dt.date, weekday: int) -> str:
    """The next such day, never today."""
    return (today + dt.timedelta((weekday - today.weekday()) % 7 or 7)).isoformat()


def _place(error: str) -> tuple[str, str]:
    """Where and what, of msgspec's "what - at `$.line[0].words`"."""
    what, _, where = error.partition(" - at ")
    found = PLACE.match(where.strip("`"))
    if not found or not found["table"]:
        return "the file", what
    table = f"[[{found['table']}]] number {int(found['index']) + 1}" if found["index"] else found["table"]
    return f"{table}, {found['key']}" if found["key"] else table, what


def _wrong(path: Path, where: str, what: str) -> ConfigError:
    return ConfigError(f"--script {path}: {where}: {what} (`telephony-agent demo --help` shows a script)")
