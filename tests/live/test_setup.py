"""The first message of a session, field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.genai import types
from pydantic import BaseModel

from telephony_agent.live.messages import dump
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
from telephony_agent.live.setup import Setup
from telephony_agent.live.tokens import estimate, standing


def said(**fields: Any) -> dict[str, Any]:
    setup: dict[str, Any] = json.loads(dump(Setup(model="models/m", instructions='Say "hi".', **fields)))["setup"]
    return setup


def test_a_setup_asks_for_speech_in_a_voice_transcripts_both_ways_a_handle_and_a_memory_that_forgets() -> None:
    assert said() == {
        "model": "models/m",
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}}},
        },
        "systemInstruction": {"parts": [{"text": 'Say "hi".'}]},
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
        "sessionResumption": {},
        "contextWindowCompression": {"triggerTokens": 8000, "slidingWindow": {"targetTokens": 4000}},
    }


def test_functions_are_declared_search_stands_beside_them_and_a_handle_resumes() -> None:
    declaration = {"name": "f", "description": "d", "parameters": {"type": "OBJECT", "properties": {}}}
    assert said(declarations=[declaration])["tools"] == [{"functionDeclarations": [declaration]}]
    assert said(search=True)["tools"] == [{"googleSearch": {}}]
    assert said(declarations=[declaration], search=True)["tools"] == [
        {"googleSearch": {}},
        {"functionDeclarations": [declaration]},
    ]
    assert said(resume="h1")["sessionResumption"] == {"handle": "h1"}


EVERYTHING = Options(
    generation=Generation(
        temperature=0.7,
        top_p=0.9,
        top_k=40,
        max_output_tokens=100,
        candidate_count=1,
        presence_penalty=0.5,
        frequency_penalty=-0.5,
        seed=0,
        media_resolution="low",
    ),
    thinking=Thinking(level="xhigh", include_thoughts=True),
    turn_taking=TurnTaking(
        start_sensitivity="high",
        end_sensitivity="low",
        prefix_padding_ms=0,
        silence_duration_ms=700,
        interruptible=False,
        coverage="all input",
        signals=True,
        interim_timestamps=True,
    ),
    affective_dialog=True,
    proactive_audio=True,
    proactive_video=True,
    compression=Compression(trigger_tokens=25_600, target_tokens=0),
    caller_transcript=Transcript(
        languages=["de-DE"],
        vocabulary=["Łódź"],
        mode="smart",
        word_timestamps=True,
        diarization=True,
        source_text="Dear Ann,",
    ),
    agent_transcript=None,
    translation=Translation(target_language="en", echo=True),
    safety={"HARM_CATEGORY_HARASSMENT": "BLOCK_ONLY_HIGH"},
    labels={"team": "sales"},
)


def test_every_field_has_its_place() -> None:
    setup = said(options=EVERYTHING, language="de-DE", resume="h", manual=True, seeded=True)
    assert setup["generationConfig"] == {
        "responseModalities": ["AUDIO"],
        "temperature": 0.7,
        "topP": 0.9,
        "topK": 40,
        "maxOutputTokens": 100,
        "candidateCount": 1,
        "presencePenalty": 0.5,
        "frequencyPenalty": -0.5,
        "seed": 0,
        "mediaResolution": "MEDIA_RESOLUTION_LOW",
        "speechConfig": {
            "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}},
            "languageCode": "de-DE",
        },
        "thinkingConfig": {"thinkingLevel": "XHIGH", "includeThoughts": True},
        "enableAffectiveDialog": True,
        "translationConfig": {"targetLanguageCode": "en", "echoTargetLanguage": True},
    }
    assert setup["realtimeInputConfig"] == {
        "automaticActivityDetection": {
            "disabled": True,
            "startOfSpeechSensitivity": "START_SENSITIVITY_HIGH",
            "endOfSpeechSensitivity": "END_SENSITIVITY_LOW",
            "prefixPaddingMs": 0,
            "silenceDurationMs": 700,
        },
        "activityHandling": "NO_INTERRUPTION",
        "turnCoverage": "TURN_INCLUDES_ALL_INPUT",
        "interimTranscriptTimestampEnabled": True,
    }
    assert setup["inputAudioTranscription"] == {
        "languageCodes": ["de-DE"],
        "customVocabulary": ["Łódź"],
        "mode": "SMART",
        "wordTimestamp": True,
        "diarization": True,
        "sourceText": "Dear Ann,",
    }
    assert "outputAudioTranscription" not in setup
    assert setup["sessionResumption"] == {"handle": "h"}
    assert setup["contextWindowCompression"] == {"triggerTokens": 25_600, "slidingWindow": {"targetTokens": 0}}
    assert setup["proactivity"] == {"proactiveAudio": True, "proactiveVideo": True}
    assert setup["historyConfig"] == {"initialHistoryInClientContent": True}
    assert setup["explicitVadSignal"] is True
    assert setup["safetySettings"] == [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"}]
    assert setup["labels"] == {"team": "sales"}


def test_google_s_own_client_knows_each_of_these_fields_and_values() -> None:
    """Its types forbid others; only `realtimeInputConfig`, which it writes by hand, has to be looked at by itself."""
    setup = said(options=EVERYTHING, language="de-DE", resume="h", manual=True, seeded=True, search=True)
    realtime = setup.pop("realtimeInputConfig")
    assert in_google_s_words(types.RealtimeInputConfig, realtime) == realtime
    assert in_google_s_words(types.LiveClientSetup, setup) == setup
    voice = said(voice=ReplicatedVoice(sample=b"RIFF1", consent=b"RIFF2", signature="s"))
    assert in_google_s_words(types.LiveClientSetup, voice) == voice


def in_google_s_words(kind: type[BaseModel], message: dict[str, Any]) -> dict[str, Any]:
    return kind.model_validate(message).model_dump(mode="json", by_alias=True, exclude_none=True)


@pytest.mark.parametrize(
    ("coverage", "name"),
    [
        ("activity", "TURN_INCLUDES_ONLY_ACTIVITY"),
        ("all input", "TURN_INCLUDES_ALL_INPUT"),
        ("activity and video", "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO"),
    ],
)
def test_the_coverage_of_a_turn(coverage: Any, name: str) -> None:
    realtime = said(options=Options(turn_taking=TurnTaking(coverage=coverage)))["realtimeInputConfig"]
    assert realtime == {"turnCoverage": name}


def test_what_is_switched_off_is_not_mentioned() -> None:
    off = Options(compression=None, resumption="off", caller_transcript=None, agent_transcript=None)
    assert said(options=off, resume="h").keys() == {"model", "generationConfig", "systemInstruction"}


def test_a_budget_of_thinking_may_be_nothing() -> None:
    assert said(options=Options(thinking=Thinking(budget=0)))["generationConfig"]["thinkingConfig"] == {
        "thinkingBudget": 0
    }


def test_a_session_in_writing_has_no_voice() -> None:
    assert said(modality="TEXT")["generationConfig"] == {"responseModalities": ["TEXT"]}


def test_a_replicated_voice_brings_its_recordings() -> None:
    config = said(voice=ReplicatedVoice(sample=b"RIFF1", consent=b"RIFF2", signature="s"))["generationConfig"]
    assert config["speechConfig"]["voiceConfig"] == {
        "replicatedVoiceConfig": {
            "mimeType": "audio/wav",
            "voiceSampleAudio": "UklGRjE=",
            "consentAudio": "UklGRjI=",
            "voiceConsentSignature": {"signature": "s"},
        }
    }


def test_beside_long_instructions_there_is_still_room_to_talk() -> None:
    setup = json.loads(dump(Setup(model="m", instructions="word " * 8000)))["setup"]
    assert setup["contextWindowCompression"] == {"triggerTokens": 14_001, "slidingWindow": {"targetTokens": 12_001}}


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("né", 2), ("日本語", 3)])
def test_tokens_are_a_quarter_of_the_letters_and_all_of_those_that_ascii_has_not(text: str, tokens: int) -> None:
    assert estimate(text) == tokens


def test_functions_count_as_they_are_sent() -> None:
    assert standing("", []) == 1
    assert standing("x" * 400, [{"name": "f" * 400}]) == pytest.approx(200, abs=10)
