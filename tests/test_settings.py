"""Every rule of the settings, and that an error names the variable and the mend."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.outbound.rules import Rules
from telephony_agent.settings import SECRETS, Settings

PUBLIC = {"PUBLIC_URL": "https://agent.example.com", "TWILIO_AUTH_TOKEN": "t", "GEMINI_API_KEY": "k"}


NOWHERE = Path("there is none")


def read(env_file: Path = NOWHERE, /, **environ: str) -> Settings:
    return Settings.read(environ, env_file)


def test_nothing_set_is_a_service_for_this_machine_alone() -> None:
    settings = read()
    assert settings == Settings(data_dir=Path("data"))
    assert settings.public_url == "http://127.0.0.1:8080"
    assert (settings.host, settings.port, settings.provider) == ("127.0.0.1", 8080, "offline")
    assert (settings.account_sid, settings.auth_tokens, settings.gemini_api_key) == (None, (), None)
    assert (settings.live_url, settings.live_model, settings.prewarm) == (None, "gemini-3.8-live", True)
    assert (settings.max_calls, settings.log_level, settings.asr_model_dir) == (200, "INFO", None)


def test_everything_set() -> None:
    settings = read(
        HOST="0.0.0.0",
        PORT="9000",
        PUBLIC_URL="https://agent.example.com:8443/line/",
        TWILIO_ACCOUNT_SID="AC1",
        TWILIO_AUTH_TOKEN="new",
        TWILIO_AUTH_TOKEN_2="old",
        LIVE_PROVIDER="gemini",
        GEMINI_API_KEY="k",
        LIVE_URL="wss://live.example.com/base",
        LIVE_MODEL="gemini-x",
        PREWARM="off",
        MAX_CALLS="7",
        LOG_LEVEL="debug",
        DATA_DIR="/var/lib/calls",
        DRAIN="2.5",
        ASR_MODEL_DIR="/var/lib/agent",
        ASR_MODEL="base",
    )
    assert settings == Settings(
        host="0.0.0.0",
        port=9000,
        public_url="https://agent.example.com:8443/line",
        account_sid="AC1",
        auth_tokens=("new", "old"),
        provider="gemini",
        gemini_api_key="k",
        live_url="wss://live.example.com/base",
        live_model="gemini-x",
        prewarm=False,
        max_calls=7,
        log_level="DEBUG",
        data_dir=Path("/var/lib/calls"),
        drain=2.5,
        asr_model_dir=Path("/var/lib/agent"),
        asr_model="base",
    )


def test_what_is_set_to_nothing_is_not_set() -> None:
    names = (
        "HOST PORT PUBLIC_URL TWILIO_AUTH_TOKEN LIVE_PROVIDER GEMINI_API_KEY GEMINI_API_KEY_FILE LIVE_URL LIVE_MODEL"
    )
    more = ["PREWARM", "MAX_CALLS", "LOG_LEVEL", "ASR_MODEL_DIR", "ASR_MODEL", "OPERATOR_TOKEN"]
    assert read(**dict.fromkeys([*names.split(), *more], "")) == Settings(data_dir=Path("data"))


def test_the_public_url_follows_the_port() -> None:
    assert read(PORT="9000").public_url == "http://127.0.0.1:9000"


# Wrong values.

WRONG = {
    "PORT": ["eighty", "8080.0", "65536", "-1"],
    "PUBLIC_URL": [
        "agent.example.com",
        "ftp://agent.example.com",
        "wss://agent.example.com",
        "https://",
        "https:///path",
        "https://:443",
        "https://agent.example.com:port",
        "https://agent.example.com:99999",
        "https://agent.example.com:0",
        "https://me:secret@agent.example.com",
        "https://agent.example.com/?a=b",
        "https://agent.example.com/#top",
        "https://[::1",
        "not a URL",
    ],
    "LIVE_PROVIDER": ["google", "Gemini", "none"],
    "LIVE_URL": ["http://127.0.0.1:9000", "127.0.0.1:9000", "ws://", "ws://h?key=1", "ws://10.0.0.5:9000"],
    "PREWARM": ["maybe", "2"],
    "MAX_CALLS": ["many", "0", "-3"],
    "LOG_LEVEL": ["LOUD", "10"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_an_error_that_names_the_variable_the_value_and_the_mend(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name} is .*; (give|choose) ") as error:
        read(**{**PUBLIC, name: value})
    shown = value.partition("?")[0].replace("me:secret@", "…@")  # nobody's password, and no query
    assert shown.upper() in str(error.value).upper()


@pytest.mark.parametrize("word", ["on", "TRUE", "yes", "1"])
def test_a_switch_may_be_on_in_many_words(word: str) -> None:
    assert read(PREWARM=word).prewarm is True


@pytest.mark.parametrize("word", ["Off", "false", "no", "0"])
def test_a_switch_may_be_off_in_many_words(word: str) -> None:
    assert read(PREWARM=word).prewarm is False


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        read(
            PORT="eighty",
            PUBLIC_URL="https://agent.example.com",
            TWILIO_AUTH_TOKEN="a b",
            LIVE_PROVIDER="vertex",
            LIVE_URL="http://x",
            MAX_CALLS="0",
        )
    named = [problem.split()[0] for problem in error.value.problems]
    assert named == [
        "TWILIO_AUTH_TOKEN",
        "PORT",
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_CLOUD_LOCATION",
        "LIVE_URL",
        "MAX_CALLS",
    ]
    assert str(error.value).splitlines() == list(error.value.problems)


def test_no_secret_is_in_the_text_of_the_settings() -> None:
    secrets = {name: f"secret-{number}-of-sixteen" for number, name in enumerate(SECRETS)}
    assert "secret-" not in repr(read(**secrets))


def test_the_readme_s_table_has_every_variable() -> None:
    asked: set[str] = set()

    class Asked(dict[str, str]):
        def __contains__(self, name: object) -> bool:
            asked.add(str(name).removesuffix("_FILE"))
            return False

        def __getitem__(self, name: str) -> str:
            asked.add(name.removesuffix("_FILE"))
            raise KeyError(name)

    Settings.read(Asked(), Path("there is none"))
    table = (Path(__file__).parent.parent / "README.md").read_text()
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert len(asked) > 20
    assert not sorted(name for name in asked if not any(f"`{name}`" in row for row in rows))


# Twilio's REST API, and calls out.


def test_the_rules_of_calls_out_are_read() -> None:
    settings = read(
        OUTBOUND_FROM="+12025550188",
        OUTBOUND_COUNTRIES="US, GB",
        OUTBOUND_NUMBERS="+4930*",
        OUTBOUND_BLOCKED="+1202*",
        OUTBOUND_HOURS="09:00-24:00",
        OUTBOUND_AT_ONCE="3",
        OUTBOUND_A_DAY="50",
        OUTBOUND_LONGEST="300",
        OUTBOUND_PRICE="0.1",
        OUTBOUND_BUDGET="7.5",
        OUTBOUND_CALL_BACKS="on",
    )
    assert settings.outbound_from == "+12025550188"
    assert settings.outbound == Rules(
        countries=frozenset({"US", "GB"}),
        numbers=frozenset({"+4930*"}),
        blocked=frozenset({"+1202*"}),
        hours=(time(9), time.max),
        at_once=3,
        a_day=50,
        longest=300,
        price=0.1,
        budget=7.5,
        call_backs=True,
    )
    assert not read().outbound.any_allowed


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"TWILIO_API_KEY": "SK1"}, "TWILIO_API_SECRET is not set"),
        ({"TWILIO_REGION": "evil.example.com/"}, "TWILIO_REGION is"),
        ({"TWILIO_API_URL": "ftp://127.0.0.1"}, "TWILIO_API_URL is"),
        ({"TWILIO_API_URL": "http://example.com"}, "for all to read; give https"),
        ({"OUTBOUND_FROM": "2025550188"}, "OUTBOUND_FROM is"),
        ({"OUTBOUND_COUNTRIES": "US,UK"}, "OUTBOUND_COUNTRIES has 'UK'"),
        ({"OUTBOUND_HOURS": "always"}, "OUTBOUND_HOURS is 'always'; give"),
        ({"OUTBOUND_A_DAY": "many"}, "OUTBOUND_A_DAY is 'many'; give a whole number"),
    ],
)
def test_what_can_t_be_of_the_account_or_of_calls_out_is_named(environ: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        read(**environ)


# Who is let in.

LOCAL = ["127.0.0.1", "127.1.2.3", "localhost", "[::1]"]
NOT_LOCAL = ["agent.example.com", "192.168.1.2", "0.0.0.0", "localhost.example.com", "127.0.0.1.example.com", "[::]"]


@pytest.mark.parametrize("host", LOCAL)
def test_a_loopback_url_needs_neither_https_nor_a_token(host: str) -> None:
    assert read(PUBLIC_URL=f"http://{host}:8080").public_url == f"http://{host}:8080"
    assert read(PUBLIC_URL=f"https://{host}").public_url == f"https://{host}"


@pytest.mark.parametrize("host", NOT_LOCAL)
def test_any_other_url_must_be_https(host: str) -> None:
    with pytest.raises(ConfigError, match=r"^PUBLIC_URL is .*https"):
        read(**{**PUBLIC, "PUBLIC_URL": f"http://{host}"})


@pytest.mark.parametrize("host", NOT_LOCAL)
def test_without_a_token_a_public_url_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match=r"^TWILIO_AUTH_TOKEN is not set; .*PUBLIC_URL and HOST"):
        read(PUBLIC_URL=f"https://{host}", GEMINI_API_KEY="k")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "agent.example.com"])
def test_without_a_token_listening_on_more_than_loopback_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match=r"^TWILIO_AUTH_TOKEN is not set"):
        read(HOST=host)
    assert read(HOST=host, TWILIO_AUTH_TOKEN="t").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_without_a_token_loopback_is_fine(host: str) -> None:
    assert read(HOST=host).auth_tokens == ()


def test_the_second_token_alone_is_a_token() -> None:
    assert read(TWILIO_AUTH_TOKEN_2="b", HOST="0.0.0.0").auth_tokens == ("b",)


def test_an_operator_s_token_must_be_hard_to_guess() -> None:
    assert read(OPERATOR_TOKEN="sixteen-letters.").operator_token == "sixteen-letters."
    with pytest.raises(ConfigError, match=r"^OPERATOR_TOKEN is too short; give at least 16") as error:
        read(OPERATOR_TOKEN="short")
    assert "'short'" not in str(error.value)
    assert read().operator_token is None


def test_who_serves_nobody_needs_no_token_and_its_provider_is_the_one_of_the_service() -> None:
    public = {"PUBLIC_URL": "https://agent.example.com", "HOST": "0.0.0.0"}
    settings = Settings.read({**public, "GEMINI_API_KEY": "k"}, NOWHERE, serves=False)
    assert settings.provider == "gemini"
    with pytest.raises(ConfigError, match=r"^GEMINI_API_KEY is not set"):
        Settings.read(public, NOWHERE, serves=False)


# The provider.


def test_a_key_means_gemini_even_on_loopback() -> None:
    assert read(GEMINI_API_KEY="k").provider == "gemini"
    assert read(GOOGLE_API_KEY="k").provider == "gemini"


def test_no_key_on_loopback_means_offline() -> None:
    assert read().provider == "offline"
    assert read(TWILIO_AUTH_TOKEN="t").provider == "offline"


def test_no_key_in_public_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"^GEMINI_API_KEY is not set; .*LIVE_PROVIDER=offline"):
        read(PUBLIC_URL="https://agent.example.com", TWILIO_AUTH_TOKEN="t")


def test_the_provider_may_be_named() -> None:
    assert read(**PUBLIC, LIVE_PROVIDER="offline").provider == "offline"
    with pytest.raises(ConfigError, match=r"^GEMINI_API_KEY is not set; LIVE_PROVIDER=gemini"):
        read(LIVE_PROVIDER="gemini")
    assert read(LIVE_PROVIDER="gemini", LIVE_URL="ws://127.0.0.1:9000").gemini_api_key is None


def test_gemini_s_own_name_for_the_key_comes_first() -> None:
    assert read(GEMINI_API_KEY="a", GOOGLE_API_KEY="b").gemini_api_key == "a"
    assert read(GOOGLE_API_KEY="b").gemini_api_key == "b"


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings().port = 1  # type: ignore[misc]


def test_a_live_url_needs_no_key_of_googles() -> None:
    settings = read(PUBLIC_URL="https://a.example.com", TWILIO_AUTH_TOKEN="x", LIVE_URL="ws://10.0.0.5:9000")
    assert settings.provider == "offline"


def test_a_port_that_nobody_can_know_wants_a_public_url() -> None:
    with pytest.raises(ConfigError, match="PORT is 0"):
        read(PORT="0")
    assert read(PORT="0", PUBLIC_URL="http://127.0.0.1:9000").port == 0
