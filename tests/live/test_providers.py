"""Where a session is opened, and as whom."""

from __future__ import annotations

import pytest

from telephony_agent.live import providers
from telephony_agent.settings import Settings

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


def test_the_developer_api_gets_its_key_in_a_header_never_in_the_address() -> None:
    address = providers.address(Settings(gemini_api_key="a-key"))
    assert address.url == "wss://generativelanguage.googleapis.com" + PATH
    assert address.headers == {"x-goog-api-key": "a-key"}
    assert "a-key" not in repr(address)


@pytest.mark.parametrize("base", ["ws://127.0.0.1:9000", "ws://127.0.0.1:9000/"])
def test_another_base_gets_the_path_appended(base: str) -> None:
    address = providers.address(Settings(live_url=base))
    assert (address.url, address.headers) == ("ws://127.0.0.1:9000" + PATH, {})


def test_a_base_known_only_now_wins() -> None:
    settings = Settings(live_url="ws://127.0.0.1:9000")
    assert providers.address(settings, "ws://127.0.0.1:9001/prefix").url == "ws://127.0.0.1:9001/prefix" + PATH


@pytest.mark.parametrize(
    ("model", "name"), [("gemini-3.8-live", "models/gemini-3.8-live"), ("models/x", "models/x"), ("a/b/c", "a/b/c")]
)
def test_a_model_s_full_name(model: str, name: str) -> None:
    assert providers.model(Settings(live_model=model)) == name
