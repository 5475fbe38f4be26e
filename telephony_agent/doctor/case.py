"""What the checks look at, and the first two of them: the settings and the agent, which the others need."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from ..agent import Agent
from ..errors import ConfigError, TelephonyAgentError
from ..settings import Settings
from ..toolbox.run import load_agent
from .finding import Finding, Trouble, ok, wrong

EPHEMERAL = "GEMINI_API_KEY (an ephemeral token, which may be over or used up)"
EXPRESS = "GEMINI_API_KEY (for Vertex AI's express mode, as GOOGLE_CLOUD_PROJECT is not set)"
PLAIN = Agent(instructions="Be brief.")  # where the operator's own is wrong, or chosen for each call
KEYS = {
    "gemini": "GEMINI_API_KEY",
    "firebase": "FIREBASE_API_KEY",
    "vertex": "the Google Cloud login (Application Default Credentials)",
    "offline": "the key (LIVE_PROVIDER=offline sends none)",
}


@dataclass(frozen=True, slots=True)
class Case:
    """`numbers`: whose voice URLs are asked, wherever they are."""

    settings: Settings
    agent: Agent
    numbers: tuple[str, ...] = ()

    @property
    def own_model(self) -> bool:
        """Whether `serve` would start the offline model itself."""
        return self.settings.provider == "offline" and self.settings.live_url is None

    @property
    def where(self) -> str | None:
        """The variable that says where the model is, if one does."""
        if self.settings.live_url:
            return "LIVE_URL"
        return "GOOGLE_CLOUD_LOCATION" if self.settings.provider == "vertex" and not self.settings.is_express else None

    @property
    def words(self) -> dict[str, str]:
        """What the provider's credentials, the place where it works, and the model are called in the settings."""
        settings = self.settings
        key, place = KEYS[settings.provider], "LIVE_PROVIDER"
        if settings.is_express:
            key = EXPRESS
        elif settings.is_ephemeral:
            key = EPHEMERAL
        elif settings.provider == "vertex":
            place = f"GOOGLE_CLOUD_LOCATION ({settings.google_cloud_location}) and GOOGLE_CLOUD_PROJECT"
        elif settings.provider == "firebase":
            place = "FIREBASE_PROJECT_ID" + (", FIREBASE_LOCATION" if settings.firebase_location else "")
        return {"key": key, "place": place, "model": settings.live_model}

    def hide(self, text: str) -> str:
        """The text without any secret of the settings: of all that they keep out of their `repr`."""
        hidden = [getattr(self.settings, each.name) for each in dataclasses.fields(self.settings) if not each.repr]
        for secret in (text for value in hidden for text in (value if isinstance(value, tuple) else (value,))):
            text = text.replace(secret, "…") if secret else text
        return text


def read_settings(environ: Mapping[str, str], env_file: Path) -> tuple[Settings | None, list[Finding]]:
    """All that is wrong with them, at once."""
    try:
        settings = Settings.read(environ, env_file)
    except ConfigError as error:
        return None, [wrong("settings", Trouble.told(problem)) for problem in error.problems]
    signed = "signed requests only" if settings.is_signed else "this machine's requests only, unsigned"
    return settings, [ok("settings", f"{settings.public_url}, {signed}; model by {settings.provider}")]


def find_agent(spec: str) -> tuple[Agent, list[Finding]]:
    """It loads, and its tools can be told to a model."""
    try:
        with redirect_stdout(sys.stderr):  # what the operator's module prints is no finding
            found = load_agent(spec)
    except TelephonyAgentError as error:
        return PLAIN, [wrong("agent", Trouble.told(str(error)))]
    if not isinstance(found, Agent):
        return PLAIN, [ok("agent", f"{spec} is a function that picks an agent for each call")]
    names = ", ".join(tool.name for tool in found.declared) or "none"
    return found, [ok("agent", f"{spec} loads; tools: {names}")]
