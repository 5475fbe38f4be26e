"""Runs one call: tells the Call what its two ends say, does what it answers, and ends when it is over."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any, Protocol, assert_never
from zoneinfo import ZoneInfo

from . import steps
from .agent import Agent, IncomingCall
from .call import Call
from .desk import Desk
from .errors import ProtocolError, TwilioError
from .live import messages as live
from .live.closing import Closing, Remedy
from .live.notices import Notice
from .money.prices import Price
from .outbox import Outbox
from .phone import messages as phone
from .phone.playback import Clip
from .phone.reading import Reader
from .record.entries import Follows, Outcome
from .toolbox.context import Prompted, RestRequest
from .toolbox.run import Toolbox

logger = logging.getLogger(__name__)

TO_PHONE = 60 * 8_000  # bytes of mu-law that may wait for the phone's socket
TO_LIVE = 2 * 32_000  # bytes of 16 kHz PCM that may wait for the model's
SILENCE = 5.0  # seconds without a frame, of 50 a second, after which a stream whose socket is open is dead all the same
NONSENSE = 20  # bad messages of the model's on one connection, before it is dialled again
NORMAL, POLICY = 1000, 1008  # WebSocket close codes (RFC 6455, 7.4.1)

Observer = Callable[[float, steps.Event | steps.Action], None]  # the loop's time, and what happened or was done


class PhoneSocket(Protocol):
    def taken_by(self, take: Callable[[str], bool] | None) -> None: ...
    async def receive(self) -> str | bytes | None: ...
    async def send(self, text: str) -> None: ...
    def send_now(self, text: str) -> bool: ...
    async def close(self, code: int) -> None: ...


class LiveSocket(Protocol):
    @property
    def closing(self) -> Closing: ...
    async def receive(self) -> str | bytes | None: ...
    async def send(self, text: str) -> None: ...
    def send_now(self, text: str) -> bool: ...
    async def close(self) -> None: ...


class Control(Protocol):
    async def arrange(self, request: RestRequest, call: IncomingCall) -> str: ...


class Bridge:
    """One call, however many streams and sessions it takes. `dial` opens a socket to the model; `clip`, `price`: see
    `Call`.
    """

    def __init__(
        self,
        *,
        agent: Agent,
        incoming: IncomingCall,
        model: str,
        dial: Callable[[], Awaitable[LiveSocket | Closing]],
        toolbox: Toolbox,
        observe: Observer = lambda now, step: None,
        clip: Clip | None = None,
        control: Control | None = None,
        price: Price | None = None,
    ) -> None:
        self.call = Call(agent, incoming, model, clip, price)
        self.agent = agent
        self.outcome: Outcome | None = None
        self._incoming = incoming
        self._zone = ZoneInfo(agent.timezone) if agent.timezone else None
        self._dial = dial
        self._toolbox = toolbox
        self._control = control
        self._observe = observe
        self._loop = asyncio.get_running_loop()
        self._desk = Desk(self._feed)
        self._over = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._arranged = itertools.count()
        self._last: tuple[RestRequest, ...] = ()
        self._stream = 0  # the epoch of the stream that counts
        self._session = 0  # and of the Live session
        self._dropped = 0  # bytes, by outboxes that are gone
        self._to_phone = Outbox[phone.Command](TO_PHONE, _ulaw)
        self._to_live = Outbox[live.Command](TO_LIVE, _pcm)

    async def run(self, prewarm: bool) -> None:
        """Returns when the call is over, and leaves no task, timer or socket behind."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._feed(steps.Rang(prewarm))
            try:
                await self._over.wait()
            finally:  # cancelled or not: the group takes no new task, so nothing may become due
                self._over.set()
                self._set_timer()
            self._desk.close()
            for task in self._tasks.values():
                task.cancel()

    async def attach(self, socket: PhoneSocket, reader: Reader, started: phone.Started) -> None:
        """Serve this stream of the call until it ends. A newer stream ends an older one."""
        if self._over.is_set():
            await socket.close(NORMAL)
            return
        if (older := self._tasks.get("stream")) is not None:
            older.cancel()
        self._stream += 1
        serving = self._start("stream", self._serve_stream(self._stream, socket, reader, started))
        await asyncio.wait([serving])

    def next(self, dialled: str = "") -> Follows:
        """What `/twilio/voice/next` is to answer."""
        return self._asked(steps.NextAsked(dialled))

    def _asked(self, question: steps.NextAsked | steps.Consulted) -> Follows:
        replies = [action.next for action in self._feed(question) if isinstance(action, steps.Reply)]
        return replies[0]

    def decide(self, sid: str, takes_it: bool) -> Follows:
        """Who was consulted, by the call `sid`, has decided; what follows for them."""
        return self._asked(steps.Consulted(sid, takes_it))

    def end(self, why: str) -> None:
        """The call is over: Twilio says so, or we are shutting down."""
        self._feed(steps.Ended(why))

    def hang_up(self, why: str) -> None:
        """The operator wants it over, wherever the caller is."""
        self._feed(steps.Ended(why, told=True))

    def machine_answered(self, beeped: bool) -> None:
        """Twilio has found out that nobody is on the phone; `beeped`: it records by now."""
        self._feed(steps.MachineAnswered(beeped))

    def tell(self, text: str, interrupt: bool) -> None:
        """The model is told something, as by a tool."""
        self._feed(Prompted(text, interrupt))

    @property
    def dropped(self) -> int:
        """Bytes of sound, of either side, that found no room so far."""
        return self.call.conversation.dropped + self._dropped + self._to_phone.dropped + self._to_live.dropped

    @property
    def attached(self) -> bool:
        """Whether the call has a stream."""
        return "stream" in self._tasks

    # Events in, actions out. No await in these: an event and its consequences are one step.

    def _feed(self, event: steps.Event) -> list[steps.Action]:
        now = self._loop.time()
        self._told("<", event, now)
        actions = self.call.handle(event, now)
        for action in actions:
            self._told(">", action, now)
            self._do(action)
        self._set_timer()
        return actions

    def _feed_or_fail(self, event: steps.Event) -> None:
        """As `_feed`, for what the loop calls: what goes wrong there would fail no task of the call's, nor the call."""
        try:
            self._feed(event)
        except Exception as error:
            self._start("fail", _fail(error))

    def _told(self, way: str, step: steps.Event | steps.Action, now: float) -> None:
        step = steps.veiled(step)
        self._observe(now, step)
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s %s %s", self._incoming.call_sid, way, steps.brief(step))

    def _do(self, action: steps.Action) -> None:
        match action:
            case steps.ToPhone(command):
                if isinstance(command, phone.Clear):
                    self._to_phone.silence()
                self._to_phone.put(command)
            case steps.ToLive(command):
                self._to_live.put(command)
            case steps.Dial():
                self._session += 1
                self._dropped += self._to_live.dropped
                self._to_live = Outbox(TO_LIVE, _pcm)
                self._start("live", self._talk_to_live(self._session, self._tasks.get("live")))
            case steps.DropLive():
                self._session += 1
                if (session := self._tasks.get("live")) is not None:
                    session.cancel()
            case steps.CloseStream():
                if (stream := self._tasks.get("stream")) is not None:
                    stream.cancel()
            case steps.RunTool(call):
                self._start(f"tool {call.id}", self._run_tool(call))
            case steps.StopTool(id):
                if (tool := self._tasks.get(f"tool {id}")) is not None:
                    tool.cancel()
            case steps.Arrange(id, request):
                self._start(f"arrange {next(self._arranged)}", self._arrange(id, request))
            case steps.Settle():
                self._desk.settle(action)
            case steps.HangUp(outcome, last):
                self.outcome, self._last = outcome, last
                self._over.set()
            case steps.Reply() | steps.Record():
                pass  # for who asked, and for observers
            case _:
                assert_never(action)

    def _set_timer(self) -> None:
        deadline = None if self._over.is_set() else self.call.deadline
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= deadline:
                return  # it rings too soon, and looks again: most deadlines are put off before they come
            self._timer.cancel()
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        deadline = self.call.deadline
        if deadline is not None and deadline <= self._loop.time():
            self._feed_or_fail(steps.TimeIsUp())
        else:
            self._set_timer()

    def _start(self, name: str, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(coroutine, name=f"{self._incoming.call_sid} {name}")
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._tasks.get(name) is done and self._tasks.pop(name))
        return task

    # The phone.

    async def _serve_stream(self, epoch: int, socket: PhoneSocket, reader: Reader, started: phone.Started) -> None:
        self._dropped += self._to_phone.dropped
        self._to_phone = Outbox(TO_PHONE, _ulaw)
        writer = self._start(f"write stream {epoch}", self._write_phone(socket, started.stream_sid))
        code = NORMAL
        try:
            self._feed(started)
            async with asyncio.timeout(SILENCE) as patience:
                socket.taken_by(partial(self._takes, epoch, patience))  # a frame need not wake this task
                while (message := await socket.receive()) is not None:
                    self._renew(patience)
                    event = reader.read(message)
                    if isinstance(event, phone.Started):
                        raise ProtocolError("a second start on one stream", POLICY)
                    if event is not None:
                        self._feed(event)
        except TimeoutError:
            logger.warning("%s the stream is dead: nothing came for %g s", self._incoming.call_sid, SILENCE)
        except ProtocolError as error:
            logger.warning("%s stream closed: %s", self._incoming.call_sid, error)
            code = error.close_code or POLICY
        finally:
            socket.taken_by(None)
            writer.cancel()
            if epoch != self._stream:
                code = POLICY  # a newer stream has taken over
            await socket.close(code)
        if epoch == self._stream:
            self._feed(steps.StreamLost())

    def _takes(self, epoch: int, patience: asyncio.Timeout, message: str) -> bool:
        """The message, if it is sound or a mark, as nearly all are, and somebody's still."""
        try:
            event = phone.parse(message)
        except ProtocolError:
            return False
        if (
            not isinstance(event, phone.Heard | phone.Played)
            or epoch != self._stream
            or self._tasks["stream"].cancelling()
        ):
            return False
        self._renew(patience)
        self._feed_or_fail(event)
        return True

    def _renew(self, patience: asyncio.Timeout) -> None:
        """Once a second, for there are 50 messages in it: so it lasts up to a second more than it must."""
        now = self._loop.time()
        if (due := patience.when()) is not None and due < now + SILENCE:
            patience.reschedule(now + SILENCE + 1)

    async def _write_phone(self, socket: PhoneSocket, stream_sid: str) -> None:
        outbox = self._to_phone
        outbox.taken_by(lambda command: socket.send_now(phone.dump(command, stream_sid)))
        while True:
            await socket.send(phone.dump(await outbox.get(), stream_sid))

    # The model.

    async def _talk_to_live(self, epoch: int, previous: asyncio.Task[None] | None) -> None:
        if previous is not None:  # a handle is refused while the session's earlier socket is open
            await asyncio.wait([previous])
        closing = await self._converse(epoch)
        if epoch == self._session:
            self._feed(steps.Lost(closing))

    async def _converse(self, epoch: int) -> Closing:
        socket = await self._dial()
        if isinstance(socket, Closing):
            return socket
        writer = self._start(f"write live {epoch}", self._write_live(socket, self._to_live))
        ignored = 0
        try:
            self._feed(steps.Connected(datetime.now(self._zone).astimezone(self._zone)))
            while (message := await socket.receive()) is not None:
                try:
                    events = live.parse(message)
                except ProtocolError as error:
                    ignored += 1
                    if ignored == 1:
                        logger.warning(
                            "%s ignored, and so will be more of the kind: %s", self._incoming.call_sid, error
                        )
                    if ignored == NONSENSE:
                        return Closing(Remedy.RESUME, f"{ignored} bad messages, the last one: {error}")
                    continue
                for event in events:
                    if epoch == self._session and not isinstance(event, Notice):
                        self._feed(event)
                await asyncio.sleep(0)  # seconds of sound may come at once; other calls need not wait for all of it
            return socket.closing
        finally:
            writer.cancel()
            await socket.close()

    async def _write_live(self, socket: LiveSocket, outbox: Outbox[live.Command]) -> None:
        outbox.taken_by(lambda command: socket.send_now(live.dump(command)))  # a frame need not wake this task
        while True:
            await socket.send(live.dump(await outbox.get()))

    # The tools, aside.

    async def _run_tool(self, call: live.ToolCall) -> None:
        with self._desk.context(self._incoming) as context:
            response = await self._toolbox.run(call.name, call.arguments, context)
        if self._tasks.get(f"tool {call.id}") is not asyncio.current_task():
            return  # stopped, and took no notice; the id is another call's now
        hang_up = context.wants_to_hang_up and "error" not in response  # a tool that failed has decided nothing
        self._feed(steps.ToolDone(call.id, response, hang_up, context.then))

    async def _arrange(self, id: int, request: RestRequest) -> None:
        what = type(request).__name__
        if self._control is None:
            self._feed(steps.Arranged(id, request, error=f"{what} needs the credentials of Twilio's REST API"))
            return
        try:
            sid = await self._control.arrange(request, self._incoming)
        except TwilioError as error:
            logger.warning("%s %s failed: %s", self._incoming.call_sid, what, error.for_log)
            self._feed(steps.Arranged(id, request, error=f"it could not be done (Twilio's code {error.code})"))
        else:
            self._feed(steps.Arranged(id, request, sid))

    async def clear_up(self) -> None:
        """The call is over: ask the last things of Twilio that it has left to be asked."""
        for request in self._last if self._control else ():
            await self._arrange(steps.OURS, request)


async def _fail(error: Exception) -> None:
    raise error


def _ulaw(command: phone.Command) -> int:
    return len(command.ulaw) if isinstance(command, phone.Say) else 0


def _pcm(command: live.Command) -> int:
    return len(command.pcm) if isinstance(command, live.Hear) else 0
