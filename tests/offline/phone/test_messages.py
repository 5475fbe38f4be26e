"""Twilio's half of the protocol, against frames as captured on real calls."""

import base64

import pytest

from telephony_agent.offline.phone.messages import (
    INVALID,
    STATIC,
    UNDECODABLE,
    Clear,
    Connected,
    Dtmf,
    DtmfBody,
    Fault,
    Mark,
    MarkBody,
    MarkEcho,
    Media,
    MediaBody,
    Play,
    Start,
    StartBody,
    Stop,
    StopBody,
    dump,
    file_header,
    parse,
)


def test_connected_has_neither_a_sid_nor_a_number() -> None:
    assert dump(Connected()) == '{"event":"connected","protocol":"Call","version":"1.0.0"}'


def test_start_is_as_captured() -> None:
    start = Start("1", StartBody("AC1", "MZ1", "CA1", custom_parameters={"token": "t"}), "MZ1")
    assert dump(start) == (
        '{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1",'
        '"tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},'
        '"customParameters":{"token":"t"}},"streamSid":"MZ1"}'
    )


def test_media_is_as_captured_with_160_bytes_in_216_letters() -> None:
    text = dump(Media("2", MediaBody("inbound", "1", "155", b"\xff" * 160), "MZ1"))
    payload = base64.b64encode(b"\xff" * 160).decode()
    assert len(payload) == 216
    assert text == (
        '{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"155",'
        f'"payload":"{payload}"}},"streamSid":"MZ1"}}'
    )


def test_dtmf_mark_and_stop_are_as_captured() -> None:
    assert dump(Dtmf("MZ1", "5", DtmfBody("inbound_track", "1"))) == (
        '{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"1"}}'
    )
    assert dump(MarkEcho("4", "MZ1", MarkBody("my label"))) == (
        '{"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"my label"}}'
    )
    assert dump(Stop("378", "MZ1", StopBody("AC1", "CA1"))) == (
        '{"event":"stop","sequenceNumber":"378","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}'
    )


def test_a_service_may_send_media_mark_and_clear() -> None:
    media = parse('{"event":"media","streamSid":"MZ1","media":{"payload":"/38="}}', "MZ1")
    assert isinstance(media, Play)
    assert media.media.payload == b"\xff\x7f"
    assert parse('{"event":"mark","streamSid":"MZ1","mark":{"name":"a"}}', "MZ1") == Mark("MZ1", MarkBody("a"))
    assert parse('{"event":"clear","streamSid":"MZ1"}', "MZ1") == Clear("MZ1")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "truncated"),
        ("null", "object"),
        ('{"event":"speak","streamSid":"MZ1"}', "speak"),
        ('{"streamSid":"MZ1"}', "event"),
        ('{"event":"media","streamSid":"MZ1"}', "media"),
        ('{"event":"media","media":{"payload":"/38="}}', "streamSid"),
        ('{"event":"mark","streamSid":"MZ1","mark":{}}', "name"),
        ('{"event":"mark","streamSid":"MZ1","mark":{"name":7}}', "str"),
        ('{"event":"clear","streamSid":"MZ1","why":"barge-in"}', "why"),
        ('{"event":"media","streamSid":"MZ1","media":{"payload":"/38=","track":"outbound"}}', "track"),
        ('{"event":"media","streamSid":"MZ1","media":{"payload":"/38"}}', "base64"),
        ('{"event":"media","streamSid":"MZ1","media":{"payload":"*&^%"}}', "base64"),
        ('{"event":"clear","streamSid":"MZ2"}', "MZ2"),
        ("\ud800", "utf-8"),
    ],
)
def test_what_twilio_would_not_take_is_a_31951_that_says_why(text: str, says: str) -> None:
    fault = parse(text, "MZ1")
    assert isinstance(fault, Fault)
    assert fault.code == INVALID
    assert says in fault.reason


def test_a_binary_frame_is_a_31950() -> None:
    fault = parse(b'{"event":"clear","streamSid":"MZ1"}', "MZ1")
    assert isinstance(fault, Fault)
    assert fault.code == UNDECODABLE


@pytest.mark.parametrize("header", [b"RIFF\x24\x00\x00\x00WAVEfmt ", b"ID3\x04"])
def test_a_file_header_in_the_sound_is_noticed(header: bytes) -> None:
    fault = file_header(header + b"\xff" * 160)
    assert fault is not None
    assert fault.code == STATIC
    assert file_header(b"\xff" * 160) is None
