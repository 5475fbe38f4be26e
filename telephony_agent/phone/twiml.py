"""The documents we answer with. https://www.twilio.com/docs/voice/twiml."""

from __future__ import annotations

from dataclasses import dataclass

from twilio.twiml.voice_response import Connect, Dial, Gather, VoiceResponse

TOKEN = "token"  # the stream parameter that proves that the webhook was ours


@dataclass(frozen=True, slots=True)
class Words:
    """What a caller is told: the recording at `url`, or without one by Twilio's own voice, in a `language` as de-DE."""

    text: str
    language: str = ""
    url: str = ""


def connect(stream_url: str, next_url: str, stream_status_url: str, token: str, notice: Words | None = None) -> str:
    """A stream; when it ends, Twilio asks `next_url`, so nothing stands behind it. Twilio drops queries.

    `notice`: what is said before it.
    """
    response = VoiceResponse()
    if notice:
        _tell(response, notice)
    connect = Connect(action=next_url, method="POST")
    stream = connect.stream(url=stream_url, status_callback=stream_status_url, status_callback_method="POST")
    stream.parameter(name=TOKEN, value=token)
    response.append(connect)
    return str(response)


def hang_up() -> str:
    response = VoiceResponse()
    response.hangup()
    return str(response)


def apologise(words: Words) -> str:
    response = VoiceResponse()
    _tell(response, words)
    response.hangup()
    return str(response)


def transfer(to: str, timeout: int, caller_id: str, words: Words | None, next_url: str) -> str:
    """Somebody else is called; Twilio asks `next_url` when they have talked, or could not."""
    response = VoiceResponse()
    if words:
        _tell(response, words)
    dial = Dial(action=next_url, method="POST", timeout=timeout, caller_id=caller_id or None)
    if to.startswith("sip:"):
        dial.sip(to)
    else:
        dial.number(to)
    response.append(dial)
    return str(response)


def voicemail(words: Words, longest: int, next_url: str, recording_url: str) -> str:
    """Twilio asks `next_url` when a message is there; without one, the document goes on, to its end."""
    response = VoiceResponse()
    _tell(response, words)
    response.record(
        action=next_url,
        method="POST",
        max_length=longest,
        recording_status_callback=recording_url,
        recording_status_callback_method="POST",
    )
    response.hangup()
    return str(response)


def offer(words: Words, next_url: str) -> str:
    """Who presses a key takes it: Twilio asks `next_url`, with the key. Else that was all."""
    response = VoiceResponse()
    gather = Gather(num_digits=1, timeout=6, action=next_url, method="POST")
    _tell(gather, words)
    response.append(gather)
    response.hangup()
    return str(response)


def press(keys: str, next_url: str) -> str:
    response = VoiceResponse()
    response.play(digits=keys)
    response.redirect(next_url, method="POST")
    return str(response)


def announce(words: Words, next_url: str) -> str:
    """Twilio asks `next_url` when that has been said."""
    response = VoiceResponse()
    _tell(response, words)
    response.redirect(next_url, method="POST")
    return str(response)


def consult(about: Words, question: Words, answer_url: str) -> str:
    """Somebody is told about a caller; the key that they press is sent to `answer_url`. None: the call ends."""
    response = VoiceResponse()
    gather = response.gather(num_digits=1, timeout=10, action=answer_url, method="POST")
    for words in (about, question):
        gather.say(words.text, language=words.language or None)
    response.hangup()
    return str(response)


def meet(room: str, next_url: str) -> str:
    """The conference begins with whoever comes, and ends when one leaves: there are only two."""
    response = VoiceResponse()
    dial = Dial(action=next_url, method="POST")
    dial.conference(room, beep="false", start_conference_on_enter=True, end_conference_on_exit=True)
    response.append(dial)
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


def _tell(verb: VoiceResponse | Gather, words: Words) -> None:
    if words.url:
        verb.play(words.url)
    else:
        verb.say(words.text, language=words.language or None)
