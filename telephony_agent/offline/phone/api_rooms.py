"""REST: conferences and who is in them."""

from __future__ import annotations

from collections.abc import Iterable

from . import dialling, resources
from .asked import Asked, Listed
from .call import Call, Outgoing
from .exchange import Exchange
from .resources import ApiError, Json, not_found
from .rooms import Happened, Participant, Room
from .verbs import Conference, Dial


def conferences(exchange: Exchange, asked: Asked) -> Listed:
    wanted = {"friendly_name": "FriendlyName", "status": "Status"}
    rooms = [resources.conference(exchange.account.sid, room) for room in reversed(exchange.rooms)]
    return Listed(
        "conferences",
        [room for room in rooms if all(asked.text(name) in ("", room[field]) for field, name in wanted.items())],
    )


def conference(exchange: Exchange, asked: Asked) -> Json:
    return resources.conference(exchange.account.sid, _room(exchange, asked))


def end(exchange: Exchange, asked: Asked) -> Json:
    room = _room(exchange, asked)
    if asked.needed("Status") != "completed":
        raise ApiError(400, 21200, "A conference can only become completed.")
    if not room.over:
        _tell(exchange, room, room.end())
    return resources.conference(exchange.account.sid, room)


def invite(exchange: Exchange, asked: Asked) -> Json:
    """Calls somebody into a conference, which begins with this if there is none."""
    called, caller = exchange.callable(asked.needed("To")), exchange.mine(asked.needed("From"))
    room = exchange.room(asked.at["conference"])
    verb = Conference(
        room.name,
        asked.flag("StartConferenceOnEnter", True),
        asked.flag("EndConferenceOnExit", False),
        asked.flag("Muted", False),
        asked.text("Label"),
        asked.url("WaitUrl"),
        asked.url("ConferenceStatusCallback"),
        asked.words("ConferenceStatusCallbackEvent"),
        asked.text("CallSidToCoach"),
    )
    outgoing = Outgoing(
        document=(Dial(conference=verb),),
        timeout=asked.number("Timeout", 60),
        time_limit=asked.number("TimeLimit", 4 * 3600),
        status_events=asked.words("StatusCallbackEvent", ("completed",)),
    )
    ring = exchange.order(from_number=caller, to_number=called, status_url=asked.url("StatusCallback"))
    call = exchange.place(ring, outgoing)
    one = Participant(call.sid, verb.label, verb.starts, verb.ends, verb.muted, coaches=verb.coaches)
    return resources.participant(exchange.account.sid, room, one, call.status)


def participants(exchange: Exchange, asked: Asked) -> Listed:
    room = _room(exchange, asked)
    return Listed("participants", [_shown(exchange, room, one) for one in room.participants.values()])


def participant(exchange: Exchange, asked: Asked) -> Json:
    room = _room(exchange, asked)
    return _shown(exchange, room, _one(room, asked))


def change(exchange: Exchange, asked: Asked) -> Json:
    room = _room(exchange, asked)
    one = _one(room, asked)
    muted, hold = asked.flag("Muted", one.muted), asked.flag("Hold", one.hold)
    happened = []
    if muted != one.muted:
        happened.append(Happened("participant-mute" if muted else "participant-unmute", one))
    if hold != one.hold:
        happened.append(Happened("participant-hold" if hold else "participant-unhold", one))
    one.muted, one.hold = muted, hold
    one.ends = asked.flag("EndConferenceOnExit", one.ends)
    if "Coaching" in asked.form:
        one.coaches = asked.text("CallSidToCoach") if asked.flag("Coaching", False) else ""
    music = asked.url("HoldUrl")
    if hold and music is not None:
        exchange.tasks.create_task(dialling.listen(_call(exchange, one), music))
    _tell(exchange, room, happened)
    return _shown(exchange, room, one)


def remove(exchange: Exchange, asked: Asked) -> None:
    """The call goes on with its TwiML."""
    room = _room(exchange, asked)
    call = _call(exchange, _one(room, asked))
    _tell(exchange, room, room.leave(call.sid))
    call.changed()


def _room(exchange: Exchange, asked: Asked) -> Room:
    """By SID, or by name while it goes on."""
    name = asked.at["conference"]
    for room in exchange.rooms:
        if room.sid == name or (room.name == name and not room.over):
            return room
    raise not_found(asked.path)


def _one(room: Room, asked: Asked) -> Participant:
    """By CallSid or label."""
    name = asked.at["participant"]
    for one in room.participants.values():
        if name in (one.call_sid, one.label):
            return one
    raise not_found(asked.path)


def _call(exchange: Exchange, one: Participant) -> Call:
    return exchange.calls[one.call_sid]


def _shown(exchange: Exchange, room: Room, one: Participant) -> Json:
    return resources.participant(exchange.account.sid, room, one, _call(exchange, one).status)


def _tell(exchange: Exchange, room: Room, happened: Iterable[Happened]) -> None:
    """Whoever is told does it for the room."""
    for event in happened:
        sid = event.participant.call_sid if event.participant else next(iter(room.participants), None)
        if sid is not None:
            dialling.tell(exchange, exchange.calls[sid], room, [event], exchange.tasks)


ROUTES = (
    ("GET", "~/Conferences.json", conferences, 200),
    ("GET", "~/Conferences/{conference}.json", conference, 200),
    ("POST", "~/Conferences/{conference}.json", end, 200),
    ("POST", "~/Conferences/{conference}/Participants.json", invite, 201),
    ("GET", "~/Conferences/{conference}/Participants.json", participants, 200),
    ("GET", "~/Conferences/{conference}/Participants/{participant}.json", participant, 200),
    ("POST", "~/Conferences/{conference}/Participants/{participant}.json", change, 200),
    ("DELETE", "~/Conferences/{conference}/Participants/{participant}.json", remove, 204),
)
