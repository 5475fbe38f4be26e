"""Ten thousand requests that were Twilio's until one thing in them was changed: not one is let in.

Order and spelling of a form's fields are not signed, and neither is where one field ends and the next begins, so a
change must be one of what the fields say.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import random
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from starlette.types import ASGIApp

from telephony_agent import Agent, create_app
from telephony_agent.app import lifespan
from telephony_agent.settings import Settings

pytestmark = pytest.mark.anyio

PUBLIC = "https://line.example/w2"
TOKENS, SHARED_KEY = ("token-of-now", "token-of-then"), "a-shared-key"
SHARED = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
ROUTES = ("voice", "voice/next", "status", "stream-status", "amd", "recording", "colleague/CA" + "1" * 32)
FORGED = 10_000
FIELDS = {
    "CallSid": "CA" + "1" * 32,
    "AccountSid": "AC" + "0" * 32,
    "From": "+14158675310",
    "To": "+18005551212",
    "CallStatus": "ringing",
    "CallerName": "",
    "FromCity": "Łódź & Köln",
}


@dataclass(frozen=True, slots=True)
class Sent:
    target: str  # path and query
    body: bytes  # empty: a WebSocket's handshake
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")

    def having(self, name: str, value: str | None) -> Sent:
        others = tuple((other, each) for other, each in self.headers if other != name)
        return replace(self, headers=others if value is None else (*others, (name, value)))

    @property
    def says(self) -> tuple[object, ...]:
        """What is signed."""
        kind, body = self.header("content-type"), self.body.decode("latin-1")
        fields = parse_qs(body, keep_blank_values=True) if "form" in kind else body
        proof = self.header("x-twilio-signature"), self.header("x-twilio-webhooks-signature-settings")
        return self.target, fields, proof


def signature(text: str, key: str, algorithm: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), algorithm)).decode()


def genuine(random: random.Random) -> Sent:
    """As Twilio sends it: a form, JSON, or a handshake; signed with either token, or with the shared key."""
    key, algorithm = random.choice([*((token, "sha1") for token in TOKENS), (SHARED_KEY, "sha256")])
    target, body, text, kind = f"/w2/twilio/{random.choice(ROUTES)}", b"", "", ""
    match random.choice(["form", "form", "json", "handshake"]):
        case "form":
            fields = {**FIELDS, "CallToken": str(random.random())}
            body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
            text = f"https://line.example{target}" + "".join(name + fields[name] for name in sorted(fields))
        case "json":
            body, kind = json.dumps(FIELDS).encode(), "application/json"
            target += f"?bodySHA256={hashlib.sha256(body).hexdigest()}"
            text = f"https://line.example{target}"
        case _:
            target = "/w2/twilio/stream"
            text = f"wss://line.example{target}"
    headers = [("host", "line.example"), ("x-twilio-signature", signature(text, key, algorithm))]
    headers += [("content-type", kind)] if kind else []
    headers += [("x-twilio-webhooks-signature-settings", SHARED)] if algorithm == "sha256" else []
    return Sent(target, body, tuple(headers))


def other(text: str, random: random.Random) -> str:
    """One character added, lost or changed."""
    at, new = random.randrange(len(text) + 1), random.choice(string.ascii_letters + string.digits)
    return random.choice([text[:at] + new + text[at:], text[:at] + text[at + 1 :], text[:at] + new + text[at + 1 :]])


def field_changed(sent: Sent, random: random.Random) -> Sent:
    if not sent.body or sent.header("content-type") == "application/json":
        return replace(sent, body=other(sent.body.decode(), random).encode() if sent.body else b"")
    fields = {name: values[0] for name, values in parse_qs(sent.body.decode(), keep_blank_values=True).items()}
    name = random.choice(list(fields))
    match random.randrange(4):
        case 0:
            fields[name] = other(fields[name], random)
        case 1:
            del fields[name]
        case 2:
            fields[other(name, random)] = fields.pop(name)
        case _:
            fields[f"New{random.random()}"] = "1"
    return replace(sent, body=urlencode(fields).encode())


def target_changed(sent: Sent, random: random.Random) -> Sent:
    path, _, query = sent.target.partition("?")
    return replace(
        sent,
        target=random.choice(
            [
                f"/w2/twilio/{random.choice(ROUTES)}" + (f"?{query}" if query else ""),
                sent.target + ("&" if query else "?") + "to=%2B1900",
                path,
                f"{path}?{other(query, random)}" if query else other(path, random),
            ]
        ),
    )


def signature_changed(sent: Sent, random: random.Random) -> Sent:
    given = sent.header("x-twilio-signature")
    worse = [other(given, random), given.rstrip("="), given.swapcase(), given[::-1], "", None]
    return sent.having("x-twilio-signature", random.choice(worse))


def made_without_the_key(sent: Sent, random: random.Random) -> Sent:
    text = f"https://line.example{sent.target}"
    if "form" in sent.header("content-type"):
        text += "".join(name + values[0] for name, values in sorted(parse_qs(sent.body.decode(), True).items()))
    key = random.choice(["", "12345", "token-of-no", SHARED_KEY[::-1], str(random.random())])
    return sent.having("x-twilio-signature", signature(text, key, random.choice(["sha1", "sha256", "sha512"])))


def algorithm_changed(sent: Sent, random: random.Random) -> Sent:
    now = sent.header("x-twilio-webhooks-signature-settings")
    named = (
        ["algorithm=HMAC_SHA512", "algorithm=none", None] if now else [SHARED, "algorithm=none", "algorithm=HMAC_MD5"]
    )
    return sent.having("x-twilio-webhooks-signature-settings", random.choice(named))


def of_another_request(sent: Sent, random: random.Random) -> Sent:
    another = genuine(random)
    if (another.target, another.body) == (sent.target, sent.body):
        return sent  # signed with another key, and genuine
    return sent.having("x-twilio-signature", another.header("x-twilio-signature"))


CHANGES: tuple[Callable[[Sent, random.Random], Sent], ...] = (
    field_changed,
    target_changed,
    signature_changed,
    made_without_the_key,
    algorithm_changed,
    of_another_request,
)


async def is_let_in(app: ASGIApp, sent: Sent) -> bool:
    path, _, query = sent.target.partition("?")
    handshake = not sent.header("content-type")
    scope: dict[str, Any] = {
        "type": "websocket" if handshake else "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "wss" if handshake else "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080),
        "subprotocols": [],
    }
    arriving = iter(
        [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]
        if handshake
        else [{"type": "http.request", "body": sent.body, "more_body": False}]
    )
    answers: list[Any] = []

    async def receive() -> Any:
        return next(arriving)

    async def send(message: Any) -> None:
        answers.append(message)

    await app(scope, receive, send)
    first = answers[0]
    return bool(first["type"] == "websocket.accept" or first.get("status", 403) < 300)


async def test_of_ten_thousand_forged_requests_none_is_let_in(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)  # each refusal is a warning
    app = create_app(
        Agent(instructions="Be brief."),
        Settings(public_url=PUBLIC, auth_tokens=TOKENS, shared_key=SHARED_KEY, gemini_api_key="a-key", prewarm=False),
    )
    chance = random.Random(20_261_122)
    tried = dict.fromkeys((change.__name__ for change in CHANGES), 0)
    async with lifespan(app):
        while sum(tried.values()) < FORGED:
            real, change = genuine(chance), chance.choice(CHANGES)
            forged = change(real, chance)
            if forged.says == real.says:
                continue
            tried[change.__name__] += 1
            assert not await is_let_in(app, forged), (change.__name__, real, forged)
            if not sum(tried.values()) % 20:
                assert await is_let_in(app, real), real
    print(f"forged requests: {FORGED}, let in: 0;", ", ".join(f"{name} {count}" for name, count in tried.items()))
    assert min(tried.values()) > FORGED / 20
