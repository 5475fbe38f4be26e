"""The Live API on the wire: frames of several models as they were seen, and what we tell them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony_agent.live.messages import (
    AgentSaid,
    Aside,
    CallerSaid,
    Event,
    GenerationComplete,
    GoingAway,
    Grounded,
    Hear,
    Interrupted,
    Ready,
    Resumable,
    Spoke,
    Tell,
    ToolCall,
    ToolCallsCancelled,
    ToolResult,
    TurnComplete,
    Type,
    Usage,
    dump,
    parse,
)
from telephony_agent.live.notices import (
    CallerMaySay,
    Fetched,
    Notice,
    NotResumable,
    VoiceActivity,
    Waiting,
    Wrote,
)
from telephony_agent.live.requests import Blob, EndActivity, EndAudio, Look, Request, StartActivity, Turn, Turns, Update


def sound(blob: str) -> str:
    return f'{{"serverContent":{{"modelTurn":{{"parts":[{{"inlineData":{blob}}}]}}}}}}'


# One frame after another, as the models send them.

NATIVE_2_5 = [
    ('{\n  "setupComplete": {}\n}\n', [Ready()]),
    ('{"serverContent":{"inputTranscription":{"text":" Hello"}}}', [CallerSaid(" Hello")]),
    ('{"serverContent":{"inputTranscription":{"text":","}}}', [CallerSaid(",")]),
    (
        '{"serverContent":{"modelTurn":{"parts":[{"text":"**Greeting**\\n\\nI plan.","thought":true}]}}}',
        [Aside("thought", "**Greeting**\n\nI plan.")],
    ),
    ('{"serverContent":{"outputTranscription":{"text":"Hello, Marcelo."}}}', [AgentSaid("Hello, Marcelo.")]),
    (sound('{"mimeType":"audio/pcm;rate=24000","data":"MP0+/w=="}'), [Spoke(b"\x30\xfd\x3e\xff")]),
    (
        '{"toolCall":{"functionCalls":[{"name":"book","args":{"people":4,"day":"Friday"},'
        '"id":"function-call-14332188104829"}]}}',
        [ToolCall("function-call-14332188104829", "book", {"people": 4, "day": "Friday"})],
    ),
    ('{"serverContent":{"generationComplete":true}}', [GenerationComplete()]),
    (
        '{"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":1197,"responseTokenCount":37,'
        '"totalTokenCount":1234,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1196},{"modality":"AUDIO",'
        '"tokenCount":1}],"responseTokensDetails":[{"modality":"AUDIO","tokenCount":37}],"thoughtsTokenCount":28}}',
        [TurnComplete(), Usage(1197, 37, 1234, 28, 0, {"TEXT": 1196, "AUDIO": 1}, {"AUDIO": 37})],
    ),
]
VERTEX = [
    (
        '{"setupComplete":{"sessionId":"3f0c7c1e-0000-4000-8000-000000000001"}}',
        [Ready("3f0c7c1e-0000-4000-8000-000000000001")],
    ),
    ('{"serverContent":{"outputTranscription":{}}}', []),
    ('{"serverContent":{"outputTranscription":{"text":"Hello"}}}', [AgentSaid("Hello")]),
    ('{"serverContent":{"outputTranscription":{"text":" there."}}}', [AgentSaid(" there.")]),
    ('{"serverContent":{"outputTranscription":{"finished":true}}}', []),
    (
        '{"serverContent":{"modelTurn":{"role":"model","parts":[{"inlineData":{"mimeType":"audio/pcm",'
        '"data":"AAABAA=="}}]}}}',
        [Spoke(b"\x00\x00\x01\x00")],
    ),
    ('{"serverContent":{"generationComplete":true}}', [GenerationComplete()]),
    (
        '{"serverContent":{"turnComplete":true,"groundingMetadata":{}},"usageMetadata":{"promptTokenCount":12,'
        '"candidatesTokenCount":3,"totalTokenCount":15,"candidatesTokensDetails":[{"modality":"AUDIO"}],'
        '"trafficType":"ON_DEMAND"}}',
        [TurnComplete(), Usage(12, 3, 15)],
    ),
    ('{"toolCall":{"functionCalls":[{"name":"f","id":"0f-uuid"}]}}', [ToolCall("0f-uuid", "f", {})]),
]
LIVE_3_1 = [
    ('{"serverContent":{}}', []),
    (
        '{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"AQA="}}]},'
        '"outputTranscription":{"text":"We close"}}}',
        [AgentSaid("We close"), Spoke(b"\x01\x00")],
    ),
    ('{"toolCall":{"functionCalls":[{"id":"fc_871","name":"f","args":{}}]}}', [ToolCall("fc_871", "f", {})]),
    ('{"sessionResumptionUpdate":{"newHandle":"h1","resumable":true}}', [Resumable("h1")]),
    ('{"sessionResumptionUpdate":{"resumable":false,"newHandle":""}}', [NotResumable()]),
    ('{"sessionResumptionUpdate":{}}', [NotResumable()]),
    ('{"sessionResumptionUpdate":{"newHandle":"h2","resumable":false}}', [NotResumable()]),
]
LIVE_3_8 = [
    ("{}", []),
    (
        '{"sessionResumptionUpdate":{"newHandle":"7d8e","resumable":true,"lastConsumedClientMessageIndex":"12"}}',
        [Resumable("7d8e")],
    ),
    ('{"serverContent":{"interrupted":true}}', [Interrupted()]),
    ('{"serverContent":{"turnComplete":true,"interactionStatus":"IN_PROGRESS"}}', [TurnComplete(goes_on=True)]),
    ('{"toolCallCancellation":{"ids":["call_1","call_2"]}}', [ToolCallsCancelled(["call_1", "call_2"])]),
    ('{"goAway":{"timeLeft":"50s"}}', [GoingAway(50.0)]),
    ('{"goAway":{"timeLeft":"9.5s"}}', [GoingAway(9.5)]),
    ('{"voiceActivity":{"type":"ACTIVITY_START","audioOffset":"1.200s"}}', [VoiceActivity(True, 1.2)]),
]


GROUNDING = {
    "webSearchQueries": ["noon", "when is noon"],
    "groundingChunks": [{"web": {"uri": "https://a.example/noon", "title": "Noon"}}, {"maps": {"placeId": "1"}}],
    "groundingSupports": [{"segment": {"endIndex": 9, "text": "It is noon"}, "groundingChunkIndices": [0]}],
    "searchEntryPoint": {"renderedContent": "<b>noon</b>"},
}

# What only some models say, and what is documented without a recording.
RARE = [
    (
        '{"serverContent":{"modelTurn":{"parts":[{"text":"It is "},{"text":"noon."}]}}}',
        [Wrote("It is "), Wrote("noon.")],
    ),
    (
        '{"serverContent":{"groundingMetadata":{"webSearchQueries":["noon"],"other":1}}}',
        [Grounded({"webSearchQueries": ["noon"], "other": 1}, ["noon"], [])],
    ),
    (
        f'{{"serverContent":{{"groundingMetadata":{json.dumps(GROUNDING)}}}}}',
        [Grounded(GROUNDING, ["noon", "when is noon"], [("Noon", "https://a.example/noon")], "<b>noon</b>")],
    ),
    (
        '{"serverContent":{"urlContextMetadata":{"urlMetadata":[{"retrievedUrl":"https://a.example",'
        '"urlRetrievalStatus":"URL_RETRIEVAL_STATUS_SUCCESS"}]}}}',
        [Fetched([("https://a.example", "URL_RETRIEVAL_STATUS_SUCCESS")])],
    ),
    ('{"serverContent":{"interimInputTranscription":{"text":"Hell"}}}', [CallerMaySay("Hell")]),
    ('{"serverContent":{"waitingForInput":true}}', [Waiting()]),
    (
        '{"serverContent":{"turnComplete":true,"turnCompleteReason":"RESPONSE_REJECTED"}}',
        [TurnComplete("RESPONSE_REJECTED")],
    ),
    ('{"serverContent":{"turnComplete":true},"interactionStatus":"IN_PROGRESS"}', [TurnComplete(goes_on=True)]),
    ('{"serverContent":{"turnComplete":true,"interactionStatus":"IDLE"}}', [TurnComplete()]),
    ('{"voiceActivity":{"type":"ACTIVITY_END"}}', [VoiceActivity(False)]),
    ('{"voiceActivity":{"type":"ACTIVITY_OF_A_NEW_KIND"}}', []),
    ('{"voiceActivityDetectionSignal":{"vadSignalType":"VAD_SIGNAL_TYPE_SOS"}}', [VoiceActivity(True)]),
    ('{"voiceActivityDetectionSignal":{"vadSignalType":"VAD_SIGNAL_TYPE_EOS"}}', [VoiceActivity(False)]),
    ('{"usageMetadata":{"cachedContentTokenCount":7,"totalTokenCount":9}}', [Usage(0, 0, 9, cached=7)]),
    (
        '{"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5,"toolUsePromptTokenCount":40,'
        '"toolUsePromptTokensDetails":[{"modality":"TEXT","tokenCount":40}]}}',
        [Usage(5, 0, 5, tool_use=40, tool_use_by_kind={"TEXT": 40})],
    ),
]


@pytest.mark.parametrize(("text", "events"), NATIVE_2_5 + VERTEX + LIVE_3_1 + LIVE_3_8 + RARE)
def test_frames_as_the_models_send_them_text_or_binary(text: str, events: list[Event | Notice]) -> None:
    assert parse(text) == events
    assert parse(text.encode()) == events


def test_one_message_may_say_everything_at_once() -> None:
    content = {
        "interrupted": True,
        "inputTranscription": {"text": "Wait"},
        "outputTranscription": {"text": "Yes?"},
        "modelTurn": {
            "parts": [
                {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AQA="}},
                {"text": "aside"},
                {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AgA="}},
            ]
        },
        "generationComplete": True,
        "turnComplete": True,
    }
    message = {
        "usageMetadata": {"promptTokenCount": 1, "responseTokenCount": 2, "totalTokenCount": 3},
        "goAway": {"timeLeft": "1s"},
        "sessionResumptionUpdate": {"newHandle": "h", "resumable": True},
        "toolCallCancellation": {"ids": ["0"]},
        "toolCall": {
            "functionCalls": [{"id": "1", "name": "f", "args": {}}, {"id": "2", "name": "g", "args": {"a": []}}]
        },
        "serverContent": content,
        "setupComplete": {},
    }
    assert parse(json.dumps(message)) == [
        Ready(),
        Interrupted(),
        CallerSaid("Wait"),
        AgentSaid("Yes?"),
        Spoke(b"\x01\x00"),
        Wrote("aside"),
        Spoke(b"\x02\x00"),
        GenerationComplete(),
        TurnComplete(),
        ToolCall("1", "f", {}),
        ToolCall("2", "g", {"a": []}),
        ToolCallsCancelled(["0"]),
        Resumable("h"),
        GoingAway(1.0),
        Usage(1, 2, 3),
    ]


def test_code_and_what_it_gave_are_no_speech() -> None:
    parts = [
        {"executableCode": {"language": "PYTHON", "code": "print(2 + 2)", "id": "1"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "4\n"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_DEADLINE_EXCEEDED"}},
        {"text": "", "thought": True},
    ]
    assert parse(json.dumps({"serverContent": {"modelTurn": {"parts": parts}}})) == [
        Aside("code", "print(2 + 2)"),
        Aside("result", "4\n"),
        Aside("result", "OUTCOME_DEADLINE_EXCEEDED"),
    ]


def test_what_is_false_empty_or_null_is_not_said() -> None:
    assert parse('{"serverContent":{"interrupted":false,"turnComplete":false,"generationComplete":false}}') == []
    assert parse('{"serverContent":{"modelTurn":{}}}') == parse('{"serverContent":{"modelTurn":{"parts":[{}]}}}') == []
    assert parse('{"serverContent":null,"toolCall":null,"setupComplete":null,"usageMetadata":null}') == []
    assert parse(sound('{"mimeType":"audio/pcm;rate=24000","data":""}')) == []
    assert parse(sound('{"mimeType":"image/png","data":"AAAA"}')) == []
    assert parse('{"toolCall":{"functionCalls":[{"name":"f","args":null}]}}') == [ToolCall("", "f", {})]
    assert parse('{"toolCall":{}}') == []


def test_fields_nobody_knows_are_ignored_everywhere() -> None:
    assert parse('{"brandNew":{"a":[1,{"b":1e999}]},"serverContent":{"x":1,"turnComplete":true}}') == [TurnComplete()]


@pytest.mark.parametrize(
    ("data", "pcm"),
    [("+/8=", b"\xfb\xff"), ("-_8=", b"\xfb\xff"), ("-_8", b"\xfb\xff"), ("+/8", b"\xfb\xff"), ("AAEC", b"\0\1\2"),
     ("AA==", b"\x00"), ("AA", b"\x00")],
)  # fmt: skip
def test_base64_of_both_alphabets_padded_or_not(data: str, pcm: bytes) -> None:
    assert parse(sound(f'{{"mimeType":"audio/pcm;rate=24000","data":"{data}"}}')) == [Spoke(pcm)]


@given(st.binary(min_size=1, max_size=100), st.booleans(), st.booleans())
def test_any_sound_comes_through_in_any_spelling(pcm: bytes, url_safe: bool, padded: bool) -> None:
    data = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(pcm).decode()
    assert parse(sound(json.dumps({"data": data if padded else data.rstrip("=")}))) == [Spoke(pcm)]


@pytest.mark.parametrize("kind", ["", "audio/pcm", "audio/pcm;rate=24000", "audio/pcm; rate=24000"])
def test_sound_without_a_rate_has_24_khz(kind: str) -> None:
    assert parse(sound(json.dumps({"mimeType": kind, "data": "AQA="}))) == [Spoke(b"\x01\x00")]


# What we tell the model.


def test_the_other_commands_letter_by_letter() -> None:
    assert (
        dump(Hear(b"\x00\xfb\xff")) == '{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"APv/"}}}'
    )
    assert dump(Tell("Grüße")) == (
        '{"clientContent":{"turns":[{"role":"user","parts":[{"text":"Grüße"}]}],"turnComplete":true}}'
    )
    assert dump(Type("hello")) == '{"realtimeInput":{"text":"hello"}}'
    assert dump(ToolResult("c1", "f", {"output": {"open": True}})) == (
        '{"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{"output":{"open":true}}}]}}'
    )
    assert dump(ToolResult("c1", "f", {}, "SILENT", True)) == (
        '{"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{},"scheduling":"SILENT",'
        '"willContinue":true}]}}'
    )
    assert dump(Hear(b"", 8_000)) == '{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=8000","data":""}}}'


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            Turns([Turn("user", ["Who?", Blob("image/png", b"\x00")]), Turn("model", ["I."])], complete=False),
            '{"clientContent":{"turns":[{"role":"user","parts":[{"text":"Who?"},{"inlineData":{"mimeType":"image/png",'
            '"data":"AA=="}}]},{"role":"model","parts":[{"text":"I."}]}],"turnComplete":false}}',
        ),
        (Turns(), '{"clientContent":{"turnComplete":true}}'),
        (Look(Blob("image/jpeg", b"\xff")), '{"realtimeInput":{"video":{"mimeType":"image/jpeg","data":"/w=="}}}'),
        (StartActivity(), '{"realtimeInput":{"activityStart":{}}}'),
        (EndActivity(), '{"realtimeInput":{"activityEnd":{}}}'),
        (EndAudio(), '{"realtimeInput":{"audioStreamEnd":true}}'),
        (Update("Be kind."), '{"contextUpdate":{"systemInstruction":{"parts":[{"text":"Be kind."}]}}}'),
        (Update(tools=()), '{"contextUpdate":{"tools":{"tools":[]}}}'),
    ],
)
def test_what_programs_tell_letter_by_letter(request_: Request, text: str) -> None:
    assert dump(request_) == text
