"""The Live API's JSON (`BidiGenerateContent`), each message a value.

https://ai.google.dev/api/live. The server packs what it has into one message: a piece of sound, its transcript, the end
of the turn and the bill for it. So reading one gives a list of events, in the order in which they count; it is empty
for `{}`, which the newer models send often. Fields without a use here are passed over.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from ..errors import ProtocolError
from .setup import Setup, spelled

INPUT_RATE = 16_000  # Hz of what the model hears
OUTPUT_RATE = 24_000  # Hz of what it says


# What the model tells us.


class Ready(msgspec.Struct, frozen=True):
    """Our setup was taken: from now on the model listens."""


class Spoke(msgspec.Struct, frozen=True):
    """Some of the agent's voice: 16-bit little-endian PCM, 24 kHz, mono; any number of bytes."""

    pcm: bytes


class AgentSaid(msgspec.Struct, frozen=True):
    """A piece of the transcript of the agent's voice. It may run ahead of the sound."""

    text: str


class CallerSaid(msgspec.Struct, frozen=True):
    """A piece of the transcript of the caller's voice, in no fixed order to the agent's turn."""

    text: str


class Aside(msgspec.Struct, frozen=True):
    """What the model does for itself, and says to nobody: a thought, code that it wrote, or what running that gave.

    Some models of 2.5 tell thoughts that nobody asked for.
    """

    kind: Literal["thought", "code", "result"]
    text: str


class Interrupted(msgspec.Struct, frozen=True):
    """The caller spoke over the agent: what it was saying is void. May come with nothing being said."""


class GenerationComplete(msgspec.Struct, frozen=True):
    """The model has produced its whole turn; none comes for an interrupted one."""


class TurnComplete(msgspec.Struct, frozen=True):
    """The floor is the caller's: sent when the model believes its turn has been played."""


class ToolCall(msgspec.Struct, frozen=True):
    """The model wants a function run."""

    id: str
    name: str
    arguments: Mapping[str, Any]


class ToolCallsCancelled(msgspec.Struct, frozen=True):
    """These calls are void: to answer one of them would be an error."""

    ids: Sequence[str]


class Resumable(msgspec.Struct, frozen=True):
    """A session opened with this handle goes on where this one is."""

    handle: str


class GoingAway(msgspec.Struct, frozen=True):
    """The server will close the connection within this many seconds."""

    time_left: float


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one turn; the prompt counts the whole context again."""

    prompt: int
    response: int
    total: int


Event = (
    Ready
    | Spoke
    | AgentSaid
    | CallerSaid
    | Aside
    | Interrupted
    | GenerationComplete
    | TurnComplete
    | ToolCall
    | ToolCallsCancelled
    | Resumable
    | GoingAway
    | Usage
)


# What we tell the model.


class Hear(msgspec.Struct, frozen=True):
    """Some of the caller's voice: 16-bit little-endian PCM, 16 kHz, mono."""

    pcm: bytes


class Tell(msgspec.Struct, frozen=True):
    """A user turn in words (`clientContent`): interrupts what is being said and makes the model speak."""

    text: str


class Type(msgspec.Struct, frozen=True):
    """Words as if typed by the caller (`realtimeInput.text`): the way for models that take turns only as history."""

    text: str


class ToolResult(msgspec.Struct, frozen=True):
    """The answer to the tool call of that id."""

    id: str
    name: str
    response: Mapping[str, Any]


Command = Setup | Hear | Tell | Type | ToolResult


# The wire.


class _Wire(msgspec.Struct, rename="camel"):
    pass


class _Blob(_Wire):
    data: str = ""
    mime_type: str = ""


class _ExecutableCode(_Wire):
    code: str = ""


class _CodeExecutionResult(_Wire):
    outcome: str = ""
    output: str = ""


class _Part(_Wire):
    inline_data: _Blob | None = None
    text: str = ""
    thought: bool = False
    executable_code: _ExecutableCode | None = None
    code_execution_result: _CodeExecutionResult | None = None


class _Turn(_Wire):
    parts: Sequence[_Part] = ()


class _Transcription(_Wire):
    text: str = ""


class _Content(_Wire):
    model_turn: _Turn | None = None
    input_transcription: _Transcription | None = None
    output_transcription: _Transcription | None = None
    interrupted: bool = False
    generation_complete: bool = False
    turn_complete: bool = False


class _FunctionCall(_Wire):
    name: str
    id: str = ""
    args: Mapping[str, Any] | None = None


class _ToolCall(_Wire):
    function_calls: Sequence[_FunctionCall] = ()


class _Cancellation(_Wire):
    ids: Sequence[str] = ()


class _GoAway(_Wire):
    time_left: str = "0s"


class _Resumption(_Wire):
    new_handle: str = ""
    resumable: bool = False


class _UsageMetadata(_Wire):
    prompt_token_count: int = 0
    response_token_count: int = 0  # Developer API
    candidates_token_count: int = 0  # Vertex AI
    total_token_count: int = 0


class _Message(_Wire):
    setup_complete: Mapping[str, Any] | None = None
    server_content: _Content | None = None
    tool_call: _ToolCall | None = None
    tool_call_cancellation: _Cancellation | None = None
    session_resumption_update: _Resumption | None = None
    go_away: _GoAway | None = None
    usage_metadata: _UsageMetadata | None = None


_decode = msgspec.json.Decoder(_Message).decode
_encode = msgspec.json.Encoder().encode
_URL_SAFE = str.maketrans("-_", "+/")


def parse(message: str | bytes) -> list[Event]:
    """What one message of the server's says, in the order in which it should be acted on; [] if nothing.

    Raises `ProtocolError`: not JSON, a field of the wrong type, bad base64, sound that is not 24 kHz PCM.
    """
    try:
        return list(_events(_decode(message)))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:  # ValueError: of UTF-8 and of base64
        raise ProtocolError(f"not a Live API message: {error}") from error


def _events(message: _Message) -> Iterator[Event]:
    if message.setup_complete is not None:
        yield Ready()
    if content := message.server_content:
        yield from _content(content)
    if message.tool_call:
        for call in message.tool_call.function_calls:
            yield ToolCall(call.id, call.name, call.args or {})
    if message.tool_call_cancellation:
        yield ToolCallsCancelled(message.tool_call_cancellation.ids)
    if (update := message.session_resumption_update) and update.resumable and update.new_handle:
        yield Resumable(update.new_handle)  # while it isn't resumable, the previous handle stays good
    if message.go_away:
        yield GoingAway(_seconds(message.go_away.time_left))
    if usage := message.usage_metadata:
        response = usage.response_token_count or usage.candidates_token_count
        yield Usage(usage.prompt_token_count, response, usage.total_token_count)


def _content(content: _Content) -> Iterator[Event]:
    if content.interrupted:
        yield Interrupted()
    if content.input_transcription and content.input_transcription.text:
        yield CallerSaid(content.input_transcription.text)
    if content.output_transcription and content.output_transcription.text:
        yield AgentSaid(content.output_transcription.text)
    for part in content.model_turn.parts if content.model_turn else ():
        yield from _part(part)
    if content.generation_complete:
        yield GenerationComplete()
    if content.turn_complete:
        yield TurnComplete()


def _part(part: _Part) -> Iterator[Event]:
    if part.thought and part.text:
        yield Aside("thought", part.text)
    if part.executable_code:
        yield Aside("code", part.executable_code.code)
    if (result := part.code_execution_result) is not None:
        yield Aside("result", result.output or result.outcome)
    blob = part.inline_data
    if blob and blob.data and (not blob.mime_type or blob.mime_type.startswith("audio/")):
        yield Spoke(_pcm(blob))


def _pcm(blob: _Blob) -> bytes:
    """Both alphabets of base64, with or without padding; a MIME type without a rate means 24 kHz."""
    kind, _, rate = blob.mime_type.replace(" ", "").partition(";rate=")
    if kind not in ("", "audio/pcm") or (rate and rate != str(OUTPUT_RATE)):
        raise ProtocolError(f"the model's sound is {blob.mime_type!r}, not 24 kHz PCM")
    data = blob.data.rstrip("=").translate(_URL_SAFE)
    return binascii.a2b_base64(data + "=" * (-len(data) % 4), strict_mode=True)


def _seconds(duration: str) -> float:
    """A protobuf Duration: "50s", "9.5s"; it has at most 12 digits before the point and 9 behind it."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?s", duration):
        raise ProtocolError(f"not a duration: {duration!r}")
    return float(duration[:-1])


def dump(command: Command) -> str:
    """The command as the server takes it."""
    match command:
        case Hear(pcm):
            message: dict[str, Any] = {
                "realtimeInput": {"audio": {"mimeType": f"audio/pcm;rate={INPUT_RATE}", "data": pcm}}
            }
        case Tell(text):
            turn = {"role": "user", "parts": [{"text": text}]}
            message = {"clientContent": {"turns": [turn], "turnComplete": True}}
        case Type(text):
            message = {"realtimeInput": {"text": text}}
        case ToolResult(id, name, response):
            message = {"toolResponse": {"functionResponses": [{"id": id, "name": name, "response": response}]}}
        case Setup():
            message = {"setup": spelled(command)}
    return _encode(message).decode()
