"""The protocol as bytes: what clients of all kinds send, and what Google would answer."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_agent.errors import ProtocolError
from telephony_agent.offline.model.closings import VAGUE
from telephony_agent.offline.model.messages import (
    ActivityEnded,
    ActivityStarted,
    Audio,
    AudioEnded,
    Content,
    ContextUpdate,
    Function,
    Returned,
    Setup,
    Text,
    Thinking,
    ToolResponse,
    Turn,
    Video,
    Window,
    parse,
)
from telephony_agent.offline.model.outgoing import (
    FunctionCall,
    GenerationComplete,
    GoAway,
    HeardText,
    Interrupted,
    Nothing,
    Resumption,
    ServerMessage,
    SetupComplete,
    Spelling,
    Spoken,
    SpokenText,
    ThoughtText,
    ToolCall,
    ToolCallCancellation,
    TurnComplete,
    Usage,
    VoiceActivity,
    Written,
    dump,
)

SCHEMA = {"type": "OBJECT", "properties": {"partySize": {"type": "INTEGER"}}, "required": ["partySize"]}
FULL_SETUP: dict[str, Any] = {
    "model": "models/gemini-3.8-live",
    "generationConfig": {
        "responseModalities": ["AUDIO"],
        "topK": 40.0,
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}}, "languageCode": "en-US"},
        "thinkingConfig": {"includeThoughts": False, "thinkingBudget": 0},
    },
    "systemInstruction": {"parts": [{"text": "Be brief."}, {"text": "Be kind."}], "role": "user"},
    "tools": [
        {"googleSearch": {}},
        {
            "functionDeclarations": [
                {"name": "book", "description": "Book.", "behavior": "BLOCKING", "parameters": SCHEMA},
                {"name": "hours", "parametersJsonSchema": {"type": "object"}},
            ]
        },
    ],
    "realtimeInputConfig": {"automaticActivityDetection": {"silenceDurationMs": "500", "prefixPaddingMs": 20}},
    "contextWindowCompression": {"triggerTokens": "25600", "slidingWindow": {"targetTokens": 12800}},
    "sessionResumption": {"handle": "h"},
    "inputAudioTranscription": {},
    "outputAudioTranscription": {},
}


def refusal(message: object) -> str:
    with pytest.raises(ProtocolError) as caught:
        parse(message if isinstance(message, str | bytes) else json.dumps(message))
    assert caught.value.close_code == 1007
    return str(caught.value)


def test_a_full_setup() -> None:
    assert parse(json.dumps({"setup": FULL_SETUP})) == [
        Setup(
            model="models/gemini-3.8-live",
            instructions="Be brief.\nBe kind.",
            functions=(Function("book", "Book.", SCHEMA, "BLOCKING"), Function("hours", "", {"type": "object"})),
            input_transcription=True,
            output_transcription=True,
            resumption=True,
            handle="h",
            silence_ms=500,
            prefix_ms=20,
            window=Window(25_600, 12_800),
            voice="Puck",
            language="en-US",
            thinking=Thinking(budget=0),
        )
    ]


def test_what_a_setup_may_say_besides() -> None:
    generation = {"responseModalities": ["TEXT"], "enableAffectiveDialog": True}
    setup = {
        "model": "m",
        "generationConfig": generation | {"thinkingConfig": {"thinkingLevel": "LOW"}},
        "proactivity": {"proactiveAudio": False},
        "sessionResumption": {"transparent": True},
        "explicitVadSignal": True,
    }
    assert parse(json.dumps({"setup": setup})) == [
        Setup(
            "m",
            resumption=True,
            thinking=Thinking(level="LOW"),
            affective=True,
            proactive=False,
            as_text=True,
            transparent=True,
            vad_signal=True,
        )
    ]


def test_a_setup_that_asks_for_nothing() -> None:
    assert parse(b'{"setup": {"model": "models/x"}}') == [Setup(model="models/x")]


def test_snake_case_is_understood_at_every_level_but_schemas_keep_their_names() -> None:
    mixed = {
        "model": "m",
        "system_instruction": {"parts": [{"text": "Hi"}]},
        "tools": [{"function_declarations": [{"name": "book", "parameters": SCHEMA}]}],
        "realtime_input_config": {"automatic_activity_detection": {"silence_duration_ms": 100}},
        "session_resumption": {},
    }
    assert parse(json.dumps({"setup": mixed})) == [
        Setup(model="m", instructions="Hi", functions=(Function("book", "", SCHEMA),), resumption=True, silence_ms=100)
    ]


@pytest.mark.parametrize("alphabet", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padding", ["kept", "stripped"])
@given(pcm=st.binary(max_size=40))
def test_base64_of_both_alphabets_padded_or_not(alphabet: Any, padding: str, pcm: bytes) -> None:
    data = alphabet(pcm).decode()
    data = data.rstrip("=") if padding == "stripped" else data
    message = {"realtimeInput": {"audio": {"data": data, "mimeType": "audio/pcm;rate=8000"}}}
    assert parse(json.dumps(message)) == [Audio(pcm, 8000)]


def test_audio_without_a_rate_is_16_khz() -> None:
    assert parse('{"realtime_input": {"audio": {"data": "AAA", "mime_type": "audio/pcm"}}}') == [Audio(b"\0\0", 16_000)]


@pytest.mark.parametrize("kind", ["audio/pcm; rate=8000", "AUDIO/PCM;RATE=8000", "audio/pcm;channels=1;rate=8000"])
def test_a_rate_is_found_however_the_type_is_written(kind: str) -> None:
    message = {"realtimeInput": {"audio": {"data": "AAA", "mimeType": kind}}}
    assert parse(json.dumps(message)) == [Audio(b"\0\0", 8000)]


@pytest.mark.parametrize("rate", ["", "-8000", "8000.5", "fast", "9" * 5000, "٣٢٠٠٠"])
def test_a_rate_that_is_none_is_not_guessed(rate: str) -> None:
    kind = f"audio/pcm;rate={rate}"
    assert refusal({"realtimeInput": {"audio": {"data": "", "mimeType": kind}}}) == VAGUE


def test_one_realtime_message_may_carry_several_things() -> None:
    message = {"realtimeInput": {"audio": {"data": "", "mimeType": "audio/pcm"}, "text": "hi", "audioStreamEnd": True}}
    assert parse(json.dumps(message)) == [Audio(b""), Text("hi"), AudioEnded()]


def test_the_client_may_say_itself_who_speaks() -> None:
    assert parse('{"realtime_input": {"activityStart": {}}}') == [ActivityStarted()]
    assert parse('{"realtime_input": {"activityEnd": {}}}') == [ActivityEnded()]


def test_how_speech_is_told_from_silence() -> None:
    detection = {
        "startOfSpeechSensitivity": "START_SENSITIVITY_LOW",
        "endOfSpeechSensitivity": "END_SENSITIVITY_HIGH",
        "disabled": True,
    }
    realtime = {"automaticActivityDetection": detection, "activityHandling": "NO_INTERRUPTION"}
    assert parse(json.dumps({"setup": {"model": "m", "realtimeInputConfig": realtime}})) == [
        Setup("m", start_sensitivity="LOW", end_sensitivity="HIGH", manual_activity=True, interruptible=False)
    ]


def test_history_and_a_window_of_the_model_s_own_size() -> None:
    setup = {
        "model": "m",
        "historyConfig": {"initialHistoryInClientContent": True},
        "contextWindowCompression": {"slidingWindow": {}},
    }
    assert parse(json.dumps({"setup": setup})) == [Setup("m", seeded=True, window=Window())]


def test_a_context_update_changes_what_it_names() -> None:
    update = {"systemInstruction": {"parts": [{"text": "new"}]}, "tools": {"tools": []}}
    assert parse(json.dumps({"contextUpdate": update})) == [ContextUpdate("new", ())]
    assert parse('{"context_update": {}}') == [ContextUpdate()]


def test_video_is_accepted_and_not_looked_at() -> None:
    assert parse('{"realtimeInput": {"video": {"data": "_9g=", "mimeType": "image/jpeg"}}}') == [Video()]


def test_content() -> None:
    turns = [{"role": "user", "parts": [{"text": "Hello"}, {"inlineData": {"mimeType": "image/png", "data": ""}}]}]
    message = {"clientContent": {"turns": turns, "turnComplete": True}}
    assert parse(json.dumps(message)) == [Content((Turn("user", "Hello"),), complete=True)]
    assert parse('{"clientContent": {"turnComplete": true}}') == [Content(complete=True)]


def test_a_tool_response_keeps_the_names_in_its_result() -> None:
    response = {"id": "1", "name": "f", "response": {"tableNumber": 4}, "scheduling": "SILENT", "willContinue": True}
    message = {"toolResponse": {"functionResponses": [response]}}
    assert parse(json.dumps(message)) == [ToolResponse((Returned("1", "f", {"tableNumber": 4}, "SILENT", more=True),))]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{", "Invalid JSON payload received."),
        ('{"setup":' * 5000, "Invalid JSON payload received."),
        (b"\xff\xfe", "Invalid JSON payload received."),
        ("[]", "Request contains an invalid argument."),
        ({}, "Request contains an invalid argument."),
        ({"setup": {"model": "m"}, "toolResponse": {}}, "Request contains an invalid argument."),
        ({"setup": {}}, "Request contains an invalid argument."),
        ({"hello": {}}, 'Invalid JSON payload received. Unknown name "hello": Cannot find field.'),
        (
            {"setup": {"model": "m", "generationConfig": {"voice": "Puck"}}},
            "Invalid JSON payload received. Unknown name \"voice\" at 'setup.generation_config': Cannot find field.",
        ),
        (
            {"clientContent": {"contents": []}},
            "Invalid JSON payload received. Unknown name \"contents\" at 'client_content': Cannot find field.",
        ),
        ({"setup": {"model": 3}}, "Invalid value at 'setup.model'"),
        ({"setup": {"model": "m", "systemInstruction": "Be kind."}}, "Invalid value at 'setup.system_instruction'"),
        (
            {"clientContent": {"turns": [{"parts": [{"text": "no role"}]}]}},
            "Request contains an invalid argument.",
        ),
        (
            {"toolResponse": {"functionResponses": [{"id": "1", "scheduling": "SOON"}]}},
            "Invalid value at 'tool_response.function_responses[0].scheduling'",
        ),
        (
            {"setup": {"model": "m", "realtimeInputConfig": {"activityHandling": "LOUD"}}},
            "Invalid value at 'setup.realtime_input_config.activity_handling'",
        ),
        (
            {"setup": {"model": "m", "realtimeInputConfig": {"turnCoverage": "SOME"}}},
            "Invalid value at 'setup.realtime_input_config.turn_coverage'",
        ),
        (
            {"setup": {"model": "m", "generationConfig": {"mediaResolution": "TINY"}}},
            "Invalid value at 'setup.generation_config.media_resolution'",
        ),
        (
            {"setup": {"model": "m", "generationConfig": {"thinkingConfig": {"thinkingLevel": "SOME"}}}},
            "Invalid value at 'setup.generation_config.thinking_config.thinking_level'",
        ),
        (
            {"setup": {"model": "m", "generationConfig": {"responseMimeType": "text/plain"}}},
            "Invalid JSON payload received. Unknown name \"response_mime_type\" at 'setup.generation_config': "
            "Cannot find field.",
        ),
        (
            {"setup": {"model": "m", "generationConfig": {"responseModalities": ["TEXT", "AUDIO"]}}},
            "Request contains an invalid argument.",
        ),
        (
            {"realtimeInput": {"mediaChunks": []}},
            "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.",
        ),
        (
            {"realtimeInput": {"audio": {"data": "?", "mimeType": "audio/pcm"}}},
            "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed",
        ),
        (
            {"realtimeInput": {"audio": {"data": "", "mimeType": "audio/x-mulaw"}}},
            "Request contains an invalid argument.",
        ),
        (
            {"realtimeInput": {"audio": {"data": "", "mimeType": "audio/pcm;rate=0"}}},
            "Request contains an invalid argument.",
        ),
        (
            {"setup": {"model": "m", "tools": [{"functionDeclarations": [{"name": "book a table"}]}]}},
            "Request contains an invalid argument.",
        ),
        (
            {"setup": {"model": "m", "tools": [{"functionDeclarations": [{"name": "f" * 129}]}]}},
            "Request contains an invalid argument.",
        ),
        (
            {"setup": {"model": "m", "tools": [{"functionDeclarations": [{"description": "Has no name."}]}]}},
            "Request contains an invalid argument.",
        ),
        (
            {
                "setup": {
                    "model": "m",
                    "tools": [{"functionDeclarations": [{"name": "f", "parameters": {}, "parametersJsonSchema": {}}]}],
                }
            },
            "Request contains an invalid argument.",
        ),
        (
            {"setup": {"model": "m", "tools": [{"functionDeclarations": [{"name": f"f{at}"} for at in range(513)]}]}},
            "Request contains an invalid argument.",
        ),
        (
            {"toolResponse": {"functionResponses": [{"id": "1", "response": "twelve"}]}},
            "Invalid value at 'tool_response.function_responses[0].response'",
        ),
    ],
)
def test_what_is_wrong_is_refused_in_googles_words(message: object, reason: str) -> None:
    assert refusal(message) == reason


@settings(max_examples=50)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.dictionaries(st.text(), x)))
def test_any_json_is_a_message_or_a_protocol_error(message: object) -> None:
    with suppress(ProtocolError):
        parse(json.dumps({"setup": message}))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_protocol_error(raw: bytes) -> None:
    with suppress(ProtocolError):
        parse(raw)


def test_the_bytes_of_a_frame_are_googles() -> None:
    assert dump(SetupComplete()) == b'{\n  "setupComplete": {}\n}\n'


USAGE = Usage(prompt_text=10, prompt_audio=25, response_audio=50)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            Spoken(b"\0\1"),
            {
                "serverContent": {
                    "modelTurn": {
                        "role": "model",
                        "parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAE="}}],
                    }
                }
            },
        ),
        (HeardText(" Hi"), {"serverContent": {"inputTranscription": {"text": " Hi"}}}),
        (SpokenText("Hi"), {"serverContent": {"outputTranscription": {"text": "Hi"}}}),
        (GenerationComplete(), {"serverContent": {"generationComplete": True}}),
        (Interrupted(), {"serverContent": {"interrupted": True}}),
        (SetupComplete("s"), {"setupComplete": {"sessionId": "s"}}),
        (Nothing(), {}),
        (Nothing(content=True), {"serverContent": {}}),
        (SpokenText(finished=True), {"serverContent": {"outputTranscription": {"finished": True}}}),
        (
            TurnComplete(USAGE),
            {
                "serverContent": {"turnComplete": True},
                "usageMetadata": {
                    "promptTokenCount": 35,
                    "responseTokenCount": 50,
                    "totalTokenCount": 85,
                    "promptTokensDetails": [
                        {"modality": "TEXT", "tokenCount": 10},
                        {"modality": "AUDIO", "tokenCount": 25},
                    ],
                    "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 50}],
                },
            },
        ),
        (TurnComplete(Usage()), {"serverContent": {"turnComplete": True}, "usageMetadata": {}}),
        (
            ToolCall((FunctionCall("1", "f", {"a": 1}), FunctionCall("2", "g", {}))),
            {"toolCall": {"functionCalls": [{"id": "1", "name": "f", "args": {"a": 1}}, {"id": "2", "name": "g"}]}},
        ),
        (ToolCallCancellation(("1",)), {"toolCallCancellation": {"ids": ["1"]}}),
        (Resumption("h"), {"sessionResumptionUpdate": {"newHandle": "h", "resumable": True}}),
        (Resumption(), {"sessionResumptionUpdate": {}}),
        (GoAway(60.0), {"goAway": {"timeLeft": "60s"}}),
        (GoAway(9.5), {"goAway": {"timeLeft": "9.5s"}}),
    ],
)
def test_what_is_sent(message: ServerMessage, expected: object) -> None:
    sent = dump(message)
    assert json.loads(sent) == expected
    assert sent.endswith(b"}\n")


def test_vertex_spells_some_things_differently() -> None:
    spelling = Spelling(role=False, rate=False, output_tokens="candidates", grounding=True)
    spoken, thought, end = (
        json.loads(dump(message, spelling)) for message in (Spoken(b"", "Hi"), ThoughtText("hm"), TurnComplete(USAGE))
    )
    audio = {"inlineData": {"mimeType": "audio/pcm", "data": ""}}
    assert spoken == {"serverContent": {"modelTurn": {"parts": [audio]}, "outputTranscription": {"text": "Hi"}}}
    assert thought == {"serverContent": {"modelTurn": {"parts": [{"text": "hm", "thought": True}]}}}
    assert end["serverContent"] == {"turnComplete": True, "groundingMetadata": {}}
    assert end["usageMetadata"]["candidatesTokenCount"] == 50


def test_what_is_written_is_a_part_of_text() -> None:
    assert json.loads(dump(Written("Hello"))) == {
        "serverContent": {"modelTurn": {"role": "model", "parts": [{"text": "Hello"}]}}
    }


def test_vertex_tells_when_the_caller_speaks() -> None:
    assert json.loads(dump(VoiceActivity(True, 1.2))) == {
        "voiceActivity": {"type": "ACTIVITY_START", "audioOffset": "1.2s"}
    }
    assert json.loads(dump(VoiceActivity(False, 2.0)))["voiceActivity"]["type"] == "ACTIVITY_END"


def test_what_was_taken_is_a_number_in_a_string() -> None:
    update = json.loads(dump(Resumption("h", 12)))["sessionResumptionUpdate"]
    assert update == {"newHandle": "h", "resumable": True, "lastConsumedClientMessageIndex": "12"}
