"""The server's messages as they stand in its JSON: what we read of them, each field with what it is if left out.

https://ai.google.dev/api/live. The server leaves out what is empty, zero or false; other fields are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

NOTHING = msgspec.Raw(b'""')


class Frame(msgspec.Struct, rename="camel"):
    pass


class Media(Frame):
    data: msgspec.Raw = NOTHING
    """Base64, as it stands in the JSON: to make a string of it first would cost as much again."""
    mime_type: str = ""


class Code(Frame):
    code: str = ""


class Result(Frame):
    outcome: str = ""
    output: str = ""


class Part(Frame):
    inline_data: Media | None = None
    text: str = ""
    thought: bool = False
    executable_code: Code | None = None
    code_execution_result: Result | None = None


class ModelTurn(Frame):
    parts: Sequence[Part] = ()


class Transcription(Frame):
    text: str = ""


class Page(Frame):
    retrieved_url: str = ""
    url_retrieval_status: str = ""


class Pages(Frame):
    url_metadata: Sequence[Page] = ()


class Web(Frame):
    uri: str = ""
    title: str = ""


class Chunk(Frame):
    web: Web | None = None


class EntryPoint(Frame):
    rendered_content: str = ""


class Grounding(Frame):
    web_search_queries: Sequence[str] = ()
    grounding_chunks: Sequence[Chunk] = ()
    search_entry_point: EntryPoint | None = None


class Content(Frame):
    model_turn: ModelTurn | None = None
    input_transcription: Transcription | None = None
    interim_input_transcription: Transcription | None = None
    output_transcription: Transcription | None = None
    interrupted: bool = False
    generation_complete: bool = False
    turn_complete: bool = False
    turn_complete_reason: str = ""
    interaction_status: str = ""
    waiting_for_input: bool = False
    grounding_metadata: Mapping[str, Any] | None = None
    url_context_metadata: Pages | None = None


class FunctionCall(Frame):
    name: str
    id: str = ""
    args: Mapping[str, Any] | None = None


class FunctionCalls(Frame):
    function_calls: Sequence[FunctionCall] = ()


class Cancellation(Frame):
    ids: Sequence[str] = ()


class GoAway(Frame):
    time_left: str = "0s"


class Resumption(Frame):
    new_handle: str = ""
    resumable: bool = False


Count = int | str  # JSON made from protobuf has numbers of 64 bits in strings


class Tokens(Frame):
    modality: str = ""
    token_count: Count = 0


class UsageMetadata(Frame):
    prompt_token_count: Count = 0
    response_token_count: Count = 0  # Developer API
    candidates_token_count: Count = 0  # Vertex AI
    total_token_count: Count = 0
    thoughts_token_count: Count = 0
    cached_content_token_count: Count = 0
    tool_use_prompt_token_count: Count = 0
    prompt_tokens_details: Sequence[Tokens] = ()
    response_tokens_details: Sequence[Tokens] = ()  # as above
    candidates_tokens_details: Sequence[Tokens] = ()
    tool_use_prompt_tokens_details: Sequence[Tokens] = ()


class SetupComplete(Frame):
    session_id: str = ""


class Activity(Frame):
    type: str = ""
    audio_offset: str = ""


class VadSignal(Frame):
    vad_signal_type: str = ""


class Message(Frame):
    setup_complete: SetupComplete | None = None
    server_content: Content | None = None
    tool_call: FunctionCalls | None = None
    tool_call_cancellation: Cancellation | None = None
    session_resumption_update: Resumption | None = None
    go_away: GoAway | None = None
    usage_metadata: UsageMetadata | None = None
    voice_activity: Activity | None = None
    voice_activity_detection_signal: VadSignal | None = None
    interaction_status: str = ""  # documented here too, and within serverContent
    error: Any = None  # the API has none and closes instead; a proxy on the way may send one
