"""Media Streams on the wire: frames as Twilio sends and takes them, and what is not one."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony_agent.errors import ProtocolError
from telephony_agent.phone.messages import (
    Clear,
    Heard,
    Mark,
    Played,
    Pressed,
    Say,
    Started,
    Stopped,
    dump,
    parse,
)

ACCOUNT = "AC" + "0" * 31 + "1"
CALL = "CA" + "0" * 31 + "2"
STREAM = "MZ" + "0" * 31 + "3"

START = (
    '{"event":"start","sequenceNumber":"1","start":{"accountSid":"%s","streamSid":"%s","callSid":"%s",'
    '"tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},'
    '"customParameters":%s},"streamSid":"%s"}'
)
SOUND = bytes(range(160))
MEDIA = (
    '{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"155","payload":"%s"},'
    f'"streamSid":"{STREAM}"}}'
)


# What Twilio says.


def test_connected_says_nothing_we_use() -> None:
    assert parse('{"event":"connected","protocol":"Call","version":"1.0.0"}') is None


def test_start_names_the_stream_and_carries_our_parameters() -> None:
    text = START % (ACCOUNT, STREAM, CALL, '{"token":"a\\"b"}', STREAM)
    assert parse(text) == Started(STREAM, CALL, ACCOUNT, {"token": 'a"b'})


def test_start_without_parameters() -> None:
    assert parse(START % (ACCOUNT, STREAM, CALL, "{}", STREAM)) == Started(STREAM, CALL, ACCOUNT, {})
    text = START.replace(',"customParameters":%s', "") % (ACCOUNT, STREAM, CALL, STREAM)
    assert parse(text) == Started(STREAM, CALL, ACCOUNT, {})


def test_media_is_the_callers_sound() -> None:
    assert parse(MEDIA % base64.b64encode(SOUND).decode()) == Heard(SOUND)


def test_media_of_the_other_track_is_our_own_sound_and_not_the_callers() -> None:
    assert parse((MEDIA % "f38=").replace('"inbound"', '"outbound"')) is None


def test_media_need_not_name_its_track() -> None:
    assert parse('{"event":"media","media":{"payload":"f38="}}') == Heard(b"\x7f\x7f")


@pytest.mark.parametrize("digit", "0123456789*#ABCD")
def test_dtmf_is_a_key(digit: str) -> None:
    text = '{"event":"dtmf","streamSid":"%s","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"%s"}}'
    assert parse(text % (STREAM, digit)) == Pressed(digit)


def test_a_mark_came_back() -> None:
    text = '{"event":"mark","sequenceNumber":"4","streamSid":"%s","mark":{"name":"my label"}}'
    assert parse(text % STREAM) == Played("my label")


def test_stop_ends_the_stream() -> None:
    text = '{"event":"stop","sequenceNumber":"378","streamSid":"%s","stop":{"accountSid":"%s","callSid":"%s"}}'
    assert parse(text % (STREAM, ACCOUNT, CALL)) == Stopped()


def test_fields_in_any_order_and_fields_we_do_not_know() -> None:
    assert parse('{"mark":{"colour":["red",{"a":null}],"name":"x"},"new":1.5,"event":"mark"}') == Played("x")
    text = START % (ACCOUNT, STREAM, CALL, "{}", STREAM)
    assert isinstance(parse(text.replace('"channels":1', '"channels":1,"codec":"pcmu"')), Started)


# What nobody may say.

BAD_START = [
    ('"streamSid":"%s"', '"streamSid":7'),
    ('"callSid":"%s"', '"callSid":null'),
    ('"sampleRate":8000', '"sampleRate":"8000"'),
    ('"sampleRate":8000', '"sampleRate":1e400'),
    ('"sampleRate":8000', '"sampleRate":' + "9" * 5000),
    ('"customParameters":%s', '"customParameters":{"token":5}'),
    ('"customParameters":%s', '"customParameters":[]'),
]

MALFORMED = {
    "empty": "",
    "a space": " ",
    "cut off": '{"event":"mark","mark":{"na',
    "two documents": '{"event":"stop"}{"event":"stop"}',
    "not JSON": "hello",
    "an array": "[]",
    "null": "null",
    "a number": "8000",
    "no event": '{"streamSid":"MZ"}',
    "an empty object": "{}",
    "event not a text": '{"event":5}',
    "unknown event": '{"event":"dance"}',
    "event of another case": '{"event":"Media","media":{"payload":"f38="}}',
    "two events": '{"event":"mark","event":"stop","mark":{"name":"x"}}',
    "media without media": '{"event":"media"}',
    "media null": '{"event":"media","media":null}',
    "media a text": '{"event":"media","media":"f38="}',
    "no payload": '{"event":"media","media":{"track":"inbound"}}',
    "payload null": '{"event":"media","media":{"payload":null}}',
    "payload a number": '{"event":"media","media":{"payload":1}}',
    "payload an array": '{"event":"media","media":{"payload":[127]}}',
    "payload not base64": MEDIA % "not base64!",
    "payload not padded": MEDIA % "f38",
    "payload of the other alphabet": MEDIA % "_-8=",
    "payload not ASCII": MEDIA % "fé8=",
    "track a number": '{"event":"media","media":{"payload":"f38=","track":1}}',
    "mark without a name": '{"event":"mark","mark":{}}',
    "mark a text": '{"event":"mark","mark":"x"}',
    "name a number": '{"event":"mark","mark":{"name":1}}',
    "digit a number": '{"event":"dtmf","dtmf":{"digit":1}}',
    "no digit": '{"event":"dtmf","dtmf":{}}',
    "start without start": '{"event":"start"}',
    "start empty": '{"event":"start","start":{}}',
    "half a surrogate pair": '{"event":"mark","mark":{"name":"\\ud800"}}',
    "a lone surrogate": '{"event":"mark","mark":{"name":"\ud800"}}',
    "deep arrays": '{"event":"mark","deep":' + "[" * 20_000,
    "deep arrays, closed": '{"event":"mark","deep":' + "[" * 20_000 + "]" * 20_000 + ',"mark":{"name":"x"}}',
    "deep objects": '{"event":"mark","deep":' + '{"a":' * 10_000,
    **{f"start with {new[:30]}": START.replace(old, new, 1) for old, new in BAD_START},
    **{f"start without {name}": START.replace(f'"{name}"', '"other"') for name in ("accountSid", "callSid")},
    "start without streamSid": START.replace('"streamSid"', '"other"', 1),
    "start without mediaFormat": START.replace('"mediaFormat"', '"other"'),
    "start without encoding": START.replace('"encoding"', '"other"'),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_an_error_that_leaves_the_stream_open(text: str) -> None:
    with pytest.raises(ProtocolError, match="not a Media Streams message") as error:
        parse(text)
    assert error.value.close_code is None


@pytest.mark.parametrize(
    ("old", "new"),
    [("8000", "16000"), ("8000", "9" * 30), ('"channels":1', '"channels":2'), ("audio/x-mulaw", "audio/l16")],
)
def test_sound_of_another_format_ends_the_stream(old: str, new: str) -> None:
    with pytest.raises(ProtocolError, match="not 8 kHz mono mu-law") as error:
        parse((START % (ACCOUNT, STREAM, CALL, "{}", STREAM)).replace(old, new))
    assert error.value.close_code == 1003


def test_numbers_of_any_size_do_no_harm_in_fields_we_do_not_use() -> None:
    for number in ("1e999", "-" + "9" * 5000, "0." + "1" * 5000):
        assert parse(f'{{"event":"mark","mark":{{"name":"x"}},"new":{number}}}') == Played("x")


@given(st.text(max_size=200) | st.text('{}[]":,\\eventmarkid0159.-', max_size=80))
def test_any_text_is_an_event_or_nothing_or_an_error(text: str) -> None:
    with suppress(ProtocolError):
        parse(text)


@given(st.binary(max_size=400))
def test_any_sound_comes_through(sound: bytes) -> None:
    assert parse(MEDIA % base64.b64encode(sound).decode()) == Heard(sound)


# What we say.


def test_commands_are_spelt_as_twilio_takes_them_and_not_a_field_more() -> None:
    stream = f'"streamSid":"{STREAM}"'
    assert dump(Say(b"\x7f\xff\x00"), STREAM) == f'{{"event":"media",{stream},"media":{{"payload":"f/8A"}}}}'
    assert dump(Mark("turn 7"), STREAM) == f'{{"event":"mark",{stream},"mark":{{"name":"turn 7"}}}}'
    assert dump(Clear(), STREAM) == f'{{"event":"clear",{stream}}}'
