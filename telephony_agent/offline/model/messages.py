"""The Live protocol from the server's side: what a client sends, and what we answer. https://ai.google.dev/api/live

`telephony_agent.live.messages` is the client's side of the same page, and is written without this file on purpose:
one misspelling must not be able to agree with itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, assert_never

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model import outgoing, schemas
from telephony_agent.offline.model.closings import INVALID, VAGUE
from telephony_agent.offline.model.frames import (
    ActivityDetection,
    Blob,
    ClientContentFrame,
    ClientFrame,
    ContentFrame,
    ContextUpdateFrame,
    ContextWindowCompression,
    FunctionResponseFrame,
    GenerationConfig,
    RealtimeInputConfig,
    RealtimeInputFrame,
    SetupFrame,
    SpeechConfig,
    ThinkingConfig,
    Tool,
    ToolResponseFrame,
    checked,
    decoded,
)

ASSUMED_RATE = 16_000  # Hz, of input audio whose type names none
RATES = range(4_000, 192_001)  # Hz, what is sound at all
FUNCTION_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
MOST_FUNCTIONS = 512


@dataclass(frozen=True)
class Function:
    """A function that the client can run. `parameters` is its JSON schema; type names may be in either case.

    `behavior`: BLOCKING, NON_BLOCKING, or what the model does if nothing is said.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    behavior: str = ""


@dataclass(frozen=True)
class Window:
    """Past `trigger` tokens the oldest turns are forgotten until `target` are left; None: what the model thinks."""

    trigger: int | None = None
    target: int | None = None


@dataclass(frozen=True)
class Thinking:
    """How much to think: a number of tokens or a level, if the client says. `told`: it wants to know the thoughts."""

    budget: int | None = None
    level: str = ""
    told: bool = False


@dataclass(frozen=True)
class Setup:
    """The first message. `handle` continues an earlier conversation; `transparent`: say also what has been taken.

    `silence_ms` is the pause that ends a turn, `prefix_ms` the speech that begins one; a sensitivity is HIGH, LOW or
    empty. `all_input`: a turn has what came before the caller spoke, too. `seeded`: the first turns told are history.
    `window` None: what does not fit ends the session. `as_text`: answers are written, not spoken. `vad_signal`: say
    when the caller speaks.
    """

    model: str = ""
    instructions: str = ""
    functions: tuple[Function, ...] = ()
    input_transcription: bool = False
    output_transcription: bool = False
    resumption: bool = False
    handle: str = ""
    silence_ms: int | None = None
    prefix_ms: int | None = None
    start_sensitivity: str = ""
    end_sensitivity: str = ""
    manual_activity: bool = False
    interruptible: bool = True
    all_input: bool = False
    seeded: bool = False
    window: Window | None = None
    voice: str = ""
    language: str = ""
    thinking: Thinking | None = None
    affective: bool = False
    proactive: bool | None = None
    as_text: bool = False
    transparent: bool = False
    vad_signal: bool = False

    def updated(self, update: ContextUpdate) -> Setup:
        """The same with other instructions or functions."""
        return replace(
            self,
            instructions=self.instructions if update.instructions is None else update.instructions,
            functions=self.functions if update.functions is None else update.functions,
        )


@dataclass(frozen=True)
class Turn:
    """A turn told as text; `role` is user or model."""

    role: str
    text: str


@dataclass(frozen=True)
class Content:
    """Turns told as text; `complete` asks the model to speak now."""

    turns: tuple[Turn, ...] = ()
    complete: bool = False


@dataclass(frozen=True)
class Audio:
    """The caller's sound: s16le mono at `rate` Hz."""

    pcm: bytes
    rate: int = ASSUMED_RATE


@dataclass(frozen=True)
class Video:
    """A picture. We don't look."""


@dataclass(frozen=True)
class Text:
    """A turn of the user's as text, to be answered at once."""

    text: str


@dataclass(frozen=True)
class AudioEnded:
    """The microphone is off for now: what was said is all that was said."""


@dataclass(frozen=True)
class ActivityStarted:
    """The client says itself when the caller speaks: now."""


@dataclass(frozen=True)
class ActivityEnded:
    """... and here the caller's turn ends."""


@dataclass(frozen=True)
class Returned:
    """What one function call gave; `response` is the object that the client made of it.

    `scheduling` is for a call that nobody waits for: SILENT, INTERRUPT, or else spoken of when nobody speaks.
    `more`: it is not the last answer to this call.
    """

    id: str
    name: str
    response: dict[str, Any]
    scheduling: str = ""
    more: bool = False


@dataclass(frozen=True)
class ToolResponse:
    responses: tuple[Returned, ...]


@dataclass(frozen=True)
class ContextUpdate:
    """Other instructions or functions from here on; None: those that there were."""

    instructions: str | None = None
    functions: tuple[Function, ...] | None = None


ClientMessage = (
    Setup | Content | Audio | Video | Text | AudioEnded | ActivityStarted | ActivityEnded | ToolResponse | ContextUpdate
)


Fixed = Callable[[dict[str, Any]], dict[str, Any]]  # of a setup's fields, in snake_case

dump = outgoing.dump  # so that this file is the whole protocol to who only reads and writes


def parse(raw: str | bytes, fixed: Fixed | None = None) -> list[ClientMessage]:
    """What a client's message says: usually one thing. `fixed` makes another setup of the one that the client sends.

    Raises ProtocolError, with Google's wording and the close code 1007, for anything else.
    """
    message = decoded(raw)
    if fixed and isinstance(message, dict) and isinstance(setup := message.get("setup"), dict):
        message |= {"setup": fixed(setup)}
    frame = checked(message, ClientFrame)
    members = (frame.setup, frame.client_content, frame.realtime_input, frame.tool_response, frame.context_update)
    given = [member for member in members if member is not None]
    if len(given) != 1:
        raise ProtocolError(VAGUE, INVALID)
    match given[0]:
        case SetupFrame() as setup:
            return [_setup(setup)]
        case ClientContentFrame() as content:
            return [_content(content)]
        case RealtimeInputFrame() as realtime:
            return _realtime(realtime)
        case ToolResponseFrame() as told:
            return [ToolResponse(tuple(_returned(response) for response in told.function_responses))]
        case ContextUpdateFrame() as update:
            return [_update(update)]
        case never:
            assert_never(never)


def _setup(frame: SetupFrame) -> Setup:
    if not frame.model:
        raise ProtocolError(VAGUE, INVALID)
    generation = frame.generation_config or GenerationConfig()
    if len(generation.response_modalities) > 1 or "VIDEO" in generation.response_modalities:
        raise ProtocolError(VAGUE, INVALID)
    speech = generation.speech_config or SpeechConfig()
    resumption = frame.session_resumption
    realtime = frame.realtime_input_config or RealtimeInputConfig()
    detection = realtime.automatic_activity_detection or ActivityDetection()
    compression = frame.context_window_compression
    return Setup(
        model=frame.model,
        instructions=_text(frame.system_instruction),
        functions=_functions(frame.tools, "setup.tools"),
        input_transcription=frame.input_audio_transcription is not None,
        output_transcription=frame.output_audio_transcription is not None,
        resumption=resumption is not None,
        handle=resumption.handle if resumption else "",
        silence_ms=detection.silence_duration_ms,
        prefix_ms=detection.prefix_padding_ms,
        start_sensitivity=_sensitivity(detection.start_of_speech_sensitivity),
        end_sensitivity=_sensitivity(detection.end_of_speech_sensitivity),
        manual_activity=detection.disabled,
        interruptible=realtime.activity_handling != "NO_INTERRUPTION",
        all_input=realtime.turn_coverage == "TURN_INCLUDES_ALL_INPUT",
        seeded=bool(frame.history_config and frame.history_config.initial_history_in_client_content),
        window=_window(compression) if compression else None,
        voice=_voice(speech),
        language=speech.language_code,
        thinking=_thinking(generation.thinking_config) if generation.thinking_config else None,
        affective=generation.enable_affective_dialog,
        proactive=frame.proactivity.proactive_audio if frame.proactivity else None,
        as_text="TEXT" in generation.response_modalities,
        transparent=bool(resumption and resumption.transparent),
        vad_signal=frame.explicit_vad_signal,
    )


def _text(content: ContentFrame | None) -> str:
    return "\n".join(part.text for part in content.parts) if content else ""


def _sensitivity(name: str) -> str:
    level = name.rpartition("_")[2]
    return level if level in ("HIGH", "LOW") else ""


def _voice(frame: SpeechConfig) -> str:
    prebuilt = frame.voice_config and frame.voice_config.prebuilt_voice_config
    return prebuilt.voice_name if prebuilt else ""


def _thinking(frame: ThinkingConfig) -> Thinking:
    level = frame.thinking_level.removeprefix("THINKING_LEVEL_")
    return Thinking(frame.thinking_budget, "" if level == "UNSPECIFIED" else level, frame.include_thoughts)


def _window(frame: ContextWindowCompression) -> Window:
    return Window(frame.trigger_tokens, frame.sliding_window.target_tokens if frame.sliding_window else None)


def _functions(tools: tuple[Tool, ...], place: str) -> tuple[Function, ...]:
    functions = []
    for number, tool in enumerate(tools):
        for count, declared in enumerate(tool.function_declarations):
            one_schema = declared.parameters is None or declared.parameters_json_schema is None
            if not (FUNCTION_NAME.fullmatch(declared.name) and one_schema):
                raise ProtocolError(VAGUE, INVALID)
            if declared.parameters is not None:
                schemas.check(declared.parameters, f"{place}[{number}].function_declarations[{count}].parameters")
            parameters = declared.parameters or declared.parameters_json_schema or {}
            behavior = "" if declared.behavior == "UNSPECIFIED" else declared.behavior
            functions.append(Function(declared.name, declared.description, parameters, behavior))
    if len(functions) > MOST_FUNCTIONS:
        raise ProtocolError(VAGUE, INVALID)
    return tuple(functions)


def _returned(frame: FunctionResponseFrame) -> Returned:
    return Returned(frame.id, frame.name, frame.response, frame.scheduling, frame.will_continue)


def _update(frame: ContextUpdateFrame) -> ContextUpdate:
    return ContextUpdate(
        _text(frame.system_instruction) if frame.system_instruction else None,
        _functions(frame.tools.tools, "context_update.tools.tools") if frame.tools else None,
    )


def _content(frame: ClientContentFrame) -> Content:
    if any(turn.role not in ("user", "model") for turn in frame.turns):
        raise ProtocolError(VAGUE, INVALID)
    turns = tuple(Turn(turn.role, " ".join(part.text for part in turn.parts if part.text)) for turn in frame.turns)
    return Content(turns, frame.turn_complete)


def _realtime(frame: RealtimeInputFrame) -> list[ClientMessage]:
    if frame.media_chunks is not None:
        raise ProtocolError("realtime_input.media_chunks is deprecated. Use audio, video, or text instead.", INVALID)
    messages: list[ClientMessage] = []
    if frame.activity_start is not None:
        messages.append(ActivityStarted())
    if frame.audio is not None:
        messages.append(_audio(frame.audio))
    if frame.video is not None:
        messages.append(Video())
    if frame.text is not None:
        messages.append(Text(frame.text))
    if frame.audio_stream_end:
        messages.append(AudioEnded())
    if frame.activity_end is not None:
        messages.append(ActivityEnded())
    return messages


def _audio(blob: Blob) -> Audio:
    kind, *parameters = (part.strip().lower() for part in blob.mime_type.split(";"))
    told = next((each.partition("=")[2].strip() for each in parameters if each.startswith("rate")), str(ASSUMED_RATE))
    rate = int(told) if re.fullmatch(r"[0-9]{1,6}", told) else 0
    if kind != "audio/pcm" or rate not in RATES:
        raise ProtocolError(VAGUE, INVALID)
    return Audio(_bytes(blob.data), rate)


def _bytes(text: str) -> bytes:
    """Base64 in either alphabet, padded or not."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ProtocolError(
            "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed", INVALID
        ) from None
