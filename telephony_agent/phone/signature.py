"""Was this really Twilio?

https://www.twilio.com/docs/usage/security#validating-requests. An HMAC over the URL that Twilio was given, without its
user and password, and the form's fields in sorted order, blank ones included; a JSON body is signed by its digest in
the URL. The URL is the public one, whatever a proxy has made of it. SHA-1 with the account's auth token, or SHA-256
with a shared key, as a header of its own tells.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator, get_signature_algorithm


class Form(dict[str, list[str]]):
    """A form's fields as they came, blank ones included: a name may stand in it more than once."""

    @classmethod
    def parse(cls, body: str) -> Form:
        """Of `application/x-www-form-urlencoded`. Raises `ValueError` if it is not."""
        return cls(parse_qs(body, keep_blank_values=True, strict_parsing=bool(body), max_num_fields=200))

    @classmethod
    def of_json(cls, body: str) -> Form:
        """The members of a JSON object that are text, numbers, or true and false. Raises `ValueError` if it is none."""
        members = json.loads(body)
        if not isinstance(members, dict):
            raise ValueError("not a JSON object")
        plain = {name: value for name, value in members.items() if isinstance(value, str | int | float)}
        return cls({name: [value if isinstance(value, str) else json.dumps(value)] for name, value in plain.items()})

    def getlist(self, name: str) -> list[str]:
        """What twilio's validator asks a form for."""
        return self[name]

    def first(self, name: str) -> str:
        return self.get(name, [""])[0]


class Signatures:
    """Checks against the account's tokens, both of them while one replaces the other, and against its shared keys.

    `settings` is the header `X-Twilio-Webhooks-Signature-Settings`, which names the algorithm; without it, SHA-1.
    """

    def __init__(self, tokens: Sequence[str], public_url: str, shared_keys: Sequence[str] = ()) -> None:
        self._validators = {
            HMAC_SHA1: [RequestValidator(token) for token in tokens],
            HMAC_SHA256: [RequestValidator(key) for key in shared_keys],
        }
        public = urlsplit(public_url)
        self._secure = public.scheme == "https"
        self._hosts = _spellings(public.netloc, 443 if self._secure else 80)
        self._prefix = public.path

    def of_webhook(self, target: str, form: Form, signature: str, settings: str = "") -> bool:
        """`target`: the request's path and query as they came, still percent-encoded."""
        return self._valid(self._webhooks(target), form, signature, settings)

    def of_json(self, target: str, body: bytes, signature: str, settings: str = "") -> bool:
        """Of a webhook whose body is no form: its SHA-256 must be in the query, which is signed."""
        try:
            digests = parse_qs(urlsplit(target).query, max_num_fields=200).get("bodySHA256", [])
        except ValueError:
            return False
        same = len(digests) == 1 and hmac.compare_digest(
            digests[0].lower().encode(), hashlib.sha256(body).hexdigest().encode()
        )
        return self._valid(self._webhooks(target), None, signature, settings) and same

    def of_handshake(self, target: str, signature: str, settings: str = "") -> bool:
        """Of a stream's upgrade: the scheme is `wss`, there is no form, a slash may have been added to the path."""
        paths = [each for path in self._paths(target) for each in {path, path.rstrip("/"), path.rstrip("/") + "/"}]
        return self._valid([f"wss://{host}{path}" for host in self._hosts for path in paths], None, signature, settings)

    def _webhooks(self, target: str) -> list[str]:
        scheme = "https" if self._secure else "http"
        return [f"{scheme}://{host}{path}" for host in self._hosts for path in self._paths(target)]

    def _paths(self, target: str) -> list[str]:
        """As it came, and as it was before a proxy took our prefix off."""
        return [target] if target.startswith(self._prefix) else [target, self._prefix + target]

    def _valid(self, urls: list[str], form: Form | None, signature: str, settings: str) -> bool:
        algorithm = get_signature_algorithm(settings).upper()
        given = signature.encode()
        expected = [
            validator.compute_signature(url, form, algorithm)
            for validator in self._validators.get(algorithm, ())
            for url in urls
        ]
        return any(hmac.compare_digest(each.encode(), given) for each in expected)


def _spellings(netloc: str, default_port: int) -> list[str]:
    """With and without the port: Twilio leaves it out of some signatures, by scheme and product."""
    host, colon, port = netloc.rpartition(":")
    if not colon or not port.isdigit():
        return [netloc, f"{netloc}:{default_port}"]
    return [netloc, host]
