"""The settings of the account at Twilio, for commands that only use it: they ask for no model, and for no service."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .environment import Collecting, Environment, is_local, wrong_public_url, wrong_url
from .errors import ConfigError

REGIONS = ("us1", "ie1", "au1")  # of Twilio's: where it processes calls


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """What they mean, and what is wrong with them, is as in `Settings`. `public_url`: empty where none is set."""

    account_sid: str | None = None
    auth_tokens: tuple[str, ...] = field(default=(), repr=False)
    api_key: str | None = None
    api_secret: str | None = field(default=None, repr=False)
    region: str | None = None
    api_url: str | None = None
    public_url: str = ""
    data_dir: Path | None = None

    @property
    def is_local(self) -> bool:
        """Whether our public URL is for this machine only."""
        return not self.public_url or is_local(self.public_url)

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, env_file: Path = Path(".env")) -> AccountSettings:
        """Raises `ConfigError` that names all that is wrong with these, and with no other."""
        here = Collecting(Environment(environ, env_file))
        token, api_secret = here.secret("TWILIO_AUTH_TOKEN"), here.secret("TWILIO_API_SECRET")
        settings = cls(
            account_sid=here.get("TWILIO_ACCOUNT_SID", str, "") or None,
            auth_tokens=(token,) if token else (),
            api_key=here.get("TWILIO_API_KEY", str, "") or None,
            api_secret=api_secret or None,
            region=here.get("TWILIO_REGION", str, "") or None,
            api_url=here.get("TWILIO_API_URL", str, "") or None,
            public_url=here.get("PUBLIC_URL", str, "").rstrip("/"),
            data_dir=here.get("DATA_DIR", Path, Path("data")),
        )
        problems = [*here.problems, *(wrong_public_url(settings.public_url) if settings.public_url else ())]
        problems += wrong(settings.api_key, settings.api_secret, settings.region, settings.api_url)
        if problems:
            raise ConfigError(*problems)
        return settings


def wrong(api_key: str | None, api_secret: str | None, region: str | None, api_url: str | None) -> Iterator[str]:
    if api_key is not None and api_secret is None:
        yield "TWILIO_API_SECRET is not set; TWILIO_API_KEY needs it"
    if region not in (None, *REGIONS):
        yield f"TWILIO_REGION is {region!r}; give us1, ie1 or au1"
    if api_url is not None:
        problems = [*wrong_url("TWILIO_API_URL", api_url, ("https", "http"))]
        yield from problems
        if not problems and api_url.startswith("http:") and not is_local(api_url):
            yield f"TWILIO_API_URL is {api_url!r}, where the token would travel for all to read; give https"
