"""The first message of a session (BidiGenerateContentSetup): all that a model is told before anybody speaks.

https://ai.google.dev/api/live. What is not asked for is left out, because each model rejects some field or other.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from .options import (
    LAST_TRIGGER,
    USUAL,
    Compression,
    Generation,
    Options,
    ReplicatedVoice,
    Thinking,
    Transcript,
    TurnTaking,
)
from .tokens import standing

TRIGGER, TARGET = 8_000, 4_000  # tokens: about five minutes of both voices are remembered word for word
ROOM, LEFT = 4_000, 2_000  # tokens of talk that there is room for, and that are left, beside long instructions
COVERAGE = {
    "activity": "TURN_INCLUDES_ONLY_ACTIVITY",
    "all input": "TURN_INCLUDES_ALL_INPUT",
    "activity and video": "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
}


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """`model` is the full name that the provider wants. `resume`: the handle of the session that this one goes on.

    `language`: a BCP-47 code, for models that take it as a field. `manual`: we say when the caller speaks, the model
    does not listen for it. `seeded`: the first turns told are history, to be known and not to be answered.
    """

    model: str
    instructions: str
    voice: str | ReplicatedVoice = "Puck"
    language: str | None = None
    declarations: Sequence[Mapping[str, Any]] = ()
    search: bool = False
    options: Options = USUAL
    resume: str | None = None
    modality: Literal["AUDIO", "TEXT"] = "AUDIO"
    manual: bool = False
    seeded: bool = False


def spelled(setup: Setup) -> dict[str, Any]:
    """The setup as the server takes it."""
    options = setup.options
    message: dict[str, Any] = {"model": setup.model, "systemInstruction": {"parts": [{"text": setup.instructions}]}}
    message["generationConfig"] = _generation_config(setup)
    if tools := spelled_tools(setup):
        message["tools"] = tools
    if realtime := _realtime_input(options.turn_taking, setup.manual):
        message["realtimeInputConfig"] = realtime
    for side, transcript in (("input", options.caller_transcript), ("output", options.agent_transcript)):
        if transcript is not None:  # at this level; within generationConfig they would be ignored
            message[f"{side}AudioTranscription"] = _transcription(transcript)
    if options.resumption != "off":
        message["sessionResumption"] = {} if setup.resume is None else {"handle": setup.resume}
    if options.compression is not None:
        message["contextWindowCompression"] = _compression(setup, options.compression)
    if options.proactive_audio:
        message["proactivity"] = _given(proactiveAudio=True, proactiveVideo=options.proactive_video or None)
    if setup.seeded:
        message["historyConfig"] = {"initialHistoryInClientContent": True}
    if options.turn_taking.signals:
        message["explicitVadSignal"] = True
    if options.safety:
        message["safetySettings"] = [{"category": each, "threshold": level} for each, level in options.safety.items()]
    if options.labels:
        message["labels"] = dict(options.labels)
    return message


def _generation_config(setup: Setup) -> dict[str, Any]:
    options = setup.options
    config: dict[str, Any] = {"responseModalities": [setup.modality], **_generation(options.generation)}
    if setup.modality == "AUDIO":
        config["speechConfig"] = {"voiceConfig": _voice(setup.voice)}
        if setup.language is not None:
            config["speechConfig"]["languageCode"] = setup.language
    if options.thinking is not None:
        config["thinkingConfig"] = _thinking(options.thinking)
    if options.affective_dialog:
        config["enableAffectiveDialog"] = True
    if (translation := options.translation) is not None:
        config["translationConfig"] = {
            "targetLanguageCode": translation.target_language,
            "echoTargetLanguage": translation.echo,
        }
    return config


def _generation(generation: Generation) -> dict[str, Any]:
    return _given(
        temperature=generation.temperature,
        topP=generation.top_p,
        topK=generation.top_k,
        maxOutputTokens=generation.max_output_tokens,
        candidateCount=generation.candidate_count,
        presencePenalty=generation.presence_penalty,
        frequencyPenalty=generation.frequency_penalty,
        seed=generation.seed,
        mediaResolution=_name("MEDIA_RESOLUTION_", generation.media_resolution),
    )


def _voice(voice: str | ReplicatedVoice) -> dict[str, Any]:
    if isinstance(voice, str):
        return {"prebuiltVoiceConfig": {"voiceName": voice}}
    replicated: dict[str, Any] = {"mimeType": "audio/wav", "voiceSampleAudio": _base64(voice.sample)}
    if voice.consent:
        replicated["consentAudio"] = _base64(voice.consent)
    if voice.signature:
        replicated["voiceConsentSignature"] = {"signature": voice.signature}
    return {"replicatedVoiceConfig": replicated}


def _thinking(thinking: Thinking) -> dict[str, Any]:
    return _given(
        thinkingLevel=_name("", thinking.level),
        thinkingBudget=thinking.budget,
        includeThoughts=thinking.include_thoughts or None,
    )


def spelled_tools(setup: Setup) -> list[dict[str, Any]]:
    """What the setup offers, as the server takes it."""
    search: list[dict[str, Any]] = [{"googleSearch": {}}] if setup.search else []
    return search + ([{"functionDeclarations": list(setup.declarations)}] if setup.declarations else [])


def _realtime_input(turns: TurnTaking, manual: bool) -> dict[str, Any]:
    detection = _given(
        disabled=manual or None,
        startOfSpeechSensitivity=_name("START_SENSITIVITY_", turns.start_sensitivity),
        endOfSpeechSensitivity=_name("END_SENSITIVITY_", turns.end_sensitivity),
        prefixPaddingMs=turns.prefix_padding_ms,
        silenceDurationMs=turns.silence_duration_ms,
    )
    return _given(
        automaticActivityDetection=detection or None,
        activityHandling=None if turns.interruptible else "NO_INTERRUPTION",
        turnCoverage=COVERAGE[turns.coverage] if turns.coverage else None,
        interimTranscriptTimestampEnabled=turns.interim_timestamps or None,
    )


def _transcription(transcript: Transcript) -> dict[str, Any]:
    return _given(
        languageCodes=list(transcript.languages) or None,
        customVocabulary=list(transcript.vocabulary) or None,
        mode=_name("", transcript.mode),
        wordTimestamp=transcript.word_timestamps or None,
        diarization=transcript.diarization or None,
        sourceText=transcript.source_text or None,
    )


def _compression(setup: Setup, compression: Compression) -> dict[str, Any]:
    trigger, target = compression.trigger_tokens, compression.target_tokens
    if trigger is None or target is None:
        held = standing(setup.instructions, setup.declarations)
        trigger, target = min(max(TRIGGER, held + ROOM), LAST_TRIGGER), max(TARGET, held + LEFT)
    return {"triggerTokens": trigger, "slidingWindow": {"targetTokens": target}}


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _name(prefix: str, value: str | None) -> str | None:
    """A value of an enum as protobuf spells it."""
    return None if value is None else prefix + value.upper()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
