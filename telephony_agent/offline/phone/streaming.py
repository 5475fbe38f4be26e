"""<Connect><Stream> and <Start><Stream>: a call's media streams, from the handshake to what is told of their end."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from random import Random

from . import line as line_
from . import parameters
from .call import Call, Ending, Next, Page, fallback, new_sid
from .line import Line
from .messages import StartBody
from .network import Socket
from .stream import Stream
from .verbs import Connect, StartStream
from .verbs import Stream as Asked

HANDSHAKE_REFUSED = 31920
NO_ANSWER = 31901
LOST = 31921  # the service's side of the socket is gone, and it did not mean to
PROPER = (1000, 1005)  # close codes of a service that means to; 1005 is a close frame without a code

logger = logging.getLogger(__name__)


async def connect(call: Call, verb: Connect, callbacks: asyncio.TaskGroup) -> Next | None:
    """Returns when the stream is over, or could not be opened: the TwiML goes on either way."""
    status = _Status(call, verb.stream, callbacks)
    socket = await _dial(call, verb.stream.url)
    if socket is None:
        status.tell("stream-error", f"{call.faults[-1].code} - {call.faults[-1].reason}")
        return _after(call, verb)
    status.tell("stream-started")
    line = _line(call, status.sid, verb.stream, one_way=False)
    call.stream = _stream(call, line, socket)
    if call.turned:
        call.stream.feed(line_.HangUp())
    try:
        await call.stream.run()
    finally:
        call.stream = None
        call.changed()
    if line.close_code in PROPER or call.turned:
        status.tell("stream-stopped")
        return _after(call, verb)
    how = "without a close frame" if line.close_code is None else f"with {line.close_code}"
    call.fault(LOST, f"the service's socket closed {how}")
    status.tell("stream-error", f"{LOST} - the service's socket closed {how}")
    return _lost(call, verb) if line.close_code is None else _after(call, verb)


def _after(call: Call, verb: Connect) -> Next | None:
    return None if verb.action is None or call.turned else Page(verb.action)


def _lost(call: Call, verb: Connect) -> Next | None:
    """After a stream that ended without a close frame, of which nobody has written what Twilio does."""
    match call.ring.after_loss:
        case "hangup":
            return Ending("failed", "service", "the stream was lost, after which this Twilio hangs up")
        case "fallback" if call.ring.fallback_url is not None:
            return fallback(call.ring.fallback_url, LOST, verb.stream.url)
        case _:
            return _after(call, verb)


async def start(call: Call, verb: StartStream, callbacks: asyncio.TaskGroup) -> None:
    """A one-way stream beside what the call does; it ends with the call."""
    status = _Status(call, verb.stream, callbacks)
    socket = await _dial(call, verb.stream.url)
    if socket is None:
        status.tell("stream-error", f"{call.faults[-1].code} - {call.faults[-1].reason}")
        return
    status.tell("stream-started")
    line = _line(call, status.sid, verb.stream, one_way=True)
    stream = _stream(call, line, socket)
    call.forks[verb.stream.name or status.sid] = stream
    await stream.run()
    status.tell("stream-stopped")


async def _dial(call: Call, url: str) -> Socket | None:
    try:
        return await call.network.dial(url)
    except TimeoutError:
        call.fault(NO_ANSWER, f"no answer to the stream's handshake at {url}")
    except OSError as error:
        call.fault(HANDSHAKE_REFUSED, f"the stream's handshake at {url} failed: {error}")
    return None


def _line(call: Call, stream_sid: str, asked: Asked, one_way: bool) -> Line:
    ring = call.ring
    start = StartBody(ring.account_sid, stream_sid, ring.call_sid, custom_parameters=asked.parameters)
    line = Line(
        start,
        call.epoch,
        marks_on_clear=ring.marks_on_clear,
        tones=ring.tones,
        one_way=one_way,
        impairments=ring.impairments,
        unknowns=ring.unknowns,
    )
    call.lines.append(line)
    return line


def _stream(call: Call, line: Line, socket: Socket) -> Stream:
    ring = call.ring
    return Stream(line, socket, ring.delay, call.journal, call.changed, ring.impairments, ring.unknowns.close_code)


class _Status:
    """Tells a stream's status URL; when, is Twilio's affair."""

    def __init__(self, call: Call, asked: Asked, callbacks: asyncio.TaskGroup) -> None:
        self.sid = new_sid("MZ")
        self._call, self._asked, self._callbacks = call, asked, callbacks

    def tell(self, event: str, error: str | None = None) -> None:
        if self._asked.status_callback is None:
            return
        form = parameters.stream_status(
            self._call.ring.account_sid,
            self._call.sid,
            self.sid,
            name=self._asked.name,
            event=event,
            error=error,
            now=datetime.now(UTC),
        )
        self._callbacks.create_task(self._post(self._asked.status_callback, form))

    async def _post(self, url: str, form: dict[str, str]) -> None:
        """The order in which two of them come is Twilio's affair, too."""
        if late := self._call.ring.unknowns.late:
            await asyncio.sleep(Random(form["StreamSid"] + form["StreamEvent"]).uniform(0, late))
        await self._call.tell(url, form)
