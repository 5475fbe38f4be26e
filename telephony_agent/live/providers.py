"""Where a Live session is opened, and as whom: the Gemini Developer API, or anything that speaks as it does."""

from __future__ import annotations

from ..settings import Settings
from .connection import Address

DEVELOPER_API = "wss://generativelanguage.googleapis.com"
PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


def address(settings: Settings, base: str | None = None) -> Address:
    """The address for the configured provider; `base` replaces it (the offline model's, known once it runs)."""
    headers = {"x-goog-api-key": settings.gemini_api_key} if settings.gemini_api_key else {}
    return Address((base or settings.live_url or DEVELOPER_API).rstrip("/") + PATH, headers)


def model(settings: Settings) -> str:
    """The model's name as the setup wants it."""
    return settings.live_model if "/" in settings.live_model else f"models/{settings.live_model}"
