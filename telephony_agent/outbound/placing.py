"""Calls that we place: each past the operator's rules, then ordered at Twilio and followed until it is over."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError
from twilio.rest import Client

from ..agent import ENDED, Agent, Order
from ..errors import ConfigError, TwilioError
from ..phone.account import GONE, Account
from ..pickup import MESSAGE
from ..record.entries import Outcome, Unanswered
from ..record.store import Store
from ..settings import Settings
from ..steps import Action, Event, Record
from .call_backs import CallBacks, Wish
from .callee import Callee, callee
from .ledger import Ledger, Ordered
from .rules import Refusal, Why

logger = logging.getLogger(__name__)

RINGS = 60  # seconds that we let a phone ring
REMEMBERED = 600.0  # seconds that a call which is over can be asked about
EVENTS = ["initiated", "ringing", "answered", "completed"]
ANSWERED = "completed"
COURSE = ("queued", "initiated", "ringing", "in-progress")  # what comes before; reports of it come in any order
OUTBOUND = "outbound"  # how Twilio's words begin for the direction of a call that somebody placed
WHY = {  # nobody has answered, by Twilio's word for how the call ended
    "busy": "busy",
    "no-answer": "nobody answered",
    "failed": "it could not be put through",
    "canceled": "it was called off while it rang",
    ANSWERED: "it was over before anything was said",
}
LONGEST_NUMBER = 40  # characters of what was given for one, that are kept
PEOPLE = ("human", "unknown", "")  # AnsweredBy, where Twilio has found no machine


@dataclass(slots=True)
class Placed:
    """A call of ours, as Twilio tells of it. `status` is its word for it; `answered_by`: human, machine_…, fax."""

    sid: str
    order: Order
    status: str
    answered_by: str = ""
    has_message: bool = False
    """Whether the agent has left its message, as far as it knows."""
    wish: int | None = None
    """The `Wish` that it fulfils, by its id."""

    @property
    def over(self) -> bool:
        return self.status in ENDED

    @property
    def reached(self) -> str:
        """Once it is over: a `person`, a machine that has the `message`, a `machine`, a `fax`, or nobody (empty)."""
        if self.status != ANSWERED:
            return ""
        if self.has_message:
            return "message"
        return "person" if self.answered_by in PEOPLE else self.answered_by.partition("_")[0]


class Placing:
    """`store`: where the limits are kept, `account`: the process's; no call is placed without them. `keep`: told of
    each call that nobody has answered, by its CallSid. Use within `running()`."""

    def __init__(
        self,
        settings: Settings,
        store: Store | None,
        account: Account | None,
        keep: Callable[[str, Unanswered], None] = lambda sid, entry: None,
    ) -> None:
        self._settings = settings
        self._keep = keep
        self._ledger = Ledger(store, settings.outbound) if store is not None else None
        self.call_backs = CallBacks(store) if store is not None else None
        self._account = account
        self._calls: dict[str, Placed] = {}
        self._ordering = asyncio.Lock()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as self._tasks:
            yield

    def check(self) -> None:
        """Raises `ConfigError` if this service places no calls."""
        self._ready()

    async def place(self, order: Order, wish: Wish | None = None) -> Placed | Refusal:
        """`wish`: of theirs, if they asked for this call.

        Raises `ConfigError` if this service places no calls, `TwilioError` if Twilio does not.
        """
        account, ledger, caller = self._ready()
        try:
            placed = await self._place(account, ledger, caller, order, wish)
        except TwilioError as error:
            self._unanswered("", account.sid, order.number, error.for_log)
            raise
        if isinstance(placed, Refusal) and not (wish and placed.why is Why.AT_ONCE):  # who waits for a turn gets one
            self._unanswered("", account.sid, order.number, f"refused: {placed.why.value}")
        return placed

    async def _place(
        self, account: Account, ledger: Ledger, caller: str, order: Order, wish: Wish | None
    ) -> Placed | Refusal:
        try:
            whom = await asyncio.to_thread(callee, order.number)  # it loads what is known of countries
        except ConfigError as error:
            return Refusal(Why.NUMBER, str(error))
        order = replace(order, longest=self._settings.outbound.longest)
        ordered = Ordered(order.spec, dict(order.context), order.voicemail, wish.id if wish else None)
        asked = wish.at if wish else None
        try:
            place = await asyncio.to_thread(ledger.reserve, whom, datetime.now(UTC), asked, ordered)
        except SQLAlchemyError as error:
            mend = "look whether the disk of DATA_DIR is full"
            raise ConfigError(f"the limits of calls out can't be kept: {type(error).__name__}; {mend}") from error
        if isinstance(place, Refusal):
            logger.info("a call out is refused: %s", place.why.value)
            return place
        async with self._ordering:
            try:
                sid, status = await account.ask(lambda client: self._create(client, whom, caller, order))
            except TwilioError as error:
                if error.status is not None:  # else it may have been placed all the same, and stays reserved
                    await self._kept(lambda: ledger.withdraw(place))
                raise
            await self._kept(lambda: ledger.ordered(place, sid))  # before anybody can find it, and tell of its end
            if wish is not None and (call_backs := self.call_backs) is not None:
                await self._kept(lambda: call_backs.begin(wish.id, datetime.now(UTC)))
            found = self._calls[sid] = Placed(sid, order, status, wish=wish.id if wish else None)
        logger.info("%s is placed", sid)
        return found

    def _ready(self) -> tuple[Account, Ledger, str]:
        if self._settings.outbound_from is None:
            raise ConfigError("OUTBOUND_FROM is not set; calls out come from one of your numbers")
        if self._ledger is None:
            raise ConfigError("DATA_DIR is not set; the limits of calls out are kept there")
        if not self._settings.is_signed:
            raise ConfigError("TWILIO_AUTH_TOKEN is not set; a call out is answered through signed requests")
        if self._account is None:
            raise ConfigError("TWILIO_ACCOUNT_SID is not set; Twilio's REST API, which places calls, needs it")
        return self._account, self._ledger, self._settings.outbound_from

    def _create(self, client: Client, whom: Callee, caller: str, order: Order) -> tuple[str, str]:
        """The new call's SID and status."""
        base = f"{self._settings.public_url}/twilio"
        call = client.calls.create(
            to=whom.number,
            from_=caller,
            url=f"{base}/voice",
            status_callback=f"{base}/status",
            status_callback_event=EVENTS,
            timeout=RINGS,
            time_limit=self._settings.outbound.longest,
            # Asynchronously, else the callee hears nothing for some seconds; to leave a message, its greeting's end
            # must be known, and else the machine as soon as may be.
            machine_detection="Enable" if order.voicemail is None else "DetectMessageEnd",
            async_amd="true",
            async_amd_status_callback=f"{base}/amd",
        )
        return str(call.sid), str(call.status)

    async def hang_up(self, sid: str) -> bool:
        """By REST, also if nobody has answered yet. Whether there was anything to end."""
        placed = await self.find(sid)
        if placed is None or placed.over or self._account is None:
            return False
        try:
            await self._account.ask(lambda client: client.calls(sid).update(status="completed"))
        except TwilioError as error:
            if error.code != GONE:
                raise
            return False
        return True

    async def find(self, sid: str) -> Placed | None:
        if sid not in self._calls:  # Twilio may ask about a call before it has answered the order for it
            async with self._ordering:
                if sid not in self._calls and (found := await self._earlier(sid)) is not None:
                    self._calls[sid] = found
        return self._calls.get(sid)

    async def _earlier(self, sid: str) -> Placed | None:
        """A call that is up, and that a service before this one has placed."""
        if (ledger := self._ledger) is None:
            return None
        try:
            found = await asyncio.to_thread(ledger.find, sid, datetime.now(UTC))
        except SQLAlchemyError as error:
            logger.error("nobody can tell whether %s is one of ours: %s", sid, type(error).__name__)
            return None
        if found is None:
            return None
        number, told = found
        agent = loaded(told.spec)
        if told.spec and agent is None:
            logger.warning("%s goes on without its agent: %s is not loaded", sid, told.spec)
        longest = self._settings.outbound.longest
        order = Order(number, agent, told.context, told.voicemail, told.spec, longest)
        return Placed(sid, order, COURSE[0], wish=told.wish)

    def calls_back(self, wish: Wish) -> bool:
        """Whether they are being called."""
        return any(placed.wish == wish.id and not placed.over for placed in self._calls.values())

    async def order(self, sid: str) -> Order | None:
        placed = await self.find(sid)
        return None if placed is None else placed.order

    def observe(self, sid: str, step: Event | Action) -> None:
        """An observer of the calls: only they know whether a message was left."""
        if isinstance(step, Record) and isinstance(step.entry, Outcome) and sid in self._calls:
            self._calls[sid].has_message = step.entry.why == MESSAGE

    def note(self, sid: str, kind: str, facts: Mapping[str, str]) -> None:
        """What Twilio tells of any call."""
        if kind in ("status", "amd") and facts.get("Direction", OUTBOUND).startswith(OUTBOUND):
            self._tasks.create_task(self._noted(sid, facts))

    async def _noted(self, sid: str, facts: Mapping[str, str]) -> None:
        placed, status = await self.find(sid), facts.get("CallStatus", "")
        if placed is None or placed.over:
            return
        placed.answered_by = facts.get("AnsweredBy", placed.answered_by)
        if status in ENDED:  # what it had reserved is free, and what became of a wish kept, before anybody can see it
            await self._settle(sid, facts.get("CallDuration", ""))
            await self._fulfilled(replace(placed, status=status))
            logger.info("%s, which we placed: %s", sid, status)
            if self._account is not None:
                self._unanswered(sid, self._account.sid, placed.order.number, WHY.get(status, status))
            asyncio.get_running_loop().call_later(REMEMBERED, self._calls.pop, sid, None)
            placed.status = status
        elif _how_far(status) > _how_far(placed.status):
            placed.status = status

    def _unanswered(self, sid: str, account_sid: str, number: str, why: str) -> None:
        """Unless it is kept as one that somebody has talked in."""
        caller, now = self._settings.outbound_from or "", asyncio.get_running_loop().time()
        self._keep(sid, Unanswered(now, account_sid, caller, number[:LONGEST_NUMBER], why))

    async def _settle(self, sid: str, lasted: str) -> None:
        """`lasted`: in Twilio's words, whole seconds; nothing if nobody answered."""
        if (ledger := self._ledger) is not None:
            seconds = float(lasted) if lasted.isdecimal() else 0.0
            await self._kept(lambda: ledger.over(sid, seconds, datetime.now(UTC)))

    async def _fulfilled(self, placed: Placed) -> None:
        """Or not: what has become of a wish to be called back."""
        if (wish := placed.wish) is not None and (call_backs := self.call_backs) is not None:
            reached = placed.reached in ("person", "message")
            became = f"reached ({placed.reached})" if reached else placed.reached or placed.status
            await self._kept(lambda: call_backs.end(wish, became, reached))

    async def _kept(self, use: Callable[[], None]) -> None:
        """In a thread. Where it fails, more stays reserved than need be, and no call suffers."""
        try:
            await asyncio.to_thread(use)
        except SQLAlchemyError as error:
            logger.error("what a call out has used up can't be kept: %s", type(error).__name__)


def loaded(spec: str) -> Agent | None:
    """The agent of that MODULE:NAME, among what is loaded: nothing is imported."""
    module, _, name = spec.partition(":")
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, Agent) else None


def _how_far(status: str) -> int:
    return COURSE.index(status) if status in COURSE else -1
