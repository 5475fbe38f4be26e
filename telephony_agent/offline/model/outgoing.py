"""What the server says: values, and the bytes they become. https://ai.google.dev/api/live"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any, assert_never

import msgspec


@dataclass(frozen=True)
class Usage:
    """Tokens of one turn; the prompt counts the whole conversation again, as Google's does."""

    prompt_text: int = 0
    prompt_audio: int = 0
    response_audio: int = 0
    response_text: int = 0
    thoughts: int = 0  # not part of the total, at Google's neither


@dataclass(frozen=True)
class SetupComplete:
    """`session_id`: only Vertex names it."""

    session_id: str = ""


@dataclass(frozen=True)
class Nothing:
    """A message without content: `{}`, or an empty serverContent. Some models send them between others."""

    content: bool = False


@dataclass(frozen=True)
class ThoughtText:
    """A piece of what the model thinks, which some models tell without having been asked."""

    text: str


@dataclass(frozen=True)
class ExecutableCode:
    """Python that the model writes for itself, and runs."""

    code: str


@dataclass(frozen=True)
class CodeResult:
    """What such code printed."""

    output: str


@dataclass(frozen=True)
class Spoken:
    """The model's sound: s16le mono at 24 kHz, with the words of the same message where a model bundles them."""

    pcm: bytes = field(repr=False)
    words: str = ""


@dataclass(frozen=True)
class Written:
    """A piece of an answer that is written and not spoken; pieces are joined without a space."""

    text: str


@dataclass(frozen=True)
class VoiceActivity:
    """The caller begins to speak, or has ended, `offset` seconds into the sound that came. Only Vertex tells."""

    begins: bool
    offset: float


@dataclass(frozen=True)
class HeardText:
    """A piece of what the caller said; pieces are joined without a space."""

    text: str


@dataclass(frozen=True)
class SpokenText:
    """A piece of what the model says; pieces are joined without a space. It may be empty: they begin, or `finished`."""

    text: str = ""
    finished: bool = False


@dataclass(frozen=True)
class Grounded:
    """What the answer rests on: queries of Google's search, title and address of pages, what is to be shown with it."""

    queries: tuple[str, ...]
    pages: tuple[tuple[str, str], ...]
    suggestions: str


@dataclass(frozen=True)
class GenerationComplete:
    pass


@dataclass(frozen=True)
class Interrupted:
    pass


@dataclass(frozen=True)
class TurnComplete:
    """`pending`: a function still runs, and there will be more to say. `reason`: why nothing was said."""

    usage: Usage
    pending: bool = False
    reason: str = ""


@dataclass(frozen=True)
class FunctionCall:
    id: str
    name: str
    args: dict[str, Any]


@dataclass(frozen=True)
class ToolCall:
    """`usage`: of the turn that ends with it, at a model that ends one."""

    calls: tuple[FunctionCall, ...]
    usage: Usage | None = None


@dataclass(frozen=True)
class ToolCallCancellation:
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Resumption:
    """`handle` continues this conversation in another session; empty while it cannot be continued.

    `taken`: how many of the client's messages have been, for a client that will send the others again.
    """

    handle: str = ""
    taken: int | None = None


@dataclass(frozen=True)
class GoAway:
    """The connection ends in `seconds`."""

    seconds: float


OfTurn = (
    ThoughtText
    | ExecutableCode
    | CodeResult
    | Spoken
    | Written
    | HeardText
    | SpokenText
    | Grounded
    | GenerationComplete
    | Interrupted
)
ServerMessage = (
    SetupComplete
    | Nothing
    | OfTurn
    | VoiceActivity
    | TurnComplete
    | ToolCall
    | ToolCallCancellation
    | Resumption
    | GoAway
)


@dataclass(frozen=True)
class Spelling:
    """Which fields a model fills, of those that another leaves out."""

    role: bool = True  # whose turn it is that is spoken
    rate: bool = True  # of the sound, in its type
    output_tokens: str = "response"  # what they are called: response or candidates
    grounding: bool = False  # what an answer rests on, empty, in each turnComplete
    status: bool = False  # whether a turnComplete is the last for now


USUAL = Spelling()


def dump(message: ServerMessage, spelling: Spelling = USUAL) -> bytes:
    """The bytes of a binary frame: JSON in camelCase, indented by two spaces, a newline, empty fields left out."""
    return msgspec.json.format(msgspec.json.encode(_fields(message, spelling)), indent=2) + b"\n"


def _fields(message: ServerMessage, spelling: Spelling) -> dict[str, Any]:
    match message:
        case SetupComplete(session_id):
            return {"setupComplete": {"sessionId": session_id} if session_id else {}}
        case Nothing(content):
            return {"serverContent": {}} if content else {}
        case VoiceActivity(begins, offset):
            kind = "ACTIVITY_START" if begins else "ACTIVITY_END"
            return {"voiceActivity": {"type": kind, "audioOffset": _duration(offset)}}
        case TurnComplete():
            return {"serverContent": _complete(message, spelling), "usageMetadata": _usage(message.usage, spelling)}
        case ToolCall(calls):
            called = [{"id": c.id, "name": c.name} | ({"args": c.args} if c.args else {}) for c in calls]
            return {"toolCall": {"functionCalls": called}}
        case ToolCallCancellation(ids):
            return {"toolCallCancellation": {"ids": list(ids)}}
        case Resumption(handle, taken):
            update: dict[str, Any] = {"newHandle": handle, "resumable": True} if handle else {}
            if taken is not None:
                update["lastConsumedClientMessageIndex"] = str(taken)
            return {"sessionResumptionUpdate": update}
        case GoAway(seconds):
            return {"goAway": {"timeLeft": _duration(seconds)}}
        case _:
            return {"serverContent": _content(message, spelling)}


def _content(message: OfTurn, spelling: Spelling) -> dict[str, Any]:
    match message:
        case ThoughtText(text):
            return {"modelTurn": _turn({"text": text, "thought": True}, spelling)}
        case ExecutableCode(code):
            return {"modelTurn": _turn({"executableCode": {"language": "PYTHON", "code": code}}, spelling)}
        case CodeResult(output):
            result = {"outcome": "OUTCOME_OK", "output": output}
            return {"modelTurn": _turn({"codeExecutionResult": result}, spelling)}
        case Spoken(pcm, words):
            mime = "audio/pcm;rate=24000" if spelling.rate else "audio/pcm"
            audio = {"inlineData": {"mimeType": mime, "data": base64.b64encode(pcm).decode()}}
            return {"modelTurn": _turn(audio, spelling)} | ({"outputTranscription": {"text": words}} if words else {})
        case Written(text):
            return {"modelTurn": _turn({"text": text}, spelling)}
        case HeardText(text):
            return {"inputTranscription": {"text": text}}
        case SpokenText(text, finished):
            return {"outputTranscription": ({"text": text} if text else {}) | ({"finished": True} if finished else {})}
        case Grounded(queries, pages, suggestions):
            chunks = [{"web": {"uri": address, "title": title}} for title, address in pages]
            shown = {"renderedContent": suggestions}
            found = {"webSearchQueries": list(queries), "groundingChunks": chunks, "searchEntryPoint": shown}
            return {"groundingMetadata": found}
        case GenerationComplete():
            return {"generationComplete": True}
        case Interrupted():
            return {"interrupted": True}
        case never:
            assert_never(never)


def _complete(message: TurnComplete, spelling: Spelling) -> dict[str, Any]:
    complete: dict[str, Any] = {"turnComplete": True}
    if message.reason:
        complete["turnCompleteReason"] = message.reason
    if spelling.grounding:
        complete["groundingMetadata"] = {}
    if spelling.status:
        complete["interactionStatus"] = "IN_PROGRESS" if message.pending else "IDLE"
    return complete


def _duration(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def _turn(part: dict[str, Any], spelling: Spelling) -> dict[str, Any]:
    return ({"role": "model"} if spelling.role else {}) | {"parts": [part]}


def _usage(usage: Usage, spelling: Spelling) -> dict[str, Any]:
    prompt = usage.prompt_text + usage.prompt_audio
    response = usage.response_text + usage.response_audio
    counted = {
        "promptTokenCount": prompt,
        f"{spelling.output_tokens}TokenCount": response,
        "totalTokenCount": prompt + response,
        "promptTokensDetails": _details(TEXT=usage.prompt_text, AUDIO=usage.prompt_audio),
        f"{spelling.output_tokens}TokensDetails": _details(TEXT=usage.response_text, AUDIO=usage.response_audio),
        "thoughtsTokenCount": usage.thoughts,
    }
    return {name: value for name, value in counted.items() if value}


def _details(**tokens: int) -> list[dict[str, Any]]:
    return [{"modality": modality, "tokenCount": count} for modality, count in tokens.items() if count]
