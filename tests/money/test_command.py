"""`telephony-agent prices`, as an operator sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telephony_agent.__main__ import main
from telephony_agent.money import price_file
from telephony_agent.money.prices import read
from tests.money.test_prices import ROW


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where no .env is


def prices(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(
        main, ["prices", *arguments], env={"LIVE_MODEL": None, "LIVE_PROVIDER": None, "PRICES": None, **environment}
    )


def test_prices_have_a_date_and_a_source() -> None:
    lines = prices("gemini-3.1-flash-live-preview").output.splitlines()
    assert lines[0] == (
        "gemini-3.1-flash-live-preview (gemini), as of 2026-10-09 by ai.google.dev/gemini-api/docs/pricing"
    )
    assert lines[1] == "  a million tokens in: text $0.75, audio $3.00, image $1.00, video $1.00"
    assert lines[2] == "  a million tokens out: text $4.50, audio $12.00"
    assert lines[3] == "  a search, by the query: $0.014"
    assert lines[4].split("  ")[-1] == "5k to 2.5k"


def test_the_model_is_the_one_that_is_configured() -> None:
    assert prices().output.startswith("gemini-3.8-live (gemini)")
    assert prices(LIVE_MODEL="2.5-native-audio").output.startswith("gemini-2.5-flash-native-audio-preview-12-2025")
    assert prices(LIVE_PROVIDER="vertex").output.startswith("gemini-live-2.5-flash-native-audio (vertex)")


@pytest.mark.parametrize("name", ["gemini-2.5-flash-native-audio-latest", "models/gemini-3.8-live"])
def test_a_model_has_its_price_by_each_of_its_names(name: str) -> None:
    assert prices(LIVE_MODEL=name).output.startswith(f"{name} (gemini)")


def test_one_s_own_window_is_a_column_more() -> None:
    shown = prices("--trigger", "12000", "--target", "6000").output.splitlines()
    assert shown[4].endswith("12k to 6k")
    assert "give both or neither" in prices("--trigger", "12000").output


def test_longer_instructions_cost_more() -> None:
    assert prices("--standing", "6000").output != prices().output


def test_one_s_own_table_goes_first(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(ROW)
    shown = prices(PRICES="mine.toml").output
    assert shown.startswith("gemini-3.8-live (gemini, vertex), as of 2027-01-01 by our contract")
    assert "a search, by the query: unknown" in shown


def test_a_model_without_a_price_is_said_so() -> None:
    result = prices("gemini-9-live")
    assert result.exit_code != 0
    assert "no price of gemini-9-live is known; give it in a table that PRICES names" in result.output


def test_our_table_is_printed_in_the_form_of_one_s_own() -> None:
    assert read(prices("--file").output, "what was printed") == price_file.known(None)
