"""Media Streams JSON from Twilio's side: what we send a service, and what a service may send us.

Written apart from the service's own `phone/messages.py`, so that a misspelling can't agree with itself.
Shapes and key order as captured on real calls; https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

UNDECODABLE = 31950  # Twilio's warning for a binary frame
INVALID = 31951  # Twilio's warning for not JSON, unknown type, missing or extra field, wrong streamSid
OVERFLOW = 31930  # Twilio's warning for a service that does not read: its caller's sound is thrown away
STATIC = 0  # Twilio has no code for a file header in the sound: the caller hears it as a crackle
DEAF = 1  # nor for what is sent on a stream of <Start>: nobody hears it

FILE_HEADERS = (b"RIFF", b"ID3")  # of WAV and MP3: raw mu-law begins with neither


@dataclass(frozen=True)
class Fault:
    """Something a service did that Twilio warns of or fails on. `code` is Twilio's; `at`: seconds since the ring."""

    code: int
    reason: str
    at: float = 0.0

    @property
    def warning(self) -> bool:
        """The message is ignored or crackles, the call goes on; all else is an error."""
        return self.code in (UNDECODABLE, INVALID, OVERFLOW, STATIC)


# What Twilio sends. Fields stand in the order of the keys on the wire; counters are strings there.


class Connected(msgspec.Struct, frozen=True, tag_field="event", tag="connected"):
    """The first message, without streamSid or sequenceNumber."""

    protocol: str = "Call"
    version: str = "1.0.0"


class MediaFormat(msgspec.Struct, frozen=True, rename="camel"):
    encoding: str = "audio/x-mulaw"
    sample_rate: int = 8000
    channels: int = 1


class StartBody(msgspec.Struct, frozen=True, rename="camel"):
    account_sid: str
    stream_sid: str
    call_sid: str
    tracks: tuple[str, ...] = ("inbound",)
    media_format: MediaFormat = MediaFormat()
    custom_parameters: dict[str, str] = {}


class Start(msgspec.Struct, frozen=True, tag_field="event", tag="start", rename="camel"):
    """Who is calling which account, on what stream, with the TwiML's `<Parameter>`s."""

    sequence_number: str
    start: StartBody
    stream_sid: str


class MediaBody(msgspec.Struct, frozen=True):
    """`payload` is raw mu-law (base64 on the wire); `timestamp` is in ms since the stream's own beginning."""

    track: str
    chunk: str
    timestamp: str
    payload: bytes


class Media(msgspec.Struct, frozen=True, tag_field="event", tag="media", rename="camel"):
    """20 ms of the caller."""

    sequence_number: str
    media: MediaBody
    stream_sid: str


class DtmfBody(msgspec.Struct, frozen=True):
    track: str
    digit: str


class Dtmf(msgspec.Struct, frozen=True, tag_field="event", tag="dtmf", rename="camel"):
    """One key press."""

    stream_sid: str
    sequence_number: str
    dtmf: DtmfBody


class MarkBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str


class MarkEcho(msgspec.Struct, frozen=True, tag_field="event", tag="mark", rename="camel"):
    """A service's mark, back: what was queued before it has been played, or was dropped by a `clear`."""

    sequence_number: str
    stream_sid: str
    mark: MarkBody


class StopBody(msgspec.Struct, frozen=True, rename="camel"):
    account_sid: str
    call_sid: str


class Stop(msgspec.Struct, frozen=True, tag_field="event", tag="stop", rename="camel"):
    """The call ended or moved on; the socket closes next."""

    sequence_number: str
    stream_sid: str
    stop: StopBody


ToService = Connected | Start | Media | Dtmf | MarkEcho | Stop


# What a service may send. Twilio accepts no other field.


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    payload: bytes


class Play(msgspec.Struct, frozen=True, tag_field="event", tag="media", rename="camel", forbid_unknown_fields=True):
    """Mu-law of any length, to be queued."""

    stream_sid: str
    media: Payload


class Mark(msgspec.Struct, frozen=True, tag_field="event", tag="mark", rename="camel", forbid_unknown_fields=True):
    """To be sent back when what is queued now has been played."""

    stream_sid: str
    mark: MarkBody


class Clear(msgspec.Struct, frozen=True, tag_field="event", tag="clear", rename="camel", forbid_unknown_fields=True):
    """Forget what is queued."""

    stream_sid: str


FromService = Play | Mark | Clear

_decoder: msgspec.json.Decoder[FromService] = msgspec.json.Decoder(FromService)


def dump(message: ToService) -> str:
    """The text frame that Twilio would send: no whitespace, keys as captured."""
    return msgspec.json.encode(message).decode()


def parse(data: str | bytes, stream_sid: str) -> FromService | Fault:
    """What a service sent, or why Twilio would ignore it. `bytes` is a binary frame, which is a fault in itself."""
    if isinstance(data, bytes):
        return Fault(UNDECODABLE, f"binary frame of {len(data)} bytes; send JSON as text")
    try:
        message = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError) as error:
        return Fault(INVALID, str(error))
    if message.stream_sid != stream_sid:
        return Fault(INVALID, f"streamSid is {message.stream_sid!r}; this stream is {stream_sid!r}")
    return message


def file_header(ulaw: bytes) -> Fault | None:
    """A fault if the sound begins like a file. Twilio plays it all the same."""
    for magic in FILE_HEADERS:
        if ulaw.startswith(magic):
            return Fault(STATIC, f"payload begins with {magic.decode()}: a file header, not mu-law; strip it")
    return None
