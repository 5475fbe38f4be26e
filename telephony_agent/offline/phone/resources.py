"""What the account's REST API answers with: resources as JSON, pages of them, and errors.

https://www.twilio.com/docs/voice/api
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from .rooms import Participant, Room

VERSION = "2010-04-01"
PAGE = 50  # resources on a page, unless PageSize says otherwise

Json = dict[str, Any]


@dataclass
class Number:
    """A number that the account has, and where its calls go."""

    sid: str
    phone_number: str
    created: datetime
    friendly_name: str = ""
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    voice_application_sid: str = ""
    trunk_sid: str = ""
    voice: bool = True
    """Whether it takes calls at all."""
    voice_region: str = "us1"


@dataclass(frozen=True)
class Message:
    """A text message that the account sent."""

    sid: str
    to: str
    sender: str
    body: str
    created: datetime
    status_callback: str = ""


@dataclass(frozen=True)
class Leg:
    """A call. Seconds count from `created`."""

    sid: str
    status: str
    direction: str
    caller: str
    called: str
    created: datetime
    answered: float | None
    over: float | None
    parent: str | None = None
    answered_by: str = ""
    subresources: tuple[str, ...] = ("Recordings", "Streams", "Notifications", "Events")


@dataclass(frozen=True)
class Tape:
    """A recording. `seconds` is None while it goes on."""

    sid: str
    call_sid: str
    status: str
    source: str
    channels: int
    created: datetime
    seconds: float | None


@dataclass(frozen=True)
class Account:
    """`keys`: API keys and their secrets."""

    sid: str
    auth_token: str = field(repr=False)
    keys: dict[str, str] = field(default_factory=dict, repr=False)
    type: str = "Full"
    status: str = "active"


class ApiError(Exception):
    """What a request is answered with that can't be done. `code` is Twilio's."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    @property
    def body(self) -> Json:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def not_found(path: str) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {path} was not found")


def page(kind: str, path: str, resources: Sequence[Json], number: int, size: int) -> Json:
    """Page `number` (from 0) of `size` resources; `kind` is the key that they stand under."""
    first = number * size

    def at(page: int) -> str:
        return f"{path}?PageSize={size}&Page={page}"

    return {
        kind: list(resources[first : first + size]),
        "first_page_uri": at(0),
        "next_page_uri": at(number + 1) if first + size < len(resources) else None,
        "previous_page_uri": at(number - 1) if number else None,
        "page": number,
        "page_size": size,
        "start": first,
        "end": max(first, min(first + size, len(resources)) - 1),
        "uri": at(number),
    }


def account(account: Account) -> Json:
    return {
        "sid": account.sid,
        "friendly_name": "Offline",
        "status": account.status,
        "type": account.type,
        "auth_token": account.auth_token,
        "owner_account_sid": account.sid,
        "uri": f"/{VERSION}/Accounts/{account.sid}.json",
        "subresource_uris": {},
    }


def call(account_sid: str, leg: Leg) -> Json:
    uri = _uri(account_sid, "Calls", leg.sid)
    talked = leg.answered is not None and leg.over is not None
    return {
        **_common(account_sid, leg.sid, leg.created, uri),
        "parent_call_sid": leg.parent,
        "to": leg.called,
        "to_formatted": leg.called,
        "from": leg.caller,
        "from_formatted": leg.caller,
        "phone_number_sid": None,
        "status": leg.status,
        "start_time": None if leg.answered is None else _time(leg.created, leg.answered),
        "end_time": None if leg.over is None else _time(leg.created, leg.over),
        "duration": str(round((leg.over or 0) - (leg.answered or 0))) if talked else None,
        "price": None,
        "price_unit": "USD",
        "direction": leg.direction,
        "answered_by": leg.answered_by or None,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "subresource_uris": {name.lower(): f"{uri.removesuffix('.json')}/{name}.json" for name in leg.subresources},
    }


def recording(account_sid: str, tape: Tape, api_url: str) -> Json:
    uri = _uri(account_sid, "Recordings", tape.sid)
    return {
        **_common(account_sid, tape.sid, tape.created, uri),
        "call_sid": tape.call_sid,
        "conference_sid": None,
        "start_time": _time(tape.created),
        "duration": None if tape.seconds is None else str(round(tape.seconds)),
        "status": tape.status,
        "channels": tape.channels,
        "source": tape.source,
        "track": "both",
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "encryption_details": None,
        "media_url": f"{api_url}{uri.removesuffix('.json')}",
        "subresource_uris": {},
    }


def conference(account_sid: str, room: Room) -> Json:
    uri = _uri(account_sid, "Conferences", room.sid)
    return {
        **_common(account_sid, room.sid, room.created, uri),
        "friendly_name": room.name,
        "status": room.status,
        "region": "us1",
        "reason_conference_ended": "last-participant-left" if room.over else None,
        "call_sid_ending_conference": None,
        "subresource_uris": {"participants": f"{uri.removesuffix('.json')}/Participants.json"},
    }


def stream(account_sid: str, call_sid: str, name: str, status: str) -> Json:
    """A one-way stream, known by its name."""
    return {
        "sid": name,
        "account_sid": account_sid,
        "call_sid": call_sid,
        "name": name,
        "status": status,
        "date_updated": _time(datetime.now(UTC)),
        "uri": f"/{VERSION}/Accounts/{account_sid}/Calls/{call_sid}/Streams/{name}.json",
    }


def participant(account_sid: str, room: Room, one: Participant, status: str) -> Json:
    """`status` is that of the call."""
    uri = f"/{VERSION}/Accounts/{account_sid}/Conferences/{room.sid}/Participants/{one.call_sid}.json"
    common = _common(account_sid, "", room.created, uri)
    del common["sid"]
    return {
        **common,
        "call_sid": one.call_sid,
        "conference_sid": room.sid,
        "label": one.label or None,
        "muted": one.muted,
        "hold": one.hold,
        "coaching": bool(one.coaches),
        "call_sid_to_coach": one.coaches or None,
        "start_conference_on_enter": one.starts,
        "end_conference_on_exit": one.ends,
        "status": {"in-progress": "connected", "completed": "complete"}.get(status, status),
        "queue_time": "0",
    }


def message(account_sid: str, sent: Message) -> Json:
    uri = _uri(account_sid, "Messages", sent.sid)
    return {
        **_common(account_sid, sent.sid, sent.created, uri),
        "date_sent": None,
        "to": sent.to,
        "from": sent.sender,
        "messaging_service_sid": None,
        "body": sent.body,
        "status": "queued",
        "num_segments": str(-(-len(sent.body) // 160)),
        "num_media": "0",
        "direction": "outbound-api",
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "error_message": None,
        "subresource_uris": {},
    }


def number(account_sid: str, mine: Number) -> Json:
    return {
        **_common(account_sid, mine.sid, mine.created, _uri(account_sid, "IncomingPhoneNumbers", mine.sid)),
        "phone_number": mine.phone_number,
        "friendly_name": mine.friendly_name or mine.phone_number,
        "voice_url": mine.voice_url,
        "voice_method": mine.voice_method,
        "voice_fallback_url": mine.voice_fallback_url,
        "voice_fallback_method": mine.voice_fallback_method,
        "status_callback": mine.status_callback,
        "status_callback_method": mine.status_callback_method,
        "voice_application_sid": mine.voice_application_sid,
        "voice_caller_id_lookup": False,
        "voice_receive_mode": "voice",
        "trunk_sid": mine.trunk_sid or None,
        "sms_url": "",
        "sms_method": "POST",
        "sms_fallback_url": "",
        "sms_fallback_method": "POST",
        "sms_application_sid": "",
        "capabilities": {"voice": mine.voice, "sms": True, "mms": False, "fax": False},
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "address_requirements": "none",
    }


def routing(account_sid: str, mine: Number) -> Json:
    """In which region its calls are processed: https://www.twilio.com/docs/global-infrastructure/inbound-processing-api"""
    return {
        "phone_number": mine.phone_number,
        "sid": f"QQ{mine.sid[2:]}",
        "account_sid": account_sid,
        "friendly_name": mine.friendly_name,
        "voice_region": mine.voice_region,
        "date_created": mine.created.isoformat(),
        "date_updated": mine.created.isoformat(),
        "url": f"https://routes.twilio.com/v2/PhoneNumbers/{mine.phone_number}",
    }


def country(code: str, allowed: bool) -> Json:
    """Whether it may be called: https://www.twilio.com/docs/voice/api/dialingpermissions-country-resource"""
    return {
        "iso_code": code,
        "name": code,
        "continent": "",
        "country_codes": [],
        "low_risk_numbers_enabled": allowed,
        "high_risk_special_numbers_enabled": False,
        "high_risk_tollfraud_numbers_enabled": False,
        "url": f"https://voice.twilio.com/v1/DialingPermissions/Countries/{code}",
        "links": {},
    }


def caller_id(account_sid: str, number: str, sid: str, created: datetime) -> Json:
    return {
        **_common(account_sid, sid, created, _uri(account_sid, "OutgoingCallerIds", sid)),
        "phone_number": number,
        "friendly_name": number,
    }


def _common(account_sid: str, sid: str, created: datetime, uri: str) -> Json:
    return {
        "sid": sid,
        "account_sid": account_sid,
        "api_version": VERSION,
        "date_created": _time(created),
        "date_updated": _time(created),
        "uri": uri,
    }


def _uri(account_sid: str, kind: str, sid: str) -> str:
    return f"/{VERSION}/Accounts/{account_sid}/{kind}/{sid}.json"


def _time(created: datetime, seconds: float = 0.0) -> str:
    """RFC 2822."""
    return format_datetime((created + timedelta(seconds=seconds)).astimezone(UTC))
