"""What each provider of the model needs in the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.settings import Settings


def read(**environ: str) -> Settings:
    return Settings.read(environ, Path("there is none"))


VERTEX = {"LIVE_PROVIDER": "vertex", "GOOGLE_CLOUD_PROJECT": "shop-1", "GOOGLE_CLOUD_LOCATION": "us-central1"}
FIREBASE = {
    "LIVE_PROVIDER": "firebase",
    "FIREBASE_API_KEY": "k",
    "FIREBASE_PROJECT_ID": "shop-2",
    "LIVE_MODEL": "gemini-x",
}
FIREBASE_VERTEX = {**FIREBASE, "FIREBASE_BACKEND": "vertex", "FIREBASE_LOCATION": "europe-west4"}


@pytest.mark.parametrize("given", [VERTEX, FIREBASE, FIREBASE_VERTEX])
def test_a_provider_needs_all_of_its_own(given: dict[str, str]) -> None:
    assert read(**given).provider == given["LIVE_PROVIDER"]
    for name in given.keys() - {"LIVE_PROVIDER", "FIREBASE_BACKEND"}:
        with pytest.raises(ConfigError, match=f"^{name} is not set; LIVE_PROVIDER={given['LIVE_PROVIDER']} "):
            read(**{**given, name: ""})


def test_vertex_with_a_key_alone_is_in_express_mode() -> None:
    express = {"LIVE_PROVIDER": "vertex", "GOOGLE_API_KEY": "k"}
    assert read(**express).is_express
    assert not read(**VERTEX, GOOGLE_API_KEY="k").is_express
    with pytest.raises(ConfigError, match=r"^GOOGLE_CLOUD_PROJECT is not set"):
        read(**express, GOOGLE_CLOUD_LOCATION="us-central1")
    with pytest.raises(ConfigError, match=r"^GEMINI_API_KEY is an ephemeral token, .*; give a key of Vertex AI's"):
        read(**{**express, "GOOGLE_API_KEY": "auth_tokens/t"})


def test_a_token_is_one_where_the_developer_api_is_asked() -> None:
    assert read(GEMINI_API_KEY="auth_tokens/t").is_ephemeral
    assert not read(GEMINI_API_KEY="k").is_ephemeral
    assert not read(**VERTEX, GEMINI_API_KEY="auth_tokens/t").is_ephemeral


def test_vertex_has_a_model_of_its_own() -> None:
    assert read(**VERTEX).live_model == "gemini-live-2.5-flash-native-audio"
    assert read(**VERTEX, LIVE_MODEL="gemini-x").live_model == "gemini-x"


def test_firebase_in_full() -> None:
    settings = read(**FIREBASE_VERTEX, FIREBASE_APP_ID="1:2:web:3", FIREBASE_APPCHECK_TOKEN="attested")
    assert (settings.firebase_project_id, settings.firebase_app_id) == ("shop-2", "1:2:web:3")
    assert (settings.firebase_backend, settings.firebase_location) == ("vertex", "europe-west4")
    assert (settings.firebase_api_key, settings.firebase_appcheck_token) == ("k", "attested")


@pytest.mark.parametrize("given", [VERTEX, FIREBASE_VERTEX])
@pytest.mark.parametrize("location", ["global", "us central", "evil.example.com/", "US"])
def test_a_location_that_is_no_region_is_refused(given: dict[str, str], location: str) -> None:
    name = next(name for name in given if name.endswith("_LOCATION"))
    with pytest.raises(ConfigError, match=rf"^{name} is '.*'.*; give a region") as error:
        read(**{**given, name: location})
    assert ("no Live API" in str(error.value)) == (location == "global")


@pytest.mark.parametrize(
    ("name", "value"),
    [("FIREBASE_BACKEND", "google"), ("FIREBASE_APP_ID", "a b"), ("FIREBASE_PROJECT_ID", "My Shop")],
)
def test_a_wrong_value_of_firebase_s_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} "):
        read(**{**FIREBASE, name: value})


def test_no_key_goes_to_another_machine_in_the_clear() -> None:
    assert read(LIVE_URL="wss://10.0.0.5", GEMINI_API_KEY="k").provider == "gemini"
    assert read(LIVE_URL="ws://10.0.0.5", LIVE_PROVIDER="offline", GEMINI_API_KEY="k").provider == "offline"
    with pytest.raises(ConfigError, match=r"LIVE_URL .* for all to read"):
        read(LIVE_URL="ws://10.0.0.5", GEMINI_API_KEY="k")
