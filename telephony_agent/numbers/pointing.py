"""Where a number's calls go at Twilio, and where they should go so that they reach us.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from ..errors import ConfigError

# How Twilio asks a number's URLs: at most 3 s for the connection and 5 s for an answer, which takes us some
# milliseconds, and twice again where nothing or an error of a proxy's comes; all within its 15 s. A refusal (4xx)
# would be one again. https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
OVERRIDES = "ct=3000&rt=5000&rc=2&rp=ct,rt,5xx"


class Pointing(msgspec.Struct, frozen=True):
    """The names are twilio's for a number's. Empty: there is none. A method is GET or POST."""

    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    """Asked where the voice URL fails."""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    """Told when a call is over."""
    status_callback_method: str = "POST"
    voice_application_sid: str = ""
    """A TwiML application, or a trunk: with either of them Twilio passes over the voice URLs."""
    trunk_sid: str = ""


class Number(msgspec.Struct, frozen=True):
    """One of the account's. `number`: E.164; `takes_calls`: whether it is of a kind that can."""

    sid: str
    number: str
    name: str
    takes_calls: bool
    pointing: Pointing


def attached(before: Pointing, public_url: str, fallback_url: str | None) -> Pointing:
    """The same, with its calls coming to us. `fallback_url`: "" for none, None for the one that there is.

    Raises `ConfigError` for a fallback that is ourselves, or is no URL that Twilio could ask.
    """
    if fallback_url:
        check_fallback(fallback_url, public_url)
    return Pointing(
        voice_url=f"{public_url}/twilio/voice#{OVERRIDES}",
        voice_fallback_url=before.voice_fallback_url if fallback_url is None else fallback_url,
        voice_fallback_method="POST" if fallback_url else before.voice_fallback_method,
        status_callback=f"{public_url}/twilio/status#{OVERRIDES}",
    )


def check_fallback(url: str, public_url: str) -> None:
    try:
        given = urlsplit(url)
    except ValueError:
        given = urlsplit("")
    if given.scheme not in ("https", "http") or not given.hostname:
        raise ConfigError(f"the fallback URL is {url!r}; give https://…, as that of a TwiML Bin")
    if is_ours(url, public_url):
        mend = "give that of a TwiML Bin, or of another machine"
        raise ConfigError(f"the fallback URL is this service's own, which is down when it is needed; {mend}")


def comes_to(pointing: Pointing, public_url: str) -> bool:
    """Whether calls reach the service that is at this URL."""
    elsewhere = pointing.voice_application_sid or pointing.trunk_sid
    return not elsewhere and is_ours(pointing.voice_url, public_url, "voice")


def is_ours(url: str, public_url: str, route: str = "") -> bool:
    """Whether it is that route of ours, or any; whatever the prefix, as processes that share a host have one each."""
    given, public = urlsplit(url), urlsplit(public_url)
    if (given.scheme, given.netloc.lower()) != (public.scheme, public.netloc.lower()):
        return False
    return given.path.endswith(f"/twilio/{route}") if route else "/twilio/" in given.path


def changes(before: Pointing, after: Pointing) -> dict[str, str]:
    """What must be set, by name."""
    new = msgspec.structs.asdict(after)
    return {name: new[name] for name, old in msgspec.structs.asdict(before).items() if old != new[name]}


def goes_to(pointing: Pointing) -> str:
    """In words: what answers its calls."""
    if pointing.trunk_sid:
        return f"trunk {pointing.trunk_sid}"
    if pointing.voice_application_sid:
        return f"application {pointing.voice_application_sid}"
    return _url(pointing.voice_url, pointing.voice_method)


def fallback(pointing: Pointing) -> str:
    return _url(pointing.voice_fallback_url, pointing.voice_fallback_method)


def status(pointing: Pointing) -> str:
    return _url(pointing.status_callback, pointing.status_callback_method)


def told(before: Pointing, after: Pointing) -> Iterator[str]:
    """Line by line, what it was and what it becomes."""
    for name, words in (("calls", goes_to), ("fallback", fallback), ("status", status)):
        old, new = words(before), words(after)
        if old == new:
            yield f"  {name:10}{old}, as before"
        else:
            yield f"  {name:10}{old}"
            yield f"  {'':7}-> {new}"


def _url(url: str, method: str) -> str:
    return f"{method} {url}" if url else "none"
