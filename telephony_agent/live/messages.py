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
from . import frames, requests
from .notices import CallerMaySay, Fetched, Notice, NotResumable, VoiceActivity, Waiting, Wrote
from .setup import Setup, spelled

INPUT_RATE = 16_000  # Hz of what the model hears
OUTPUT_RATE = 24_000  # Hz of what it says


# What the model tells us.


class Ready(msgspec.Struct, frozen=True):
    """Our setup was taken: from now on the model listens. `session_id`: Vertex AI's name for it."""

    session_id: str = ""


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
    """The floor is the caller's: sent when the model believes its turn has been played.

    `reason`: why it said nothing, as RESPONSE_REJECTED. `goes_on`: it is still at work, and another turn follows.
    """

    reason: str = ""
    goes_on: bool = False


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


class Grounded(msgspec.Struct, frozen=True):
    """The searches and pages (title and address) that an answer rests on, from GroundingMetadata, which is there whole.

    `suggestions`: HTML that Google wants to be shown wherever the answer is shown.
    """

    metadata: Mapping[str, Any]
    queries: Sequence[str] = ()
    pages: Sequence[tuple[str, str]] = ()
    suggestions: str = ""


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one turn; the prompt counts the whole context again. By kind: "TEXT", "AUDIO", …, as far as told.

    `tool_use`: of what a tool of Google's answered, beside the prompt.
    """

    prompt: int
    response: int
    total: int
    thoughts: int = 0
    cached: int = 0
    prompt_by_kind: Mapping[str, int] = {}
    response_by_kind: Mapping[str, int] = {}
    tool_use: int = 0
    tool_use_by_kind: Mapping[str, int] = {}


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
    | Grounded
    | Usage
)


# What we tell the model.


class Hear(msgspec.Struct, frozen=True):
    """Some of the caller's voice: 16-bit little-endian PCM, mono, by default of 16 kHz."""

    pcm: bytes
    rate: int = INPUT_RATE


class Tell(msgspec.Struct, frozen=True):
    """A user turn in words (`clientContent`): interrupts what is being said and makes the model speak."""

    text: str


class Type(msgspec.Struct, frozen=True):
    """Words as if typed by the caller (`realtimeInput.text`): the way for models that take turns only as history."""

    text: str


class ToolResult(msgspec.Struct, frozen=True):
    """The answer to the tool call of that id.

    `scheduling`: when a model that did not wait for it speaks of it, SILENT, WHEN_IDLE or INTERRUPT. `will_continue`:
    more answers to the same call follow.
    """

    id: str
    name: str
    response: Mapping[str, Any]
    scheduling: str | None = None
    will_continue: bool = False


Command = Setup | Hear | Tell | Type | ToolResult | requests.Request


# The wire.

_decode = msgspec.json.Decoder(frames.Message).decode
_decode_bytes, _decode_text = msgspec.json.Decoder(bytes).decode, msgspec.json.Decoder(str).decode
_encode = msgspec.json.Encoder().encode
_URL_SAFE = str.maketrans("-_", "+/")
_SPEAKS = {
    "ACTIVITY_START": True,
    "ACTIVITY_END": False,
    "VAD_SIGNAL_TYPE_SOS": True,
    "VAD_SIGNAL_TYPE_EOS": False,
}


def parse(message: str | bytes) -> list[Event | Notice]:
    """What one message of the server's says, in the order in which it should be acted on; [] if nothing.

    Raises `ProtocolError`: not JSON, a field of the wrong type, bad base64, sound that is not 24 kHz PCM; an error that
    the server tells of, in whose place it usually closes.
    """
    try:
        return list(_events(_decode(message)))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:  # ValueError: of UTF-8 and of base64
        raise ProtocolError(f"not a Live API message: {error}") from error


def _events(message: frames.Message) -> Iterator[Event | Notice]:
    if message.error is not None:
        raise ProtocolError(f"the server tells of an error: {message.error!r:.300}")
    if message.setup_complete is not None:
        yield Ready(message.setup_complete.session_id)
    if content := message.server_content:
        yield from _content(content, content.interaction_status or message.interaction_status)
    if message.tool_call:
        for call in message.tool_call.function_calls:
            yield ToolCall(call.id, call.name, call.args or {})
    if message.tool_call_cancellation:
        yield ToolCallsCancelled(message.tool_call_cancellation.ids)
    if update := message.session_resumption_update:
        resumable = update.resumable and update.new_handle
        yield Resumable(update.new_handle) if resumable else NotResumable()  # then the previous handle stays good
    if message.go_away:
        yield GoingAway(_seconds(message.go_away.time_left))
    if usage := message.usage_metadata:
        yield _usage(usage)
    if (voice := message.voice_activity) and voice.type in _SPEAKS:
        yield VoiceActivity(_SPEAKS[voice.type], _seconds(voice.audio_offset) if voice.audio_offset else None)
    if (signal := message.voice_activity_detection_signal) and signal.vad_signal_type in _SPEAKS:
        yield VoiceActivity(_SPEAKS[signal.vad_signal_type])


def _content(content: frames.Content, status: str) -> Iterator[Event | Notice]:
    if content.interrupted:
        yield Interrupted()
    if content.interim_input_transcription and content.interim_input_transcription.text:
        yield CallerMaySay(content.interim_input_transcription.text)
    if content.input_transcription and content.input_transcription.text:
        yield CallerSaid(content.input_transcription.text)
    if content.output_transcription and content.output_transcription.text:
        yield AgentSaid(content.output_transcription.text)
    for part in content.model_turn.parts if content.model_turn else ():
        yield from _part(part)
    if content.grounding_metadata:  # Vertex AI sends an empty one with every turn
        yield _grounded(content.grounding_metadata)
    if content.url_context_metadata:
        pages = content.url_context_metadata.url_metadata
        yield Fetched([(page.retrieved_url, page.url_retrieval_status) for page in pages])
    if content.waiting_for_input:
        yield Waiting()
    if content.generation_complete:
        yield GenerationComplete()
    if content.turn_complete:
        yield TurnComplete(content.turn_complete_reason, status == "IN_PROGRESS")


def _part(part: frames.Part) -> Iterator[Event | Notice]:
    if part.text:
        yield Aside("thought", part.text) if part.thought else Wrote(part.text)
    if part.executable_code:
        yield Aside("code", part.executable_code.code)
    if (result := part.code_execution_result) is not None:
        yield Aside("result", result.output or result.outcome)
    blob = part.inline_data
    if blob and blob.data != frames.NOTHING and (not blob.mime_type or blob.mime_type.startswith("audio/")):
        yield Spoke(_pcm(blob))


def _grounded(metadata: Mapping[str, Any]) -> Grounded:
    known = msgspec.convert(metadata, frames.Grounding)
    pages = [(chunk.web.title, chunk.web.uri) for chunk in known.grounding_chunks if chunk.web]
    entry_point = known.search_entry_point
    return Grounded(metadata, known.web_search_queries, pages, entry_point.rendered_content if entry_point else "")


def _usage(usage: frames.UsageMetadata) -> Usage:
    return Usage(
        int(usage.prompt_token_count),
        int(usage.response_token_count) or int(usage.candidates_token_count),
        int(usage.total_token_count),
        int(usage.thoughts_token_count),
        int(usage.cached_content_token_count),
        _by_kind(usage.prompt_tokens_details),
        _by_kind(usage.response_tokens_details or usage.candidates_tokens_details),
        int(usage.tool_use_prompt_token_count),
        _by_kind(usage.tool_use_prompt_tokens_details),
    )


def _by_kind(details: Sequence[frames.Tokens]) -> dict[str, int]:
    """A count of zero is not sent, and tells nothing."""
    return {tokens.modality: count for tokens in details if (count := int(tokens.token_count))}


def _pcm(blob: frames.Media) -> bytes:
    """Both alphabets of base64, with or without padding; a MIME type without a rate means 24 kHz."""
    kind, _, rate = blob.mime_type.replace(" ", "").partition(";rate=")
    if kind not in ("", "audio/pcm") or (rate and rate != str(OUTPUT_RATE)):
        raise ProtocolError(f"the model's sound is {blob.mime_type!r}, not 24 kHz PCM")
    try:
        return _decode_bytes(blob.data)
    except msgspec.ValidationError:  # as the other alphabet, or without padding
        data = _decode_text(blob.data).translate(_URL_SAFE)
        return binascii.a2b_base64(data + "=" * (-len(data) % 4), strict_mode=True)


def _seconds(duration: str) -> float:
    """A protobuf Duration: "50s", "9.5s"; it has at most 12 digits before the point and 9 behind it."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?s", duration):
        raise ProtocolError(f"not a duration: {duration!r}")
    return float(duration[:-1])


def dump(command: Command) -> str:
    """The command as the server takes it."""
    match command:
        case Hear(pcm, rate):
            message: dict[str, Any] = {"realtimeInput": {"audio": {"mimeType": f"audio/pcm;rate={rate}", "data": pcm}}}
        case Tell(text):
            turn = {"role": "user", "parts": [{"text": text}]}
            message = {"clientContent": {"turns": [turn], "turnComplete": True}}
        case Type(text):
            message = {"realtimeInput": {"text": text}}
        case ToolResult():
            message = {"toolResponse": {"functionResponses": [_result(command)]}}
        case Setup():
            message = {"setup": spelled(command)}
        case _:
            message = requests.spelled(command)
    return _encode(message).decode()


def _result(result: ToolResult) -> dict[str, Any]:
    message: dict[str, Any] = {"id": result.id, "name": result.name, "response": result.response}
    if result.scheduling is not None:
        message["scheduling"] = result.scheduling
    if result.will_continue:
        message["willContinue"] = True
    return message
