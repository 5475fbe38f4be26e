"""Twilio's part in one call: asks the service for TwiML, does what it says, tells the status URLs, keeps the record."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, assert_never

from . import line as line_
from . import parameters, twiml
from .line import Line
from .messages import Fault, StartBody
from .network import Internet, Network, Socket
from .recording import Journal, Recording
from .stream import Stream
from .twiml import Refused

DOCUMENTS = 20  # TwiML documents in one call: past that the service is sending us round in circles
TYPES = ("text/xml", "application/xml")  # of TwiML; Twilio takes others for something to say or to play

HANDSHAKE_REFUSED = 31920
NO_ANSWER = 31901
LOST = 31921  # the service's side of the socket is gone, and it did not mean to
PROPER = (1000, 1005)  # close codes of a service that means to; 1005 is a close frame without a code
HTTP_FAILURE = 11200
TOO_MANY = 11215
NOT_TWIML = 12300

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ring:
    """Which service is rung, and as whom.

    `url` is the service's voice webhook. Without `auth_token` nothing is signed. `connect_to` sends all connections
    to one (host, port) while URLs, Host headers and signatures stay public. `delay`: seconds each way on the stream.
    `status_url` is told when the call is over. `out`: a folder for `call.wav` and `call.jsonl`.
    """

    url: str
    auth_token: str | None = field(default=None, repr=False)
    account_sid: str = "AC" + "0" * 31 + "1"
    from_number: str = "+12025550143"
    to_number: str = "+12025550188"
    status_url: str | None = None
    connect_to: tuple[str, int] | None = None
    delay: float = 0.0
    out: Path | None = None
    marks_on_clear: bool = True
    call_sid: str = field(default_factory=lambda: "CA" + secrets.token_hex(16))


@dataclass(frozen=True)
class Ending:
    """How a call ended: `completed`; `rejected` by the service without answering; `failed` where Twilio would play
    its "application error". `reason` is for people."""

    status: Literal["completed", "rejected", "failed"]
    by: Literal["caller", "service"]
    reason: str


class Call:
    """`run` is its whole life. `changed` is called whenever there may be something new to see."""

    def __init__(self, ring: Ring, changed: Callable[[], None], network: Network | None = None) -> None:
        self.ring = ring
        self.epoch = asyncio.get_running_loop().time()
        self.lines: list[Line] = []
        self.stream: Stream | None = None  # the one that is up
        self.ending: Ending | None = None
        self.faults: list[Fault] = []  # outside of the streams
        self.announced: list[str] = []  # what <Say> said
        self._changed = changed
        self._network = network or Internet(ring.auth_token, ring.connect_to)
        self._journal = Journal()
        self._hung_up = asyncio.Event()

    @property
    def now(self) -> float:
        """Seconds since the ring."""
        return asyncio.get_running_loop().time() - self.epoch

    def hang_up(self) -> None:
        """The caller's. Whatever is going on ends; `ending` is set when it has."""
        self._hung_up.set()
        if self.stream is not None:
            self.stream.feed(line_.HangUp())

    async def run(self) -> None:
        logger.info("%s rings", self.ring.call_sid)
        ending = Ending("failed", "caller", "the caller's program ended in mid-call")
        try:
            async with asyncio.TaskGroup() as callbacks:
                ending = await self._follow(callbacks)
            if self.ring.status_url is not None:
                form = parameters.call_completed(self._form("in-progress"), self.now, datetime.now(UTC))
                await self._tell(self.ring.status_url, form)
        finally:
            self._keep()
            self.ending = ending
            logger.info("%s is over: %s, %s", self.ring.call_sid, ending.status, ending.reason)
            self._changed()

    # The document

    async def _follow(self, callbacks: asyncio.TaskGroup) -> Ending:
        """Verb after verb, document after document."""
        try:
            verbs = await self._ask(self.ring.url, "ringing")
            for _ in range(DOCUMENTS):
                following = await self._carry_out(verbs, callbacks)
                if isinstance(following, Ending):
                    return following
                verbs = await self._ask(following, "in-progress")
            raise Refused(TOO_MANY, f"{DOCUMENTS} TwiML documents in one call; the service redirects in circles")
        except Refused as error:
            self._fault(error.code, str(error))
            return Ending("failed", "service", str(error))

    async def _carry_out(self, verbs: list[twiml.Verb], callbacks: asyncio.TaskGroup) -> str | Ending:
        """How the call ended, or where to ask for the next document."""
        for verb in verbs:
            if self._hung_up.is_set():
                break
            match verb:
                case twiml.Connect(stream, action):
                    await self._connect(stream, callbacks)
                    if action is not None and not self._hung_up.is_set():
                        return action
                case twiml.Redirect(url):
                    return url
                case twiml.Say(text):
                    self._journal.noted(self.now, say=text)
                    self.announced.append(text)
                case twiml.Pause(length):
                    await self._pause(length)
                case twiml.Reject(reason):
                    return Ending("rejected", "service", reason)
                case twiml.Hangup():
                    return Ending("completed", "service", "the service hung up")
                case _:
                    assert_never(verb)
        if self._hung_up.is_set():
            return Ending("completed", "caller", "the caller hung up")
        return Ending("completed", "service", "the TwiML came to its end")

    async def _ask(self, url: str, status: str) -> list[twiml.Verb]:
        """Raises Refused for all that makes Twilio give up on a service."""
        try:
            answer = await self._network.post(url, self._form(status))
        except OSError as error:
            raise Refused(HTTP_FAILURE, f"{url} can't be reached: {error or type(error).__name__}") from error
        self._journal.noted(self.now, post=url, status=answer.status)
        if answer.status != 200:
            raise Refused(HTTP_FAILURE, f"{url} answered {answer.status}: {answer.body[:200].strip()}")
        if answer.type not in TYPES:
            raise Refused(NOT_TWIML, f"{url} answered with {answer.type}; TwiML is text/xml")
        self._journal.noted(self.now, twiml=answer.body)
        return twiml.parse(answer.body, url)

    async def _pause(self, length: float) -> None:
        try:
            async with asyncio.timeout(length):
                await self._hung_up.wait()
        except TimeoutError:
            pass

    # The stream

    async def _connect(self, verb: twiml.Stream, callbacks: asyncio.TaskGroup) -> None:
        """Returns when the stream is over, or could not be opened: the TwiML goes on either way."""
        stream_sid = "MZ" + secrets.token_hex(16)

        def tell(event: str, error: str | None = None) -> None:
            if verb.status_callback is not None:
                form = parameters.stream_status(
                    self.ring.account_sid,
                    self.ring.call_sid,
                    stream_sid,
                    name=verb.name,
                    event=event,
                    error=error,
                    now=datetime.now(UTC),
                )
                callbacks.create_task(self._tell(verb.status_callback, form))

        if (socket := await self._dial(verb.url)) is None:
            tell("stream-error", f"{self.faults[-1].code} - {self.faults[-1].reason}")
            return
        tell("stream-started")
        code = await self._stream(stream_sid, verb.parameters, socket)
        if code in PROPER or self._hung_up.is_set():
            tell("stream-stopped")
            return
        how = "without a close frame" if code is None else f"with {code}"
        self._fault(LOST, f"the service's socket closed {how}")
        tell("stream-error", f"{LOST} - the service's socket closed {how}")

    async def _dial(self, url: str) -> Socket | None:
        try:
            return await self._network.dial(url)
        except TimeoutError:
            self._fault(NO_ANSWER, f"no answer to the stream's handshake at {url}")
        except OSError as error:
            self._fault(HANDSHAKE_REFUSED, f"the stream's handshake at {url} failed: {error}")
        return None

    async def _stream(self, stream_sid: str, custom: dict[str, str], socket: Socket) -> int | None:
        """One stream's life; the code that the service closed it with."""
        start = StartBody(self.ring.account_sid, stream_sid, self.ring.call_sid, custom_parameters=custom)
        line = Line(start, self.epoch, marks_on_clear=self.ring.marks_on_clear)
        self.lines.append(line)
        self.stream = Stream(line, socket, self.ring.delay, self._journal, self._changed)
        if self._hung_up.is_set():
            self.stream.feed(line_.HangUp())
        try:
            await self.stream.run()
        finally:
            self.stream = None
            self._changed()
        return line.close_code

    # Around it

    def _form(self, status: str) -> dict[str, str]:
        ring = self.ring
        return parameters.voice(ring.account_sid, ring.call_sid, ring.from_number, ring.to_number, status)

    async def _tell(self, url: str, form: dict[str, str]) -> None:
        """A callback: its answer changes nothing, a failure is noted."""
        try:
            answer = await self._network.post(url, form)
        except OSError as error:
            self._fault(HTTP_FAILURE, f"callback to {url} failed: {error or type(error).__name__}")
            return
        self._journal.noted(self.now, post=url, event=form.get("StreamEvent", "completed"), status=answer.status)
        if not 200 <= answer.status < 300:
            self._fault(HTTP_FAILURE, f"callback to {url} was answered {answer.status}")

    def _fault(self, code: int, reason: str) -> None:
        logger.warning("%s: %d, %s", self.ring.call_sid, code, reason)
        self._journal.noted(self.now, fault=code, reason=reason)
        self.faults.append(Fault(code, reason, self.now))

    def _keep(self) -> None:
        if (folder := self.ring.out) is not None:
            folder.mkdir(parents=True, exist_ok=True)
            Recording.of(self.lines).write(folder / "call.wav")
            self._journal.write(folder / "call.jsonl")
