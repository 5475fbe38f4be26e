"""A provider's refusal, by HTTP status or by close frame -> what is wrong, and the mend.

The wordings are those seen from Google's servers; what is not among them is told as it came.
"""

from __future__ import annotations

import json
import re

from .finding import Trouble

LONGEST = 200  # characters of a server's own words

STATUSES = {
    400: ("the request was refused", "look at {key}, and at LIVE_URL if it is set"),
    401: ("{key} is not accepted", "mend {key}; a token of Google's is also refused if this clock is wrong"),
    403: (
        "{key} is valid but may not do this",
        "turn the API on in its project, let the key use it, or give the account the role it needs "
        "(Vertex AI: roles/aiplatform.user)",
    ),
    404: ("there is no such address", "look at {place}, and at LIVE_URL if it is set"),
    407: ("a proxy wants to be told who asks", "give HTTPS_PROXY a user and password"),
    429: ("no quota is left", "look at the quota and the billing of the project of {key}, or wait"),
}
REDIRECTED = ("it sends elsewhere, where our key is not for", "set LIVE_URL to where it leads, if that is right")
NO_UPGRADE = ("something answers that is no WebSocket server", "look at LIVE_URL, and at proxies in between")
BROKEN = ("the provider's server has trouble", "try again in some minutes, and look at its status page")

# The first row whose words are in the reason; an empty row fits every reason. None stands for any code.
CLOSINGS: tuple[tuple[int | None, str, str, str], ...] = (
    (None, "api key not valid", "{key} is not accepted", "mend {key}"),
    (None, "reported as leaked", "{key} was reported as leaked, and is blocked", "make a new key, and set {key}"),
    (None, "unregistered callers", "no key that counts has arrived", "set {key}"),
    (None, "quota", "no quota is left", "look at the quota and the billing of the project of {key}, or wait"),
    (None, "credits", "no credit is left", "look at the billing of the project of {key}"),
    (None, "exhausted", "no quota is left", "look at the quota of the project of {key}, or wait"),
    (None, "user location", "the API is not offered where this machine is", "run it in a country that has the API"),
    (1008, "is not found", "the provider has no Live model {model}", "mend LIVE_MODEL, or {place}"),
    (1008, "entity was not found", "the model {model} is not found there", "mend LIVE_MODEL, or {place}"),
    (1008, "not implemented", "the model refuses something that is asked of it", "try it without tools, or another"),
    (1007, "precondition", "the account or its region may not use this model", "look at the project's billing"),
    (1007, "language code", "the model does not take this language", "change the agent's language, or leave it out"),
    (1007, "non-audio", "the model answers in sound only", "leave the modality to us"),
    (1007, "voice", "the model does not have this voice", "give the agent another voice"),
    (1007, "unknown name", "the model does not know a field of the setup", "use a model that does, or report it"),
    (1007, "", "the model refuses the setup", "look at the agent's voice, language, tools and limits"),
    (1008, "", "the provider refuses the session", "look at {key}, LIVE_MODEL and {place}"),
    (1011, "", "the provider's server has trouble", "try again in some minutes"),
    (None, "", "the session ended before it began", "try again; look at proxies in between if it stays so"),
)


def of_status(status: int, body: bytes, words: dict[str, str]) -> Trouble:
    """`words`: what `{key}`, `{place}` and `{model}` are called here."""
    if 300 <= status < 400:
        what, mend = REDIRECTED
    elif status >= 500:
        what, mend = BROKEN
    else:
        what, mend = STATUSES.get(status, NO_UPGRADE)
    said = _message(body)
    return Trouble(f"HTTP {status}: {what.format(**words)}{f' ({said})' if said else ''}", mend.format(**words))


def of_closing(code: int | None, reason: str, words: dict[str, str]) -> Trouble:
    """`code`: None if the connection broke without a close frame."""
    folded = reason.lower()
    for wanted, phrase, what, mend in CLOSINGS:
        if wanted in (None, code) and phrase in folded:
            said = f" {_shortened(reason)!r}" if reason else ""
            return Trouble(f"{what.format(**words)} (closed with {code or 1006}{said})", mend.format(**words))
    raise AssertionError("the last row fits everything")


def _message(body: bytes) -> str:
    """What Google's JSON says is wrong, or the beginning of whatever came."""
    text = body.decode(errors="replace")
    try:
        content = json.loads(text)
        return _shortened(str(content["error"]["message"]))
    except (ValueError, KeyError, TypeError):
        return _shortened(re.sub(r"<[^>]*>", " ", text))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
