"""Whether a setup fits its model."""

from __future__ import annotations

import re
from typing import Any

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.live.catalogue import CATALOGUE
from telephony_agent.live.fitting import check
from telephony_agent.live.options import (
    Compression,
    Generation,
    Options,
    ReplicatedVoice,
    Thinking,
    Transcript,
    Translation,
    TurnTaking,
)
from telephony_agent.live.profiles import Profile
from telephony_agent.live.setup import Setup

VERTEX = "projects/p/locations/us-central1/publishers/google/models/"
NATIVE = "models/gemini-2.5-flash-native-audio-preview-12-2025"
CURRENT = "models/gemini-3.8-live"


def setup(model: str, **fields: Any) -> Setup:
    return Setup(**({"model": model, "instructions": "Be brief."} | fields))


def asking(model: str, **options: Any) -> Setup:
    return setup(model, options=Options(**options))


TAKEN = [
    setup(NATIVE, search=True, voice="Sulafat"),
    asking(NATIVE, thinking=Thinking(budget=0), affective_dialog=True, proactive_audio=True),
    asking(NATIVE, thinking=Thinking(include_thoughts=True)),
    asking("models/gemini-3.1-flash-live-preview", thinking=Thinking(level="minimal")),
    asking("models/gemini-3.8-live-extended-thinking", thinking=Thinking(level="high")),
    asking(CURRENT, proactive_audio=True),
    asking(CURRENT, generation=Generation(max_output_tokens=65_536), turn_taking=TurnTaking(silence_duration_ms=700)),
    setup(CURRENT, voice="en-us-zeno", language="de-DE"),
    asking(f"{VERTEX}gemini-3.8-live", turn_taking=TurnTaking(signals=True)),
    setup(CURRENT, voice=ReplicatedVoice(sample=b"RIFF", consent=b"RIFF")),
    setup(f"{VERTEX}gemini-3.8-live", voice=ReplicatedVoice(sample=b"RIFF")),
    setup("models/gemini-2.0-flash-live-001", modality="TEXT"),
    asking("models/gemini-3.5-live-translate-preview", translation=Translation(target_language="de")),
    setup(
        "models/gemini-3.5-transcribe-live",
        modality="TEXT",
        options=Options(caller_transcript=Transcript(diarization=True)),
    ),
    asking(CURRENT, caller_transcript=None, agent_transcript=None, compression=None, resumption="off"),
    # Of a model that nobody knows, nothing can be told.
    asking("models/gemini-9-live", thinking=Thinking(budget=0), affective_dialog=True),
    setup("models/gemini-3.8-live-preview-11-2026", voice="Nobody", search=True),
]

REFUSED = [
    (setup("models/gemini-robotics-er-2-streaming-preview"), "it answers in TEXT, not in AUDIO; choose another model"),
    (setup(NATIVE, modality="TEXT"), "it answers in AUDIO, not in TEXT"),
    (setup(CURRENT, voice="puck"), "it has no voice 'puck'; choose one of Puck, Charon"),
    (setup("models/gemini-3.1-flash-live-preview", voice="en-us-zeno"), "it has no voice 'en-us-zeno'"),
    (setup("models/gemini-3.5-live-translate-preview", search=True), "it has no Google Search; leave search out"),
    (asking(CURRENT, thinking=Thinking(level="low")), "it takes no thinkingConfig"),
    (asking(NATIVE, thinking=Thinking(level="low")), "it takes a budget of thinking, no level"),
    (
        asking("models/gemini-3.1-flash-live-preview", thinking=Thinking(budget=0)),
        "it takes a level of thinking, no budget; give Thinking one of minimal, low, medium, high, xhigh",
    ),
    (
        asking("models/gemini-3.8-live-extended-thinking", thinking=Thinking(level="minimal")),
        "its levels of thinking are low, medium, high, not minimal",
    ),
    (
        asking(CURRENT, affective_dialog=True),
        "affective_dialog: it has it always, and refuses to be asked for it; leave",
    ),
    (asking("models/gemini-3.1-flash-live-preview", proactive_audio=True), "proactive_audio: it has none; leave it"),
    (asking("models/gemini-3.1-flash-live-preview", affective_dialog=True), "affective_dialog: it has none; leave it"),
    (
        asking("models/gemini-2.5-flash-native-audio-preview-09-2025", proactive_audio=True),
        "proactive_audio: it has it over the version v1alpha of the API only, which is not ours",
    ),
    (asking(CURRENT, translation=Translation(target_language="de")), "it takes no translation"),
    (setup("models/gemini-3.5-live-translate-preview"), "it only translates; give Options a translation"),
    (
        asking(NATIVE, generation=Generation(max_output_tokens=8193)),
        "max_output_tokens is 8,193, and it answers with 8,192 at most",
    ),
    (asking(CURRENT, caller_transcript=Transcript(mode="smart")), "its transcripts have no fields of their own"),
    (asking(CURRENT, turn_taking=TurnTaking(interim_timestamps=True)), "its transcripts have no fields of their own"),
    (asking(CURRENT, agent_transcript=Transcript(vocabulary=["x"])), "its transcripts have no fields of their own"),
    (asking(CURRENT, turn_taking=TurnTaking(signals=True)), "TurnTaking's signals are known at Vertex AI only"),
    (
        setup(f"{VERTEX}gemini-3.8-live", voice=ReplicatedVoice(sample=b"RIFF", signature="s")),
        "ReplicatedVoice's consent and signature are known at the Gemini Developer API only",
    ),
    (setup(CURRENT, instructions="word " * 53_000), "are about 66,251 tokens"),
    (setup(CURRENT, instructions="日" * 66_000), "more than half of the 131,072 that it holds; shorten them"),
    (setup("models/gemini-9-live", declarations=[{"name": "x" * 270_000}]), "more than half of the 131,072"),
    (setup(f"{VERTEX}gemini-live-2.5-flash", instructions="word " * 14_000), "more than half of the 32,768"),
    (
        setup(
            CURRENT,
            instructions="word " * 4_000,
            options=Options(compression=Compression(trigger_tokens=5_000, target_tokens=4_000)),
        ),
        "Compression's trigger_tokens is 5,000, and instructions and functions alone are about 5,001",
    ),
]


@pytest.mark.parametrize("taken", TAKEN, ids=lambda each: each.model.rpartition("/")[2])
def test_what_a_model_takes_passes(taken: Setup) -> None:
    check(taken)


@pytest.mark.parametrize(("refused", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_what_a_model_rejects_is_refused_with_the_mend(refused: Setup, why: str) -> None:
    id = refused.model.rpartition("/")[2]
    with pytest.raises(ConfigError, match=f"the model {id} does not suit: .*{re.escape(why)}"):
        check(refused)


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = setup(CURRENT, voice="Bob", options=Options(thinking=Thinking(), affective_dialog=True))
    with pytest.raises(ConfigError) as raised:
        check(wrong)
    assert len(raised.value.problems) == 3


TALKING = [row for row in CATALOGUE if "AUDIO" in row.modalities and not row.translates]


@pytest.mark.parametrize("row", TALKING, ids=lambda row: f"{row.id}, {row.backend}")
def test_a_plain_setup_suits_every_model_that_holds_a_conversation(row: Profile) -> None:
    check(setup(f"{VERTEX if row.backend == 'vertex' else 'models/'}{row.id}"))
