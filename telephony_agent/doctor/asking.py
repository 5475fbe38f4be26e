"""One HTTP request, as Twilio would make it: redirects are answers, and so is every status."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlencode

PATIENCE = 10.0  # seconds; Twilio waits 15 for a webhook
LONGEST = 65_536  # bytes of an answer that are read; Twilio takes no longer document
NO_PROXY = urllib.request.ProxyHandler({})
UNREACHED = (OSError, HTTPException)  # what a request raises that had no answer; URLError is an OSError


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Twilio's signature is for the URL that it was given."""

    def redirect_request(self, *args: Any) -> None:
        return None


def ask(
    url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, direct: bool = False
) -> Answer:
    """A POST if there is a form, else a GET; `direct`: past any proxy of this machine's. Blocks. Raises `UNREACHED`."""
    opener = urllib.request.build_opener(_NoRedirect, *([NO_PROXY] if direct else []))
    body = None if form is None else urlencode(form).encode()
    request = urllib.request.Request(url, body, dict(headers or {}))
    try:
        answer: HTTPResponse | urllib.error.HTTPError = opener.open(request, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        text = answer.read(LONGEST).decode("utf-8", "replace")
        return Answer(answer.status or 0, dict(answer.headers.items()), text)


def reason(error: Exception) -> Exception:
    """What is behind urllib's own error."""
    if isinstance(error, urllib.error.URLError):
        return error.reason if isinstance(error.reason, Exception) else OSError(str(error.reason))
    return error
