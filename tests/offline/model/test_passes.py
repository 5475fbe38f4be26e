"""Ephemeral tokens: how often, how long, and what they fix of a setup."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.passes import Passes

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SETUP = {"model": "models/gemini-3.8-live", "generationConfig": {"temperature": 0.5, "responseModalities": ["AUDIO"]}}


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def given(passes: Passes, **wanted: Any) -> str:
    name = passes.give(json.dumps(wanted).encode(), NOON)["name"]
    assert isinstance(name, str)
    return name


def test_a_token_is_good_for_one_session_that_begins_within_a_minute() -> None:
    passes = Passes()
    name = given(passes)
    assert name.startswith("auth_tokens/")
    assert not passes.spend(name, False, after(61))
    assert passes.spend(name, False, after(59))
    assert not passes.spend(name, False, after(59))


def test_going_on_with_a_session_costs_nothing_until_the_token_ends() -> None:
    passes = Passes()
    name = given(passes)
    assert passes.spend(name, False, NOON)
    assert passes.spend(name, True, after(1799))
    assert not passes.spend(name, True, after(1800))
    assert passes.find(name, after(1800)) is None


@pytest.mark.parametrize(("uses", "sessions"), [(3, 3), (0, 50)])
def test_so_many_uses_and_0_for_any_number(uses: int, sessions: int) -> None:
    passes = Passes()
    name = given(passes, uses=uses)
    assert sum(passes.spend(name, False, NOON) for _ in range(50)) == sessions


def test_nobody_gave_this_one() -> None:
    assert not Passes().spend("auth_tokens/x", False, NOON)


def test_times_may_be_said() -> None:
    passes = Passes()
    name = given(passes, expireTime="2026-01-31T13:00:00Z", new_session_expire_time="2026-01-31T12:30:00+00:00")
    assert passes.spend(name, False, after(1799))
    assert passes.find(name, after(3599))
    assert passes.find(name, after(3600)) is None


@pytest.mark.parametrize(
    "wanted",
    [
        {"expireTime": "2026-01-31T11:59:00Z"},
        {"expireTime": "2026-02-02T12:00:00Z"},
        {"expireTime": "soon"},
        {"newSessionExpireTime": "2026-02-02T12:00:00Z"},
        {"uses": "many"},
        {"purpose": "a phone"},
        {"bidiGenerateContentSetup": {"modle": "m"}},
    ],
)
def test_what_can_t_be_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        given(Passes(), **wanted)


def test_a_token_for_anything_leaves_the_setup_alone() -> None:
    passes = Passes()
    token = passes.find(given(passes), NOON)
    assert token
    assert token.applied({"model": "m"}) == {"model": "m"}


def test_a_whole_setup_replaces_the_client_s_but_for_the_handle() -> None:
    passes = Passes()
    token = passes.find(given(passes, bidiGenerateContentSetup=SETUP), NOON)
    assert token
    fixed = {
        "model": "models/gemini-3.8-live",
        "generation_config": {"temperature": 0.5, "response_modalities": ["AUDIO"]},
    }
    assert token.applied({"model": "m", "system_instruction": {}, "session_resumption": {}}) == fixed
    handle = {"session_resumption": {"handle": "h"}}
    assert token.applied({"model": "m"} | handle) == fixed | handle


def test_a_mask_says_which_fields_are_fixed() -> None:
    passes = Passes()
    mask = "model,generationConfig.temperature,systemInstruction"
    token = passes.find(given(passes, bidiGenerateContentSetup=SETUP, fieldMask=mask), NOON)
    assert token
    generation = {"temperature": 1.5, "top_p": 0.1}
    assert token.applied({"model": "m", "generation_config": generation, "system_instruction": {"parts": []}}) == {
        "model": "models/gemini-3.8-live",
        "generation_config": {"temperature": 0.5, "top_p": 0.1},
    }
