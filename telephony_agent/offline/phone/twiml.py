"""The TwiML that a service answers with, read as Twilio reads it: verbs in order, or a clear refusal.

https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from ...errors import ProtocolError
from . import verbs
from .verbs import Verb

PARAMETER_LIMIT = 500  # characters of name and value together; Twilio wants fewer
DOCUMENT_LIMIT = 64 * 1024  # bytes; Twilio refuses more (11750)
KEYS = frozenset("0123456789*#")
TONES = KEYS | set("wWABCD")  # w waits half a second, W a whole one

CALLBACK = {"statusCallback", "statusCallbackMethod"}
RECORDED = {"recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent"}
ATTRIBUTES = {
    "Response": set[str](),
    "Connect": {"action", "method"},
    "Start": set[str](),
    "Stop": set[str](),
    "Stream": {"url", "name", "track", *CALLBACK},
    "Parameter": {"name", "value"},
    "Recording": {"channels", "track", "trim", *RECORDED},
    "Say": {"voice", "language", "loop"},
    "Play": {"digits", "loop"},
    "Pause": {"length"},
    "Gather": {"action", "method", "input", "numDigits", "timeout", "finishOnKey", "actionOnEmptyResult"},
    "Record": {"action", "method", "maxLength", "timeout", "finishOnKey", "playBeep", "trim", *RECORDED},
    "Dial": {"action", "method", "callerId", "timeout", "timeLimit", "answerOnBridge", "hangupOnStar", "ringTone"},
    "Number": {"url", "method", "statusCallbackEvent", *CALLBACK},
    "Sip": {"url", "method", "statusCallbackEvent", *CALLBACK},
    "Conference": {
        *("startConferenceOnEnter", "endConferenceOnExit", "muted", "beep", "participantLabel", "maxParticipants"),
        *("waitUrl", "waitMethod", "statusCallbackEvent", *CALLBACK),
    },
    "Enqueue": {"waitUrl", "waitUrlMethod"},
    "Refer": {"action", "method"},
    "Leave": set[str](),
    "Redirect": {"method"},
    "Reject": {"reason"},
    "Hangup": set[str](),
}


class Refused(ProtocolError):
    """What makes Twilio give up on a service. `code` is Twilio's error number."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(document: str, url: str) -> list[Verb]:
    """The verbs of a document that came from `url`, against which relative addresses resolve.

    Raises Refused.
    """
    if len(document.encode()) > DOCUMENT_LIMIT:
        raise Refused(11750, f"TwiML of {len(document.encode())} bytes; Twilio takes {DOCUMENT_LIMIT}")
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise Refused(12100, f"TwiML is not XML: {error}; build it with an XML writer") from error
    if root.tag != "Response":
        raise Refused(12100, f"TwiML must be a <Response>, not a <{root.tag}>")
    _check(root)
    return [_verb(element, url) for element in root]


def _verb(element: ElementTree.Element, url: str) -> Verb:
    _check(element)
    if element.tag not in VERBS:
        raise Refused(12200, f"<{element.tag}> is not a verb that the offline phone knows")
    return VERBS[element.tag](element, url)


# The stream


def _connect(element: ElementTree.Element, url: str) -> verbs.Connect:
    noun = _only(element, "Stream")
    return verbs.Connect(_stream(noun, url, {"inbound_track"}), _maybe_page(element, "action", url))


def _start(element: ElementTree.Element, url: str) -> Verb:
    noun = _only(element, "Stream", "Recording")
    if noun.tag == "Stream":
        return verbs.StartStream(_stream(noun, url, {"inbound_track", "outbound_track", "both_tracks"}))
    channels = 2 if noun.get("channels", "mono") == "dual" else 1
    return verbs.StartRecording(channels, _maybe_page(noun, "recordingStatusCallback", url))


def _stop(element: ElementTree.Element, url: str) -> Verb:
    return verbs.StopStream(_needed(_only(element, "Stream"), "name"))


def _stream(element: ElementTree.Element, url: str, tracks: set[str]) -> verbs.Stream:
    track = element.get("track", "inbound_track")
    if track not in tracks:
        raise Refused(31941, f"a <Stream> in <Connect> has the inbound_track only, not {track!r}")
    callback = element.get("statusCallback")
    if callback is not None and urlsplit(callback).scheme not in ("http", "https"):
        raise Refused(12200, f"statusCallback {callback!r} must be an absolute URL")
    parameters = {}
    for parameter in element:
        _check(parameter)
        name, value = _needed(parameter, "name"), parameter.get("value", "")
        if len(name) + len(value) >= PARAMETER_LIMIT:
            raise Refused(
                12200,
                f"<Parameter> {name!r} has {len(name) + len(value)} characters in name and value; "
                f"Twilio takes fewer than {PARAMETER_LIMIT}",
            )
        parameters[name] = value
    return verbs.Stream(_socket(_needed(element, "url"), url), element.get("name"), callback, parameters)


def _socket(address: str, url: str) -> str:
    absolute = urljoin(url.replace("http", "ws", 1), address) if "://" not in address else address
    parts = urlsplit(absolute)
    if parts.query:
        raise Refused(31920, f"the stream's URL has a query string ({address}); Twilio drops it, use <Parameter>")
    if parts.scheme != "wss" and not (parts.scheme == "ws" and loopback(parts.hostname or "")):
        raise Refused(31922, f"the stream's URL must be wss:// ({address}); ws:// is for loopback only")
    return absolute


# Sound and keys


def _say(element: ElementTree.Element, url: str) -> verbs.Say:
    return verbs.Say(_text(element))


def _play(element: ElementTree.Element, url: str) -> verbs.Play:
    times, digits = int(_number(element, "loop", 1)), element.get("digits", "")
    if digits:
        if not set(digits) <= TONES:
            raise Refused(13420, f"<Play> can't press {digits!r}; the keys are 0-9 * # and w or W to wait")
        return verbs.Play(digits=digits, times=times)
    return verbs.Play(_page(_text(element), url), times=times)


def _pause(element: ElementTree.Element, url: str) -> verbs.Pause:
    try:
        length = float(element.get("length", "1"))
    except ValueError:
        length = 0.0
    if not length >= 1:
        raise Refused(13600, f"<Pause> needs a length of at least 1 second, not {element.get('length')!r}")
    return verbs.Pause(length)


def _gather(element: ElementTree.Element, url: str) -> Verb:
    if element.get("input", "dtmf") != "dtmf":
        raise Refused(12200, f"the offline phone gathers keys only, not {element.get('input')!r}")
    prompts: list[verbs.Say | verbs.Play | verbs.Pause] = []
    for prompt in element:
        match _verb(prompt, url):
            case (verbs.Say() | verbs.Play() | verbs.Pause()) as verb:
                prompts.append(verb)
            case _:
                raise Refused(12200, f"<Gather> can't hold a <{prompt.tag}>")
    digits = element.get("numDigits")
    return verbs.Gather(
        _page(element.get("action") or url, url),
        tuple(prompts),
        None if digits is None else int(_number(element, "numDigits", 1)),
        _number(element, "timeout", 5),
        element.get("finishOnKey", "#"),
        _flag(element, "actionOnEmptyResult", False),
    )


def _record(element: ElementTree.Element, url: str) -> Verb:
    return verbs.Record(
        _page(element.get("action") or url, url),
        _number(element, "maxLength", 3600),
        _number(element, "timeout", 5),
        element.get("finishOnKey", "1234567890*#"),
        _flag(element, "playBeep", True),
        _maybe_page(element, "recordingStatusCallback", url),
    )


# Other people


def _dial(element: ElementTree.Element, url: str) -> Verb:
    numbers = [verbs.Number(_text(element))] if _text(element) else []
    conference = None
    for noun in element:
        _check(noun)
        events = tuple(noun.get("statusCallbackEvent", "").split())
        callback = _maybe_page(noun, "statusCallback", url)
        match noun.tag:
            case "Number" | "Sip":
                numbers.append(
                    verbs.Number(_text(noun), _maybe_page(noun, "url", url), callback, events or ("completed",))
                )
            case "Conference":
                conference = _conference(noun, url, callback, events)
            case other:
                raise Refused(12200, f"<Dial> can't hold a <{other}> at the offline phone")
    if bool(numbers) == (conference is not None):
        raise Refused(13223, "<Dial> needs numbers, or one <Conference>")
    return verbs.Dial(
        tuple(numbers),
        conference,
        _maybe_page(element, "action", url),
        element.get("callerId"),
        _number(element, "timeout", 30),
        _number(element, "timeLimit", 4 * 3600),
    )


def _conference(noun: ElementTree.Element, url: str, callback: str | None, events: tuple[str, ...]) -> verbs.Conference:
    return verbs.Conference(
        _text(noun),
        _flag(noun, "startConferenceOnEnter", True),
        _flag(noun, "endConferenceOnExit", False),
        _flag(noun, "muted", False),
        noun.get("participantLabel", ""),
        _maybe_page(noun, "waitUrl", url) if noun.get("waitUrl") else None,
        callback,
        events,
    )


def _enqueue(element: ElementTree.Element, url: str) -> Verb:
    return verbs.Enqueue(_text(element), _maybe_page(element, "waitUrl", url))


def _refer(element: ElementTree.Element, url: str) -> Verb:
    return verbs.Refer(_text(_only(element, "Sip")), _maybe_page(element, "action", url))


def _leave(element: ElementTree.Element, url: str) -> Verb:
    return verbs.Leave()


def _redirect(element: ElementTree.Element, url: str) -> Verb:
    return verbs.Redirect(_page(_text(element), url))


def _reject(element: ElementTree.Element, url: str) -> Verb:
    return verbs.Reject("busy" if element.get("reason") == "busy" else "rejected")


def _hangup(element: ElementTree.Element, url: str) -> Verb:
    return verbs.Hangup()


VERBS: dict[str, Callable[[ElementTree.Element, str], Verb]] = {
    "Connect": _connect,
    "Start": _start,
    "Stop": _stop,
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Record": _record,
    "Dial": _dial,
    "Enqueue": _enqueue,
    "Refer": _refer,
    "Leave": _leave,
    "Redirect": _redirect,
    "Reject": _reject,
    "Hangup": _hangup,
}

# Attributes


def _check(element: ElementTree.Element) -> None:
    """Twilio only warns of what it does not know, and a misspelt attribute then does nothing; here it is refused."""
    if element.tag not in ATTRIBUTES:
        raise Refused(12200, f"<{element.tag}> is not TwiML that the offline phone knows")
    for name, value in element.attrib.items():
        if name not in ATTRIBUTES[element.tag]:
            raise Refused(12200, f"<{element.tag}> has no attribute {name!r}")
        if name.lower().endswith("method") and value != "POST":
            raise Refused(12200, f"the offline phone posts; <{element.tag}> wants {name} {value!r}")


def _only(element: ElementTree.Element, *tags: str) -> ElementTree.Element:
    nouns = [noun.tag for noun in element]
    if len(nouns) != 1 or nouns[0] not in tags:
        raise Refused(12200, f"<{element.tag}> must hold one <{'> or <'.join(tags)}>, not {nouns}")
    _check(element[0])
    return element[0]


def _needed(element: ElementTree.Element, name: str) -> str:
    value = element.get(name)
    if not value:
        raise Refused(12200, f"<{element.tag}> needs the attribute {name!r}")
    return value


def _text(element: ElementTree.Element) -> str:
    return (element.text or "").strip()


def _number(element: ElementTree.Element, name: str, otherwise: float) -> float:
    text = element.get(name)
    if text is not None and not text.isdigit():
        raise Refused(12200, f"<{element.tag}> wants a number as {name!r}, not {text!r}")
    return otherwise if text is None else float(text)


def _flag(element: ElementTree.Element, name: str, otherwise: bool) -> bool:
    text = element.get(name, str(otherwise)).lower()
    if text not in ("true", "false"):
        raise Refused(12200, f"<{element.tag}> wants true or false as {name!r}, not {text!r}")
    return text == "true"


def _page(address: str, url: str) -> str:
    absolute = urljoin(url, address)
    if urlsplit(absolute).scheme not in ("http", "https"):
        raise Refused(11100, f"{absolute!r} is not an http(s) URL")
    return absolute


def _maybe_page(element: ElementTree.Element, name: str, url: str) -> str | None:
    address = element.get(name)
    return None if address is None else _page(address, url)


def loopback(host: str) -> bool:
    """Whether a URL's host is this machine: localhost, 127.0.0.0/8, ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
