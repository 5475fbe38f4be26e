"""Where a Live session is opened, and as whom: Google's three doors to it, or anything that speaks as they do."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from ..errors import ConfigError
from ..settings import Settings
from . import models
from .closing import Closing
from .connection import Address, LiveConnection, dial
from .profiles import Backend

DEVELOPER_API = "wss://generativelanguage.googleapis.com"
DEVELOPER_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
# For ephemeral tokens; v1alpha is where Google's client for Python brings them.
CONSTRAINED_PATH = "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained"
VERTEX_API = "wss://{}-aiplatform.googleapis.com"
VERTEX_WIDE = "wss://aiplatform.{}.rep.googleapis.com"  # of several regions
WIDE = ("us", "eu")
EXPRESS_API = "wss://aiplatform.googleapis.com"  # with a key, without a project
VERTEX_PATH = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
FIREBASE_API = "wss://firebasevertexai.googleapis.com"
FIREBASE_PATHS = {
    "gemini": "/ws/google.firebase.vertexai.v1beta.GenerativeService/BidiGenerateContent",
    "vertex": "/ws/google.firebase.vertexai.v1beta.LlmBidiService/BidiGenerateContent/locations/{}",
}
EPHEMERAL = (
    "GEMINI_API_KEY is an ephemeral token: it ends, each session uses it up, `check`'s and PREWARM's too, and a setup "
    "that it holds counts instead of the agent's; a service needs an API key"
)
INSTALL = "pip install 'telephony-agent[vertex]'"


class Login(Protocol):
    """Who we are at a provider whose credentials are not a key."""

    async def headers(self) -> Mapping[str, str] | Closing: ...
    async def replace(self, refused: Mapping[str, str]) -> Closing | None: ...
    async def keep(self) -> None: ...


def address(settings: Settings, base: str | None = None, login: Mapping[str, str] | None = None) -> Address:
    """The address for the configured provider. `base` replaces its host, as LIVE_URL does; `login`: more headers."""
    own, path = _own(settings)
    advice = EPHEMERAL if settings.is_ephemeral else ""
    return Address((base or settings.live_url or own).rstrip("/") + path, {**_keys(settings), **(login or {})}, advice)


def model(settings: Settings) -> str:
    """The model's name as the provider wants it in the setup; one that is a whole path stays as it is.

    Raises ConfigError for a misspelt one.
    """
    id = models.resolve(settings.live_model, backend(settings))
    if "/" in id:
        return id
    match settings.provider:
        case "vertex" if settings.is_express:
            return f"publishers/google/models/{id}"
        case "vertex":
            return _published(settings.google_cloud_project, settings.google_cloud_location, id)
        case "firebase" if settings.firebase_backend == "vertex":
            return _published(settings.firebase_project_id, settings.firebase_location, id)
        case "firebase":
            return f"projects/{settings.firebase_project_id}/models/{id}"
    return f"models/{id}"


def notices(settings: Settings, today: dt.date) -> list[str]:
    """What the operator should know of the model that is configured, and of the key to it."""
    news = models.notices(model(settings), today, backend(settings), firebase=settings.provider == "firebase")
    return [*news, *([EPHEMERAL] if settings.is_ephemeral else ())]


def backend(settings: Settings) -> Backend | None:
    """Who answers behind the provider; None: nobody of Google's."""
    match settings.provider:
        case "gemini":
            return "gemini"
        case "vertex":
            return "vertex"
        case "firebase":
            return "vertex" if settings.firebase_backend == "vertex" else "gemini"
    return None


def _own(settings: Settings) -> tuple[str, str]:
    """The provider's own host, and its path."""
    match settings.provider:
        case "vertex" if settings.is_express:
            return EXPRESS_API, VERTEX_PATH
        case "vertex":
            location = settings.google_cloud_location
            return (VERTEX_WIDE if location in WIDE else VERTEX_API).format(location), VERTEX_PATH
        case "firebase":
            return FIREBASE_API, FIREBASE_PATHS[settings.firebase_backend].format(settings.firebase_location)
    return DEVELOPER_API, CONSTRAINED_PATH if settings.is_ephemeral else DEVELOPER_PATH


def _keys(settings: Settings) -> dict[str, str]:
    """In headers, never in the URL, which ends up in logs. The offline model is nobody who needs one."""
    keys: dict[str, str | None] = {}
    match settings.provider:
        case "gemini" if settings.is_ephemeral:
            keys = {"Authorization": f"Token {settings.gemini_api_key}"}
        case "gemini":
            keys = {"x-goog-api-key": settings.gemini_api_key}
        case "vertex" if settings.is_express:
            keys = {"x-goog-api-key": settings.gemini_api_key}
        case "firebase":
            keys = {
                "x-goog-api-key": settings.firebase_api_key,
                "X-Firebase-AppCheck": settings.firebase_appcheck_token,
                "X-Firebase-AppId": settings.firebase_app_id,
            }
    return {name: value for name, value in keys.items() if value}


def _published(project: str | None, location: str | None, id: str) -> str:
    return f"projects/{project}/locations/{location}/publishers/google/models/{id}"


class Dialler:
    """Opens sessions as the settings say. Raises `ConfigError` if the credentials can't be had at all."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._login = _login() if settings.provider == "vertex" and not settings.is_express else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While this is open, no session waits for new credentials: they are renewed before they expire."""
        if self._login is None:
            yield
            return
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(self._login.keep(), name="credentials")
            try:
                yield
            finally:
                keeping.cancel()

    async def address(self, base: str | None = None) -> Address | Closing:
        """Where to dial, with credentials that are good now; or why there are none."""
        if self._login is None:
            return address(self._settings, base)
        headers = await self._login.headers()
        return headers if isinstance(headers, Closing) else address(self._settings, base, headers)

    async def dial(self, base: str | None = None) -> LiveConnection | Closing:
        """Open a socket to the model; if that fails, why and what mends it.

        A token may be revoked, or be over by the server's clock: one that is refused is replaced once.
        """
        address = await self.address(base)
        if isinstance(address, Closing):
            return address
        socket = await dial(address)
        if self._login is None or not (isinstance(socket, Closing) and socket.unknown):
            return socket
        if (closing := await self._login.replace(address.headers)) is not None:
            return closing
        again = await self.address(base)
        return again if isinstance(again, Closing) else await dial(again)


def _login() -> Login:
    try:
        from .adc import GoogleLogin  # noqa: PLC0415, of an extra that most installs do without
    except ImportError as error:
        raise ConfigError(f"LIVE_PROVIDER=vertex needs google-auth ({error}); install it with: {INSTALL}") from error
    return GoogleLogin()
