"""What an operator declares: the agent that answers, and what is known of a call when one is chosen for it."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType
from typing import Any, Literal, assert_never, get_args

from . import phrases
from .errors import ConfigError
from .live.options import USUAL, Options, ReplicatedVoice, check_language
from .policies import Callers, Hours, check_zone
from .record.entries import Apology, CallBack, Fallback, Transfer, Voicemail
from .toolbox.declare import Tool, declare, refused

SORRY = Apology()
OUR_FAULT = Apology(phrases.OUR_FAULT)
NOBODY_FREE = CallBack()
CLOSED = Apology(phrases.CLOSED)
EVERYBODY = Callers()
ATTESTED, NOT_ATTESTED = re.compile("TN-Validation-Passed-([ABC])"), "TN-Validation-Failed"  # in Twilio's StirVerstat
ENDED = ("completed", "busy", "failed", "no-answer", "canceled")  # Twilio's CallStatus of a call that is over
OFFERS = (  # fields, and what they may be
    ("busy", Fallback | None),
    ("person", Fallback),
    ("fallback", Fallback),
    ("unwelcome", Fallback | None),
)
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
    disclosure: str | None = phrases.AN_AI
    """The first sentence of a call, which says that it is an AI; None only where no law wants one.

    It is in the clip that the call begins with, if there is one. Else the model is told to say it, and told again if
    its transcript has no word of it.
    """
    recording_notice: str | None = None
    """A sentence that says that the call is recorded: it goes before the first sound that could be."""
    recording_agreed: bool = False
    """Callers have agreed to be recorded in another way, as by contract: without a notice, recording begins at once."""
    welcome: str | None = None
    """A greeting in these words, instead of the model's own.

    With this or a notice, all that comes first is a clip, made once in the agent's own voice and kept in `DATA_DIR`: it
    is heard at once, while the model connects.
    """
    turns: Turns = "model"
    """Whose ear says when the caller begins and ends to speak: the model's, or ours, which `call.expect` can tune."""
    idle_after: float = 20.0
    """Seconds of silence, once the agent's last words were heard, before it asks whether anyone is there."""
    idle_prompt: str = "The caller has been silent for a while. Ask in one short sentence whether they are still there."
    """What the model is told then."""
    longest_call: float = 1800.0
    """Seconds after which the agent says goodbye."""
    dearest_call: float | None = None
    """US dollars that the model may cost, after which the agent does so, too; None: no limit."""
    tells_unheard: bool | None = None
    """Tell the model at once what the caller did not hear of a turn that they spoke over; None: if it can be told
    without being made to speak, as the 3.8 models can. Others are told when their session is renewed."""
    tool_timeout: float = 20.0
    """Seconds that a tool without a limit of its own may take."""
    fallback: Fallback = SORRY
    """What a caller gets who can have no agent, because the model can't be reached or went wrong for good: an apology,
    a `Transfer` to somebody, `Voicemail`, or `CallBack`. Whom we have called hears of our fault, if it is not set."""
    busy: Fallback | None = None
    """What callers get when the line is full, or the model's quota used up; None: a busy line, or the `fallback`."""
    person: Fallback = NOBODY_FREE
    """What callers get who press 0 or ask for a person, whatever the model thinks of it."""
    hours: Hours | None = None
    """When this agent answers; None: always."""
    closed: Agent | Fallback = CLOSED
    """Who answers outside them: another agent, or what else a `fallback` may be."""
    callers: Callers = EVERYBODY
    """Who may call."""
    unwelcome: Fallback | None = None
    """What those get who may not; None: the line is busy for them, which costs nothing."""
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
        for each in (self.fallback, self.closed, self.unwelcome, self.busy, self.person):
            if isinstance(each, Apology | CallBack):
                _check_text("apology", each.text)
        if self.language is not None:
            check_language("Agent's language", self.language)
        for text in ("greeting", "disclosure", "recording_notice", "welcome"):
            if getattr(self, text) is not None:
                _check_text(text, getattr(self, text))
        for flag in ("search", "recording_agreed"):
            if not isinstance(getattr(self, flag), bool):
                raise ConfigError(f"Agent's {flag} is {getattr(self, flag)!r}; give True or False")
        if not isinstance(self.tells_unheard, bool | None):
            raise ConfigError(f"Agent's tells_unheard is {self.tells_unheard!r}; give True, False or None")
        if not isinstance(self.options, Options):
            raise ConfigError(f"Agent's options are {self.options!r}; give Options(...)")
        for seconds in ("idle_after", "longest_call", "tool_timeout"):
            _check_positive(seconds, getattr(self, seconds), "number of seconds")
        if self.dearest_call is not None:
            _check_positive("dearest_call", self.dearest_call, "sum of US dollars")
        if self.turns not in get_args(Turns):
            raise ConfigError(f"Agent's turns is {self.turns!r}; choose one of {', '.join(get_args(Turns))}")
        if self.timezone is not None:
            check_zone("Agent's timezone", self.timezone)
        for name, kind in (("hours", Hours | None), ("closed", Agent | Fallback), ("callers", Callers), *OFFERS):
            if not isinstance(getattr(self, name), kind):
                raise ConfigError(f"Agent's {name} is {getattr(self, name)!r:.80}; give {_named(kind)}")
        object.__setattr__(self, "declared", _declared(self.tools))

    @property
    def opening(self) -> str:
        """The words that every call begins with; the model may greet after them."""
        return " ".join(filter(None, (self.disclosed, self.recording_notice, self.welcome)))

    @property
    def disclosed(self) -> str:
        """The `disclosure`, in the agent's language if it is ours; empty: none."""
        return phrases.spoken(self.disclosure, self.language)[0] if self.disclosure else ""

    @property
    def sentences(self) -> Iterator[tuple[str, str]]:
        """What may have to be said in its stead, and in which language (BCP-47; "": English)."""
        if self.recording_notice:
            yield self.recording_notice, self.language or ""
        closed = None if self.hours is None or isinstance(self.closed, Agent) else self.closed
        offers: tuple[Fallback | None, ...] = (self.fallback, self.person, self.busy, closed, self.unwelcome)
        for each in offers:
            if each is not None:
                yield from (phrases.spoken(text, each.language or self.language) for text in _said(each))

    def answering(self, incoming: IncomingCall, moment: datetime) -> Agent | TurnedAway:
        """Who answers this call at that moment, which has a time zone."""
        if not self.callers.admit(incoming.caller):
            return TurnedAway(self, self.unwelcome)
        if self.hours is None or self.hours.open_at(moment):
            return self
        return (
            self.closed.answering(incoming, moment) if isinstance(self.closed, Agent) else TurnedAway(self, self.closed)
        )


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A caller whom this agent does not answer, and what they get instead; None: the call is to be refused."""

    agent: Agent
    answer: Fallback | None


@dataclass(frozen=True, slots=True)
class Order:
    """A call that we place."""

    number: str
    """Who is called, in E.164."""
    agent: Agent | None = None
    """Who speaks; None: who answers calls."""
    context: Mapping[str, str] = field(default_factory=dict)
    """What the agent is told of this call, and its tools may know."""
    voicemail: str | None = None
    """What is to be left on a machine after its beep; None: nothing, the agent hangs up."""
    spec: str = ""
    """MODULE:NAME of the agent, if it is not the one that answers calls."""
    longest: float = math.inf
    """Seconds after which Twilio ends the call, whoever is speaking."""


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call that Twilio asks us about, before it is answered. Numbers as Twilio gives them: E.164 or an address."""

    call_sid: str
    account_sid: str
    caller: str
    """Also "anonymous": the number is withheld."""
    called: str
    direction: str
    """As Twilio names it: inbound, or outbound-api for a call that we placed."""
    country: str = ""
    """The caller's, two letters; empty where Twilio does not know."""
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All that the webhook brought, by Twilio's names."""
    order: Order | None = None
    """What we wanted of it, for a call that we have placed."""

    @property
    def outbound(self) -> bool:
        """Whether we call; then `called` is the person, and `caller` is us."""
        return self.direction.startswith("outbound")

    @property
    def numbers(self) -> tuple[str, str]:
        """The other end's, and ours."""
        return (self.called, self.caller) if self.outbound else (self.caller, self.called)

    @property
    def ends(self) -> Mapping[str, str]:
        """The same for the records: as if they had called."""
        return dict(zip(("From", "To"), self.numbers, strict=True))

    @property
    def can_be_called_back(self) -> bool:
        """Whether the other end has a number that could be."""
        return re.fullmatch(r"\+[1-9]\d{6,14}", self.numbers[0]) is not None

    @property
    def over(self) -> bool:
        """Whether there is nobody any more to whom the answer could matter."""
        return self.parameters.get("CallStatus") in ENDED

    @property
    def attestation(self) -> str:
        """What the caller's carrier vouches for (STIR/SHAKEN): "A", the caller may use this number; "B", the caller is
        known to it; "C", nothing; "failed", the signature is wrong; "" if there is none, as outside North America.

        A hint at the risk, and no more: a good level does not say who holds the phone, a missing one nothing at all.
        """
        verdict = self.parameters.get("StirVerstat", "")
        passed = ATTESTED.fullmatch(verdict)
        return passed[1] if passed else "failed" if verdict.startswith(NOT_ATTESTED) else ""


ChooseAgent = Callable[[IncomingCall], Agent | Awaitable[Agent | None] | None]
"""A function that picks the agent for a call, by number, caller or hour, in 1.5 seconds; None refuses the call.

It may be async; one that is not runs in a thread.
"""


@dataclass(frozen=True, slots=True)
class Switchboard:
    """A function that picks the agent for a call, and the agent that answers where it fails or takes too long."""

    choose: ChooseAgent
    otherwise: Agent

    def __call__(self, incoming: IncomingCall) -> Agent | Awaitable[Agent | None] | None:
        return self.choose(incoming)


def known(agent: Agent | ChooseAgent) -> Agent | None:
    """The agent that is there before anybody calls."""
    answers = agent.otherwise if isinstance(agent, Switchboard) else agent
    return answers if isinstance(answers, Agent) else None


def _said(fallback: Fallback) -> tuple[str, ...]:
    match fallback:
        case Apology(text):
            return (text,)
        case CallBack(text, thanks):
            return text, thanks, Voicemail().words
        case Transfer(words=words):
            return (*filter(None, (words,)), *_said(NOBODY_FREE))  # if nobody answers there
        case Voicemail(words):
            return (words,)
        case _:
            assert_never(fallback)


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


def _check_positive(name: str, value: Any, what: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ConfigError(f"Agent's {name} is {value!r}; give a positive {what}")


def _named(kind: Any) -> str:
    return " or ".join(each.__name__ for each in get_args(kind) if each is not NoneType) or kind.__name__
