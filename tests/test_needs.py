"""What each command that runs no call asks of the settings: what it needs, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from telephony_agent.__main__ import main
from telephony_agent.record.store import Store

# A service could not start with these: a public URL without a token, no model, and a limit that is none.
HALF = {"PUBLIC_URL": "https://agent.example.com", "HOST": "0.0.0.0", "MAX_CALLS": "many", "LIVE_PROVIDER": "vertex"}
NOBODY = "http://127.0.0.1:9"  # where nothing listens


@pytest.fixture(autouse=True)
def without_anybody_s_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(folder: Path, *command: str, **environment: str) -> tuple[int, str]:
    given = {**HALF, "DATA_DIR": str(folder), **environment}
    result = CliRunner(env=dict.fromkeys(os.environ) | given).invoke(main, command)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    "command",
    [
        ["calls"],
        ["calls", "--days"],
        ["call-backs", "list"],
        ["do-not-call", "list"],
        ["do-not-call", "add", "+12025550143"],
        ["prices"],
        ["prices", "gemini-3.8-live"],
    ],
    ids=" ".join,
)
def test_what_is_kept_is_shown_without_any_account(command: list[str], tmp_path: Path) -> None:
    with Store.in_folder(tmp_path):
        pass
    code, output = told(tmp_path, *command)
    assert code == 0, output


@pytest.mark.parametrize("command", [["dial", "+12025550143"], ["call-backs", "dial", "1"]], ids=" ".join)
def test_who_asks_the_service_only_needs_it_to_run(command: list[str], tmp_path: Path) -> None:
    code, output = told(tmp_path, *command, "--server", NOBODY)
    assert code == 1
    assert f"no service of ours answers at {NOBODY}; start `telephony-agent serve`" in output
    assert not any(name in output for name in ("TWILIO", "GOOGLE", "GEMINI", "MAX_CALLS"))


@pytest.mark.parametrize(
    "command", [[], ["attach", "+12025550188", "--yes"], ["detach", "+12025550188", "--yes"]], ids=" ".join
)
def test_numbers_need_the_account_and_no_model(command: list[str], tmp_path: Path) -> None:
    code, output = told(tmp_path, "numbers", *command)
    assert code == 1
    assert output == "Error: TWILIO_ACCOUNT_SID is not set; Twilio's REST API needs it\n"
    code, output = told(tmp_path, "numbers", *command, TWILIO_ACCOUNT_SID=f"AC{'0' * 32}")
    assert code == 1
    assert output.startswith("Error: TWILIO_AUTH_TOKEN is not set; Twilio's REST API needs it, or TWILIO_API_KEY")


@pytest.mark.parametrize("command", [["voices", "--say", "Hello.", "--out", "heard"], ["probe", "--yes"]], ids=" ".join)
def test_who_talks_with_the_model_alone_needs_no_telephone(command: list[str], tmp_path: Path) -> None:
    given = {"MAX_CALLS": "0", "OPERATOR_TOKEN": "short", "TWILIO_REGION": "us2", "LIVE_PROVIDER": ""}
    code, output = told(tmp_path, *command, **given)
    assert code == 1
    assert output.startswith("Error: GEMINI_API_KEY is not set; set it, or ")
    assert len(output.splitlines()) == 1


def test_a_call_that_asks_twilio_needs_no_model(tmp_path: Path) -> None:
    given = {"MAX_CALLS": "", "TWILIO_AUTH_TOKEN": "t"}
    code, output = told(tmp_path, "probe", "--call", "+12025550143", **given)
    assert code == 1
    assert output == "Error: OUTBOUND_FROM is not set; the call comes from one of your numbers\n"
