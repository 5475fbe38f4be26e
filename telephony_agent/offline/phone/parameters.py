"""The forms that Twilio posts: what a service learns of a call, blank fields and old aliases included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

COUNTRIES = {"+1": "US", "+44": "GB", "+49": "DE", "+33": "FR"}  # enough to give a caller a country

# A call can be forwarded with its first caller's number by showing this to Twilio again; nobody here looks at it.
CALL_TOKEN = quote(json.dumps({"parentCallInfoToken": "e30.e30.b2ZmbGluZQ", "identityHeaderTokens": []}))


def voice(
    account_sid: str, call_sid: str, caller: str, called: str, status: str, direction: str = "inbound"
) -> dict[str, str]:
    """Of every request that wants TwiML. `status`: `ringing` on the first, `in-progress` on the later ones.

    Twilio sends what it does not know of a place as an empty field, which is part of the signature.
    """
    return {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": call_sid,
        "CallStatus": status,
        **({"CallToken": CALL_TOKEN} if direction == "inbound" else {}),
        "Direction": direction,
        **_party("Called", called),
        **_party("Caller", caller),
        **_party("From", caller),
        **_party("To", called),
    }


def progress(form: Mapping[str, str], seconds: float | None, number: int, now: datetime) -> dict[str, str]:
    """What a call's status URL gets: `form` is that of `voice`. `seconds`: how long the call was, once it is over;
    `number` counts what was told before."""
    length = {} if seconds is None else {"CallDuration": str(round(seconds)), "Duration": str(-(-round(seconds) // 60))}
    return {
        **{name: value for name, value in form.items() if name != "CallToken"},
        **length,  # Duration is in billed minutes
        "Timestamp": format_datetime(now),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(number),
    }


def stream_status(
    account_sid: str, call_sid: str, stream_sid: str, *, name: str | None, event: str, error: str | None, now: datetime
) -> dict[str, str]:
    """What a stream's statusCallback gets. `event`: stream-started, stream-stopped or stream-error with its `error`."""
    return {
        "AccountSid": account_sid,
        "CallSid": call_sid,
        "StreamSid": stream_sid,
        "StreamName": name or stream_sid,
        "StreamEvent": event,
        **({"StreamError": error} if error is not None else {}),
        "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%f000Z"),  # nanoseconds, as Twilio writes it
    }


def _party(role: str, number: str) -> dict[str, str]:
    """Number and place; the fields of `Called` are `CalledCity` and so on."""
    country = next((name for code, name in COUNTRIES.items() if number.startswith(code)), "")
    return {role: number, f"{role}City": "", f"{role}State": "", f"{role}Zip": "", f"{role}Country": country}
