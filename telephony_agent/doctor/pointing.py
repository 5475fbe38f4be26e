"""A number of the account's that should come to us: what is wrong with where it points?"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from ..numbers.pointing import Number, is_ours
from .finding import Trouble


def should_come(number: Number, public_url: str) -> bool:
    """Whether its calls are meant for the host of that URL."""
    return urlsplit(number.pointing.voice_url).hostname == urlsplit(public_url).hostname


def troubles(number: Number, public_url: str, is_local: bool = False) -> Iterator[Trouble]:
    """`is_local`: that URL is for this machine only, where Twilio can't be pointed at."""
    pointing = number.pointing
    command = "serve --tunnel --attach" if is_local else "numbers attach"
    attach = f"`telephony-agent {command} {number.number}` sets it right"
    ruler = pointing.voice_application_sid or pointing.trunk_sid
    if ruler:
        yield Trouble(f"{number.number} obeys {ruler}, whatever its voice URL is", attach)
        return
    yield from _of_voice_url(number.number, urlsplit(pointing.voice_url), public_url, attach)
    if pointing.voice_url and pointing.voice_method != "POST":
        yield Trouble(f"{number.number} asks with {pointing.voice_method}, which is no webhook of ours", attach)
    if is_ours(pointing.voice_fallback_url, public_url):
        what = f"the fallback URL of {number.number} is this service, which is down when it is needed"
        mend = (
            f"`telephony-agent numbers attach {number.number} --fallback-url` takes a TwiML Bin's, or another machine's"
        )
        yield Trouble(what, mend)
    if not is_ours(pointing.status_callback, public_url, "status"):
        yield Trouble(
            f"nobody tells us that a call to {number.number} is over: its status callback is not ours", attach
        )


def _of_voice_url(number: str, url: SplitResult, public_url: str, attach: str) -> Iterator[Trouble]:
    public = urlsplit(public_url)
    if url.hostname != public.hostname:
        where = url.hostname or "nowhere"
        yield Trouble(f"{number} was attached, and points at {where}, which is not PUBLIC_URL's host", attach)
    elif url.scheme != public.scheme:
        yield Trouble(f"the voice URL of {number} begins with {url.scheme}://: anybody on the way can read it", attach)
    elif url.netloc != public.netloc:
        yield Trouble(f"the voice URL of {number} has another port than PUBLIC_URL: {url.netloc}", attach)
    elif not url.path.endswith("/twilio/voice"):
        yield Trouble(f"the voice URL of {number} has the path {url.path or '/'}, not …/twilio/voice", attach)
    elif url.query:
        yield Trouble(f"the voice URL of {number} has a query, which nothing here needs: ?{url.query}", attach)
