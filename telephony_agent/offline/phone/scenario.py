"""A caller, and the people who may be called, written down: a YAML file for `ring --scenario`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ...errors import ConfigError
from . import plain_yaml

LONGEST = 14_400.0  # seconds; Twilio ends a call after four hours
WAV = ".wav"  # how the name of a recording ends; anything else is words
EXAMPLE = """\
caller:                         # what the caller does, one thing a step, in order
  - hears: true                 # the agent speaks and has finished
  - says: A person, please.     # by a synthetic voice; `recording: FILE.wav` needs none
  - put_through: true           # somebody else is on the line
  - hangs_up: true              # or `ended: service`: the service does

people:                         # whom the service may call
  - number: +12025550177
    does: answers               # or busy, no-answer, failed; `machine: true` is an answering machine
    after: 2.0                  # seconds of ringing
    steps:
      - told: table             # by a <Say>; `waits: 2.0` lets time pass
      - presses: "1"            # "#" and "*" want quotes

expect:
  status: completed
  faults: []                    # Twilio's numbers of what the service got wrong
"""

Seconds = Annotated[float, Meta(ge=0, le=LONGEST)]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of these: `told` and `put_through` wait for it, as `hears` and `ended` do."""

    says: str = ""
    recording: str = ""
    presses: str = ""
    leaves: str = ""
    told: str = ""
    hears: bool = False
    put_through: bool = False
    hangs_up: bool = False
    waits: Seconds = 0.0
    ended: Literal["", "caller", "service"] = ""

    def __post_init__(self) -> None:
        if len(self._given) != 1:
            raise ValueError(f"a step does {' and '.join(self._given) or 'nothing'}; give it one thing to do")
        if not re.fullmatch(r"[0-9*#]*", self.presses):
            raise ValueError(f"nobody presses {self.presses!r}; keys are 0-9, * and #")
        if self.recording and not self.recording.endswith(WAV):
            raise ValueError(f"recording {self.recording!r} is no {WAV} file; words are what somebody `says`")

    @property
    def _given(self) -> list[str]:
        return [name for name in self.__struct_fields__ if getattr(self, name)]

    @property
    def what(self) -> str:
        """The name of the one that is given."""
        return self._given[0]


class Someone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is called at `number`."""

    number: str
    does: Literal["answers", "busy", "no-answer", "failed"] = "answers"
    after: Seconds = 0.5
    machine: bool = False
    greeting: str = ""
    steps: list[Step] = []

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\+[1-9][0-9]{1,14}", self.number):
            raise ValueError(f"{self.number!r} is no number; give one as +12025550177")
        if self.steps and self.does != "answers":
            raise ValueError(f"{self.number} does {self.does}, so nobody is there for its steps; take one of them out")


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the caller's call. `faults`: Twilio's numbers, warnings aside, in order."""

    status: Literal["completed", "rejected", "failed"] = "completed"
    faults: list[int] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    caller: Annotated[list[Step], Meta(min_length=1)]
    people: list[Someone] = []
    expect: Expected = Expected()

    def __post_init__(self) -> None:
        numbers = [someone.number for someone in self.people]
        for number in numbers:
            if numbers.count(number) > 1:
                raise ValueError(f"{number} stands here twice; give each number once, with all its steps")


@dataclass(frozen=True)
class Scenario:
    """`folder` is where its recordings are."""

    caller: tuple[Step, ...]
    people: tuple[Someone, ...]
    expected: Expected
    folder: Path

    @property
    def words(self) -> set[str]:
        """All that is said: texts, and names of WAV files."""
        steps = [*self.caller, *(step for someone in self.people for step in someone.steps)]
        said = {words for step in steps for words in (step.says, step.recording, step.leaves)}
        return (said | {someone.greeting for someone in self.people}) - {""}


def read(path: Path) -> Scenario:
    """Raises ConfigError for what is no scenario, with the place and the mend."""
    try:
        content = plain_yaml.decode(path.read_text(encoding="utf-8"), _File)
    except OSError as error:
        raise ConfigError(f"--scenario {path} can't be read: {error.strerror}") from error
    except UnicodeError as error:
        raise ConfigError(f"--scenario {path} is not UTF-8: {error}; save it as that") from error
    except ValueError as error:
        raise ConfigError(f"--scenario {path}: {error} (`telephony-agent ring --help` shows one)") from error
    return Scenario(tuple(content.caller), tuple(content.people), content.expect, path.parent)
