"""What the call has answered: a question each, with what the project believed before."""

from __future__ import annotations

import audioop
import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from ..answers import Answer, answered, undecided
from ..journal import Journal
from ..report import Asked
from .acts import CUT, END, REFUSED, TALK
from .seen import Stream, Visit

STANDARD = {  # of every request about a call; the rest of an action's is news
    *("AccountSid", "ApiVersion", "CallSid", "CallStatus", "Direction", "From", "To", "Caller", "Called"),
    *(f"{who}{what}" for who in ("From", "To", "Caller", "Called") for what in ("City", "State", "Zip", "Country")),
    *("StirVerstat", "StirPassportToken", "CallToken", "ForwardedFrom", "CallerName", "ParentCallSid"),
}
RATE = 8000  # Hz
KEYS = {  # Hz, ITU-T Q.23
    key: (low, high)
    for low, keys in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for key, high in zip(keys, (1209, 1336, 1477, 1633), strict=True)
}
AROUND = 1.0  # seconds before and after the event in which a key's tone would be
BLOCK = 160  # samples
LOUD = 10  # times the level of the rest, which a tone that is there exceeds by far


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    asks: str
    believed: str
    judge: Callable[[Visit], Answer]


def asked(visit: Visit) -> Iterator[Asked]:
    """All of them; the first brings what was said on the wire."""
    journal = visit.journal
    for each in QUESTIONS:
        yield Asked(each.name, each.asks, each.believed, each.judge(visit), journal)
        journal = Journal()


def _start(visit: Visit) -> Answer:
    stream = visit.streams.get(TALK)
    if stream is None or not stream.events("media"):
        return undecided("no stream came")
    (_, start) = stream.events("start")[0]
    media = [message["media"] for _, message in stream.events("media")]
    times = [int(each["timestamp"]) for each in media]
    facts = {
        "mediaFormat": start["start"].get("mediaFormat"),
        "first timestamp": times[0],
        "median step, ms": median(b - a for a, b in pairwise(times)) if len(times) > 1 else None,
        "bytes in a frame": sorted({len(base64.b64decode(each["payload"])) for each in media}),
        "first sequenceNumber of media": stream.events("media")[0][1].get("sequenceNumber"),
    }
    form = start["start"].get("mediaFormat", {})
    return answered(f"{form.get('encoding')}, {form.get('sampleRate')} Hz, first timestamp {times[0]}", **facts)


def _signature(visit: Visit) -> Answer:
    found = {act: stream.signed or "nothing that we know" for act, stream in visit.streams.items()}
    if not found:
        return undecided("no stream came")
    return answered(", ".join(sorted(set(found.values()))), **found)


def _marks(visit: Visit) -> Answer:
    notes = visit.streams[TALK].notes if TALK in visit.streams else {}
    if notes.get("played") is None:
        return undecided("no mark came back at all", **notes)
    if notes.get("cleared") is None:
        return answered("marks of sound that is cleared do not come back", **notes)
    return answered(f"marks of sound that is cleared come back, after {notes['cleared']:g} s", **notes)


def _queue(visit: Visit) -> Answer:
    notes = visit.streams[TALK].notes if TALK in visit.streams else {}
    if "alive" not in notes:
        return undecided("the stream was over before")
    if notes["alive"] is None:
        return answered("after 90 s of sound, 30 of them in one message, the stream is dead")
    return answered("90 s of sound are queued, 30 of them in one message of 320 kB, and the stream lives")


def _pings(visit: Visit) -> Answer:
    streams = [stream for stream in visit.streams.values() if stream.accepted]
    if not streams:
        return undecided("no stream came")
    seconds = sum((stream.over or stream.finished or stream.at) - stream.at for stream in streams)
    return answered(f"{sum(stream.pings for stream in streams)} pings in {seconds:.0f} s of streams")


def _digits(visit: Visit) -> Answer:
    stream = visit.streams.get(TALK)
    pressed = stream.events("dtmf") if stream else []
    if stream is None or not pressed:
        return undecided("nobody pressed a key")
    (at, message) = pressed[0]
    digit = str(message["dtmf"]["digit"])
    ratio = _heard(stream, at, digit)
    facts = {"digit": digit, "track": message["dtmf"].get("track"), "tone against the rest": round(ratio, 1)}
    if ratio > LOUD:
        return answered("the tone is also in the caller's sound", **facts)
    return answered("the tone is not in the caller's sound", **facts)


def _heard(stream: Stream, at: float, digit: str) -> float:
    """How much louder the key's two frequencies are around the event than otherwise, at their loudest."""
    near, far = 0.0, 1.0
    for when, message in stream.events("media"):
        samples = np.frombuffer(audioop.ulaw2lin(base64.b64decode(message["media"]["payload"]), 2), "<i2")
        turns = np.outer(KEYS.get(digit, (0, 0)), np.arange(len(samples))) / RATE
        level = float(np.abs(np.exp(-2j * np.pi * turns) @ samples).min())  # both of them, or it is none
        if abs(when - at) <= AROUND:
            near = max(near, level)
        else:
            far = max(far, level)
    return near / far


def _close(visit: Visit) -> Answer:
    stream = visit.streams.get(TALK)
    if stream is None or stream.finished is None:
        return undecided("no stream came")
    after = sorted({str(m.get("event")) for at, m in stream.messages if at > stream.finished})
    facts = {"after our close": after, "their close code": stream.close_code}
    if "stop" in after:
        return answered("`stop` comes after our close", **facts)
    return answered(f"no `stop` comes; they close with {stream.close_code}", **facts)


def _end(visit: Visit) -> Answer:
    stream = visit.streams.get(END)
    if stream is None or stream.finished is None or stream.over is None:
        return undecided("the call did not last until then")
    stops = [at for at, _ in stream.events("stop")]
    facts = {"seconds from the order to the close": round(stream.over - stream.finished, 3)}
    how = "no close frame" if stream.close_code is None else f"close code {stream.close_code}"
    return answered(f"{'`stop`, then ' if stops else 'no `stop`, '}{how}", **facts)


def _refused(visit: Visit) -> Answer:
    return _followed(visit, REFUSED)


def _cut(visit: Visit) -> Answer:
    return _followed(visit, CUT)


def _followed(visit: Visit, act: str) -> Answer:
    """What Twilio does after that stream."""
    stream = visit.streams.get(act)
    if stream is None or stream.finished is None:
        return undecided("the call did not last until then")
    after = [each for each in visit.asked(f"after-{act}", "fallback") if each.at > stream.finished]
    if after:
        seconds = round(after[0].at - stream.finished, 3)
        what = "the action is asked" if after[0].kind != "fallback" else "the fallback is asked"
        return answered(f"{what}, {seconds:g} s later", asked=after[0].kind)
    if visit.over is not None:
        return answered(f"the call ends ({visit.over[1]}), {visit.over[0] - stream.finished:.1f} s later")
    return undecided("nothing came until we hung up")


def _words(visit: Visit) -> Answer:
    told = [each for each in visit.asked("stream-status") if each.form.get("StreamEvent") == "stream-error"]
    events = {f"{each.at:.2f} s": each.form.get("StreamEvent", "") for each in visit.asked("stream-status")}
    if not told:
        return undecided("no stream-error was told", **events)
    words = {
        each.form.get("StreamName") or each.form.get("StreamSid", ""): each.form.get("StreamError") for each in told
    }
    return answered("; ".join(f"{name}: {text}" for name, text in words.items()), **events)


def _parameters(visit: Visit) -> Answer:
    after = [each for each in visit.requests if each.kind.startswith("after-")]
    if not after:
        return undecided("no action was asked")
    extra = {name: each.form[name] for each in after for name in sorted(each.form.keys() - STANDARD)}
    return answered(", ".join(extra) or "none", **extra)


def _again(visit: Visit) -> Answer:
    return _repeated(visit, "voice")


def _again_by_default(visit: Visit) -> Answer:
    return _repeated(visit, f"after-{CUT}")


def _repeated(visit: Visit, kind: str) -> Answer:
    """What follows our 503."""
    asked = visit.asked(kind)
    if not asked:
        return undecided("it was never asked")
    later = [each for each in visit.asked(kind, "fallback") if each.at > asked[0].at]
    if not later:
        return answered("nothing is asked again") if visit.over else undecided("nothing came until we hung up")
    facts = {"seconds": round(later[0].at - asked[0].at, 3), "same token": later[0].token == asked[0].token}
    if later[0].kind == "fallback":
        error = {name: later[0].form.get(name) for name in ("ErrorCode", "ErrorUrl")}
        return answered("it is not asked again; the fallback is", **facts, **error)
    return answered("it is asked again", **facts)


def _detection(visit: Visit) -> Answer:
    told = visit.asked("amd")
    if not told:
        return undecided("no result came while the call lasted")
    return answered(f"{told[0].form.get('AnsweredBy')}, {told[0].at:.1f} s after the order")


QUESTIONS = (
    Question("start", "What does a stream begin with?", "audio/x-mulaw, 8000 Hz, first timestamp about 155", _start),
    Question("signature", "For which URL is the upgrade signed?", "as requested; of a port nobody knows", _signature),
    Question("marks", "Do marks come back whose sound is cleared?", "documented", _marks),
    Question("queue", "How much sound may be queued, how large may a message be?", "no limit below a minute", _queue),
    Question("pings", "Does Twilio send pings?", "not documented", _pings),
    Question("digits", "Is a key's tone left in the caller's sound?", "not known; the event comes", _digits),
    Question("close", "Does `stop` come after we have closed a stream?", "unlikely", _close),
    Question("refused", "What follows a stream whose upgrade is refused (31920)?", "the action is asked", _refused),
    Question("cut", "What follows a stream that breaks without a close frame, and when?", "the action, at once", _cut),
    Question("end", "How does a stream end when the call is ended by REST?", "`stop`, then close code 1005", _end),
    Question("stream-error", "In which words is a stream's error told?", "not known", _words),
    Question(
        "parameters", "What does the action of <Connect> get besides the usual?", "nothing to rely on", _parameters
    ),
    Question("rp", "Does `#rc=1&rp=5xx` let a 503 be asked again?", "yes", _again),
    Question("rp-default", "And without it?", "no, the fallback is asked", _again_by_default),
    Question("detection", "Is answering machine detection available in this region?", "in us1", _detection),
)
NEVER_ASKED = (
    ("When does Twilio notice a peer that is gone without a reset?", "the call would last for minutes"),
    ("How long does it wait for the answer to an upgrade?", "the person on the line would wait as long"),
    ("What do `audioFormat` and `sampleRate` of <Stream> do?", "nothing of ours will send them undocumented"),
    ("How are the overrides `e` and `sni` spelt?", "a URL that is refused would end the call"),
)
