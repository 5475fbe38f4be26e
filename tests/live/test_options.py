"""What may be asked of a model at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.live.options import (
    Compression,
    Generation,
    Options,
    ReplicatedVoice,
    Thinking,
    Transcript,
    Translation,
    TurnTaking,
    check_language,
)

WRONG: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (Generation, {"temperature": 2.1}, "Generation's temperature is 2.1; give a number from 0 to 2"),
    (Generation, {"temperature": float("nan")}, "Generation's temperature is nan"),
    (Generation, {"temperature": True}, "Generation's temperature is True"),
    (Generation, {"top_p": -0.1}, "Generation's top_p is -0.1; give a number from 0 to 1"),
    (Generation, {"top_k": 0}, "Generation's top_k is 0; give a whole number from 1"),
    (Generation, {"top_k": 4.0}, "Generation's top_k is 4.0; give a whole number"),
    (Generation, {"max_output_tokens": 0}, "max_output_tokens is 0"),
    (Generation, {"candidate_count": 9}, "candidate_count is 9; give a whole number from 1 to 8"),
    (Generation, {"presence_penalty": 3}, "presence_penalty is 3; give a number from -2 to 2"),
    (Generation, {"frequency_penalty": -3}, "frequency_penalty is -3"),
    (Generation, {"seed": 2**31}, "seed is 2147483648"),
    (Generation, {"media_resolution": "tiny"}, "media_resolution is 'tiny'; choose one of low, medium, high"),
    (Thinking, {"level": "LOW"}, "Thinking's level is 'LOW'; choose one of minimal, low"),
    (Thinking, {"budget": -2}, "Thinking's budget is -2"),
    (Thinking, {"include_thoughts": 1}, "include_thoughts is 1; give True or False"),
    (Thinking, {"level": "low", "budget": 0}, "a level and a budget; no model takes both, so keep one"),
    (TurnTaking, {"start_sensitivity": "medium"}, "start_sensitivity is 'medium'; choose one of low, high"),
    (TurnTaking, {"end_sensitivity": "medium"}, "end_sensitivity is 'medium'"),
    (TurnTaking, {"prefix_padding_ms": -1}, "prefix_padding_ms is -1; give a whole number from 0 to 60000"),
    (TurnTaking, {"silence_duration_ms": 0.5}, "silence_duration_ms is 0.5"),
    (TurnTaking, {"coverage": "all"}, "coverage is 'all'; choose one of activity, all input, activity and video"),
    (TurnTaking, {"interruptible": "no"}, "interruptible is 'no'"),
    (TurnTaking, {"signals": None}, "signals is None"),
    (
        Compression,
        {"trigger_tokens": 4999, "target_tokens": 0},
        "trigger_tokens is 4999; give a whole",
    ),
    (Compression, {"trigger_tokens": 5000, "target_tokens": -1}, "target_tokens is -1"),
    (Compression, {"trigger_tokens": 5000, "target_tokens": 5000}, "target_tokens must be below its trigger_tokens"),
    (Compression, {"trigger_tokens": 5000}, "only one of trigger_tokens and target_tokens"),
    (Compression, {"target_tokens": 5000}, "only one of trigger_tokens and target_tokens"),
    (Transcript, {"languages": ["German"]}, "Transcript's languages: 'German' is no language"),
    (Transcript, {"vocabulary": [" "]}, "Transcript's vocabulary is [' ']; give texts"),
    (Transcript, {"mode": "clever"}, "mode is 'clever'; choose one of verbatim, smart"),
    (Transcript, {"diarization": 0}, "diarization is 0"),
    (Translation, {"target_language": ""}, "Translation's target_language: '' is no language"),
    (Translation, {"target_language": "de", "echo": "no"}, "echo is 'no'"),
    (ReplicatedVoice, {"sample": b"ID3"}, "ReplicatedVoice's sample is no WAV file"),
    (ReplicatedVoice, {"sample": b"RIFF", "consent": b"ID3"}, "ReplicatedVoice's consent is no WAV file"),
    (Options, {"thinking": "low"}, "Options' thinking is 'low'; give Thinking(...)"),
    (Options, {"turn_taking": None}, "Options' turn_taking is None; give TurnTaking(...)"),
    (Options, {"affective_dialog": None}, "affective_dialog is None; give True or False"),
    (Options, {"proactive_video": True}, "proactive_video alone; set proactive_audio too"),
    (Options, {"resumption": "transparent"}, "Options' resumption is 'transparent'; choose one of on, off"),
    (Options, {"safety": {"harassment": "OFF"}}, "Options' safety has 'harassment': 'OFF'"),
    (Options, {"safety": {"HARM_CATEGORY_HARASSMENT": "NEVER"}}, "'NEVER'; give HARM_CATEGORY_…: OFF, BLOCK_NONE"),
    (Options, {"labels": {"Team": "sales"}}, "Options' labels have 'Team'"),
    (Options, {"labels": {"team": "Sales & Co"}}, "Options' labels have 'Sales & Co'"),
]


@pytest.mark.parametrize(("make", "fields", "why"), WRONG, ids=[why for _, _, why in WRONG])
def test_a_value_that_cannot_be_is_refused_with_its_name_and_the_mend(
    make: Callable[..., Any], fields: dict[str, Any], why: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(why)):
        make(**fields)


@pytest.mark.parametrize("make", [Generation, Thinking, TurnTaking, Compression, Transcript, Options])
def test_nothing_has_to_be_said(make: Callable[..., Any]) -> None:
    assert make() == make()


def test_the_ends_of_the_ranges_are_allowed() -> None:
    Generation(temperature=0, top_p=1, seed=-(2**31), presence_penalty=2)
    Compression(trigger_tokens=128_000, target_tokens=0)
    TurnTaking(silence_duration_ms=0, prefix_padding_ms=60_000)


@pytest.mark.parametrize("code", ["de", "de-DE", "cmn-Hans-CN", "es-419", "ceb"])
def test_a_language_is_a_bcp_47_code(code: str) -> None:
    check_language("x", code)


@pytest.mark.parametrize("code", ["German", "d", "de_DE", "DE", "de-", 5, None])
def test_and_nothing_else(code: object) -> None:
    with pytest.raises(ConfigError, match="give a BCP-47 code as de-DE"):
        check_language("Agent's language", code)


def test_recordings_of_a_voice_are_not_shown() -> None:
    assert "RIFF" not in repr(ReplicatedVoice(sample=b"RIFF", consent=b"RIFF"))
