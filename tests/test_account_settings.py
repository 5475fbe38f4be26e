"""What commands ask for that only use the account at Twilio: that account, and nothing of a model or a service."""

from __future__ import annotations

from pathlib import Path

import pytest

from telephony_agent.account_settings import AccountSettings
from telephony_agent.errors import ConfigError

NOWHERE = Path("there is none")


def test_the_rest_of_the_settings_may_be_missing_or_wrong() -> None:
    others = {"HOST": "0.0.0.0", "PORT": "eighty", "MAX_CALLS": "many", "LIVE_PROVIDER": "vertex"}
    ours = {"PUBLIC_URL": "https://agent.example.com/", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t"}
    settings = AccountSettings.read({**others, **ours}, NOWHERE)
    assert settings == AccountSettings(
        account_sid="AC1", auth_tokens=("t",), public_url="https://agent.example.com", data_dir=Path("data")
    )
    assert not settings.is_local


def test_an_api_key_will_do_and_no_token_is_asked_for() -> None:
    key = {"TWILIO_API_KEY": "SK1", "TWILIO_API_SECRET": "s", "TWILIO_REGION": "ie1", "DATA_DIR": "kept"}
    settings = AccountSettings.read({"PUBLIC_URL": "https://agent.example.com", **key}, NOWHERE)
    assert (settings.api_key, settings.api_secret, settings.auth_tokens) == ("SK1", "s", ())
    assert (settings.region, settings.data_dir) == ("ie1", Path("kept"))


def test_no_public_url_is_a_local_one() -> None:
    assert AccountSettings.read({}, NOWHERE).is_local
    assert AccountSettings.read({"PUBLIC_URL": "http://127.0.0.1:8080"}, NOWHERE).is_local


def test_no_secret_shows() -> None:
    secrets = {"TWILIO_AUTH_TOKEN": "hush-1", "TWILIO_API_KEY": "SK1", "TWILIO_API_SECRET": "hush-2"}
    assert "hush" not in repr(AccountSettings.read(secrets, NOWHERE))


def test_what_is_wrong_with_it_is_told_at_once() -> None:
    wrong = {
        "TWILIO_AUTH_TOKEN": "a b",
        "PUBLIC_URL": "http://agent.example.com",
        "TWILIO_API_KEY": "SK1",
        "TWILIO_REGION": "us2",
        "TWILIO_API_URL": "http://192.168.1.2",
    }
    with pytest.raises(ConfigError) as error:
        AccountSettings.read(wrong, NOWHERE)
    named = [problem.split()[0] for problem in error.value.problems]
    assert named == ["TWILIO_AUTH_TOKEN", "PUBLIC_URL", "TWILIO_API_SECRET", "TWILIO_REGION", "TWILIO_API_URL"]
