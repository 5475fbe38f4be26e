"""A caller, and the people who may be called, written down: a TOML file for `ring --scenario`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ...errors import ConfigError

EXAMPLE = """\
[[caller]]                      # what the caller does, one thing a step, in order
hears = true                    # the agent speaks and has finished
[[caller]]
says = "A person, please."      # by a synthetic voice; recording = "FILE.wav" needs none
[[caller]]
put_through = true              # somebody else is on the line
[[caller]]
hangs_up = true                 # or ended = "service": the service does

[[person]]                      # somebody whom the service may call
number = "+12025550177"
does = "answers"                # or busy, no-answer, failed; machine = true is an answering machine
after = 2.0                     # seconds of ringing
step = [{ told = "table" }, { presses = "1" }]      # told: by a <Say>; waits = 2.0 lets time pass

[expect]
status = "completed"
faults = []                     # Twilio's numbers of what the service got wrong
"""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of these: `told` and `put_through` wait for it, as `hears` and `ended` do."""

    says: str = ""
    recording: str = ""
    presses: Annotated[str, Meta(pattern=r"^[0-9*#]*$")] = ""
    leaves: str = ""
    told: str = ""
    hears: bool = False
    put_through: bool = False
    hangs_up: bool = False
    waits: Annotated[float, Meta(ge=0)] = 0.0
    ended: Literal["", "caller", "service"] = ""

    @property
    def what(self) -> str:
        """The name of the one that is given."""
        (name,) = (name for name in self.__struct_fields__ if getattr(self, name))
        return name


class Someone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is called at `number`."""

    number: Annotated[str, Meta(pattern=r"^\+[1-9]\d{1,14}$")]
    does: Literal["answers", "busy", "no-answer", "failed"] = "answers"
    after: Annotated[float, Meta(ge=0)] = 0.5
    machine: bool = False
    greeting: str = ""
    step: list[Step] = []


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the caller's call. `faults`: Twilio's numbers, warnings aside, in order."""

    status: Literal["completed", "rejected", "failed"] = "completed"
    faults: list[int] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    caller: Annotated[list[Step], Meta(min_length=1)]
    person: list[Someone] = []
    expect: Expected = Expected()


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
        steps = [*self.caller, *(step for someone in self.people for step in someone.step)]
        said = {words for step in steps for words in (step.says, step.recording, step.leaves)}
        return (said | {someone.greeting for someone in self.people}) - {""}


def read(path: Path) -> Scenario:
    """Raises ConfigError for what is no scenario, with the place and the mend."""
    try:
        content = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except OSError as error:
        raise ConfigError(f"--scenario {path} can't be read: {error.strerror}") from error
    except (UnicodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"--scenario {path} is not TOML: {error}; mend it there") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"--scenario {path}: {error} (`telephony-agent ring --help` shows one)") from error
    for number, step in enumerate([*content.caller, *(step for one in content.person for step in one.step)], 1):
        given = [name for name in step.__struct_fields__ if getattr(step, name)]
        if len(given) != 1:
            raise ConfigError(f"--scenario {path}: step {number} does {' and '.join(given) or 'nothing'}; give it one")
    return Scenario(tuple(content.caller), tuple(content.person), content.expect, path.parent)
