"""The documents we answer with. https://www.twilio.com/docs/voice/twiml."""

from __future__ import annotations

from twilio.twiml.voice_response import Connect, VoiceResponse

TOKEN = "token"  # the stream parameter that proves that the webhook was ours


def connect(
    stream_url: str, next_url: str, stream_status_url: str, token: str, notice: str = "", language: str = ""
) -> str:
    """A stream; when it ends, Twilio asks `next_url`, so nothing stands behind it. Twilio drops queries.

    `notice`: what Twilio says before it, in a `language` as de-DE.
    """
    response = VoiceResponse()
    if notice:
        response.say(notice, language=language or None)
    connect = Connect(action=next_url, method="POST")
    stream = connect.stream(url=stream_url, status_callback=stream_status_url, status_callback_method="POST")
    stream.parameter(name=TOKEN, value=token)
    response.append(connect)
    return str(response)


def hang_up() -> str:
    response = VoiceResponse()
    response.hangup()
    return str(response)


def apologise(text: str, language: str) -> str:
    response = VoiceResponse()
    response.say(text, language=language or None)
    response.hangup()
    return str(response)


def busy() -> str:
    """The call is not answered: the caller hears that the line is busy, and nobody pays."""
    response = VoiceResponse()
    response.reject(reason="busy")
    return str(response)


def wait() -> str:
    """Nothing, for a while: to a question that was already answered."""
    response = VoiceResponse()
    response.pause(length=10)
    return str(response)
