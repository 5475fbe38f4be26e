"""Twilio's requests to a service, signed as Twilio signs them, and repeated as Twilio repeats them.

http.client in a thread is enough: a call asks a handful of questions.
"""

from __future__ import annotations

import asyncio
import http.client
import logging
import socket
import ssl
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit, urlunsplit

from twilio.request_validator import RequestValidator

from . import overrides
from .overrides import Failure, Overrides
from .twiml import loopback

USER_AGENT = "TwilioProxy/1.1"
MOVED = (301, 302, 303, 307, 308)
REDIRECTIONS = 10  # in a row; how many Twilio takes is not written down
AT_ONCE = 64  # questions on their way; hundreds of calls may begin together
_threads = ThreadPoolExecutor(AT_ONCE, "webhook")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """`type` is the media type without its parameters; `location`: where a redirection leads."""

    status: int
    type: str
    body: str
    location: str = ""


@dataclass(frozen=True)
class Route:
    """Where a URL's connections really go. `tls` is None for a plain socket."""

    host: str
    port: int
    tls: ssl.SSLContext | None


def route(url: str, connect_to: tuple[str, int] | None, authority: Path | None = None) -> Route:
    """As curl's --connect-to, URL and Host stay public. On loopback that is the service itself, behind whoever ends
    TLS for it, so the socket is plain; elsewhere an https or wss URL means TLS for the URL's own name. With an
    `authority`, a file of certificates that are trusted besides the known ones, it does everywhere."""
    parts = urlsplit(url)
    secure = parts.scheme in ("https", "wss")
    host, port = connect_to or (parts.hostname or "", parts.port or (443 if secure else 80))
    if not secure or (connect_to is not None and loopback(host) and authority is None):
        return Route(host, port, None)
    tls = ssl.create_default_context()
    if authority is not None:
        tls.load_verify_locations(authority)
    return Route(host, port, tls)


def signed_form_of(url: str) -> str:
    """What Twilio signs for a webhook: over https the port is left out, over http it stays. No fragment."""
    parts = urlsplit(url)
    netloc = parts.hostname or "" if parts.scheme == "https" else parts.netloc
    return urlunsplit(parts._replace(netloc=netloc, fragment=""))


def signature(auth_token: str | None, url: str, form: dict[str, str]) -> dict[str, str]:
    """The X-Twilio-Signature header over exactly this URL; nothing without an auth token."""
    if auth_token is None:
        return {}
    return {"X-Twilio-Signature": str(RequestValidator(auth_token).compute_signature(url, form))}


class TooManyRedirections(ConnectionError):
    """As 11215 says, a service sends Twilio on and on."""


class Unreached(ConnectionError):
    """No connection, within the time that there is for one."""


async def post(
    url: str,
    form: dict[str, str],
    auth_token: str | None,
    connect_to: tuple[str, int] | None,
    authority: Path | None = None,
) -> Answer:
    """Posts a form as Twilio does, again if the URL's fragment wants that, with one token for all tries; it follows
    redirections, each signed anew. Raises OSError, TimeoutError among it, TooManyRedirections."""
    for _ in range(REDIRECTIONS + 1):
        answer = await _asked(url, form, auth_token, connect_to, authority)
        if answer.status not in MOVED or not answer.location:
            return answer
        url = urljoin(url, answer.location)
    raise TooManyRedirections(f"more than {REDIRECTIONS} redirections in a row, the last one to {url}")


async def _asked(
    url: str, form: dict[str, str], auth_token: str | None, connect_to: tuple[str, int] | None, authority: Path | None
) -> Answer:
    try:
        terms = overrides.read(url)
    except ValueError as error:
        raise ConnectionError(str(error)) from error
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        **signature(auth_token, signed_form_of(url), form),
    }
    ask = _Question(url, urlencode(form), headers, route(url, connect_to, authority))
    loop = asyncio.get_running_loop()
    began, tries = loop.time(), 0
    while True:
        tries += 1
        left = max(0.1, terms.total - (loop.time() - began))
        failed: OSError | None = None
        answer: Answer | None = None
        try:
            answer = await loop.run_in_executor(_threads, _post, ask, terms, left)
            logger.debug("> POST %s: %d", urlsplit(url).path, answer.status)
        except OSError as error:
            failed = error
        failure = _failure(answer, failed)
        if failure is None or not terms.again(failure, tries, loop.time() - began):
            if answer is None:
                assert failed is not None
                raise failed
            return answer


def _failure(answer: Answer | None, failed: OSError | None) -> Failure | None:
    """None where there is no reason to ask again."""
    if answer is None:
        return "ct" if isinstance(failed, Unreached) else "rt"
    if answer.status < 400:
        return None
    return "4xx" if answer.status < 500 else "5xx"


@dataclass(frozen=True)
class _Question:
    url: str
    body: str
    headers: dict[str, str]
    way: Route


def _post(ask: _Question, terms: Overrides, left: float) -> Answer:
    parts = urlsplit(ask.url)
    connection = http.client.HTTPConnection(parts.netloc)
    try:
        connection.sock = _connect(parts, ask.way, min(terms.connect, left))  # so that the Host header stays the URL's
        connection.sock.settimeout(min(terms.read, left))
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.request("POST", target, ask.body.encode(), {"Host": parts.netloc, **ask.headers})
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        location = response.headers.get("Location", "")
        return Answer(response.status, response.headers.get_content_type(), text, location)
    except http.client.HTTPException as error:
        raise ConnectionError(f"not an HTTP answer: {error!r}") from error
    finally:
        connection.close()


def _connect(parts: SplitResult, way: Route, patience: float) -> socket.socket:
    try:
        plain = socket.create_connection((way.host, way.port), timeout=patience)
        return way.tls.wrap_socket(plain, server_hostname=parts.hostname) if way.tls else plain
    except OSError as error:
        raise Unreached(str(error) or type(error).__name__) from error
