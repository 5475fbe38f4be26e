"""The acts of the call: one stream each, and the documents that lead from one to the next.

What may end the call comes late: a refused handshake, a stream that is cut, an error for an answer.
"""

from __future__ import annotations

from twilio.twiml.voice_response import Connect, VoiceResponse

TALK, REFUSED, CUT, END = ACTS = ("talk", "refused", "cut", "end")
WORDS = "This is a test of the telephone line. Please press 5 when it is quiet."


def document(act: str | None, base: str) -> str:
    """Opens the act's stream; None: there is none left. `base`: https, with our secret."""
    response = VoiceResponse()
    if act is None:
        response.hangup()
        return str(response)
    if act == TALK:
        response.say(WORDS)
    connect = Connect(action=f"{base}/after-{act}", method="POST")
    connect.stream(
        url=f"ws{base.removeprefix('http')}/{act}",
        name=act,
        status_callback=f"{base}/stream-status",
        status_callback_method="POST",
    )
    response.append(connect)
    return str(response)
