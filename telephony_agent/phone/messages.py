"""Twilio Media Streams: JSON text <-> values.

https://www.twilio.com/docs/voice/media-streams/websocket-messages. Counters come as strings, the sample rate and
the channels as numbers; fields we do not use are ignored, because Twilio adds some without notice.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..errors import ProtocolError

UNSUPPORTED = 1003  # WebSocket close codes (RFC 6455, 7.4.1): we can't use this kind of data


class Started(msgspec.Struct, frozen=True):
    """The stream is open; nothing may be sent before it. The SIDs are two letters and 32 hex digits."""

    stream_sid: str
    call_sid: str
    account_sid: str
    parameters: Mapping[str, str]


class Heard(msgspec.Struct, frozen=True):
    """A piece of the caller's sound: 8 kHz mu-law, 160 bytes (20 ms) in every capture seen, silence included."""

    ulaw: bytes


class Pressed(msgspec.Struct, frozen=True):
    """The caller pressed a key: one of 0-9, *, #, A-D."""

    digit: str


class Played(msgspec.Struct, frozen=True):
    """A mark of ours came back: what was queued before it has been played, or thrown away by a `Clear`."""

    mark: str


class Stopped(msgspec.Struct, frozen=True):
    """The call has ended, or another document has replaced the stream."""


Event = Started | Heard | Pressed | Played | Stopped


class Say(msgspec.Struct, frozen=True):
    """Queue this sound: 8 kHz mu-law, any length. Twilio plays 8000 bytes a second, in order."""

    ulaw: bytes


class Mark(msgspec.Struct, frozen=True):
    """Tell us (`Played`) when everything queued so far has been played."""

    name: str


class Clear(msgspec.Struct, frozen=True):
    """Throw away what is queued. Twilio returns all outstanding marks."""


Command = Say | Mark | Clear


# The wire. One class a message, named as Twilio names it.


class _Wire(msgspec.Struct, rename="camel", tag_field="event"):
    pass


class _Connected(_Wire, tag="connected"):
    pass


class _MediaFormat(msgspec.Struct, frozen=True, rename="camel"):
    encoding: str
    sample_rate: int
    channels: int


class _Start(msgspec.Struct, frozen=True, rename="camel"):
    stream_sid: str
    call_sid: str
    account_sid: str
    media_format: _MediaFormat
    custom_parameters: dict[str, str] = {}


class _StartMessage(_Wire, tag="start"):
    start: _Start


class _Media(msgspec.Struct, frozen=True):
    payload: bytes
    track: str = "inbound"


class _MediaMessage(_Wire, tag="media"):
    media: _Media


class _Dtmf(msgspec.Struct, frozen=True):
    digit: str


class _DtmfMessage(_Wire, tag="dtmf"):
    dtmf: _Dtmf


class _Mark(msgspec.Struct, frozen=True):
    name: str


class _MarkMessage(_Wire, tag="mark"):
    mark: _Mark


class _StopMessage(_Wire, tag="stop"):
    pass


_decode = msgspec.json.Decoder(
    _Connected | _StartMessage | _MediaMessage | _DtmfMessage | _MarkMessage | _StopMessage
).decode


def parse(text: str) -> Event | None:
    """One message of Twilio's; None for a kind that carries nothing we use.

    Raises `ProtocolError`: not JSON, an unknown event, a field missing or of the wrong type, bad base64, and with a
    `close_code` a stream whose sound is not 8 kHz mono mu-law.
    """
    try:
        message = _decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ProtocolError(f"not a Media Streams message: {error}") from error
    match message:
        case _MediaMessage(media):
            return Heard(media.payload) if media.track == "inbound" else None
        case _MarkMessage(mark):
            return Played(mark.name)
        case _StartMessage(start):
            if start.media_format != _MediaFormat("audio/x-mulaw", 8000, 1):
                raise ProtocolError(f"the stream offers {start.media_format}, not 8 kHz mono mu-law", UNSUPPORTED)
            return Started(start.stream_sid, start.call_sid, start.account_sid, start.custom_parameters)
        case _DtmfMessage(dtmf):
            return Pressed(dtmf.digit)
        case _StopMessage():
            return Stopped()
        case _:
            return None  # "connected", before "start"


class _Out(msgspec.Struct, rename="camel", tag_field="event"):
    stream_sid: str


class _Payload(msgspec.Struct, frozen=True):
    payload: bytes


class _MediaOut(_Out, tag="media"):
    media: _Payload


class _MarkOut(_Out, tag="mark"):
    mark: _Mark


class _ClearOut(_Out, tag="clear"):
    pass


_encode = msgspec.json.Encoder().encode


def dump(command: Command, stream_sid: str) -> str:
    """The command as Twilio takes it, on the stream of that SID. No field more: Twilio warns (31951) of extra ones."""
    match command:
        case Say(ulaw):
            message: _Out = _MediaOut(stream_sid, _Payload(ulaw))
        case Mark(name):
            message = _MarkOut(stream_sid, _Mark(name))
        case Clear():
            message = _ClearOut(stream_sid)
    return _encode(message).decode()
