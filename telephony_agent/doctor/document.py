"""A TwiML document that answers a call: would an agent be heard?

https://www.twilio.com/docs/voice/twiml/stream; the numbers are those of https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree import ElementTree

from .finding import Trouble

TYPES = ("text/xml", "application/xml", "text/html")  # that Twilio reads as TwiML
LONGEST_PARAMETER = 500  # characters of its name and value


def troubles(text: str, media_type: str) -> Iterator[Trouble]:
    if media_type not in TYPES:
        what = f"what answers is {media_type or 'of no type'}, which Twilio does not read as TwiML (12300)"
        yield Trouble(what, "answer with Content-Type: text/xml")
        return
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        yield Trouble(f"what answers is no XML (12100): {error}", "write it with an XML library; a bare & is a mistake")
        return
    if root.tag != "Response":
        yield Trouble(
            f"the document is a <{root.tag}>, no <Response> (12100)", "let the number's URL be the voice webhook"
        )
        return
    stream = root.find("./Connect/Stream")
    if stream is None:
        yield _no_stream(root)
        return
    yield from _of_stream(stream)


def _no_stream(root: ElementTree.Element) -> Trouble:
    if root.find("./Start/Stream") is not None:
        what = "<Start><Stream> only listens: the agent is never heard, and the call ends with the document"
        return Trouble(what, "write <Connect><Stream>")
    verbs = ", ".join(f"<{verb.tag}>" for verb in root) or "no verb"
    return Trouble(
        f"no stream is opened: the document has {verbs}", "answer with <Connect><Stream>, as this service does"
    )


def _of_stream(stream: ElementTree.Element) -> Iterator[Trouble]:
    url = urlsplit(stream.get("url", ""))
    if not stream.get("url"):
        yield Trouble("<Stream> has no url", "give it wss://…")
    elif url.scheme not in ("wss", ""):  # without one it is relative to the document's
        yield Trouble(f"the stream's URL begins with {url.scheme}:// (31922)", "give wss://…")
    if url.query:
        yield Trouble(f"the stream's URL has a query, which Twilio drops (31920): ?{url.query}", "use <Parameter>")
    if stream.get("track", "inbound_track") != "inbound_track":
        yield Trouble(f'<Stream track="{stream.get("track")}"> under <Connect> (31941)', "leave track out")
    for parameter in stream.iter("Parameter"):
        name, value = parameter.get("name", ""), parameter.get("value", "")
        if len(name) + len(value) >= LONGEST_PARAMETER:
            what = f"<Parameter> {name!r} and its value have {len(name) + len(value)} characters"
            yield Trouble(what, f"keep them under {LONGEST_PARAMETER}, and the rest by the call's SID")
