"""Tokens of Google Cloud: got, kept good, and what is said where there are none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.live import adc
from telephony_agent.live.closing import Closing, Remedy
from tests.google import account, google
from tests.parties import SOON

pytestmark = pytest.mark.anyio


async def test_a_token_is_got_once_and_used_until_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with google(tmp_path, monkeypatch) as login:
        login.gives("first").gives("second")
        here = adc.GoogleLogin()
        assert [await here.headers() for _ in range(3)] == [{"Authorization": "Bearer first"}] * 3
        assert login.asked == 1


async def test_a_token_that_is_over_is_replaced_before_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with google(tmp_path, monkeypatch) as login:
        login.gives("over", seconds=0).gives("fresh")
        here = adc.GoogleLogin()
        assert [await here.headers() for _ in range(2)] == [
            {"Authorization": "Bearer over"},
            {"Authorization": "Bearer fresh"},
        ]


async def test_a_token_that_several_calls_have_seen_refused_is_replaced_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with google(tmp_path, monkeypatch) as login:
        login.gives("revoked").gives("fresh")
        here = adc.GoogleLogin()
        refused = await here.headers()
        assert not isinstance(refused, Closing)
        assert await asyncio.gather(*(here.replace(refused) for _ in range(3))) == [None] * 3
        assert await here.headers() == {"Authorization": "Bearer fresh"}
        assert login.asked == 2


async def test_calls_that_come_together_ask_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with google(tmp_path, monkeypatch) as login:
        login.gives("first").gives("second")
        here = adc.GoogleLogin()
        assert set(map(str, await asyncio.gather(*(here.headers() for _ in range(5))))) == {
            "{'Authorization': 'Bearer first'}"
        }
        assert login.asked == 1


async def test_the_project_that_pays_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with google(tmp_path, monkeypatch) as login:
        login.gives("first")
        monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "payer")
        assert await adc.GoogleLogin().headers() == {
            "Authorization": "Bearer first",
            "x-goog-user-project": "payer",
        }


async def test_a_token_is_renewed_before_it_ends_and_nobody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adc, "AGAIN", 0.01)
    async with google(tmp_path, monkeypatch) as login, asyncio.timeout(SOON):
        login.gives("soon over", seconds=200).gives("fresh")
        here = adc.GoogleLogin()
        assert await here.headers() == {"Authorization": "Bearer soon over"}
        keeping = asyncio.create_task(here.keep())
        while await here.headers() != {"Authorization": "Bearer fresh"}:  # noqa: ASYNC110, set by a thread
            await asyncio.sleep(0.01)
        keeping.cancel()
        assert login.asked == 2


async def test_a_login_that_fails_is_tried_again_while_the_token_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(adc, "AGAIN", 0.01)
    async with google(tmp_path, monkeypatch) as login, asyncio.timeout(SOON):
        login.gives("soon over", seconds=200).refuses(why="not now").gives("fresh")
        here = adc.GoogleLogin()
        keeping = asyncio.create_task(here.keep())
        while await here.headers() != {"Authorization": "Bearer fresh"}:  # noqa: ASYNC110, set by a thread
            await asyncio.sleep(0.01)
        keeping.cancel()
    assert [record.levelname for record in caplog.records if "could not be renewed" in record.message] == ["WARNING"]


async def test_a_refusal_is_told_with_google_s_own_words_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with google(tmp_path, monkeypatch) as login:
        login.refuses(why="Invalid JWT: Token must be a short-lived token and in a reasonable timeframe.")
        closing = await adc.GoogleLogin().headers()
    assert isinstance(closing, Closing)
    assert closing.remedy is Remedy.GIVE_UP
    assert "Invalid JWT" in closing.why
    assert "BEGIN" not in closing.why


async def test_a_login_out_of_reach_may_work_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with google(tmp_path, monkeypatch):
        account(tmp_path, monkeypatch, "http://127.0.0.1:9/token")
        closing = await adc.GoogleLogin().headers()
    assert isinstance(closing, Closing)
    assert closing.remedy is Remedy.RESUME
    assert "can't be reached" in closing.why


@pytest.mark.parametrize("content", ["", "{}", '{"type": "service_account"}', '{"type": "moon"}'])
def test_a_key_file_that_is_none_is_an_error_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    (tmp_path / "key.json").write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    with pytest.raises(ConfigError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        adc.GoogleLogin()


def test_no_credentials_at_all_is_an_error_that_says_how_to_get_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(ConfigError, match="gcloud auth application-default login"):
        adc.GoogleLogin()


def test_a_key_that_is_no_key_is_an_error_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account(tmp_path, monkeypatch, "http://127.0.0.1:9/token", private_key="not a key")
    with pytest.raises(ConfigError, match="GOOGLE_APPLICATION_CREDENTIALS") as refused:
        adc.GoogleLogin()
    assert "not a key" not in str(refused.value)
