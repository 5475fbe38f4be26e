"""The settings: from the environment and `.env`, once. Nothing else reads the environment."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from starlette.config import Config

from .errors import ConfigError

T = TypeVar("T")

PROVIDERS = ("gemini", "offline")
MODEL = "gemini-3.8-live"
LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"  # of a host's name
SECRETS = ("TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_2", "GEMINI_API_KEY", "GOOGLE_API_KEY", "OPERATOR_TOKEN")
OPERATOR_LENGTH = 16  # characters; the console stands open to guesses from everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Raises `ConfigError`, naming the variable and the mend, when made of values that can't be."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    """The URL that Twilio reaches us at, without a slash at the end; empty: loopback."""
    account_sid: str | None = None
    auth_tokens: tuple[str, ...] = field(default=(), repr=False)
    provider: str = ""
    gemini_api_key: str | None = field(default=None, repr=False)
    live_url: str | None = None
    live_model: str = MODEL
    operator_token: str | None = field(default=None, repr=False)
    """What opens `/console/`; None: only direct requests from this machine do, if it serves no other."""
    prewarm: bool = True
    max_calls: int = 200
    log_level: str = "INFO"
    asr_model_dir: Path | None = None
    """A faster-whisper folder of the operator's own, for the offline model."""

    def __post_init__(self) -> None:
        if not 0 <= self.port < 1 << 16:
            raise ConfigError(f"PORT is {self.port}; give a port from 1 to 65535")
        if self.port == 0 and not self.public_url:
            raise ConfigError("PORT is 0, which takes any: then nobody knows our URL; give a port, or PUBLIC_URL too")
        object.__setattr__(self, "public_url", (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/"))
        _check_url("PUBLIC_URL", self.public_url, ("https", "http"))
        local = is_loopback(urlsplit(self.public_url).hostname or "")
        if not local and not self.public_url.startswith("https:"):
            raise ConfigError(f"PUBLIC_URL is {self.public_url!r}; only a loopback address may do without https")
        if not self.auth_tokens and not (local and is_loopback(self.host)):
            raise ConfigError("TWILIO_AUTH_TOKEN is not set; without it PUBLIC_URL and HOST must both be loopback")
        object.__setattr__(self, "provider", self.provider or self._default_provider(local))
        if self.provider not in PROVIDERS:
            raise ConfigError(f"LIVE_PROVIDER is {self.provider!r}; choose one of {', '.join(PROVIDERS)}")
        if self.provider == "gemini" and not self.gemini_api_key and not self.live_url:
            raise ConfigError("GEMINI_API_KEY is not set; LIVE_PROVIDER=gemini needs it")
        if self.live_url is not None:
            _check_url("LIVE_URL", self.live_url, ("wss", "ws"))
        if self.operator_token is not None and len(self.operator_token) < OPERATOR_LENGTH:
            raise ConfigError(f"OPERATOR_TOKEN is too short; give at least {OPERATOR_LENGTH} random characters")
        if self.max_calls < 1:
            raise ConfigError(f"MAX_CALLS is {self.max_calls}; give at least 1")
        if self.log_level not in logging.getLevelNamesMapping():
            raise ConfigError(f"LOG_LEVEL is {self.log_level!r}; give DEBUG, INFO, WARNING or ERROR")

    def _default_provider(self, local: bool) -> str:
        if self.gemini_api_key:
            return "gemini"
        if local or self.live_url is not None:
            return "offline"
        raise ConfigError(
            "GEMINI_API_KEY is not set; set it, or LIVE_PROVIDER=offline to do without a model of Google's"
        )

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, env_file: Path = Path(".env")) -> Settings:
        """All of them, as `Environment` finds them."""
        here = Environment(environ, env_file)
        get, secrets = here.get, {name: here.secret(name) for name in SECRETS}
        return cls(
            host=get("HOST", str, "127.0.0.1"),
            port=get("PORT", int, 8080),
            public_url=get("PUBLIC_URL", str, ""),
            account_sid=get("TWILIO_ACCOUNT_SID", str, "") or None,
            auth_tokens=tuple(secrets[name] for name in SECRETS[:2] if secrets[name]),
            provider=get("LIVE_PROVIDER", str, ""),
            gemini_api_key=secrets["GEMINI_API_KEY"] or secrets["GOOGLE_API_KEY"] or None,
            live_url=get("LIVE_URL", str, "") or None,
            live_model=get("LIVE_MODEL", str, MODEL),
            operator_token=secrets["OPERATOR_TOKEN"] or None,
            prewarm=get("PREWARM", _on_or_off, True),
            max_calls=get("MAX_CALLS", int, 200),
            log_level=get("LOG_LEVEL", str.upper, "INFO"),
            asr_model_dir=get("ASR_MODEL_DIR", Path, None),
        )


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
            kind = {int: "a whole number", _on_or_off: "on or off"}.get(cast, "something else")
            raise ConfigError(f"{name} is {text!r}; give {kind}") from None

    def secret(self, name: str) -> str:
        """Also from the file that the variable `NAME_FILE` names; empty if there is none."""
        return _secret(name, self._config(name, default=""), self._config(f"{name}_FILE", default=""))


def is_loopback(host: str) -> bool:
    """Whether a host, without a port, is this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _on_or_off(text: str) -> bool:
    words = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise ValueError
    return words[text.lower()]


def _secret(name: str, value: str, file: str) -> str:
    if value and file:
        raise ConfigError(f"{name} and {name}_FILE are both set; keep one")
    if file:
        try:
            value = Path(file).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeError) as error:
            raise ConfigError(f"{name}_FILE is {file!r}, which can't be read: {error}") from error
        if not value.strip():
            raise ConfigError(f"{name}_FILE is {file!r}, which is empty")
    value = value.strip()
    if value and not re.fullmatch(r"[!-~]+", value):
        raise ConfigError(f"{name} has characters that no token or key has (spaces, control or non-ASCII characters)")
    return value


def _check_url(name: str, url: str, schemes: tuple[str, ...]) -> None:
    """Strict: what passes can be dialled, and signed as it stands. The message shows no user and no query."""
    host = rf"(?:{LABEL}(?:\.{LABEL})*|\[[0-9a-f:.]+\])"
    found = re.fullmatch(rf"({'|'.join(schemes)})://{host}(?::([1-9]\d{{0,4}}))?(?:/[!$&-;=@-Z_a-z~%]*)?", url)
    if found is None or int(found[2] or 1) >= 1 << 16:
        wanted = " or ".join(f"{scheme}://" for scheme in schemes)
        shown = re.sub(r"//[^/]*@", "//…@", re.sub(r"\?.+", "?…", url))
        raise ConfigError(f"{name} is {shown!r}; give {wanted}host, a port and a path if need be, no user, no query")
