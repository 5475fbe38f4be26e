"""A telephone exchange of our own: one account's calls, conferences and messages, and the people who can be called.

async with Exchange(Ring("https://agent.example.com/twilio/voice", auth_token=TOKEN)) as exchange:
    exchange.people["+12025550177"] = Person(machine=True)
    call = exchange.ring(exchange.template)
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from . import collecting
from .call import ENDED, HUNG_UP, Call, Outgoing, Ring, Taped, new_sid
from .network import Internet, Network
from .people import Person, take
from .performing import live
from .recording import Recording
from .resources import Account, ApiError, Message, Number
from .rooms import Room

E164 = re.compile(r"\+[1-9]\d{1,14}")
DELIVERY = ("queued", "sent", "delivered")  # what a message's status URL is told, in turn
NOBODY = Person()  # whoever is not told apart: answers, and listens

logger = logging.getLogger(__name__)


class Exchange:
    """Entered, it is in service; on leaving, all calls are hung up and waited for."""

    def __init__(self, template: Ring, network: Network | None = None) -> None:
        """`template`: of calls that are placed, all but their numbers and URLs. `network` is for tests that need none:
        the Internet is what it is otherwise."""
        self.template = template
        self.network: Network = network or Internet(template.auth_token, template.connect_to, template.authority)
        self.account = Account(template.account_sid, template.auth_token or secrets.token_hex(16))
        self.api_url = "https://api.twilio.com"  # of REST, where recordings are to be had
        self.calls: dict[str, Call] = {}
        self.rooms: list[Room] = []
        self.people: dict[str, Person] = {}
        self.numbers: dict[str, Number] = {}  # by SID
        self.verified: list[str] = []  # numbers of others that are known to be the account's people's
        self.forbidden: set[str] = set()  # countries, by two letters, that the account may not call
        self.messages: list[Message] = []
        self.tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self.tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for call in self.calls.values():
            if call.status not in ENDED:
                call.turn(HUNG_UP)
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            await self.tasks.__aexit__(kind, error, traceback)
        else:  # a failed assertion leaves as it is, not in a group of one
            await self.tasks.__aexit__(None, None, None)

    def ring(self, ring: Ring) -> Call:
        """Somebody calls the service."""
        call = self.calls[ring.call_sid] = Call(ring, self)
        self.tasks.create_task(live(call, NOBODY))
        return call

    def order(self, **details: str | None) -> Ring:
        """The template for another call, with its own fields."""
        ring = replace(self.template, call_sid=new_sid("CA"), status_url=None, fallback_url=None, out=None)
        return replace(ring, **details)  # type: ignore[arg-type]  # all of them are text

    def place(self, ring: Ring, outgoing: Outgoing) -> Call:
        """Somebody is called."""
        call = self.calls[ring.call_sid] = Call(ring, self, outgoing)
        person = self.people.get(ring.to_number, NOBODY)
        self.tasks.create_task(live(call, person))
        self.tasks.create_task(take(person, call))
        return call

    def find(self, sid: str) -> Call | None:
        return self.calls.get(sid)

    def room(self, name: str) -> Room:
        for room in self.rooms:
            if name in (room.name, room.sid) and not room.over:
                return room
        self.rooms.append(Room(name, new_sid("CF"), datetime.now(UTC)))
        return self.rooms[-1]

    def hears(self, call: Call) -> set[str]:
        """The CallSids that somebody on this call can hear."""
        if call.talks_to is None:
            return set()
        room = next((room for room in self.rooms if room.sid == call.talks_to), None)
        if room is None:
            return {call.talks_to}
        return {sid for sid in room.participants if room.hears(call.sid, sid)}

    # What REST asks of it

    def own(self, number: str, voice_url: str = "") -> Number:
        """A number of the account's; its SID is the key in `numbers`."""
        mine = Number(new_sid("PN"), number, datetime.now(UTC), voice_url=voice_url)
        self.numbers[mine.sid] = mine
        return mine

    def callable(self, number: str) -> str:
        """A number that can be called. Raises ApiError."""
        if not E164.fullmatch(number):
            raise ApiError(400, 21211, f"Invalid 'To' Phone Number: {number}")
        return number

    def mine(self, number: str) -> str:
        """A number that the account may show. Raises ApiError; an account without numbers may show any."""
        if self.numbers and number not in {mine.phone_number for mine in self.numbers.values()}:
            raise ApiError(400, 21210, f"The source phone number provided, {number}, is not yet verified.")
        return number

    def send(self, message: Message) -> None:
        self.messages.append(message)
        if message.status_callback:
            self.tasks.create_task(self._deliver(message))

    async def _deliver(self, message: Message) -> None:
        form = {"AccountSid": self.account.sid, "MessageSid": message.sid, "From": message.sender, "To": message.to}
        for status in DELIVERY:
            told = {**form, "SmsSid": message.sid, "SmsStatus": status, "MessageStatus": status}
            await self._tell(message.status_callback, told)

    def recorded(self, call: Call, tape: Taped) -> None:
        """Tells a recording's status URL, if it wants to know."""
        if tape.callback is not None and tape.status in tape.events:
            self.tasks.create_task(self._tell(tape.callback, collecting.told(call, tape)))

    async def _tell(self, url: str, form: dict[str, str]) -> None:
        try:
            answer = await self.network.post(url, form)
        except OSError as error:
            logger.warning("callback to %s failed: %s", url, error or type(error).__name__)
            return
        if not 200 <= answer.status < 300:
            logger.warning("callback to %s was answered %d", url, answer.status)

    def sound(self, call: Call, tape: Taped) -> bytes:
        """A recording as WAV."""
        if tape.voice:
            return Recording.left(bytes(tape.voice)).wav(1)
        ended = call.now if tape.ended is None else tape.ended
        whole = Recording.of(call.lines).between(0.0, ended)
        for pause in reversed(tape.pauses):
            whole = whole.without(pause.began, ended if pause.ended is None else pause.ended, pause.skips)
        return whole.between(tape.began, math.inf).wav(tape.channels)
