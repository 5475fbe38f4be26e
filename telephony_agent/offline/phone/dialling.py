"""<Dial> and <Enqueue>: a call that is put through to other people, to a conference, or waits for somebody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

from .call import ENDED, Call, Ending, Next, Outgoing, Page, Ring, Switch, new_sid
from .rooms import Happened, Participant, Room
from .twiml import Refused
from .verbs import Conference, Dial, Enqueue, Number, Play, Say

CANCELED = Ending("canceled", "service", "another number was quicker, or nobody waits any more")
PARTED = Ending("completed", "service", "the other side of the call is gone")


async def dial(call: Call, verb: Dial, callbacks: asyncio.TaskGroup) -> Next | None:
    if verb.conference is not None:
        extra = await _meet(call, verb.conference, callbacks)
    else:
        extra = await _call(call, verb)
    return None if verb.action is None or call.turned else Page(verb.action, extra)


# People


async def _call(call: Call, verb: Dial) -> dict[str, str]:
    """What the action is told of the one who answered, or of the first of those who did not."""
    legs = [call.switch.place(*_order(call, verb, number)) for number in verb.numbers]
    for leg in legs:
        leg.watchers.append(call.changed)
    await call.until(lambda: call.turned or _reached(call, legs) is not None or _all_over(legs))
    winner = _reached(call, legs)
    for leg in legs:
        if leg is not winner and leg.status not in ENDED:
            leg.turn(PARTED if leg.answered is not None else CANCELED)
    if winner is None or call.turned:
        for leg in legs:
            leg.turn(CANCELED)
        return {"DialCallStatus": _unanswered(legs[0]), "DialCallSid": legs[0].sid}
    began, call.talks_to = call.now, winner.sid
    call.changed()
    await call.until(lambda: call.turned or winner.talks_to != call.sid, verb.time_limit)
    call.talks_to = None
    if winner.talks_to == call.sid:
        winner.turn(PARTED)
    seconds = round(call.now - began)
    return {
        "DialCallStatus": "completed",
        "DialCallSid": winner.sid,
        "DialCallDuration": str(seconds),
        "DialBridged": "true",
    }


def _reached(call: Call, legs: list[Call]) -> Call | None:
    return next((leg for leg in legs if leg.talks_to == call.sid), None)


def _all_over(legs: list[Call]) -> bool:
    return all(leg.status in ENDED for leg in legs)


def _order(call: Call, verb: Dial, number: Number) -> tuple[Ring, Outgoing]:
    ring = replace(
        call.ring,
        url=number.url or "",
        from_number=verb.caller_id or call.ring.from_number,
        to_number=number.number,
        status_url=number.status_callback,
        fallback_url=None,
        out=None,
        call_sid=new_sid("CA"),
    )
    document = None if number.url else ()
    return ring, Outgoing(
        "outbound-dial", document, call.sid, True, verb.timeout, verb.time_limit, number.status_events
    )


def _unanswered(leg: Call) -> str:
    """Of one who answered and was gone before the two could talk, Twilio says `no-answer`."""
    return leg.status if leg.status in ("busy", "failed", "canceled") else "no-answer"


async def join(leg: Call, parent_sid: str) -> None:
    """The other end of `_call`: talks until one of the two is taken elsewhere."""
    parent = leg.switch.find(parent_sid)
    if parent is None or parent.status in ENDED:
        return
    leg.talks_to = parent_sid
    leg.changed()
    await leg.until(lambda: leg.turned)
    leg.talks_to = None
    leg.changed()


# Conferences


async def _meet(call: Call, verb: Conference, callbacks: asyncio.TaskGroup) -> dict[str, str]:
    room = call.switch.room(verb.name)
    if room.status_callback is None:
        room.status_callback, room.wanted = verb.status_callback, verb.status_events
    one = Participant(call.sid, verb.label, verb.starts, verb.ends, verb.muted, coaches=verb.coaches)
    tell(call.switch, call, room, room.join(one), callbacks)
    call.talks_to = room.sid
    call.changed()
    if room.status == "init" and verb.wait_url:
        await listen(call, verb.wait_url)
    await call.until(lambda: call.turned or room.over or call.sid not in room.participants)
    call.talks_to = None
    tell(call.switch, call, room, room.leave(call.sid), callbacks)
    call.changed()
    return {"DialCallStatus": "answered", "DialCallSid": call.sid}


def tell(switch: Switch, call: Call, room: Room, happened: Iterable[Happened], callbacks: asyncio.TaskGroup) -> None:
    """To the room's status URL, as far as it asked; and to the calls in it, which look up."""
    for event in happened:
        if room.status_callback is not None and room.wants(event):
            form = room.form(call.ring.account_sid, event, format_datetime(datetime.now(UTC)))
            callbacks.create_task(call.tell(room.status_callback, form))
    for sid in list(room.participants):
        if (other := switch.find(sid)) is not None:
            other.changed()


async def listen(call: Call, url: str) -> None:
    """What is heard while one waits is asked for like any TwiML; without it there is silence."""
    with suppress(Refused):
        for verb in await call.ask(Page(url)):
            if isinstance(verb, Say | Play):
                call.hear(verb)


def refer(call: Call, to: str, action: str | None) -> Next | None:
    """The call goes elsewhere, if it came over SIP: the action is told, and asked what is to follow."""
    over_sip = call.ring.from_number.startswith("sip")
    if action is None:
        return Ending("completed", "service", f"referred to {to}") if over_sip else None
    status, code = ("success", "202") if over_sip else ("failed", "405")
    return Page(action, {"ReferCallStatus": status, "ReferSipResponseCode": code})


async def enqueue(call: Call, verb: Enqueue) -> None:
    """Until the call is taken elsewhere: nobody serves queues here."""
    if verb.wait_url is not None:
        await listen(call, verb.wait_url)
    await call.until(lambda: call.turned)
