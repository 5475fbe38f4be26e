"""What the functions of a call ask of Twilio's REST API: messages, recordings of the call, people who are consulted.

https://www.twilio.com/docs/voice/api/recording and https://www.twilio.com/docs/messaging/api/message-resource.
"""

from __future__ import annotations

from typing import assert_never

from twilio.rest import Client

from .. import phrases
from ..agent import IncomingCall
from ..errors import TwilioError
from ..toolbox.context import Consult, Fetch, PauseRecording, RecordCall, Release, RestRequest, ResumeRecording, SendSms
from . import twiml
from .account import GONE, Account

CURRENT = "Twilio.CURRENT"  # the recording that goes on
NOT_IN_PROGRESS = 21220  # Twilio's code for a call that can't be redirected: it is over, or not yet answered


class Control:
    """`public_url`: ours, for Twilio's reports."""

    def __init__(self, account: Account, public_url: str) -> None:
        self._account = account
        self._colleague_url = f"{public_url}/twilio/colleague"
        self._next_url = f"{public_url}/twilio/voice/next"
        self._recording_url = f"{public_url}/twilio/recording"

    async def arrange(self, request: RestRequest, call: IncomingCall) -> str:
        """The SID of what it made. Raises `TwilioError`: code 20404 or 21220 if the call is over."""
        try:
            return await self._account.ask(lambda client: self._made(client, request, call))
        except TwilioError as error:
            if isinstance(request, Release | Fetch) and error.code in (GONE, NOT_IN_PROGRESS):
                return call.call_sid  # that call is over: nothing is left to be done
            raise

    def _made(self, client: Client, request: RestRequest, call: IncomingCall) -> str:
        """In a thread."""
        recordings = client.calls(call.call_sid).recordings
        ours, theirs = (call.caller, call.called) if is_ours(call) else (call.called, call.caller)
        match request:
            case Consult(to, about, timeout, language):
                url = f"{self._colleague_url}/{call.call_sid}"
                question = twiml.Words(*phrases.spoken(phrases.TAKE_THE_CALL, language))
                document = twiml.consult(twiml.Words(about, language), question, url)
                made = client.calls.create(to=to, from_=ours, twiml=document, timeout=timeout, status_callback=url)
                return str(made.sid)
            case SendSms(text, to):
                return str(client.messages.create(to=to or theirs, from_=ours, body=text).sid)
            case RecordCall():
                begun = recordings.create(
                    recording_channels="dual",
                    recording_status_callback=self._recording_url,
                    recording_status_callback_event=["in-progress", "completed", "absent"],
                )
                return str(begun.sid)
            case Release(sid):
                return str(client.calls(sid).update(status="completed").sid)
            case Fetch():
                return str(client.calls(call.call_sid).update(url=self._next_url, method="POST").sid)
            case PauseRecording():
                return str(recordings(CURRENT).update(status="paused", pause_behavior="silence").sid)
            case ResumeRecording():
                return str(recordings(CURRENT).update(status="in-progress").sid)
            case _:
                assert_never(request)


def is_ours(call: IncomingCall) -> bool:
    """Whether we placed it."""
    return call.direction.startswith("outbound")
