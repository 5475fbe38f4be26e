"""Variables of the environment and of `.env`, one by one, and what is a URL in them. Nothing else reads them."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from starlette.config import Config

from . import secret
from .errors import ConfigError

T = TypeVar("T")

LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"  # of a host's name
UNREADABLE = "?" * 16  # for a secret that is wrong and has been named: it is neither missing nor too short as well


class Environment:
    """Single variables: from the environment, else from `env_file`, if there. Raises `ConfigError`, naming them."""

    def __init__(self, environ: Mapping[str, str] = os.environ, env_file: Path = Path(".env")) -> None:
        try:
            self._config = Config(env_file if env_file.is_file() else None, environ, encoding="utf-8-sig")
        except (OSError, UnicodeError) as error:
            raise ConfigError(f"{env_file} can't be read: {error}") from error

    def get(self, name: str, cast: Callable[[str], T], default: T) -> T:
        """The variable's value; `default` if it is missing or empty."""
        text = self._config(name, default="")
        if not text:
            return default
        try:
            return cast(text)
        except ValueError:
            kind = {int: "a whole number", float: "a number", on_or_off: "on or off"}.get(cast, "something else")
            raise ConfigError(f"{name} is {text!r}; give {kind}") from None

    def secret(self, name: str) -> str:
        """Also from the file that the variable `NAME_FILE` names; empty if there is none."""
        return secret.found(name, self._config(name, default=""), self._config(f"{name}_FILE", default=""))


class Collecting:
    """An environment that goes on after what is wrong, and keeps it."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def get(self, name: str, cast: Callable[[str], T], default: T) -> T:
        try:
            return self._environment.get(name, cast, default)
        except ConfigError as error:
            self.problems.extend(error.problems)
            return default

    def secret(self, name: str) -> str:
        try:
            return self._environment.secret(name)
        except ConfigError as error:
            self.problems.extend(error.problems)
            return UNREADABLE


def on_or_off(text: str) -> bool:
    words = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise ValueError
    return words[text.lower()]


def is_loopback(host: str) -> bool:
    """Whether a host, without a port, is this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_local(url: str) -> bool:
    """Whether a URL leads to this machine only."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:  # it is no URL, which is told elsewhere
        return False


def wrong_url(name: str, url: str, schemes: tuple[str, ...]) -> Iterator[str]:
    """Strict: what passes can be dialled, and signed as it stands. The message shows no user and no query."""
    host = rf"(?:{LABEL}(?:\.{LABEL})*|\[[0-9a-f:.]+\])"
    found = re.fullmatch(rf"({'|'.join(schemes)})://{host}(?::([1-9]\d{{0,4}}))?(?:/[!$&-;=@-Z_a-z~%]*)?", url)
    if found is None or int(found[2] or 1) >= 1 << 16:
        wanted = " or ".join(f"{scheme}://" for scheme in schemes)
        yield f"{name} is {shown(url)!r}; give {wanted}host, a port and a path if need be, no user, no query"


def shown(url: str) -> str:
    return re.sub(r"//[^/]*@", "//…@", re.sub(r"\?.+", "?…", url))


def wrong_public_url(url: str) -> Iterator[str]:
    yield from wrong_url("PUBLIC_URL", url, ("https", "http"))
    if url.startswith("http:") and not is_local(url):
        yield f"PUBLIC_URL is {shown(url)!r}; give https, only a loopback address may do without"
