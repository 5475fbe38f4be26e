"""The Live protocol from the server's side: what a client sends, and what we answer. https://ai.google.dev/api/live

`telephony_agent.live.messages` is the client's side of the same page, and is written without this file on purpose:
one misspelling must not be able to agree with itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, assert_never

import msgspec

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.frames import (
    Blob,
    ClientContentFrame,
    ClientFrame,
    RealtimeInputFrame,
    SetupFrame,
    Tool,
    ToolResponseFrame,
    snake_case,
)

INVALID = 1007  # the close code of everything that is wrong with a message
VAGUE = "Request contains an invalid argument."
ASSUMED_RATE = 16_000  # Hz, of input audio whose type names none
RATES = range(4_000, 192_001)  # Hz, what is sound at all

UNKNOWN_FIELD = re.compile(r"unknown field `(?P<name>[^`]*)`(?: - at `\$\.?(?P<path>[^`]*)`)?")
WRONG_VALUE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`")
RATE = re.compile(r";\s*rate=(\d+)")


@dataclass(frozen=True)
class Function:
    """A function that the client can run. `parameters` is its JSON schema; type names may be in either case."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Setup:
    """The first message. `handle` continues an earlier conversation; `silence_ms` is the pause that ends a turn."""

    model: str = ""
    instructions: str = ""
    functions: tuple[Function, ...] = ()
    input_transcription: bool = False
    output_transcription: bool = False
    resumption: bool = False
    handle: str = ""
    silence_ms: int | None = None
    manual_activity: bool = False


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
class Text:
    """A turn of the user's as text, to be answered at once."""

    text: str


@dataclass(frozen=True)
class AudioEnded:
    """The microphone is off for now: what was said is all that was said."""


@dataclass(frozen=True)
class Returned:
    """What one function call gave; `response` is the object that the client made of it."""

    id: str
    name: str
    response: dict[str, Any]


@dataclass(frozen=True)
class ToolResponse:
    responses: tuple[Returned, ...]


ClientMessage = Setup | Content | Audio | Text | AudioEnded | ToolResponse


@dataclass(frozen=True)
class Usage:
    """Tokens of one turn; the prompt counts the whole conversation again, as Google's does."""

    prompt_text: int = 0
    prompt_audio: int = 0
    response_audio: int = 0


@dataclass(frozen=True)
class SetupComplete:
    pass


@dataclass(frozen=True)
class Spoken:
    """The model's sound: s16le mono at 24 kHz."""

    pcm: bytes


@dataclass(frozen=True)
class HeardText:
    """A piece of what the caller said; pieces are joined without a space."""

    text: str


@dataclass(frozen=True)
class SpokenText:
    """A piece of what the model says; pieces are joined without a space."""

    text: str


@dataclass(frozen=True)
class GenerationComplete:
    pass


@dataclass(frozen=True)
class Interrupted:
    pass


@dataclass(frozen=True)
class TurnComplete:
    usage: Usage


@dataclass(frozen=True)
class FunctionCall:
    id: str
    name: str
    args: dict[str, Any]


@dataclass(frozen=True)
class ToolCall:
    calls: tuple[FunctionCall, ...]


@dataclass(frozen=True)
class ToolCallCancellation:
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Resumption:
    """`handle` continues this conversation in another session; empty while it cannot be continued."""

    handle: str = ""


@dataclass(frozen=True)
class GoAway:
    """The connection ends in `seconds`."""

    seconds: float


ServerMessage = (
    SetupComplete
    | Spoken
    | HeardText
    | SpokenText
    | GenerationComplete
    | Interrupted
    | TurnComplete
    | ToolCall
    | ToolCallCancellation
    | Resumption
    | GoAway
)


def parse(raw: str | bytes) -> list[ClientMessage]:
    """What a client's message says: usually one thing, nothing for a kind we don't use (video).

    Raises ProtocolError, with Google's wording and the close code 1007, for anything else.
    """
    frame = _frame(raw)
    members = (frame.setup, frame.client_content, frame.realtime_input, frame.tool_response)
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
            return [ToolResponse(tuple(Returned(r.id, r.name, r.response) for r in told.function_responses))]
        case never:
            assert_never(never)


def dump(message: ServerMessage) -> bytes:
    """The bytes of a binary frame: JSON in camelCase, indented by two spaces, a newline, empty fields left out."""
    return msgspec.json.format(msgspec.json.encode(_fields(message)), indent=2) + b"\n"


def _frame(raw: str | bytes) -> ClientFrame:
    try:
        message = snake_case(msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProtocolError("Invalid JSON payload received.", INVALID) from None
    try:
        return msgspec.convert(message, ClientFrame, strict=False)  # 64-bit integers come as strings
    except msgspec.ValidationError as error:
        raise ProtocolError(_complaint(str(error)), INVALID) from None


def _complaint(error: str) -> str:
    """Google's words for what is wrong with a message."""
    if unknown := UNKNOWN_FIELD.search(error):
        where = f" at '{unknown['path']}'" if unknown["path"] else ""
        return f'Invalid JSON payload received. Unknown name "{unknown["name"]}"{where}: Cannot find field.'
    wrong = WRONG_VALUE.search(error)
    return f"Invalid value at '{wrong['path']}'" if wrong else VAGUE


def _setup(frame: SetupFrame) -> Setup:
    if not frame.model:
        raise ProtocolError(VAGUE, INVALID)
    instruction = frame.system_instruction
    resumption = frame.session_resumption
    realtime = frame.realtime_input_config
    detection = realtime.automatic_activity_detection if realtime else None
    return Setup(
        model=frame.model,
        instructions="\n".join(part.text for part in instruction.parts) if instruction else "",
        functions=tuple(function for tool in frame.tools for function in _functions(tool)),
        input_transcription=frame.input_audio_transcription is not None,
        output_transcription=frame.output_audio_transcription is not None,
        resumption=resumption is not None,
        handle=resumption.handle if resumption else "",
        silence_ms=detection.silence_duration_ms if detection else None,
        manual_activity=bool(detection and detection.disabled),
    )


def _functions(tool: Tool) -> list[Function]:
    return [
        Function(declared.name, declared.description, declared.parameters or declared.parameters_json_schema or {})
        for declared in tool.function_declarations
    ]


def _content(frame: ClientContentFrame) -> Content:
    if any(turn.role not in ("user", "model") for turn in frame.turns):
        raise ProtocolError(VAGUE, INVALID)
    turns = tuple(Turn(turn.role, " ".join(part.text for part in turn.parts if part.text)) for turn in frame.turns)
    return Content(turns, frame.turn_complete)


def _realtime(frame: RealtimeInputFrame) -> list[ClientMessage]:
    if frame.media_chunks is not None:
        raise ProtocolError("realtime_input.media_chunks is deprecated. Use audio, video, or text instead.", INVALID)
    if frame.activity_start is not None or frame.activity_end is not None:
        raise ProtocolError(VAGUE, INVALID)
    messages: list[ClientMessage] = []
    if frame.audio is not None:
        messages.append(_audio(frame.audio))
    if frame.text is not None:
        messages.append(Text(frame.text))
    if frame.audio_stream_end:
        messages.append(AudioEnded())
    return messages


def _audio(blob: Blob) -> Audio:
    if not blob.mime_type.startswith("audio/pcm"):
        raise ProtocolError(VAGUE, INVALID)
    named = RATE.search(blob.mime_type)
    rate = int(named[1]) if named else ASSUMED_RATE
    if rate not in RATES:
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


def _fields(message: ServerMessage) -> dict[str, Any]:
    match message:
        case SetupComplete():
            return {"setupComplete": {}}
        case Spoken(pcm):
            audio = {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(pcm).decode()}
            return {"serverContent": {"modelTurn": {"role": "model", "parts": [{"inlineData": audio}]}}}
        case HeardText(text):
            return {"serverContent": {"inputTranscription": {"text": text}}}
        case SpokenText(text):
            return {"serverContent": {"outputTranscription": {"text": text}}}
        case GenerationComplete():
            return {"serverContent": {"generationComplete": True}}
        case Interrupted():
            return {"serverContent": {"interrupted": True}}
        case TurnComplete(usage):
            return {"serverContent": {"turnComplete": True}, "usageMetadata": _usage(usage)}
        case ToolCall(calls):
            called = [{"id": c.id, "name": c.name} | ({"args": c.args} if c.args else {}) for c in calls]
            return {"toolCall": {"functionCalls": called}}
        case ToolCallCancellation(ids):
            return {"toolCallCancellation": {"ids": list(ids)}}
        case Resumption(handle):
            return {"sessionResumptionUpdate": {"newHandle": handle, "resumable": True} if handle else {}}
        case GoAway(seconds):
            return {"goAway": {"timeLeft": f"{seconds:g}s"}}
        case never:
            assert_never(never)


def _usage(usage: Usage) -> dict[str, Any]:
    prompt = usage.prompt_text + usage.prompt_audio
    counted = {
        "promptTokenCount": prompt,
        "responseTokenCount": usage.response_audio,
        "totalTokenCount": prompt + usage.response_audio,
        "promptTokensDetails": _details(TEXT=usage.prompt_text, AUDIO=usage.prompt_audio),
        "responseTokensDetails": _details(AUDIO=usage.response_audio),
    }
    return {name: value for name, value in counted.items() if value}


def _details(**tokens: int) -> list[dict[str, Any]]:
    return [{"modality": modality, "tokenCount": count} for modality, count in tokens.items() if count]
