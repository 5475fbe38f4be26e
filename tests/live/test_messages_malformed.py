"""What no model may say: on the wire it is an error, and never anything worse."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony_agent.errors import ProtocolError
from telephony_agent.live.messages import parse
from tests.live.test_messages import sound

MALFORMED: dict[str, str | bytes] = {
    "empty": "",
    "not JSON": "hello",
    "cut off": '{"serverContent":{',
    "two documents": "{}{}",
    "an array": "[]",
    "null": "null",
    "a text": '"setupComplete"',
    "not UTF-8": b'{"serverContent":{"outputTranscription":{"text":"\xff"}}}',
    "UTF-16": "{}".encode("utf-16"),
    "a lone surrogate": '{"a":"\ud800"}',
    "half a surrogate pair": '{"serverContent":{"outputTranscription":{"text":"\\ud800"}}}',
    "setupComplete true": '{"setupComplete":true}',
    "a session with a number": '{"setupComplete":{"sessionId":1}}',
    "content an array": '{"serverContent":[]}',
    "interrupted a text": '{"serverContent":{"interrupted":"true"}}',
    "turnComplete a number": '{"serverContent":{"turnComplete":1}}',
    "transcription a text": '{"serverContent":{"outputTranscription":"Hello"}}',
    "transcribed number": '{"serverContent":{"inputTranscription":{"text":5}}}',
    "parts an object": '{"serverContent":{"modelTurn":{"parts":{}}}}',
    "part null": '{"serverContent":{"modelTurn":{"parts":[null]}}}',
    "data a number": sound('{"data":5}'),
    "base64 of one character": sound('{"data":"A"}'),
    "base64 with a space": sound('{"data":"AA A"}'),
    "base64 with a line break": sound('{"data":"AAAA\\n"}'),
    "base64 not ASCII": sound('{"data":"é"}'),
    "base64 with padding inside": sound('{"data":"AA=A"}'),
    "sound of another rate": sound('{"mimeType":"audio/pcm;rate=16000","data":"AAAA"}'),
    "sound of another kind": sound('{"mimeType":"audio/ogg","data":"AAAA"}'),
    "a call without a name": '{"toolCall":{"functionCalls":[{"id":"1","args":{}}]}}',
    "a call of null": '{"toolCall":{"functionCalls":[{"id":"1","name":null}]}}',
    "an id that is a number": '{"toolCall":{"functionCalls":[{"id":1,"name":"f"}]}}',
    "arguments in an array": '{"toolCall":{"functionCalls":[{"id":"1","name":"f","args":[1]}]}}',
    "calls in an object": '{"toolCall":{"functionCalls":{"id":"1","name":"f"}}}',
    "cancelled numbers": '{"toolCallCancellation":{"ids":[1]}}',
    "a handle that is a number": '{"sessionResumptionUpdate":{"newHandle":1,"resumable":true}}',
    "resumable a text": '{"sessionResumptionUpdate":{"newHandle":"h","resumable":"true"}}',
    "time without a unit": '{"goAway":{"timeLeft":"50"}}',
    "time of a number": '{"goAway":{"timeLeft":50}}',
    "negative time": '{"goAway":{"timeLeft":"-5s"}}',
    "time with a line break": '{"goAway":{"timeLeft":"5s\\n"}}',
    "time in other digits": '{"goAway":{"timeLeft":"٣s"}}',
    "endless time": '{"goAway":{"timeLeft":"' + "9" * 400 + 's"}}',
    "infinite time": '{"goAway":{"timeLeft":"infs"}}',
    "tokens in words": '{"usageMetadata":{"promptTokenCount":"twelve"}}',
    "an error": '{"error":{"code":429,"message":"Resource has been exhausted.","status":"RESOURCE_EXHAUSTED"}}',
    "a query that is none": '{"serverContent":{"groundingMetadata":{"webSearchQueries":[1]}}}',
    "tokens in halves": '{"usageMetadata":{"promptTokenCount":1.5}}',
    "very many tokens": '{"usageMetadata":{"promptTokenCount":' + "9" * 5000 + "}}",
    "a number beyond all floats": '{"toolCall":{"functionCalls":[{"name":"f","args":{"a":1e999}}]}}',
    "deep and open": '{"x":' + "[" * 20_000,
    "deep and closed": '{"x":' + "[" * 20_000 + "]" * 20_000 + "}",
    "voice at no time": '{"voiceActivity":{"type":"ACTIVITY_START","audioOffset":"soon"}}',
    "a page that is a text": '{"serverContent":{"urlContextMetadata":{"urlMetadata":["a"]}}}',
    "deep arguments": '{"toolCall":{"functionCalls":[{"name":"f","args":' + '{"a":' * 9000,
}


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_an_error(message: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        parse(message)


@given(st.text(max_size=100) | st.binary(max_size=100) | st.text('{}[]":,setupComplgAwayTimL0159.-', max_size=60))
def test_any_message_is_events_or_an_error(message: str | bytes) -> None:
    with suppress(ProtocolError):
        parse(message)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["setupComplete", "serverContent", "toolCall", "goAway", "usageMetadata", "sessionResumptionUpdate"]
        ),
        JSON
        | st.dictionaries(
            st.sampled_from(["modelTurn", "interrupted", "functionCalls", "timeLeft", "newHandle", "totalTokenCount"]),
            JSON,
        ),
    )
)
def test_any_value_in_a_known_field_is_events_or_an_error(message: dict[str, Any]) -> None:
    with suppress(ProtocolError):
        parse(json.dumps(message))
