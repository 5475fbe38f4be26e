"""REST: the account itself, its numbers and its messages; and, of ours, what a real telephone network would do."""

from __future__ import annotations

from datetime import UTC, datetime

from . import resources
from .asked import Asked, Listed
from .call import new_sid
from .exchange import Exchange
from .people import Person
from .resources import ApiError, Json, Message, Number, not_found

MESSAGE_LIMIT = 1600  # characters
POINTS = {  # where a number's calls go: Twilio's name for it, and ours
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "TrunkSid": "trunk_sid",
}


def account(exchange: Exchange, asked: Asked) -> Json:
    return resources.account(exchange.account)


# Numbers


def numbers(exchange: Exchange, asked: Asked) -> Listed:
    wanted = asked.text("PhoneNumber")
    return Listed(
        "incoming_phone_numbers",
        [_shown(exchange, mine) for mine in exchange.numbers.values() if wanted in mine.phone_number],
    )


def buy(exchange: Exchange, asked: Asked) -> Json:
    return _set(exchange, exchange.own(exchange.callable(asked.needed("PhoneNumber"))), asked)


def number(exchange: Exchange, asked: Asked) -> Json:
    return _shown(exchange, _number(exchange, asked))


def set_number(exchange: Exchange, asked: Asked) -> Json:
    return _set(exchange, _number(exchange, asked), asked)


def release(exchange: Exchange, asked: Asked) -> None:
    del exchange.numbers[_number(exchange, asked).sid]


def _number(exchange: Exchange, asked: Asked) -> Number:
    mine = exchange.numbers.get(asked.at["number"])
    if mine is None:
        raise not_found(asked.path)
    return mine


def _set(exchange: Exchange, mine: Number, asked: Asked) -> Json:
    """An empty URL takes the old one away. An application and a trunk take each other's place."""
    for name, field in POINTS.items():
        if name.endswith(("Url", "Callback")):
            asked.url(name)
        setattr(mine, field, asked.text(name, getattr(mine, field)))
    if asked.text("VoiceApplicationSid"):
        mine.trunk_sid = ""
    elif asked.text("TrunkSid"):
        mine.voice_application_sid = ""
    mine.friendly_name = asked.text("FriendlyName", mine.friendly_name)
    return _shown(exchange, mine)


def _shown(exchange: Exchange, mine: Number) -> Json:
    return resources.number(exchange.account.sid, mine)


def routing(exchange: Exchange, asked: Asked) -> Json:
    for mine in exchange.numbers.values():
        if mine.phone_number == asked.at["number"]:
            return resources.routing(exchange.account.sid, mine)
    raise not_found(asked.path)


def caller_ids(exchange: Exchange, asked: Asked) -> Listed:
    """Numbers of others that the account may show, and that a trial account may call."""
    found = [
        resources.caller_id(exchange.account.sid, number, new_sid("PN"), datetime.now(UTC))
        for number in exchange.verified
    ]
    return Listed("outgoing_caller_ids", found)


def country(exchange: Exchange, asked: Asked) -> Json:
    code = asked.at["country"]
    return resources.country(code, code not in exchange.forbidden)


# Messages


def send(exchange: Exchange, asked: Asked) -> Json:
    body = asked.needed("Body")
    if len(body) > MESSAGE_LIMIT:
        raise ApiError(400, 21617, f"The concatenated message body exceeds the {MESSAGE_LIMIT} character limit")
    called, caller = exchange.callable(asked.needed("To")), exchange.mine(asked.needed("From"))
    sent = Message(new_sid("SM"), called, caller, body, datetime.now(UTC), asked.url("StatusCallback") or "")
    exchange.send(sent)
    return resources.message(exchange.account.sid, sent)


def messages(exchange: Exchange, asked: Asked) -> Listed:
    found = [sent for sent in reversed(exchange.messages) if asked.text("To") in ("", sent.to)]
    return Listed("messages", [resources.message(exchange.account.sid, sent) for sent in found])


def message(exchange: Exchange, asked: Asked) -> Json:
    for sent in exchange.messages:
        if sent.sid == asked.at["message"]:
            return resources.message(exchange.account.sid, sent)
    raise not_found(asked.path)


# What no API of Twilio's does


def ring(exchange: Exchange, asked: Asked) -> Json:
    """Somebody calls one of our numbers."""
    called = asked.needed("To")
    mine = next((mine for mine in exchange.numbers.values() if mine.phone_number == called), None)
    if mine is None or not mine.voice_url:
        raise ApiError(404, 20404, f"{called} is no number of this account, or has no voice URL")
    order = exchange.order(
        url=mine.voice_url,
        from_number=asked.text("From", "+12025550143"),
        to_number=called,
        status_url=mine.status_callback or None,
        fallback_url=mine.voice_fallback_url or None,
    )
    return {"sid": exchange.ring(order).sid}


def person(exchange: Exchange, asked: Asked) -> Json:
    """How a number takes calls from now on."""
    match asked.text("Does", "answers"):
        case ("answers" | "busy" | "no-answer" | "failed") as does:
            after, machine = asked.number("After", 0.5), asked.flag("Machine", False)
            exchange.people[exchange.callable(asked.needed("PhoneNumber"))] = Person(does, after, machine)
        case other:
            raise ApiError(400, 21200, f"nobody can do {other!r} with a call: answers, busy, no-answer or failed")
    return {"phone_number": asked.text("PhoneNumber"), "does": does, "after": after, "machine": machine}


ROUTES = (
    ("GET", "~.json", account, 200),
    ("GET", "~/IncomingPhoneNumbers.json", numbers, 200),
    ("POST", "~/IncomingPhoneNumbers.json", buy, 201),
    ("GET", "~/IncomingPhoneNumbers/{number}.json", number, 200),
    ("POST", "~/IncomingPhoneNumbers/{number}.json", set_number, 200),
    ("DELETE", "~/IncomingPhoneNumbers/{number}.json", release, 204),
    ("GET", "~/OutgoingCallerIds.json", caller_ids, 200),
    ("GET", "/v1/DialingPermissions/Countries/{country}", country, 200),
    ("GET", "/v2/PhoneNumbers/{number}", routing, 200),
    ("POST", "~/Messages.json", send, 201),
    ("GET", "~/Messages.json", messages, 200),
    ("GET", "~/Messages/{message}.json", message, 200),
    ("POST", "/offline/ring", ring, 201),
    ("POST", "/offline/people", person, 201),
)
