"""What Twilio does with a call: dials it, asks for its TwiML, does that verb by verb, and tells how it ended."""

from __future__ import annotations

import asyncio
import logging
from typing import assert_never

from . import collecting, dialling, streaming, verbs
from . import line as line_
from .call import Call, Detection, Ending, Next, Page, Status, Taped, new_sid
from .people import Person
from .twiml import Refused

QUICK = 1.0  # seconds: a document that takes less may be one of a circle
CIRCLE = 20  # quick documents in a row: the service is sending us round
TOO_MANY = 11215
TONE = 0.25  # seconds that a key of <Play digits> takes
WAITS = {"w": 0.5, "W": 1.0}  # seconds
TOO_LONG = Ending("completed", "service", "the call reached its time limit")
TO_THE_END = Ending("completed", "service", "the TwiML came to its end")

logger = logging.getLogger(__name__)


async def live(call: Call, person: Person) -> None:
    """A call's whole life. `person` is whom an outgoing one calls."""
    logger.info("%s rings", call.sid)
    ending = Ending("failed", "caller", "the caller's program ended in mid-call")
    try:
        async with asyncio.TaskGroup() as beside:
            unreached = await _dialled(call, person, beside) if call.outgoing else None
            ending = unreached or await _follow(call, beside)
            _end(call, ending, beside)
        if (form := call.progress("completed")) is not None:
            await _tell(call, form)
    finally:
        call.keep()
        call.ending = ending
        logger.info("%s is over: %s, %s", call.sid, ending.status, ending.reason)
        call.changed()


def _end(call: Call, ending: Ending, beside: asyncio.TaskGroup) -> None:
    if call.limit is not None:
        call.limit.cancel()
    call.over = call.now
    call.status = _status(call, ending)
    for fork in call.forks.values():
        fork.feed(line_.HangUp())
    for tape in call.tapes:
        if tape.ended is None:
            collecting.end(call, tape)
            call.switch.recorded(call, tape)
    call.changed()


def _status(call: Call, ending: Ending) -> Status:
    match ending.status:
        case "rejected":
            return "busy" if ending.reason == "busy" else "no-answer"
        case "completed" if call.answered is None:
            return "canceled" if call.outgoing else "no-answer"
        case "failed" if call.answered is not None:
            return "completed"  # Twilio's own voice said that there was an application error
        case status:
            return status


# Before it is answered


async def _dialled(call: Call, person: Person, beside: asyncio.TaskGroup) -> Ending | None:
    """How it ended, if nobody could be reached."""
    outgoing = call.outgoing
    assert outgoing is not None
    if call.turned:
        return Ending("canceled", "service", "canceled before it was dialled")
    _move(call, "initiated", "initiated", beside)
    if person.does == "failed":
        return Ending("failed", "caller", "the number can't be reached")
    _move(call, "ringing", "ringing", beside)
    if person.does == "busy":
        return Ending("busy", "caller", "the line is busy")
    patient = person.does == "answers" and person.after <= outgoing.timeout
    if await call.until(lambda: call.turned, person.after if patient else outgoing.timeout):
        return Ending("canceled", "service", "canceled while it rang")
    if not patient:
        return Ending("no-answer", "caller", f"nobody answered in {outgoing.timeout:g} s")
    call.pick_up()
    _move(call, "in-progress", "answered", beside)
    call.limit = asyncio.get_running_loop().call_later(outgoing.time_limit, call.turn, TOO_LONG)
    if outgoing.records:
        call.tapes.append(
            Taped(new_sid("RE"), call.sid, "OutboundAPI", callback=outgoing.recording_callback, began=call.now)
        )
    if outgoing.keys:
        await _play(call, verbs.Play(digits=outgoing.keys))
    elif outgoing.detection is not None:
        await _detect(call, person, outgoing.detection, beside)
    return None


def _move(call: Call, status: Status, event: str, beside: asyncio.TaskGroup) -> None:
    call.status = status
    if (form := call.progress(event)) is not None:
        beside.create_task(_tell(call, form))
    call.changed()


async def _tell(call: Call, form: dict[str, str]) -> None:
    """One after the other, as the call went on."""
    async with call.in_order:
        assert call.ring.status_url is not None
        await call.tell(call.ring.status_url, form)


async def _detect(call: Call, person: Person, detection: Detection, beside: asyncio.TaskGroup) -> None:
    answered_by, takes = person.detected(detection)
    if detection.waits:
        await call.until(lambda: call.turned, takes)
        call.answered_by = answered_by
    elif detection.callback is not None:
        beside.create_task(_report(call, detection.callback, answered_by, takes))


async def _report(call: Call, url: str, answered_by: str, takes: float) -> None:
    if await call.until(lambda: call.over is not None, takes):
        return
    call.answered_by = answered_by
    form = {"CallSid": call.sid, "AccountSid": call.ring.account_sid, "AnsweredBy": answered_by}
    await call.tell(url, {**form, "MachineDetectionDuration": str(round(takes * 1000))})


# Its documents


async def _follow(call: Call, beside: asyncio.TaskGroup) -> Ending:
    """Verb after verb, document after document."""
    document = call.outgoing.document if call.outgoing else None
    following: Next | None = Page(call.ring.url) if document is None else document
    quick = 0
    try:
        while quick < CIRCLE:
            began = call.now
            match following:
                case None:
                    return TO_THE_END
                case Ending():
                    return following
                case Page():
                    following = await _carry_out(call, await call.ask(following), beside)
                case verbs_:
                    following = await _carry_out(call, verbs_, beside)
            following = following if (orders := call.take_orders()) is None else orders
            if following is None and call.outgoing and call.outgoing.joins and call.outgoing.parent:
                await dialling.join(call, call.outgoing.parent)
                following = call.take_orders()
            quick = quick + 1 if call.now - began < QUICK else 0
        raise Refused(TOO_MANY, f"{CIRCLE} TwiML documents in a moment; the service redirects in circles")
    except Refused as error:
        if error.code == TOO_MANY:
            call.fault(error.code, str(error))
        return Ending("failed", "service", str(error))


async def _carry_out(call: Call, document: tuple[verbs.Verb, ...], beside: asyncio.TaskGroup) -> Next | None:
    """How the call ended, or what it does next; None if it was told elsewhere, or the document came to its end."""
    for verb in document:
        if call.turned:
            return None
        if not isinstance(verb, verbs.Pause | verbs.Reject | verbs.Redirect):
            call.pick_up()
        if (following := await _do(call, verb, beside)) is not None:
            return following
    return None


async def _do(call: Call, verb: verbs.Verb, beside: asyncio.TaskGroup) -> Next | None:
    match verb:
        case verbs.Connect():
            return await streaming.connect(call, verb, beside)
        case verbs.StartStream():
            beside.create_task(streaming.start(call, verb, beside))
        case verbs.StopStream(name):
            if (fork := call.forks.pop(name, None)) is not None:
                fork.feed(line_.HangUp())
        case verbs.StartRecording(channels, callback):
            call.tapes.append(
                Taped(new_sid("RE"), call.sid, "StartCallRecordingTwiML", channels, callback, began=call.now)
            )
        case verbs.Say():
            call.hear(verb)
        case verbs.Play():
            await _play(call, verb)
        case verbs.Pause(length):
            await call.until(lambda: call.turned, length)
        case verbs.Gather():
            return await collecting.gather(call, verb)
        case verbs.Record():
            return await collecting.record(call, verb)
        case verbs.Dial():
            return await dialling.dial(call, verb, beside)
        case verbs.Enqueue():
            await dialling.enqueue(call, verb)
        case verbs.Refer(to, action):
            return dialling.refer(call, to, action)
        case verbs.Leave():
            pass
        case verbs.Redirect(url):
            return Page(url)
        case verbs.Reject(reason):
            return Ending("rejected", "service", reason)
        case verbs.Hangup():
            return Ending("completed", "service", "the service hung up")
        case _:
            assert_never(verb)
    return None


async def _play(call: Call, verb: verbs.Play) -> None:
    call.hear(verb)
    if verb.digits:
        await call.until(lambda: call.turned, sum(WAITS.get(key, TONE) for key in verb.digits))
    elif verb.times == 0:
        await call.until(lambda: call.turned)
