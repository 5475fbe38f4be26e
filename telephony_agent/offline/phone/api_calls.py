"""REST: calls and their recordings."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from . import line, resources, streaming, twiml
from .asked import Asked, Listed, Sound
from .call import ENDED, Call, Detection, Ending, Outgoing, Page, Taped, new_sid
from .collecting import end, length
from .exchange import Exchange
from .resources import ApiError, Json, Leg, Tape, not_found
from .verbs import StartStream, Stream, Verb

COMPLETED = Ending("completed", "service", "the service hung up by REST")
CANCELED = Ending("canceled", "service", "the service canceled it by REST")
NOT_IN_PROGRESS = 21220
INLINE = "https://api.twilio.com/"  # what addresses in TwiML that came with an order are relative to


def create(exchange: Exchange, asked: Asked) -> Json:
    called, caller = exchange.callable(asked.needed("To")), exchange.mine(asked.needed("From"))
    url, document = asked.url("Url"), _document(asked)
    if url is None and document is None:
        raise ApiError(400, 21205, "Url parameter is required.")
    ring = exchange.order(
        url=url or "",
        from_number=caller,
        to_number=called,
        status_url=asked.url("StatusCallback"),
        fallback_url=asked.url("FallbackUrl"),
    )
    outgoing = Outgoing(
        document=document if url is None else None,
        timeout=asked.number("Timeout", 60),
        time_limit=asked.number("TimeLimit", 4 * 3600),
        status_events=asked.words("StatusCallbackEvent", ("completed",)),
        detection=_detection(asked),
        records=asked.flag("Record", False),
        recording_callback=asked.url("RecordingStatusCallback"),
        keys=asked.text("SendDigits"),
    )
    return _shown(exchange, exchange.place(ring, outgoing))


def _document(asked: Asked) -> tuple[Verb, ...] | None:
    if not (text := asked.text("Twiml")):
        return None
    try:
        return tuple(twiml.parse(text, INLINE))
    except twiml.Refused as refused:
        raise ApiError(400, refused.code, str(refused)) from refused


def _detection(asked: Asked) -> Detection | None:
    """Without `AsyncAmd` the call waits for the result."""
    if (kind := asked.text("MachineDetection")) not in ("Enable", "DetectMessageEnd"):
        return None
    callback = asked.url("AsyncAmdStatusCallback") if asked.flag("AsyncAmd", False) else None
    patience = asked.number("MachineDetectionTimeout", 30)
    return Detection(kind == "DetectMessageEnd", callback, patience, waits=not asked.flag("AsyncAmd", False))


def update(exchange: Exchange, asked: Asked) -> Json:
    call = _call(exchange, asked)
    url, document, status = asked.url("Url"), _document(asked), asked.text("Status")
    if call.status in ENDED or call.leaving:
        if status:
            raise not_found(asked.path)
        raise ApiError(400, NOT_IN_PROGRESS, "Call is not in-progress. Cannot redirect.")
    if (url or document is not None) and call.answered is None:
        raise ApiError(400, NOT_IN_PROGRESS, "Call is not in-progress. Cannot redirect.")
    told, fallback = asked.url("StatusCallback"), asked.url("FallbackUrl")
    call.ring = replace(
        call.ring, status_url=told or call.ring.status_url, fallback_url=fallback or call.ring.fallback_url
    )
    match status:
        case "completed":
            call.turn(COMPLETED)
        case "canceled" if call.answered is None:
            call.turn(CANCELED)
        case "":
            pass
        case _:
            raise ApiError(400, NOT_IN_PROGRESS, f"Call can't become {status!r} now")
    if url is not None:
        call.turn(Page(url))
    elif document is not None:
        call.turn(document)
    return _shown(exchange, call)


def fetch(exchange: Exchange, asked: Asked) -> Json:
    return _shown(exchange, _call(exchange, asked))


def listed(exchange: Exchange, asked: Asked) -> Listed:
    """The newest first, as Twilio does."""
    wanted = {"status": "Status", "to": "To", "from": "From", "parent_call_sid": "ParentCallSid"}
    calls = [_shown(exchange, call) for call in reversed(exchange.calls.values())]
    return Listed(
        "calls",
        [call for call in calls if all(asked.text(name) in ("", call[field]) for field, name in wanted.items())],
    )


def _call(exchange: Exchange, asked: Asked) -> Call:
    call = exchange.find(asked.at["call"])
    if call is None:
        raise not_found(asked.path)
    return call


def _shown(exchange: Exchange, call: Call) -> Json:
    ring = call.ring
    return resources.call(
        exchange.account.sid,
        Leg(
            call.sid,
            call.status,
            call.direction,
            ring.from_number,
            ring.to_number,
            call.created,
            call.answered,
            call.over,
            call.outgoing.parent if call.outgoing else None,
            call.answered_by,
        ),
    )


# Recordings


def record(exchange: Exchange, asked: Asked) -> Json:
    call = _call(exchange, asked)
    if call.status != "in-progress":
        raise ApiError(400, NOT_IN_PROGRESS, "Requested resource is not eligible for recording")
    tape = Taped(
        new_sid("RE"),
        call.sid,
        "StartCallRecordingAPI",
        2 if asked.text("RecordingChannels") == "dual" else 1,
        asked.url("RecordingStatusCallback"),
        asked.words("RecordingStatusCallbackEvent", ("completed",)),
        began=call.now,
    )
    call.tapes.append(tape)
    exchange.recorded(call, tape)
    return _tape(exchange, call, tape)


def change_recording(exchange: Exchange, asked: Asked) -> Json:
    call = _call(exchange, asked)
    tape = _found(asked, call.tapes)
    if tape.status in ("completed", "stopped"):
        raise not_found(asked.path)
    match asked.needed("Status"):
        case "paused":
            tape.pause(call.now, skips=asked.text("PauseBehavior", "skip") != "silence")
        case "in-progress":
            tape.go_on(call.now)
        case "stopped":
            end(call, tape)
            exchange.recorded(call, tape)
        case other:
            raise ApiError(400, 21200, f"A recording can't become {other!r}")
    return _tape(exchange, call, tape)


# One-way streams


def fork(exchange: Exchange, asked: Asked) -> Json:
    """A copy of the caller's sound, as <Start><Stream> makes one."""
    call = _call(exchange, asked)
    if call.status != "in-progress":
        raise ApiError(400, NOT_IN_PROGRESS, "Call is not in-progress.")
    url = asked.needed("Url")
    if urlsplit(url).scheme != "wss" and not twiml.loopback(urlsplit(url).hostname or ""):
        raise ApiError(400, 21205, f"Url is not a valid URL: {url}")
    parameters = {
        asked.text(f"Parameter{number}.Name"): asked.text(f"Parameter{number}.Value")
        for number in range(1, 100)
        if asked.text(f"Parameter{number}.Name")
    }
    name = asked.text("Name") or new_sid("MZ")
    stream = Stream(url, name, asked.url("StatusCallback"), parameters)
    exchange.tasks.create_task(streaming.start(call, StartStream(stream), exchange.tasks))
    return resources.stream(exchange.account.sid, call.sid, name, "in-progress")


def stop_fork(exchange: Exchange, asked: Asked) -> Json:
    """By its name, while it goes on."""
    call, name = _call(exchange, asked), asked.at["stream"]
    if name not in call.forks:
        raise not_found(asked.path)
    if asked.needed("Status") != "stopped":
        raise ApiError(400, 21200, "A stream can only become stopped.")
    call.forks.pop(name).feed(line.HangUp())
    return resources.stream(exchange.account.sid, call.sid, name, "stopped")


def of_call(exchange: Exchange, asked: Asked) -> Listed:
    call = _call(exchange, asked)
    return Listed("recordings", [_tape(exchange, call, tape) for tape in call.tapes])


def recordings(exchange: Exchange, asked: Asked) -> Listed:
    tapes = [_tape(exchange, call, tape) for call in exchange.calls.values() for tape in call.tapes]
    return Listed("recordings", [tape for tape in tapes if asked.text("CallSid") in ("", tape["call_sid"])])


def recording(exchange: Exchange, asked: Asked) -> Json:
    return _tape(exchange, *_anywhere(exchange, asked))


def sound(exchange: Exchange, asked: Asked) -> Sound:
    call, tape = _anywhere(exchange, asked)
    return Sound(exchange.sound(call, tape))


def forget(exchange: Exchange, asked: Asked) -> None:
    call, tape = _anywhere(exchange, asked)
    call.tapes.remove(tape)


def _anywhere(exchange: Exchange, asked: Asked) -> tuple[Call, Taped]:
    for call in exchange.calls.values():
        for tape in call.tapes:
            if tape.sid == asked.at["recording"]:
                return call, tape
    raise not_found(asked.path)


def _found(asked: Asked, tapes: list[Taped]) -> Taped:
    """By SID, or `Twilio.CURRENT`: the one that goes on."""
    name = asked.at["recording"]
    for tape in reversed(tapes):
        if tape.sid == name or (name == "Twilio.CURRENT" and tape.ended is None):
            return tape
    raise not_found(asked.path)


def _tape(exchange: Exchange, call: Call, tape: Taped) -> Json:
    seconds = length(tape, call.now) if tape.ended is not None else None
    shown = Tape(tape.sid, call.sid, tape.status, tape.source, tape.channels, call.created, seconds)
    return resources.recording(exchange.account.sid, shown, exchange.api_url)


ROUTES = (
    ("POST", "~/Calls.json", create, 201),
    ("GET", "~/Calls.json", listed, 200),
    ("GET", "~/Calls/{call}.json", fetch, 200),
    ("POST", "~/Calls/{call}.json", update, 200),
    ("POST", "~/Calls/{call}/Recordings.json", record, 201),
    ("GET", "~/Calls/{call}/Recordings.json", of_call, 200),
    ("POST", "~/Calls/{call}/Streams.json", fork, 201),
    ("POST", "~/Calls/{call}/Streams/{stream}.json", stop_fork, 200),
    ("POST", "~/Calls/{call}/Recordings/{recording}.json", change_recording, 200),
    ("GET", "~/Recordings.json", recordings, 200),
    ("GET", "~/Recordings/{recording}.json", recording, 200),
    ("GET", "~/Recordings/{recording}.wav", sound, 200),
    ("GET", "~/Recordings/{recording}", sound, 200),
    ("DELETE", "~/Recordings/{recording}.json", forget, 204),
)
