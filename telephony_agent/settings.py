"""The settings of the service: all of them, from the environment and `.env`, once."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from . import account_settings
from .environment import Collecting, Environment, is_local, is_loopback, on_or_off, wrong_public_url, wrong_url
from .errors import ConfigError
from .outbound import rules
from .outbound.rules import Rules

PROVIDERS = ("gemini", "vertex", "firebase", "offline")
MODELS = {  # where LIVE_MODEL says nothing
    "gemini": "gemini-3.8-live",
    "vertex": "gemini-live-2.5-flash-native-audio",
    "offline": "gemini-3.8-live",
}
BACKENDS = ("gemini", "vertex")  # behind Firebase AI Logic
LOCATION = r"[a-z][a-z0-9-]{0,61}[a-z0-9]"  # us-central1, eu: it becomes part of a host's name
SECRETS = (
    "TWILIO_AUTH_TOKEN",
    "TWILIO_AUTH_TOKEN_2",
    "TWILIO_SHARED_KEY",
    "TWILIO_API_SECRET",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "FIREBASE_API_KEY",
    "FIREBASE_APPCHECK_TOKEN",
    "OPERATOR_TOKEN",
)
NOBODY = Rules()  # may be called, if nothing is said
EPHEMERAL = "auth_tokens/"  # how a key begins that is a token of the Developer API
E164 = re.compile(r"\+[1-9]\d{6,14}")
OPERATOR_LENGTH = 16  # characters; the console stands open to guesses from everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Raises `ConfigError`, naming each variable and its mend, when made of values that can't be."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    """The URL that Twilio reaches us at, without a slash at the end; empty: loopback."""
    account_sid: str | None = None
    auth_tokens: tuple[str, ...] = field(default=(), repr=False)
    shared_key: str | None = field(default=None, repr=False)
    """The secret of a SharedKey, for accounts whose webhooks are signed with one."""
    api_key: str | None = None
    """The SID of an API key, with which Twilio's REST API is used instead of the first auth token."""
    api_secret: str | None = field(default=None, repr=False)
    region: str | None = None
    """Of Twilio's, as ie1; None: us1, where it all is by default."""
    api_url: str | None = None
    """Another base URL for Twilio's REST API: a double of it."""
    outbound: Rules = NOBODY
    """Who may be called."""
    outbound_from: str | None = None
    """The number that calls out come from, one of the account's; E.164."""
    provider: str = ""
    """One of `PROVIDERS`; empty: what the other settings suggest."""
    gemini_api_key: str | None = field(default=None, repr=False)
    """The Developer API's, or a token of it; Vertex AI's where no project is named."""
    google_cloud_project: str | None = None
    google_cloud_location: str | None = None
    firebase_api_key: str | None = field(default=None, repr=False)
    firebase_project_id: str | None = None
    firebase_app_id: str | None = None
    firebase_backend: str = "gemini"
    firebase_location: str | None = None
    firebase_appcheck_token: str | None = field(default=None, repr=False)
    live_url: str | None = None
    live_model: str = ""
    """The model's id; empty: the provider's default."""
    prices: Path | None = None
    """A table of what models cost, for rows that ours lacks, or has wrong."""
    operator_token: str | None = field(default=None, repr=False)
    """What opens `/console/`; None: only direct requests from this machine do, if it serves no other."""
    prewarm: bool = True
    max_calls: int = 200
    drain: float = 600.0
    """Seconds that calls which are up may go on after SIGTERM."""
    log_level: str = "INFO"
    data_dir: Path | None = None
    """Where calls are kept; None: nowhere."""
    asr_model_dir: Path | None = None
    """A faster-whisper folder of the operator's own, for the offline model."""
    asr_model: str = ""
    """Which of our own recognisers the offline model has, if not that; empty: the default one."""

    serves: bool = True
    """False: for a command that only talks with the model. Where Twilio reaches us, and how, is nothing to it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "public_url", (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/"))
        object.__setattr__(self, "provider", self.provider or self._default_provider())
        object.__setattr__(self, "live_model", self.live_model or MODELS.get(self.provider, ""))
        problems = [*_wrong_provider(self)]
        if self.serves:
            problems = [*self._wrong_address(), *self._wrong_account(), *problems, *self._wrong_limits()]
        if problems:
            raise ConfigError(*problems)

    @property
    def is_local(self) -> bool:
        """Whether our public URL is for this machine only."""
        return is_local(self.public_url)

    @property
    def is_signed(self) -> bool:
        """Whether there is anything to check Twilio's signatures with: then none of its requests goes without."""
        return bool(self.auth_tokens or self.shared_key)

    @property
    def has_account(self) -> bool:
        """Whether Twilio's REST API can be asked."""
        return self.account_sid is not None and bool(self.api_key or self.auth_tokens)

    @property
    def is_ephemeral(self) -> bool:
        """Whether the Developer API's key is a token: it ends, and may hold a setup that counts instead of ours."""
        return self.provider == "gemini" and (self.gemini_api_key or "").startswith(EPHEMERAL)

    @property
    def is_express(self) -> bool:
        """Whether Vertex AI is reached with a key, in express mode: without a project."""
        named = self.google_cloud_project or self.google_cloud_location
        return self.provider == "vertex" and bool(self.gemini_api_key) and not named

    def _default_provider(self) -> str:
        """Empty if nothing suggests one."""
        if self.gemini_api_key:
            return "gemini"
        return "offline" if self.is_local or self.live_url is not None else ""

    def _wrong_address(self) -> Iterator[str]:
        if not 0 <= self.port < 1 << 16:
            yield f"PORT is {self.port}; give a port from 1 to 65535"
        if self.port == 0 and self.public_url == "http://127.0.0.1:0":
            yield "PORT is 0, which takes any: then nobody knows our URL; give a port, or PUBLIC_URL too"
        else:
            yield from wrong_public_url(self.public_url)
        if not self.is_signed and not (self.is_local and is_loopback(self.host)):
            yield "TWILIO_AUTH_TOKEN is not set; without it PUBLIC_URL and HOST must both be loopback"

    def _wrong_account(self) -> Iterator[str]:
        yield from account_settings.wrong(self.api_key, self.api_secret, self.region, self.api_url)
        if self.outbound_from is not None and not E164.fullmatch(self.outbound_from):
            yield f"OUTBOUND_FROM is {self.outbound_from!r}; give a number of your account's, as +12025550143"

    def _wrong_limits(self) -> Iterator[str]:
        if self.operator_token is not None and len(self.operator_token) < OPERATOR_LENGTH:
            yield f"OPERATOR_TOKEN is too short; give at least {OPERATOR_LENGTH} random characters"
        if not 0 <= self.drain < float("inf"):
            yield f"DRAIN is {self.drain:g}; give seconds, 0 to end all calls at once"
        if self.max_calls < 1:
            yield f"MAX_CALLS is {self.max_calls}; give at least 1"
        if self.log_level not in logging.getLevelNamesMapping():
            yield f"LOG_LEVEL is {self.log_level!r}; give DEBUG, INFO, WARNING or ERROR"

    @classmethod
    def read(
        cls,
        environ: Mapping[str, str] = os.environ,
        env_file: Path = Path(".env"),
        public_url: str = "",
        provider: str = "",
        serves: bool = True,
    ) -> Settings:
        """All of them, as `Environment` finds them. The error names all that is wrong, not only the first.

        `public_url`: in place of PUBLIC_URL, where a tunnel makes it; `provider`: of LIVE_PROVIDER, where no model is
        needed.
        """
        here = Collecting(Environment(environ, env_file))
        get = here.get
        secrets = {name: here.secret(name) for name in SECRETS}
        try:
            settings = cls(
                host=get("HOST", str, "127.0.0.1"),
                port=get("PORT", int, 8080),
                public_url=public_url or get("PUBLIC_URL", str, ""),
                account_sid=get("TWILIO_ACCOUNT_SID", str, "") or None,
                auth_tokens=tuple(secrets[name] for name in SECRETS[:2] if secrets[name]),
                shared_key=secrets["TWILIO_SHARED_KEY"] or None,
                api_key=get("TWILIO_API_KEY", str, "") or None,
                api_secret=secrets["TWILIO_API_SECRET"] or None,
                region=get("TWILIO_REGION", str, "") or None,
                api_url=get("TWILIO_API_URL", str, "") or None,
                outbound=_rules(here),
                outbound_from=get("OUTBOUND_FROM", str, "") or None,
                provider=provider or get("LIVE_PROVIDER", str, ""),
                gemini_api_key=secrets["GEMINI_API_KEY"] or secrets["GOOGLE_API_KEY"] or None,
                google_cloud_project=get("GOOGLE_CLOUD_PROJECT", str, "") or None,
                google_cloud_location=get("GOOGLE_CLOUD_LOCATION", str, "") or None,
                firebase_api_key=secrets["FIREBASE_API_KEY"] or None,
                firebase_project_id=get("FIREBASE_PROJECT_ID", str, "") or None,
                firebase_app_id=get("FIREBASE_APP_ID", str, "") or None,
                firebase_backend=get("FIREBASE_BACKEND", str, "gemini"),
                firebase_location=get("FIREBASE_LOCATION", str, "") or None,
                firebase_appcheck_token=secrets["FIREBASE_APPCHECK_TOKEN"] or None,
                live_url=get("LIVE_URL", str, "") or None,
                live_model=get("LIVE_MODEL", str, ""),
                prices=get("PRICES", Path, None),
                operator_token=secrets["OPERATOR_TOKEN"] or None,
                prewarm=get("PREWARM", on_or_off, True),
                max_calls=get("MAX_CALLS", int, 200),
                drain=get("DRAIN", float, 600.0),
                log_level=get("LOG_LEVEL", str.upper, "INFO"),
                data_dir=get("DATA_DIR", Path, Path("data")),
                asr_model_dir=get("ASR_MODEL_DIR", Path, None),
                asr_model=get("ASR_MODEL", str, ""),
                serves=serves,
            )
        except ConfigError as error:
            raise ConfigError(*here.problems, *error.problems) from None
        if here.problems:
            raise ConfigError(*here.problems)
        return settings


def _rules(here: Collecting) -> Rules:
    """Nobody may be called where anything about it is wrong."""
    get = here.get
    try:
        return Rules(
            countries=rules.listed(get("OUTBOUND_COUNTRIES", str, "")),
            numbers=rules.listed(get("OUTBOUND_NUMBERS", str, "")),
            blocked=rules.listed(get("OUTBOUND_BLOCKED", str, "")),
            hours=get("OUTBOUND_HOURS", rules.hours, NOBODY.hours),
            at_once=get("OUTBOUND_AT_ONCE", int, NOBODY.at_once),
            a_day=get("OUTBOUND_A_DAY", int, NOBODY.a_day),
            longest=get("OUTBOUND_LONGEST", int, NOBODY.longest),
            price=get("OUTBOUND_PRICE", float, NOBODY.price),
            budget=get("OUTBOUND_BUDGET", float, NOBODY.budget),
            call_backs=get("OUTBOUND_CALL_BACKS", on_or_off, NOBODY.call_backs),
        )
    except ConfigError as error:
        here.problems.extend(error.problems)
        return NOBODY


def _wrong_provider(settings: Settings) -> Iterator[str]:
    """What the provider's own settings lack."""
    match settings.provider:
        case "":
            others = "LIVE_PROVIDER=vertex, =firebase or LIVE_PROVIDER=offline, which does without Google's models"
            yield f"GEMINI_API_KEY is not set; set it, or {others}"
        case "gemini":
            if not settings.gemini_api_key and not settings.live_url:
                yield "GEMINI_API_KEY is not set; LIVE_PROVIDER=gemini needs it"
        case "vertex" if settings.is_express:
            if (settings.gemini_api_key or "").startswith(EPHEMERAL):
                mend = "give a key of Vertex AI's express mode, or GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION"
                yield f"GEMINI_API_KEY is an ephemeral token, which only LIVE_PROVIDER=gemini takes; {mend}"
        case "vertex":
            yield from _wrong_project("GOOGLE_CLOUD_PROJECT", settings.google_cloud_project, "vertex")
            yield from _wrong_location("GOOGLE_CLOUD_LOCATION", settings.google_cloud_location, "vertex")
        case "firebase":
            yield from _wrong_firebase(settings)
        case "offline":
            pass
        case _:
            yield f"LIVE_PROVIDER is {settings.provider!r}; choose one of {', '.join(PROVIDERS)}"
    if settings.live_url is not None:
        yield from _wrong_live_url(settings.live_url, settings.provider)


def _wrong_live_url(url: str, provider: str) -> Iterator[str]:
    wrong = [*wrong_url("LIVE_URL", url, ("wss", "ws"))]
    yield from wrong
    if not wrong and provider != "offline" and url.startswith("ws:") and not is_loopback(urlsplit(url).hostname or ""):
        mend = "give wss://, or LIVE_PROVIDER=offline, which sends none"
        yield f"LIVE_URL is {url!r}, where the key would travel for all to read; {mend}"


def _wrong_firebase(settings: Settings) -> Iterator[str]:
    if not settings.firebase_api_key and not settings.live_url:
        yield "FIREBASE_API_KEY is not set; LIVE_PROVIDER=firebase needs it"
    yield from _wrong_project("FIREBASE_PROJECT_ID", settings.firebase_project_id, "firebase")
    if settings.firebase_backend not in BACKENDS:
        yield f"FIREBASE_BACKEND is {settings.firebase_backend!r}; choose one of {', '.join(BACKENDS)}"
    if settings.firebase_backend == "vertex":
        yield from _wrong_location("FIREBASE_LOCATION", settings.firebase_location, "firebase over vertex")
    if not re.fullmatch("[!-~]*", settings.firebase_app_id or ""):
        yield "FIREBASE_APP_ID has characters that no app's id has; give it as Firebase's console shows it"
    if not settings.live_model:
        yield "LIVE_MODEL is not set; LIVE_PROVIDER=firebase has no default"


def _wrong_project(name: str, project: str | None, provider: str) -> Iterator[str]:
    if not project:
        yield f"{name} is not set; LIVE_PROVIDER={provider} needs it"
    elif not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.:_-]*", project):
        yield f"{name} is {project!r}; give the project's id, not its title"


def _wrong_location(name: str, location: str | None, provider: str) -> Iterator[str]:
    if not location:
        yield f"{name} is not set; LIVE_PROVIDER={provider} needs a region, as us-central1"
    elif location == "global":
        yield f"{name} is 'global', where Google documents no Live API; give a region, as us-central1"
    elif not re.fullmatch(LOCATION, location):
        yield f"{name} is {location!r}; give a region, as us-central1"
