"""Was this really Twilio?

https://www.twilio.com/docs/usage/security#validating-requests. HMAC-SHA1 over the URL that Twilio was given, and the
form's fields in sorted order, blank ones included. The URL is the public one, whatever a proxy has made of it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator


class Form(dict[str, list[str]]):
    """A form's fields as they came, blank ones included: a name may stand in it more than once."""

    @classmethod
    def parse(cls, body: str) -> Form:
        """Of `application/x-www-form-urlencoded`. Raises `ValueError` if it is not."""
        return cls(parse_qs(body, keep_blank_values=True, strict_parsing=bool(body), max_num_fields=200))

    def getlist(self, name: str) -> list[str]:
        """What twilio's validator asks a form for."""
        return self[name]

    def first(self, name: str) -> str:
        return self.get(name, [""])[0]


class Signatures:
    """Checks against the account's tokens; both of them while one replaces the other."""

    def __init__(self, tokens: Sequence[str], public_url: str) -> None:
        self._validators = [RequestValidator(token) for token in tokens]
        public = urlsplit(public_url)
        self._secure = public.scheme == "https"
        self._hosts = _spellings(public.netloc, 443 if self._secure else 80)
        self._prefix = public.path

    def of_webhook(self, target: str, form: Form, signature: str) -> bool:
        """`target`: the request's path and query as they came, still percent-encoded."""
        scheme = "https" if self._secure else "http"
        return self._valid(
            [f"{scheme}://{host}{path}" for host in self._hosts for path in self._paths(target)], form, signature
        )

    def of_handshake(self, target: str, signature: str) -> bool:
        """Of a stream's upgrade: the scheme is `wss`, there is no form, a slash may have been added to the path."""
        paths = [each for path in self._paths(target) for each in {path, path.rstrip("/"), path.rstrip("/") + "/"}]
        return self._valid([f"wss://{host}{path}" for host in self._hosts for path in paths], None, signature)

    def _paths(self, target: str) -> list[str]:
        """As it came, and as it was before a proxy took our prefix off."""
        return [target] if target.startswith(self._prefix) else [target, self._prefix + target]

    def _valid(self, urls: list[str], form: Form | None, signature: str) -> bool:
        given = signature.encode()
        expected = [validator.compute_signature(url, form) for validator in self._validators for url in urls]
        return any(hmac.compare_digest(each.encode(), given) for each in expected)


def _spellings(netloc: str, default_port: int) -> list[str]:
    """With and without the port: Twilio leaves it out of some signatures, by scheme and product."""
    host, colon, port = netloc.rpartition(":")
    if not colon or not port.isdigit():
        return [netloc, f"{netloc}:{default_port}"]
    return [netloc, host]
