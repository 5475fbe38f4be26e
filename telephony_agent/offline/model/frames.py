"""The client's messages as the Live protocol spells them: a misspelt field is refused as Google refuses it.

https://ai.google.dev/api/live; proto3 JSON: camelCase or snake_case at every level, an unknown field is an error.
Fields typed `Any` are accepted and not looked into.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Literal, TypeVar

import msgspec

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.closings import INVALID, VAGUE

# Below these names the keys are the operator's own and keep their spelling.
FREE_FORM = frozenset({"parameters", "parameters_json_schema", "response", "response_json_schema"})
UNKNOWN_FIELD = re.compile(r"unknown field `(?P<name>[^`]*)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
WRONG_VALUE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`")
HUMP = re.compile(r"(?<!^)(?=[A-Z])")


class Frame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Any object of the protocol: every field may be left out, no other may be there."""


class Blob(Frame, frozen=True):
    mime_type: str = ""
    data: str = ""


class Part(Frame, frozen=True):
    text: str = ""
    thought: bool = False
    inline_data: Blob | None = None
    file_data: Any = None


class ContentFrame(Frame, frozen=True):
    role: str = ""
    parts: tuple[Part, ...] = ()


class FunctionDeclaration(Frame, frozen=True):
    name: str = ""
    description: str = ""
    parameters: dict[str, Any] | None = None
    parameters_json_schema: dict[str, Any] | None = None
    response: Any = None
    response_json_schema: Any = None
    behavior: Literal["", "UNSPECIFIED", "BLOCKING", "NON_BLOCKING"] = ""


class Tool(Frame, frozen=True):
    function_declarations: tuple[FunctionDeclaration, ...] = ()
    google_search: Any = None
    code_execution: Any = None
    url_context: Any = None
    google_maps: Any = None
    enterprise_web_search: Any = None
    retrieval: Any = None
    file_search: Any = None
    mcp_servers: Any = None


class PrebuiltVoice(Frame, frozen=True):
    voice_name: str = ""


class VoiceConfig(Frame, frozen=True):
    prebuilt_voice_config: PrebuiltVoice | None = None
    replicated_voice_config: Any = None


class SpeechConfig(Frame, frozen=True):
    voice_config: VoiceConfig | None = None
    language_code: str = ""


class ThinkingConfig(Frame, frozen=True):
    include_thoughts: bool = False
    thinking_budget: int | None = None
    thinking_level: Literal[
        "",
        "THINKING_LEVEL_UNSPECIFIED",
        "UNSPECIFIED",
        "MINIMAL",
        "LOW",
        "MEDIUM",
        "HIGH",
        "XHIGH",
    ] = ""


class GenerationConfig(Frame, frozen=True):
    response_modalities: tuple[Literal["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"], ...] = ()
    speech_config: SpeechConfig | None = None
    thinking_config: ThinkingConfig | None = None
    media_resolution: Literal[
        "",
        "MEDIA_RESOLUTION_UNSPECIFIED",
        "MEDIA_RESOLUTION_LOW",
        "MEDIA_RESOLUTION_MEDIUM",
        "MEDIA_RESOLUTION_HIGH",
    ] = ""
    enable_affective_dialog: bool = False
    translation_config: Any = None
    candidate_count: Any = None
    max_output_tokens: Any = None
    temperature: Any = None
    top_p: Any = None
    top_k: Any = None
    presence_penalty: Any = None
    frequency_penalty: Any = None
    seed: Any = None


class ActivityDetection(Frame, frozen=True):
    disabled: bool = False
    start_of_speech_sensitivity: Literal[
        "", "START_SENSITIVITY_UNSPECIFIED", "START_SENSITIVITY_HIGH", "START_SENSITIVITY_LOW"
    ] = ""
    end_of_speech_sensitivity: Literal[
        "", "END_SENSITIVITY_UNSPECIFIED", "END_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW"
    ] = ""
    prefix_padding_ms: int | None = None
    silence_duration_ms: int | None = None


class RealtimeInputConfig(Frame, frozen=True):
    automatic_activity_detection: ActivityDetection | None = None
    activity_handling: Literal[
        "", "ACTIVITY_HANDLING_UNSPECIFIED", "START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION"
    ] = ""
    turn_coverage: Literal[
        "",
        "TURN_COVERAGE_UNSPECIFIED",
        "TURN_INCLUDES_ONLY_ACTIVITY",
        "TURN_INCLUDES_ALL_INPUT",
        "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
    ] = ""
    interim_transcript_timestamp_enabled: Any = None


class SessionResumption(Frame, frozen=True):
    handle: str = ""
    transparent: bool = False


class SlidingWindow(Frame, frozen=True):
    target_tokens: int | None = None


class ContextWindowCompression(Frame, frozen=True):
    trigger_tokens: int | None = None
    sliding_window: SlidingWindow | None = None


class Transcription(Frame, frozen=True):
    language_codes: Any = None
    custom_vocabulary: Any = None
    word_timestamp: Any = None
    diarization: Any = None
    mode: Any = None
    source_text: Any = None
    adaptation_phrases: Any = None
    language_auto: Any = None
    language_hints: Any = None


class Proactivity(Frame, frozen=True):
    proactive_audio: bool | None = None
    proactive_video: Any = None


class HistoryConfig(Frame, frozen=True):
    initial_history_in_client_content: bool = False


class SetupFrame(Frame, frozen=True):
    model: str = ""
    generation_config: GenerationConfig | None = None
    system_instruction: ContentFrame | None = None
    tools: tuple[Tool, ...] = ()
    tool_config: Any = None
    safety_settings: Any = None
    labels: Any = None
    realtime_input_config: RealtimeInputConfig | None = None
    session_resumption: SessionResumption | None = None
    context_window_compression: ContextWindowCompression | None = None
    input_audio_transcription: Transcription | None = None
    output_audio_transcription: Transcription | None = None
    proactivity: Proactivity | None = None
    history_config: HistoryConfig | None = None
    explicit_vad_signal: bool = False
    avatar_config: Any = None


class ClientContentFrame(Frame, frozen=True):
    turns: tuple[ContentFrame, ...] = ()
    turn_complete: bool = False


class RealtimeInputFrame(Frame, frozen=True):
    audio: Blob | None = None
    video: Blob | None = None
    text: str | None = None
    activity_start: Any = None
    activity_end: Any = None
    audio_stream_end: bool = False
    media_chunks: Any = None


class FunctionResponseFrame(Frame, frozen=True):
    id: str = ""
    name: str = ""
    response: dict[str, Any] = {}
    scheduling: Literal["", "SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"] = ""
    will_continue: bool = False
    parts: Any = None


class ToolResponseFrame(Frame, frozen=True):
    function_responses: tuple[FunctionResponseFrame, ...] = ()


class Tools(Frame, frozen=True):
    """A list in an object of its own, so that an empty one can be told from none."""

    tools: tuple[Tool, ...] = ()


class ContextUpdateFrame(Frame, frozen=True):
    system_instruction: ContentFrame | None = None
    tools: Tools | None = None


class ClientFrame(Frame, frozen=True):
    """One message of the client; exactly one member is set."""

    setup: SetupFrame | None = None
    client_content: ClientContentFrame | None = None
    realtime_input: RealtimeInputFrame | None = None
    tool_response: ToolResponseFrame | None = None
    context_update: ContextUpdateFrame | None = None


class AuthTokenFrame(Frame, frozen=True):
    """What is sent for a token that stands for a setup. Times are as 2026-01-31T12:00:00Z; 0 uses are any number."""

    expire_time: str = ""
    new_session_expire_time: str = ""
    uses: int | None = None
    bidi_generate_content_setup: dict[str, Any] | None = None
    field_mask: str = ""


F = TypeVar("F", bound=Frame)


def decoded(raw: str | bytes) -> Any:
    """The JSON with every field name in snake_case. Raises ProtocolError."""
    try:
        return snake_case(msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProtocolError("Invalid JSON payload received.", INVALID) from None


def checked(message: Any, kind: type[F]) -> F:
    """What was `decoded`, as this kind of object. Raises ProtocolError with Google's words for what is wrong."""
    try:
        return msgspec.convert(message, kind, strict=False)  # 64-bit integers come as strings
    except msgspec.ValidationError as error:
        raise ProtocolError(_complaint(str(error)), INVALID) from None


def _complaint(error: str) -> str:
    if unknown := UNKNOWN_FIELD.search(error):
        where = f" at '{unknown['path']}'" if unknown["path"] else ""
        return f'Invalid JSON payload received. Unknown name "{unknown["name"]}"{where}: Cannot find field.'
    wrong = WRONG_VALUE.search(error)
    return f"Invalid value at '{wrong['path']}'" if wrong else VAGUE


@lru_cache(maxsize=500)  # names of the protocol, and some that are none
def _snake(name: str) -> str:
    return HUMP.sub("_", name).lower()


def snake_case(value: Any) -> Any:
    """The same JSON with every field name of the protocol in snake_case; what lies below `FREE_FORM` is left alone."""
    if isinstance(value, list):
        return [snake_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = {_snake(key): item for key, item in value.items()}
    return {key: item if key in FREE_FORM else snake_case(item) for key, item in renamed.items()}
