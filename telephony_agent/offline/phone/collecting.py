"""<Gather> and <Record>: keys and messages of a caller while no stream is up."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

from .call import Call, Next, Page, Taped, new_sid
from .levels import RATE
from .verbs import Gather, Pause, Record


async def gather(call: Call, verb: Gather) -> Next | None:
    for prompt in verb.prompts:
        if isinstance(prompt, Pause):
            await call.until(lambda: call.turned or bool(call.keys), prompt.length)
        else:
            call.hear(prompt)
    digits, finished = "", False
    while not finished and len(digits) != verb.digits:
        if not await call.until(lambda: call.turned or bool(call.keys), verb.timeout) or call.turned:
            break
        key = call.keys.pop(0)
        finished = key in verb.finish
        digits += "" if finished else key
    if call.turned or not (digits or verb.when_empty):
        return None
    return Page(verb.action, {"Digits": digits, **({"FinishedOnKey": key} if finished else {})})


async def record(call: Call, verb: Record) -> Next | None:
    """Without a word there is no recording, and the next verb follows."""
    call.taping = tape = Taped(new_sid("RE"), call.sid, "RecordVerb", callback=verb.status_callback, began=call.now)
    call.keys.clear()
    call.changed()
    key = ""
    while await _listens(call, tape, verb) and not call.turned and not key:
        key = call.keys.pop(0) if _key(call, verb.finish) else ""
    call.taping = None
    call.changed()
    if not tape.voice:
        return None
    end(call, tape)
    call.switch.recorded(call, tape)
    digits = "hangup" if call.turned else key
    page = Page(verb.action, {**_address(call, tape), "Digits": digits})
    if call.leaving:
        await call.tell(page.url, {**call.form(), **page.extra})  # a caller who has hung up is past any TwiML
    return None if call.turned else page


async def _listens(call: Call, tape: Taped, verb: Record) -> bool:
    """Until there is more of the message, or something else than silence."""
    heard = len(tape.voice)
    left = min(verb.timeout, verb.longest - heard / RATE)
    return await call.until(lambda: call.turned or len(tape.voice) > heard or _key(call, verb.finish), left)


def _key(call: Call, finish: str) -> bool:
    """Whether a key of these was pressed; others are forgotten."""
    call.keys[:] = [key for key in call.keys if key in finish]
    return bool(call.keys)


def end(call: Call, tape: Taped) -> None:
    """A recording is over; it is listed among its call's."""
    tape.status, tape.ended = "completed", call.now
    if tape not in call.tapes:
        call.tapes.append(tape)


def length(tape: Taped, now: float) -> float:
    """Seconds."""
    if tape.voice:
        return len(tape.voice) / RATE
    return (now if tape.ended is None else tape.ended) - tape.began


def told(call: Call, tape: Taped) -> dict[str, str]:
    """What a recording's status URL gets."""
    started = call.created.timestamp() + tape.began
    return {
        "AccountSid": call.ring.account_sid,
        "CallSid": call.sid,
        **_address(call, tape),
        "RecordingStatus": tape.status,
        "RecordingChannels": str(tape.channels),
        "RecordingSource": tape.source,
        "RecordingStartTime": format_datetime(datetime.fromtimestamp(started, UTC)),
    }


def _address(call: Call, tape: Taped) -> dict[str, str]:
    account = call.ring.account_sid
    return {
        "RecordingSid": tape.sid,
        "RecordingUrl": f"{call.switch.api_url}/2010-04-01/Accounts/{account}/Recordings/{tape.sid}",
        "RecordingDuration": str(round(length(tape, call.now))),
    }
