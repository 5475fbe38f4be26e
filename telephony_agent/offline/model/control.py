"""What is asked of the server by plain HTTP: the list of models, a token, or that something goes wrong.

    GET  /v1beta/models
    POST /v1alpha/auth_tokens
    POST /control/close?code=1011&at=call        (any fault of `faults`, its fields as the query)
    POST /control/next/stall?at=reply            (the same, in the next session and not in those there are)

Faults have no body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.closings import CLOSINGS, NO_SUCH_THING
from telephony_agent.offline.model.door import credentials
from telephony_agent.offline.model.faults import Fault, read
from telephony_agent.offline.model.flavours import MODELS
from telephony_agent.offline.model.keys import wrong
from telephony_agent.offline.model.tokens import HOLDS

LIST = re.compile(r"^/v[0-9a-z]+/models$")
TOKENS = re.compile(r"^/v[0-9a-z]+/auth_tokens$")
CONTROL = "/control/"
NEXT = "next/"
STATUSES = {  # Google's name and words for an HTTP status
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "The caller does not have permission."),
    404: ("NOT_FOUND", NO_SUCH_THING[1]),
    429: ("RESOURCE_EXHAUSTED", CLOSINGS["quota"][1]),
    500: ("INTERNAL", CLOSINGS["internal"][1]),
    503: ("UNAVAILABLE", CLOSINGS["unavailable"][1]),
}


@dataclass(frozen=True)
class Answer:
    """All there is to say about it: a status and JSON."""

    status: int
    content: dict[str, Any]


@dataclass(frozen=True)
class Fail:
    """Let this go wrong; `next_session`: and not in those there are."""

    fault: Fault
    next_session: bool = False


@dataclass(frozen=True)
class Give:
    """A token, as the body says."""


def asked(target: str, method: str, peer: str, headers: Mapping[str, str], key: str = "") -> Answer | Give | Fail:
    """What a request wants. `peer` is the address it comes from; only this machine may let things go wrong, and no web
    page that is open on it: hence its `Host` and `Origin`. `key` is the one that Google's own things want.
    """
    url = urlsplit("/" + target.lstrip("/"))
    path, host, origin = url.path, headers.get("Host", ""), headers.get("Origin")
    if LIST.match(path) or TOKENS.match(path):
        given, _ = credentials(url.query, headers)
        return _denied(given, key) or (Answer(200, {"models": _models()}) if LIST.match(path) else Give())
    if not path.startswith(CONTROL):
        return _wrong(404, "Only BidiGenerateContent, models, auth_tokens and control are served here.")
    if not _of_this_machine(peer) or not _of_this_machine(_without_port(host)) or origin is not None:
        return _wrong(403, "Only this machine may do that.")
    if method != "POST":
        return _wrong(405, "Faults are POSTed.")
    name = path.removeprefix(CONTROL)
    try:
        return Fail(read(name.removeprefix(NEXT), url.query), name.startswith(NEXT))
    except ProtocolError as error:
        return _wrong(400, str(error))


def refusal(status: int, message: str = "") -> tuple[int, dict[str, Any]]:
    """This status, and what Google says with it."""
    name, usual = STATUSES[status]
    return status, {"error": {"code": status, "message": message or usual, "status": name}}


def invalid(message: str) -> tuple[int, dict[str, Any]]:
    """What Google says to a request that makes no sense."""
    return 400, {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}


def _denied(given: str, key: str) -> Answer | None:
    if (why := wrong(given, key)) is None:
        return None
    return Answer(*(invalid(why[1]) if given else refusal(403, why[1])))


def _models() -> list[dict[str, Any]]:
    return [_described(model) for model in MODELS]


def _described(model: str) -> dict[str, Any]:
    return {
        "name": f"models/{model}",
        "displayName": model,
        "inputTokenLimit": HOLDS,
        "supportedGenerationMethods": ["bidiGenerateContent"],
    }


def _wrong(status: int, message: str) -> Answer:
    return Answer(status, {"error": {"code": status, "message": message}})


def _without_port(host: str) -> str:
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _of_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
