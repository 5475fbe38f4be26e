"""Who is let in besides Twilio: a direct request from this machine, and the operator.

The operator shows OPERATOR_TOKEN as Bearer, or gives it once in a browser, for a cookie. Where it is not set, a direct
request from this machine is the operator's, as long as the service is for this machine alone. What a browser sends
on behalf of another site's page is nobody's: the cookie is for our own pages, and so are POST and WebSockets.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from .environment import is_loopback
from .settings import Settings

COOKIE = "operator"
LONGEST_VISIT = 12 * 3600  # seconds that a cookie is good for
VISITS = 32  # browsers that may be in at once; one more puts the oldest out
TRIES = 5  # wrong tokens in a browser, then ...
PAUSE = 10.0  # ... seconds for each one more
HARMLESS = ("GET", "HEAD")
PROXIES = ("forwarded", "via", "x-real-ip", "true-client-ip")  # headers, besides X-Forwarded-* and Cf-*
DEFAULT_PORTS = {"http": 80, "https": 443}


def is_direct(connection: HTTPConnection) -> bool:
    """Whether a request names a loopback host and came through no proxy.

    A tunnel or proxy on this machine makes every peer 127.0.0.1, but it tells whom it speaks for, or for which host,
    or speaks HTTP/1.0, as nginx does if it is told nothing else.
    """
    proxied = any(name in PROXIES or name.startswith(("x-forwarded-", "cf-")) for name in connection.headers)
    return not proxied and connection.scope.get("http_version") != "1.0" and is_loopback(_host(connection))


class Tries:
    """Wrong tokens: `TRIES` at once, after that one in each `PAUSE`. Times in seconds."""

    def __init__(self) -> None:
        self._wrong = 0.0
        self._since = 0.0

    def open(self, now: float) -> bool:
        """Whether there is a try left."""
        self._wrong = max(0.0, self._wrong - (now - self._since) / PAUSE)
        self._since = now
        return self._wrong <= TRIES - 1

    def fail(self) -> None:
        self._wrong += 1


class Operator:
    """Tells the operator's requests from others; lets the operator's browsers in."""

    def __init__(self, settings: Settings) -> None:
        self._token = settings.operator_token
        public = urlsplit(settings.public_url)
        self._origin = _origin(settings.public_url)
        self._secure = public.scheme == "https"
        self._path = public.path or "/"
        self._alone = is_loopback(public.hostname or "") and is_loopback(settings.host)
        self._visits: dict[str, float] = {}  # a cookie's value: the loop's time until which it is good
        self._tries = Tries()
        self.account_sid = f"AC{secrets.token_hex(16)}"
        """The account of calls that the operator places in a browser: no account of Twilio's has it."""

    def meets(self, connection: HTTPConnection) -> bool:
        """Whether there is anything for whoever sent this; else it is 404."""
        return self._token is not None or self._is_here(connection)

    def is_in(self, connection: HTTPConnection) -> bool:
        """Whether this request is the operator's."""
        if self._token is None:
            return self._is_here(connection) and self._is_ours(connection, "origin" not in connection.headers)
        scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return _same(bearer.strip(), self._token)
        return self._visits_us(connection.cookies.get(COOKIE, "")) and self._is_ours(connection)

    def may_try(self, connection: HTTPConnection) -> bool:
        """Whether a token from a browser's form is looked at now."""
        return self._is_ours(connection, "origin" not in connection.headers) and self._tries.open(_now())

    def enter(self, token: str, response: Response) -> bool:
        """Whether the token is right; the response then has the cookie."""
        if self._token is None or not _same(token, self._token):
            self._tries.fail()
            return False
        visit = secrets.token_urlsafe(32)
        self._visits[visit] = _now() + LONGEST_VISIT
        for oldest in list(self._visits)[:-VISITS]:
            del self._visits[oldest]
        response.set_cookie(
            COOKIE, visit, LONGEST_VISIT, path=self._path, secure=self._secure, httponly=True, samesite="strict"
        )
        return True

    def _is_here(self, connection: HTTPConnection) -> bool:
        """The rule of a service without tokens: all loopback, the peer too."""
        client = connection.client
        return self._alone and client is not None and is_loopback(client.host) and is_direct(connection)

    def _visits_us(self, cookie: str) -> bool:
        good = [until for visit, until in self._visits.items() if _same(cookie, visit)]  # compares all
        return bool(good) and _now() < good[0]

    def _is_ours(self, connection: HTTPConnection, otherwise: bool = False) -> bool:
        """Whether it only looks, or comes from a page of ours. `otherwise`: what holds for one that comes from none."""
        if connection.scope["type"] == "http" and connection.scope["method"] in HARMLESS:
            return True
        origin = connection.headers.get("origin", "")
        # Also under a loopback name, for who comes around the proxy.
        near = f"http://{connection.headers.get('host', '')}" if is_loopback(_host(connection)) else self._origin
        return otherwise or _origin(origin) in (self._origin, _origin(near))


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _host(connection: HTTPConnection) -> str:
    try:
        return urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _origin(url: str) -> str:
    """Scheme, host and port as a browser writes them; empty for what has none."""
    try:
        parts = urlsplit(url)
        port = None if parts.port == DEFAULT_PORTS.get(parts.scheme) else parts.port
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "") if parts.hostname else ""


def _now() -> float:
    return asyncio.get_running_loop().time()
