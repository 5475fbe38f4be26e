"""Where the settings come from, that no secret shows, and what passes for a URL."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from telephony_agent.environment import Environment, is_loopback
from telephony_agent.errors import ConfigError
from telephony_agent.settings import SECRETS, Settings
from tests.test_settings import LOCAL, NOT_LOCAL, read

# Secrets.


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_stand_in_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush-hush-hush-hush\n")
    settings = read(**{f"{name}_FILE": str(file)})
    assert "hush-hush-hush-hush" in str(asdict(settings))


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_a_file_and_in_the_open_is_an_error(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush-hush-hush-hush")
    with pytest.raises(ConfigError, match=f"^{name} and {name}_FILE are both set; keep one$"):
        read(**{name: "loud", f"{name}_FILE": str(file)})


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_s_file_that_cannot_be_read_is_an_error(name: str, tmp_path: Path) -> None:
    for file in (tmp_path / "missing", tmp_path):
        with pytest.raises(ConfigError, match=f"^{name}_FILE is .*can't be read"):
            read(**{f"{name}_FILE": str(file)})
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=f"^{name}_FILE is .*can't be read"):
        read(**{f"{name}_FILE": str(tmp_path / "binary")})


def test_secrets_are_not_shown() -> None:
    settings = read(**dict.fromkeys(SECRETS, "hush-hush-hush-hush"))
    assert "hush" not in repr(settings)
    assert "hush" not in f"{settings}"


# Where they come from.


def test_an_env_file_is_honoured_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nPORT=9000\nGEMINI_API_KEY='from-the-file'\nMAX_CALLS=\"5\"\n\n")
    settings = read(file, PORT="9001")
    assert (settings.port, settings.gemini_api_key, settings.max_calls) == (9001, "from-the-file", 5)


def test_an_env_file_s_wrong_value_is_an_error_too(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=many\n")
    with pytest.raises(ConfigError, match=r"^PORT is 'many'; give a whole number"):
        read(file)


def test_an_env_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"PORT=\xff\n")
    with pytest.raises(ConfigError, match="can't be read"):
        read(file)


def test_the_process_s_environment_is_read_where_none_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAX_CALLS", "3")
    (tmp_path / ".env").write_text("LIVE_MODEL=gemini-x\n")
    settings = Settings.read()
    assert (settings.max_calls, settings.live_model) == (3, "gemini-x")


def test_single_variables_can_be_had_where_the_rest_would_not_do(tmp_path: Path) -> None:
    here = Environment({"PUBLIC_URL": "nonsense", "TWILIO_AUTH_TOKEN": "secret"}, tmp_path / ".env")
    assert here.secret("TWILIO_AUTH_TOKEN") == "secret"
    assert here.secret("GEMINI_API_KEY") == ""
    assert here.get("ASR_MODEL_DIR", Path, None) is None


@pytest.mark.parametrize("value", ["a b", "a\nb", "schlüssel", "a\x00b"])
def test_a_secret_that_no_header_can_carry_is_refused_unseen(value: str) -> None:
    with pytest.raises(ConfigError, match="TWILIO_AUTH_TOKEN has characters") as refused:
        read(TWILIO_AUTH_TOKEN=value)
    assert value not in str(refused.value)


def test_a_secret_has_no_space_around_it_and_its_file_is_not_empty(tmp_path: Path) -> None:
    assert read(TWILIO_AUTH_TOKEN=" secret\n").auth_tokens == ("secret",)
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ConfigError, match="which is empty"):
        read(TWILIO_AUTH_TOKEN_FILE=str(tmp_path / "empty"))


def test_an_env_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("\ufeffTWILIO_AUTH_TOKEN=secret\n", encoding="utf-8")
    assert Settings.read({}, file).auth_tokens == ("secret",)


# URLs.


def test_what_is_loopback() -> None:
    assert all(is_loopback(host) for host in (*LOCAL, "::1"))
    assert not any(is_loopback(host) for host in (*NOT_LOCAL, "::", "", "10.0.0.1"))


@pytest.mark.parametrize(
    "url",
    [
        "https://a b.com",
        "https://a.com\n",
        "https://a.com:",
        "https://a.com?",
        "https://a.com#",
        "https://a..b",
        "https://ä.com",
        "https://a.com:0",
        "https://a.com:65536",
        "https://-a.com",
        "https://a.com/ä",
    ],
)
def test_a_url_that_cannot_work_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="PUBLIC_URL"):
        read(PUBLIC_URL=url, TWILIO_AUTH_TOKEN="x", GEMINI_API_KEY="x")


@pytest.mark.parametrize("url", ["https://a.com", "https://a-b.c_d.com:8443/line/w2", "https://[2001:db8::1]:8443/"])
def test_a_url_that_can_work_is_taken(url: str) -> None:
    assert read(PUBLIC_URL=url, TWILIO_AUTH_TOKEN="x", GEMINI_API_KEY="x").public_url == url.rstrip("/")


def test_an_error_shows_nobodys_password_and_no_query() -> None:
    with pytest.raises(ConfigError) as refused:
        read(LIVE_URL="wss://user:secret@h/base?key=secret")
    assert "secret" not in str(refused.value)
