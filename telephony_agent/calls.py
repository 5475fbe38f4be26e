"""The calls of this process, by CallSid; their stream tokens; what is remembered of those that are over.

A call belongs to its CallSid, not to a socket: its `Bridge` runs here, streams come and go. `mint`, `spend`, `claim`
and `find` are asynchronous because more than one machine may have to agree on them.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from .agent import OUR_FAULT, Agent, ChooseAgent, IncomingCall, TurnedAway, known
from .bridge import Bridge, Control, LiveSocket
from .choosing import Choosing
from .live.closing import Closing
from .money.prices import Price
from .outcomes import Outcomes, within_reach
from .outing import TALKED
from .phone.messages import Started
from .phone.playback import Clip
from .phone.twiml import TOKEN
from .record.entries import Apology, Began, Follows, Next, Outcome
from .record.telling import cost
from .states import PATIENCE, Timer
from .steps import Action, Event, Record
from .toolbox.run import Pool, Toolbox

logger = logging.getLogger(__name__)

LINGER = 0.5  # seconds after the last call is over, in which Twilio asks what follows its stream
PREWARMED = 20  # calls without a stream that may have a model dialled

Observer = Callable[[str, float, Event | Action], None]  # the CallSid, the loop's time, the step


@dataclass(frozen=True, slots=True)
class Connect:
    """Answer with a stream that carries this token, after a `notice` that Twilio speaks, if there is one."""

    token: str
    notice: str = ""
    language: str = ""
    """Of the notice, as de-DE; empty: English."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer as if the line were busy."""

    why: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The call has its stream: the question was a repetition, and its answer changes nothing."""


Answer = Connect | Refuse | Wait | Follows


@dataclass(frozen=True, slots=True)
class _Token:
    answer: Connect
    account_sid: str
    expires: float


class Calls:
    """`dial` opens a socket to the model whose full name is `model`; `opening`: the clip that an agent begins with;
    `price`: of the model.

    Use within `running()`.
    """

    def __init__(
        self,
        *,
        agent: Agent | ChooseAgent,
        model: str,
        dial: Callable[[], Awaitable[LiveSocket | Closing]],
        max_calls: int,
        prewarm: bool,
        observe: Observer = lambda call_sid, now, step: None,
        opening: Callable[[Agent], Clip | None] = lambda agent: None,
        control: Control | None = None,
        price: Price | None = None,
    ) -> None:
        self.open = False  # whether new calls are taken
        self._known = known(agent)
        self._model = model
        self._dial = dial
        self._max_calls = max_calls
        self._prewarm = prewarm
        self._observe = observe
        self._opening = opening
        self._control = control
        self._price = price
        self._pool = Pool()
        self._who = Choosing(agent, model, self._pool)
        self._bridges: dict[str, Bridge] = {}
        self._choosing: dict[str, asyncio.Event] = {}  # claimed; set when its agent is chosen
        self._tokens: dict[str, _Token] = {}
        self._outcomes = Outcomes(observe)
        self._one_less = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Takes calls until left; then every call ends."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self.open = True
            try:
                yield
            finally:
                self.open = False
                self._end_all()

    async def drain(self, limit: float) -> None:
        """Take no new call; returns when none is up, or after `limit` seconds. Streams that break still come back."""
        self.open = False
        if not len(self):
            return
        logger.info("stopping: %d calls may go on for %g s", len(self), limit)
        try:
            async with asyncio.timeout(limit):
                await self._none_left()
        except TimeoutError:
            self._end_all()
            await self._none_left()
        await asyncio.sleep(LINGER)

    async def _none_left(self) -> None:
        while len(self):
            self._one_less.clear()
            await self._one_less.wait()

    def _end_all(self) -> None:
        for bridge in list(self._bridges.values()):
            bridge.end("the service is shutting down")

    @property
    def full(self) -> bool:
        return len(self) >= self._max_calls

    def __len__(self) -> int:
        return len(self._bridges) + len(self._choosing)

    # What Twilio asks.

    async def ring(self, incoming: IncomingCall) -> Answer:
        """`/twilio/voice`. A repeated question gets the same token while it is unspent, and no second one."""
        while (choosing := self._choosing.get(incoming.call_sid)) is not None:
            await choosing.wait()  # and again: where none was chosen, the first of those who waited asks anew
        bridge = await self.find(incoming.call_sid)
        if bridge is None and incoming.call_sid not in self._outcomes:
            return Next.HANG_UP if incoming.over else await self._answer(incoming)
        if bridge is not None and bridge.attached:
            return Wait()
        return await self.next(incoming)

    async def next(self, incoming: IncomingCall) -> Answer:
        """`/twilio/voice/next`. A call that nobody here knows is a new conversation."""
        dialled = incoming.parameters.get("DialCallStatus", "")
        bridge = await self.find(incoming.call_sid)
        if bridge is None and dialled in TALKED:
            return Next.HANG_UP
        if (follows := self._outcomes.next(incoming)) is not None:
            return follows
        if bridge is None:
            return await self.ring(incoming)
        if incoming.over and dialled not in TALKED:
            bridge.end(f"Twilio says: {incoming.parameters['CallStatus']}")
            return Next.HANG_UP
        answer = bridge.next(dialled)  # also where the token is unspent: a stream that is refused again and again ends
        if answer is not Next.CONNECT:
            return within_reach(answer, incoming)
        token = self._tokens.get(incoming.call_sid)
        if token is not None and token.expires > self._now():
            return token.answer
        return await self.mint(incoming.call_sid, incoming.account_sid)

    async def _answer(self, incoming: IncomingCall) -> Answer:
        if not await self.claim(incoming.call_sid):
            logger.warning("%s refused: the line is full", incoming.call_sid)
            if incoming.outbound:
                return OUR_FAULT
            if self._known is None or not self.open:
                return Refuse("full")
            return self._turn_away(incoming, "the line is full", TurnedAway(self._known, self._known.busy))
        try:
            agent = await self._who.choose(incoming)
            if agent is None:
                return OUR_FAULT if incoming.outbound else Refuse("no agent answers it")
            if isinstance(agent, TurnedAway):
                return self._turn_away(incoming, "nobody answers at this hour, or this caller", agent)
            clip = None if incoming.outbound else self._opening(agent)  # whom we call, speaks first
            bridge = self._bridges[incoming.call_sid] = self._bridge(agent, incoming, clip)
        finally:
            self._choosing.pop(incoming.call_sid).set()
            self._one_less.set()
        waiting = sum(not each.attached for each in self._bridges.values())
        self._group.create_task(self._run(bridge, incoming, self._prewarm and waiting <= PREWARMED))
        notice = "" if clip else agent.recording_notice or ""
        return await self.mint(incoming.call_sid, incoming.account_sid, notice, agent.language or "")

    def _turn_away(self, incoming: IncomingCall, why: str, turned: TurnedAway) -> Answer:
        """No agent for this call. It is kept all the same: Twilio may ask what follows, and somebody call back."""
        if turned.answer is None:
            return Refuse(why)
        answer = self._outcomes.keep(incoming, turned.answer, turned.agent)
        if not isinstance(answer, Apology):
            now, sid = self._now(), incoming.call_sid
            numbers = incoming.account_sid, incoming.direction, incoming.caller, incoming.called
            self._observe(sid, now, Record(Began(now, *numbers, "nobody", self._model)))
            self._observe(sid, now, Record(Outcome(why, answer, 0.0)))
        return answer

    async def decide(self, call_sid: str, sid: str, takes_it: bool) -> Follows:
        """Who was consulted about a call, by a call `sid` of their own, has decided; what follows for them."""
        bridge = await self.find(call_sid)
        return bridge.decide(sid, takes_it) if bridge is not None else Next.HANG_UP

    async def end(self, call_sid: str, why: str) -> None:
        """Twilio says that the call is over."""
        if (bridge := await self.find(call_sid)) is not None:
            bridge.end(why)

    async def answered_by(self, call_sid: str, who: str) -> None:
        """Twilio has found out who has answered a call that we placed: `human`, `machine_…`, `fax`."""
        bridge = await self.find(call_sid)
        if bridge is not None and who == "fax":
            bridge.end("a fax answered")
        elif bridge is not None and who.startswith("machine_"):
            bridge.machine_answered(beeped=who.startswith("machine_end_"))

    async def admit(self, started: Started) -> Bridge | None:
        """The call that a stream belongs to; None if its token is wrong, spent, too old, or another call's."""
        if not await self.spend(started.parameters.get(TOKEN, ""), started.call_sid, started.account_sid):
            return None
        return await self.find(started.call_sid)

    # Ownership and tokens.

    async def claim(self, call_sid: str) -> bool:
        """Take the call on, if there is room for it."""
        if not self.open or self.full:
            return False
        self._choosing[call_sid] = asyncio.Event()
        return True

    async def find(self, call_sid: str) -> Bridge | None:
        return self._bridges.get(call_sid)

    def speaker(self, call_sid: str) -> Agent | None:
        """In whose stead a caller is told what follows: who has or had the call, or would have."""
        bridge = self._bridges.get(call_sid)
        return bridge.agent if bridge else self._outcomes.agent(call_sid)

    async def mint(self, call_sid: str, account_sid: str, notice: str = "", language: str = "") -> Connect:
        """A token for one stream of this call: random, for one use, for as long as the call waits for a stream."""
        answer = Connect(secrets.token_urlsafe(32), notice, language)
        self._tokens[call_sid] = _Token(answer, account_sid, self._now() + PATIENCE[Timer.STREAM])
        return answer

    async def spend(self, text: str, call_sid: str, account_sid: str) -> bool:
        token = self._tokens.get(call_sid)
        if token is None or not hmac.compare_digest(token.answer.token.encode(), text.encode()):
            return False
        del self._tokens[call_sid]
        return token.account_sid == account_sid and token.expires > self._now()

    # One call.

    def _bridge(self, agent: Agent, incoming: IncomingCall, clip: Clip | None) -> Bridge:
        return Bridge(
            agent=agent,
            incoming=incoming,
            model=self._model,
            control=self._control,
            price=self._price,
            dial=self._dial,
            toolbox=Toolbox(agent.declared, self._pool, agent.tool_timeout),
            observe=partial(self._observe, incoming.call_sid),
            clip=clip,
        )

    async def _run(self, bridge: Bridge, incoming: IncomingCall, prewarm: bool) -> None:
        logger.info("%s rings", incoming.call_sid)
        next: Follows = bridge.agent.fallback
        try:
            await bridge.run(prewarm)
        except Exception:
            logger.exception("%s failed", incoming.call_sid)
        if (outcome := bridge.outcome) is not None:
            next = outcome.next
            logger.info("%s over after %.1f s: %s", incoming.call_sid, outcome.lasted, outcome.why)
            logger.info("%s cost %s", incoming.call_sid, cost(outcome.bill, outcome.lasted))
        if bridge.dropped:
            logger.warning("%s %d bytes of sound found no room", incoming.call_sid, bridge.dropped)
        del self._bridges[incoming.call_sid]
        self._one_less.set()
        self._tokens.pop(incoming.call_sid, None)
        self._outcomes.keep(incoming, next, bridge.agent)
        await bridge.clear_up()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
