"""The TwiML that our service answers with, read as Twilio reads it: verbs in order, or a clear refusal.

Only the verbs that the service uses. https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from ...errors import ProtocolError

PARAMETER_LIMIT = 500  # characters of name and value together; Twilio wants fewer
DOCUMENT_LIMIT = 64 * 1024  # bytes; Twilio refuses more (11750)

ATTRIBUTES = {
    "Response": set[str](),
    "Connect": {"action", "method"},
    "Stream": {"url", "name", "track", "statusCallback", "statusCallbackMethod"},
    "Parameter": {"name", "value"},
    "Say": {"voice", "language", "loop"},
    "Pause": {"length"},
    "Redirect": {"method"},
    "Reject": {"reason"},
    "Hangup": set[str](),
}


class Refused(ProtocolError):
    """What makes Twilio give up on a service. `code` is Twilio's error number."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Stream:
    """`url` and `status_callback` are absolute; parameters come back in the stream's `start`."""

    url: str
    name: str | None = None
    status_callback: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Connect:
    """Stream until one side ends it, then ask `action` how to go on, or take the next verb."""

    stream: Stream
    action: str | None = None


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Pause:
    """`length` in seconds."""

    length: float


@dataclass(frozen=True)
class Redirect:
    url: str


@dataclass(frozen=True)
class Reject:
    reason: str


@dataclass(frozen=True)
class Hangup:
    pass


Verb = Connect | Say | Pause | Redirect | Reject | Hangup


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
    text = (element.text or "").strip()
    match element.tag:
        case "Connect":
            return _connect(element, url)
        case "Say":
            return Say(text)
        case "Pause":
            return Pause(_seconds(element.get("length", "1")))
        case "Redirect":
            return Redirect(_page(text, url))
        case "Reject":
            return Reject(element.get("reason", "rejected"))
        case "Hangup":
            return Hangup()
        case unknown:
            raise Refused(12200, f"<{unknown}> is not a verb that the offline phone knows")


def _connect(element: ElementTree.Element, url: str) -> Connect:
    nouns = [noun.tag for noun in element]
    if nouns != ["Stream"]:
        raise Refused(12200, f"<Connect> must hold one <Stream>, not {nouns}")
    action = element.get("action")
    return Connect(_stream(element[0], url), None if action is None else _page(action, url))


def _stream(element: ElementTree.Element, url: str) -> Stream:
    _check(element)
    track = element.get("track", "inbound_track")
    if track != "inbound_track":
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
    return Stream(_socket(_needed(element, "url"), url), element.get("name"), callback, parameters)


def _socket(address: str, url: str) -> str:
    absolute = urljoin(url.replace("http", "ws", 1), address) if "://" not in address else address
    parts = urlsplit(absolute)
    if parts.query:
        raise Refused(31920, f"the stream's URL has a query string ({address}); Twilio drops it, use <Parameter>")
    if parts.scheme != "wss" and not (parts.scheme == "ws" and loopback(parts.hostname or "")):
        raise Refused(31922, f"the stream's URL must be wss:// ({address}); ws:// is for loopback only")
    return absolute


def _page(address: str, url: str) -> str:
    absolute = urljoin(url, address)
    if urlsplit(absolute).scheme not in ("http", "https"):
        raise Refused(11100, f"{absolute!r} is not an http(s) URL")
    return absolute


def _check(element: ElementTree.Element) -> None:
    """Twilio only warns of what it does not know, and a misspelt attribute then does nothing; here it is refused."""
    if element.tag not in ATTRIBUTES:
        raise Refused(12200, f"<{element.tag}> is not TwiML that the offline phone knows")
    for name, value in element.attrib.items():
        if name not in ATTRIBUTES[element.tag]:
            raise Refused(12200, f"<{element.tag}> has no attribute {name!r}")
        if name in ("method", "statusCallbackMethod") and value != "POST":
            raise Refused(12200, f"the offline phone posts; <{element.tag}> wants {name} {value!r}")


def _needed(element: ElementTree.Element, name: str) -> str:
    value = element.get(name)
    if not value:
        raise Refused(12200, f"<{element.tag}> needs the attribute {name!r}")
    return value


def _seconds(text: str) -> float:
    try:
        length = float(text)
    except ValueError:
        length = 0.0
    if not length >= 1:
        raise Refused(13600, f"<Pause> needs a length of at least 1 second, not {text!r}")
    return length


def loopback(host: str) -> bool:
    """Whether a URL's host is this machine: localhost, 127.0.0.0/8, ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
