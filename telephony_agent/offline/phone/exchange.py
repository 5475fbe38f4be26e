"""A telephone exchange of our own: one account's calls, conferences and messages, and the people who can be called.

async with Exchange(Ring("https://agent.example.com/twilio/voice", auth_token=TOKEN)) as exchange:
    exchange.people["+12025550177"] = Person(machine=True)
    call = exchange.ring(exchange.template)
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from .call import ENDED, HUNG_UP, Call, Outgoing, Ring, new_sid
from .network import Internet, Network
from .people import Person, take
from .performing import live
from .rooms import Room

NOBODY = Person()  # whoever is not told apart: answers, and listens


class Exchange:
    """Entered, it is in service; on leaving, all calls are hung up and waited for."""

    def __init__(self, template: Ring, network: Network | None = None) -> None:
        """`template`: of calls that are placed, all but their numbers and URLs. `network` is for tests that need none:
        the Internet is what it is otherwise."""
        self.template = template
        self.network: Network = network or Internet(template.auth_token, template.connect_to)
        self.api_url = "https://api.twilio.com"  # of REST, where recordings are to be had
        self.calls: dict[str, Call] = {}
        self.rooms: list[Room] = []
        self.people: dict[str, Person] = {}
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for call in self.calls.values():
            if call.status not in ENDED:
                call.turn(HUNG_UP)
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            await self._tasks.__aexit__(kind, error, traceback)
        else:  # a failed assertion leaves as it is, not in a group of one
            await self._tasks.__aexit__(None, None, None)

    def ring(self, ring: Ring) -> Call:
        """Somebody calls the service."""
        call = self.calls[ring.call_sid] = Call(ring, self)
        self._tasks.create_task(live(call, NOBODY))
        return call

    def order(self, **details: str | None) -> Ring:
        """The template for another call, with its own fields."""
        ring = replace(self.template, call_sid=new_sid("CA"), status_url=None, fallback_url=None, out=None)
        return replace(ring, **details)  # type: ignore[arg-type]  # all of them are text

    def place(self, ring: Ring, outgoing: Outgoing) -> Call:
        """Somebody is called."""
        call = self.calls[ring.call_sid] = Call(ring, self, outgoing)
        person = self.people.get(ring.to_number, NOBODY)
        self._tasks.create_task(live(call, person))
        self._tasks.create_task(take(person, call))
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
