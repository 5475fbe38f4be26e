"""What an operator declares: the agent that answers, and what is known of a call when one is chosen for it."""

from __future__ import annotations

import math
import zoneinfo
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from .errors import ConfigError
from .live.options import USUAL, Options, ReplicatedVoice, check_language
from .record.entries import Apology
from .toolbox.declare import Tool, declare, refused

SORRY = Apology()
Turns = Literal["model", "local"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Who answers the phone. Raises ConfigError naming the field, or ToolError naming the function, when made wrong."""

    instructions: str
    """The system instruction: who the agent is, how it speaks, what it knows."""
    tools: Sequence[Callable[..., Any] | Tool] = ()
    """Functions marked with `@tool`."""
    voice: str | ReplicatedVoice = "Puck"
    """One of the model's voices, case-sensitive (`telephony-agent voices` renders them), or a recorded one."""
    language: str | None = None
    """What the agent speaks, as de-DE (BCP-47); None: what the caller speaks."""
    search: bool = False
    """The model may look things up with Google Search, which is billed by the query."""
    options: Options = USUAL
    """Anything else that the model can be asked for; `Options` has the list."""
    greeting: str | None = "Greet the caller in one short sentence and ask how you can help."
    """What the model is told so that it speaks first; None: the caller speaks first."""
    turns: Turns = "model"
    """Whose ear says when the caller begins and ends to speak: the model's, or ours, which `call.expect` can tune."""
    idle_after: float = 20.0
    """Seconds of silence, once the agent's last words were heard, before it asks whether anyone is there."""
    idle_prompt: str = "The caller has been silent for a while. Ask in one short sentence whether they are still there."
    """What the model is told then."""
    longest_call: float = 1800.0
    """Seconds after which the agent says goodbye."""
    tool_timeout: float = 20.0
    """Seconds that a tool without a limit of its own may take."""
    fallback: Apology = SORRY
    """What a caller gets who can have no agent, because the model can't be reached or went wrong for good."""
    name: str = "agent"
    """What logs and records call it."""
    timezone: str | None = None
    """IANA name of the zone whose date and time the model is told; None: the machine's."""
    declared: tuple[Tool, ...] = field(init=False, repr=False)
    """`tools`, declared."""

    def __post_init__(self) -> None:
        for text in ("instructions", "idle_prompt", "name"):
            _check_text(text, getattr(self, text))
        if not isinstance(self.voice, ReplicatedVoice):
            _check_text("voice", self.voice)
        _check_text("fallback", self.fallback.text)
        if self.language is not None:
            check_language("Agent's language", self.language)
        if self.greeting is not None:
            _check_text("greeting", self.greeting)
        if not isinstance(self.search, bool):
            raise ConfigError(f"Agent's search is {self.search!r}; give True or False")
        if not isinstance(self.options, Options):
            raise ConfigError(f"Agent's options are {self.options!r}; give Options(...)")
        for seconds in ("idle_after", "longest_call", "tool_timeout"):
            _check_seconds(seconds, getattr(self, seconds))
        if self.turns not in get_args(Turns):
            raise ConfigError(f"Agent's turns is {self.turns!r}; choose one of {', '.join(get_args(Turns))}")
        if self.timezone is not None:
            _check_zone(self.timezone)
        object.__setattr__(self, "declared", _declared(self.tools))


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call that Twilio asks us about, before it is answered. Numbers as Twilio gives them: E.164 or an address."""

    call_sid: str
    account_sid: str
    caller: str
    called: str
    direction: str
    """As Twilio names it: inbound, or outbound-api for a call that we placed."""
    country: str = ""
    """The caller's, two letters; empty where Twilio does not know."""
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All that the webhook brought, by Twilio's names."""


ChooseAgent = Callable[[IncomingCall], Agent | Awaitable[Agent | None] | None]
"""A function that picks the agent for a call, by number, caller or hour; None refuses the call."""


def _declared(tools: Sequence[Callable[..., Any] | Tool]) -> tuple[Tool, ...]:
    by_name: dict[str, Tool] = {}
    for each in tools:
        tool = each if isinstance(each, Tool) else declare(each)
        if tool.name in by_name:
            raise refused(tool.function, f"two tools are called {tool.name!r}; rename one")
        by_name[tool.name] = tool
    return tuple(by_name.values())


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"Agent's {name} is {value!r}; give it a text")


def _check_seconds(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ConfigError(f"Agent's {name} is {value!r}; give a positive number of seconds")


def _check_zone(name: str) -> None:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError for a folder of zones, as "Europe"
        mend = "give an IANA name as Europe/Berlin (a machine without time zone data needs `pip install tzdata`)"
        raise ConfigError(f"Agent's timezone {name!r} is unknown; {mend}") from None
