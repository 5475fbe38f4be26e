"""One leg of a call, as Twilio keeps it: where it stands, what it was told to do next, whom it tells, its record.

What its TwiML makes of it is in `performing`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

from . import line as line_
from . import parameters, twiml
from .impairments import CLEAN, Impairments
from .line import Line
from .messages import Fault
from .network import Network
from .recording import Journal, Recording
from .rooms import Room
from .stream import Stream
from .twiml import Refused
from .unknowns import SEEN, Unknowns
from .verbs import Play, Say, Verb
from .webhook import TooManyRedirections

TYPES = ("text/xml", "application/xml")  # of TwiML; Twilio takes others for something to say or to play
HTTP_FAILURE = 11200
NOT_TWIML = 12300
REDIRECTED = 11215

logger = logging.getLogger(__name__)

Status = Literal[
    "queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"
]
ENDED = ("completed", "busy", "failed", "no-answer", "canceled")
Loss = Literal["action", "fallback", "hangup"]


def new_sid(kind: str) -> str:
    """`kind`: CA, MZ, CF, RE, SM, PN, AC, SK."""
    return kind + secrets.token_hex(16)


@dataclass(frozen=True)
class Ring:
    """Which service is rung, and as whom.

    `url` is the service's voice webhook. Without `auth_token` nothing is signed. `connect_to` sends all connections
    to one (host, port) while URLs, Host headers and signatures stay public; on loopback it is plain, unless there is an
    `authority`: a file of certificates to trust. `delay`: seconds each way on the stream.
    `status_url` is told when the call is over. `out`: a folder for `call.wav` and `call.jsonl`.

    What nobody has documented can be chosen: whether marks come back on `clear`, what follows when a stream is lost
    without a close frame, whether keys are also heard as tones, and the `unknowns` of a stream.
    """

    url: str
    auth_token: str | None = field(default=None, repr=False)
    account_sid: str = "AC" + "0" * 31 + "1"
    from_number: str = "+12025550143"
    to_number: str = "+12025550188"
    status_url: str | None = None
    fallback_url: str | None = None
    connect_to: tuple[str, int] | None = None
    authority: Path | None = None
    delay: float = 0.0
    impairments: Impairments = CLEAN
    out: Path | None = None
    marks_on_clear: bool = True
    after_loss: Loss = "action"
    tones: bool = False
    unknowns: Unknowns = SEEN
    call_sid: str = field(default_factory=lambda: new_sid("CA"))


@dataclass(frozen=True)
class Detection:
    """Answering machine detection. `to_end`: not before a machine has said its greeting. `waits`: the call does, else
    it goes on and `callback` is told. `patience` in seconds."""

    to_end: bool = False
    callback: str | None = None
    patience: float = 30.0
    waits: bool = True


@dataclass(frozen=True)
class Outgoing:
    """How a call is placed. `document`: the TwiML that came with the order, in place of a URL to ask. `parent`: the
    call that dials it; `joins`: after its own TwiML it talks to that one. `timeout`: seconds that it may ring."""

    direction: Literal["outbound-api", "outbound-dial"] = "outbound-api"
    document: tuple[Verb, ...] | None = None
    parent: str | None = None
    joins: bool = False
    timeout: float = 60.0
    time_limit: float = 4 * 3600.0
    status_events: tuple[str, ...] = ("completed",)
    detection: Detection | None = None
    records: bool = False
    recording_callback: str | None = None
    keys: str = ""  # pressed when it is answered


@dataclass(frozen=True)
class Ending:
    """How a call ended: `completed`; `rejected` by the service without answering; `failed` where Twilio would play
    its "application error", or could not place it; `busy`, `no-answer` and `canceled` of a call that was placed.
    `reason` is for people; `caller` is whoever holds the telephone."""

    status: Literal["completed", "rejected", "failed", "busy", "no-answer", "canceled"]
    by: Literal["caller", "service"]
    reason: str


@dataclass(frozen=True)
class Page:
    """Where TwiML is asked for, and what is told besides the usual."""

    url: str
    extra: Mapping[str, str] = field(default_factory=dict)


Next = Page | tuple[Verb, ...] | Ending
HUNG_UP = Ending("completed", "caller", "the caller hung up")


@dataclass
class Pause:
    """Of a recording, which `skips` it, or has silence; None: it goes on."""

    began: float
    skips: bool
    ended: float | None = None


@dataclass
class Taped:
    """A recording, as REST tells of it. Times in seconds since the ring; `voice`: a message left, mu-law."""

    sid: str
    call_sid: str
    source: str
    channels: int = 1
    callback: str | None = None
    events: tuple[str, ...] = ("completed",)
    status: Literal["in-progress", "paused", "stopped", "completed"] = "in-progress"
    began: float = 0.0
    ended: float | None = None
    voice: bytearray = field(default_factory=bytearray)
    pauses: list[Pause] = field(default_factory=list)

    def pause(self, now: float, skips: bool) -> None:
        if self.status == "in-progress":
            self.status = "paused"
            self.pauses.append(Pause(now, skips))

    def go_on(self, now: float) -> None:
        if self.status == "paused":
            self.status = "in-progress"
            self.pauses[-1].ended = now


class Switch(Protocol):
    """What a call has around it: `exchange.Exchange`."""

    network: Network
    api_url: str

    def place(self, ring: Ring, outgoing: Outgoing) -> Call: ...

    def find(self, sid: str) -> Call | None:
        """A call, also one that is over."""
        ...

    def recorded(self, call: Call, tape: Taped) -> None:
        """Tells a recording's status URL, if it wants to know."""
        ...

    def room(self, name: str) -> Room:
        """The conference of that name that is going on, or a new one."""
        ...


class Call:
    """`changed` is called by whatever changes it, and wakes those who wait in `until`."""

    def __init__(self, ring: Ring, switch: Switch, outgoing: Outgoing | None = None) -> None:
        self.ring = ring
        self.switch = switch
        self.network = switch.network
        self.outgoing = outgoing
        self.status: Status = "queued" if outgoing else "ringing"
        self.epoch = asyncio.get_running_loop().time()
        self.created = datetime.now(UTC)
        self.answered: float | None = None  # seconds since the ring
        self.over: float | None = None
        self.answered_by = ""
        self.lines: list[Line] = []
        self.stream: Stream | None = None  # the one that is up
        self.forks: dict[str, Stream] = {}  # one-way streams, by name
        self.ending: Ending | None = None
        self.faults: list[Fault] = []  # outside of the streams
        self.announced: list[str] = []  # what <Say> said
        self.played: list[str] = []  # URLs of <Play>, and digits that the service pressed
        self.limit: asyncio.TimerHandle | None = None  # of its length
        self.keys: list[str] = []  # pressed while no stream was up, and not yet gathered
        self.talks_to: str | None = None  # a CallSid, or a conference's SID
        self.taping: Taped | None = None  # a <Record> that listens
        self.tapes: list[Taped] = []
        self.journal = Journal(kept=ring.out is not None)
        self.watchers: list[Callable[[], None]] = []
        self._news = asyncio.Event()
        self._orders: Next | None = None
        self._told = 0
        self.in_order = asyncio.Lock()  # held by who tells the status URL

    @property
    def sid(self) -> str:
        return self.ring.call_sid

    @property
    def now(self) -> float:
        """Seconds since the ring."""
        return asyncio.get_running_loop().time() - self.epoch

    @property
    def direction(self) -> str:
        return self.outgoing.direction if self.outgoing else "inbound"

    @property
    def seconds(self) -> float:
        """How long people could talk, so far."""
        if self.answered is None:
            return 0.0
        return (self.now if self.over is None else self.over) - self.answered

    # What happens to it

    def hang_up(self) -> None:
        """The caller's. Whatever is going on ends; `ending` is set when it has."""
        self.turn(HUNG_UP)

    def turn(self, orders: Next) -> None:
        """Takes the call away from what it is doing. Nothing comes after an end."""
        if not isinstance(self._orders, Ending):
            self._orders = orders
        if self.stream is not None:
            self.stream.feed(line_.HangUp())
        self.changed()

    @property
    def turned(self) -> bool:
        return self._orders is not None

    @property
    def leaving(self) -> bool:
        """Whether its end is ordered."""
        return isinstance(self._orders, Ending)

    def take_orders(self) -> Next | None:
        """What it was told to do next; an end stays."""
        orders = self._orders
        if not isinstance(orders, Ending):
            self._orders = None
        return orders

    def press(self, digit: str) -> None:
        if self.stream is not None:
            self.stream.feed(line_.Press(digit))
        else:
            self.keys.append(digit)
        self.changed()

    def pick_up(self) -> None:
        """The call is answered, by whichever side was called."""
        if self.answered is None:
            self.answered = self.now
            self.status = "in-progress"
            self.changed()

    def changed(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
        for watcher in self.watchers:
            watcher()

    async def until(self, true: Callable[[], bool], within: float | None = None) -> bool:
        """Waits; False if it did not come true in time."""
        try:
            async with asyncio.timeout(within):
                while not true():
                    await self._news.wait()
        except TimeoutError:
            return true()
        return True

    # Whom it asks and tells

    def form(self) -> dict[str, str]:
        """What every request about this call says."""
        ring = self.ring
        form = parameters.voice(
            ring.account_sid, ring.call_sid, ring.from_number, ring.to_number, self.status, self.direction
        )
        if self.outgoing is not None and self.outgoing.parent is not None:
            form["ParentCallSid"] = self.outgoing.parent
        if self.answered_by:
            form["AnsweredBy"] = self.answered_by
        return form

    async def ask(self, page: Page) -> tuple[Verb, ...]:
        """A document; if there is none to be had, the fallback's. Raises Refused where Twilio gives up."""
        try:
            return await self._ask(page)
        except Refused as error:
            self.fault(error.code, str(error))
            if self.ring.fallback_url in (None, page.url):
                raise
            assert self.ring.fallback_url is not None
            return await self.ask(fallback(self.ring.fallback_url, error.code, page.url))

    async def _ask(self, page: Page) -> tuple[Verb, ...]:
        url = page.url
        try:
            answer = await self.network.post(url, {**self.form(), **page.extra})
        except TooManyRedirections as error:
            raise Refused(REDIRECTED, f"{url}: {error}") from error
        except OSError as error:
            raise Refused(HTTP_FAILURE, f"{url} can't be reached: {error or type(error).__name__}") from error
        self.journal.noted(self.now, post=url, status=answer.status)
        if answer.status != 200:
            raise Refused(HTTP_FAILURE, f"{url} answered {answer.status}: {answer.body[:200].strip()}")
        if answer.type not in TYPES:
            raise Refused(NOT_TWIML, f"{url} answered with {answer.type}; TwiML is text/xml")
        self.journal.noted(self.now, twiml=answer.body)
        return tuple(twiml.parse(answer.body, url))

    async def tell(self, url: str, form: Mapping[str, str]) -> None:
        """A callback: its answer changes nothing, a failure is noted."""
        try:
            answer = await self.network.post(url, dict(form))
        except OSError as error:
            self.fault(HTTP_FAILURE, f"callback to {url} failed: {error or type(error).__name__}")
            return
        event = form.get("StreamEvent") or form.get("CallStatus", "")
        self.journal.noted(self.now, post=url, event=event, status=answer.status)
        if not 200 <= answer.status < 300:
            self.fault(HTTP_FAILURE, f"callback to {url} was answered {answer.status}")

    def progress(self, event: str) -> dict[str, str] | None:
        """What the status URL is told of `event`: initiated, ringing, answered, completed. None if it did not ask."""
        wanted = self.outgoing.status_events if self.outgoing else ("completed",)
        if self.ring.status_url is None or event not in wanted:
            return None
        seconds = self.seconds if event == "completed" else None
        self._told += 1
        return parameters.progress(self.form(), seconds, self._told - 1, datetime.now(UTC))

    # What remains of it

    def hear(self, verb: Say | Play) -> None:
        """Twilio's own voice, or a file; they take no time here."""
        match verb:
            case Say(text):
                self.journal.noted(self.now, say=text)
                self.announced.append(text)
            case Play(url, digits):
                self.journal.noted(self.now, play=url or digits)
                self.played.append(url or digits)
        self.changed()

    def fault(self, code: int, reason: str) -> None:
        logger.warning("%s: %d, %s", self.sid, code, reason)
        self.journal.noted(self.now, fault=code, reason=reason)
        self.faults.append(Fault(code, reason, self.now))

    def keep(self) -> None:
        if (folder := self.ring.out) is not None:
            folder.mkdir(parents=True, exist_ok=True)
            Recording.of(self.lines).write(folder / "call.wav")
            self.journal.write(folder / "call.jsonl")


def fallback(url: str, code: int, failed: str) -> Page:
    """Where Twilio turns when `failed` has."""
    return Page(url, {"ErrorCode": str(code), "ErrorUrl": failed})
