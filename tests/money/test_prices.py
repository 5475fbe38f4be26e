"""The table of prices: ours, the operator's, and what tokens come to by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.live.catalogue import CATALOGUE
from telephony_agent.live.profiles import Backend
from telephony_agent.money import price_file
from telephony_agent.money.prices import FREE, Price, find, read
from telephony_agent.record.entries import Tokens

OURS = price_file.known(None)
LIVE, VERTEX = "models/gemini-3.8-live", "projects/p/locations/us-central1/publishers/google/models/"
ROW = """
[[price]]
models = ["gemini-3.8-live"]
as_of = 2027-01-01
source = "our contract"
text_in = 1
audio_in = 2.5
text_out = 3
audio_out = 10.0
"""


def price(model: str, backend: Backend | None = "gemini", prices: Sequence[Price] = OURS) -> Price:
    found = find(prices, model, backend)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("tokens", "usd"),
    [
        (Tokens(text_in=1_000_000), 0.75),
        (Tokens(audio_in=1_000_000), 3.00),
        (Tokens(image_in=1_000_000), 1.00),
        (Tokens(video_in=1_000_000), 1.00),
        (Tokens(untold_in=1_000_000), 3.00),
        (Tokens(text_out=1_000_000), 4.50),
        (Tokens(thoughts=1_000_000), 4.50),
        (Tokens(transcripts=1_000_000), 4.50),
        (Tokens(audio_out=1_000_000), 12.00),
        (Tokens(untold_out=1_000_000), 12.00),
        (Tokens(text_in=2_000_000, audio_out=500_000), 7.50),
        (Tokens(text_in=1_000_000, cached=1_000_000, tool_use=500_000), 0.75),
        (Tokens(), 0.0),
    ],
    ids=str,
)
def test_each_kind_of_token_has_its_price(tokens: Tokens, usd: float) -> None:
    assert price(LIVE).of(tokens) == pytest.approx(usd)


def test_a_minute_of_sound_costs_what_google_says_it_does() -> None:
    assert price(LIVE).of(Tokens(audio_in=25 * 60)) == pytest.approx(0.0045)
    assert price(LIVE).of(Tokens(audio_out=25 * 60)) == pytest.approx(0.018)


def test_what_has_no_price_makes_the_sum_unknown_and_not_smaller() -> None:
    assert price(LIVE).of(Tokens(text_in=5, video_out=1)) is None
    assert price(VERTEX + "gemini-3.8-live", "vertex").of(Tokens(video_out=1_000_000)) == 1.0


def test_a_search_is_paid_for_by_the_query_or_by_the_answer() -> None:
    newer, older = price(LIVE), price("models/gemini-2.5-flash-native-audio-latest")
    assert (newer.search, newer.searches(3), newer.searches(0)) == (0.014, 3, 1)
    assert (older.search, older.searches(3)) == (0.035, 1)


def test_a_model_is_found_where_it_is_served_and_by_each_of_its_names() -> None:
    assert price("models/gemini-2.5-flash-native-audio-latest").text_in == 0.50
    assert price("projects/p/models/gemini-3.1-flash-live-preview").text_in == 0.75
    assert price(VERTEX + "gemini-live-2.5-flash-native-audio", "vertex").audio_out == 12.0
    assert find(OURS, VERTEX + "gemini-3.1-flash-live-preview", "vertex") is None
    assert find(OURS, "models/gemini-4-live", "gemini") is None
    assert find(OURS, LIVE, None) is FREE


def test_every_row_of_ours_is_of_a_model_that_we_know_and_says_since_when_and_who_says_so() -> None:
    served = {(row.id, row.backend) for row in CATALOGUE}
    for row in OURS:
        assert {(model, backend) for model in row.models for backend in row.providers} <= served
        assert dt.date(2026, 10, 1) <= row.as_of <= dt.date.today()
        assert "/" in row.source
        assert row.search is not None


def test_the_operator_s_rows_go_first(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text(ROW)
    prices = price_file.known(tmp_path / "prices.toml")
    assert price(LIVE, prices=prices).source == "our contract"
    assert price(VERTEX + "gemini-3.8-live", "vertex", prices).audio_in == 2.5
    assert price("models/gemini-3.1-flash-live-preview", prices=prices).audio_in == 3.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ROW.replace("2.5", '"2.5"'), "expected `float`, got `str`, at audio_in of price 1"),
        (ROW.replace("2.5", "-2.5"), "expected `float` >= 0.0, at audio_in of price 1"),
        (ROW.replace("2.5", "2500000"), "expected `float` <= 100000.0, at audio_in of price 1"),
        (ROW.replace("2.5", "nan"), "at audio_in of price 1"),
        (ROW + ROW.replace("audio_out = 10.0", ""), "missing required field `audio_out`, at price 2"),
        (ROW + "audioin = 3", "unknown field `audioin`, at price 1"),
        (ROW + 'providers = ["azure"]', "azure"),
        (ROW + 'search_by = "minute"', "invalid enum value 'minute', at search_by of price 1"),
        (ROW.replace("2027-01-01", '"soon"'), "at as_of of price 1"),
        (ROW.replace('["gemini-3.8-live"]', "[]"), "at models of price 1"),
        ("prices = []", "at the beginning"),
        ("price = []", "at the beginning"),
        ("price = [", "is not TOML"),
    ],
)
def test_a_wrong_table_is_refused_by_the_name_of_its_field(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text, "PRICES, 'mine.toml'")
    assert str(refused.value).startswith("PRICES, 'mine.toml'")
    assert told in str(refused.value)
    assert str(refused.value).endswith("`telephony-agent prices --file` prints a table as it should be")


def test_a_table_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"PRICES is .*none.toml.*can't be read"):
        price_file.known(tmp_path / "none.toml")
