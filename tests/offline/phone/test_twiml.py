"""TwiML as Twilio reads it."""

import pytest

from telephony_agent.offline.phone.twiml import Refused, parse
from telephony_agent.offline.phone.verbs import (
    Conference,
    Connect,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    StartRecording,
    StartStream,
    StopStream,
    Stream,
)

VOICE = "https://agent.example.com/line/twilio/voice"


def connect(stream: str, **attributes: str) -> str:
    action = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<Response><Connect{action}>{stream}</Connect></Response>"


def test_a_stream_with_its_parameters_and_what_follows() -> None:
    document = connect(
        '<Stream url="wss://agent.example.com/twilio/stream" name="agent" '
        'statusCallback="https://agent.example.com/twilio/stream-status">'
        '<Parameter name="token" value="a&amp;b"/><Parameter name="empty" value=""/></Stream>',
        action="https://agent.example.com/twilio/voice/next",
    )
    assert parse('<?xml version="1.0" encoding="UTF-8"?>' + document, VOICE) == [
        Connect(
            Stream(
                "wss://agent.example.com/twilio/stream",
                "agent",
                "https://agent.example.com/twilio/stream-status",
                {"token": "a&b", "empty": ""},
            ),
            "https://agent.example.com/twilio/voice/next",
        )
    ]


def test_the_other_verbs_in_order() -> None:
    document = (
        '<Response><Say voice="alice"> Goodbye. </Say><Pause length="2"/><Pause/><Redirect>/x</Redirect></Response>'
    )
    assert parse(document, VOICE) == [
        Say("Goodbye."),
        Pause(2.0),
        Pause(1.0),
        Redirect("https://agent.example.com/x"),
    ]
    assert parse('<Response><Reject reason="busy"/><Hangup/></Response>', VOICE) == [Reject("busy"), Hangup()]
    assert parse("<Response/>", VOICE) == []


def test_relative_addresses_resolve_against_the_document() -> None:
    (verb,) = parse(connect('<Stream url="/twilio/stream"/>', action="voice/next"), VOICE)
    assert verb == Connect(
        Stream("wss://agent.example.com/twilio/stream"), "https://agent.example.com/line/twilio/voice/next"
    )
    (verb,) = parse(connect('<Stream url="stream"/>', action="/next"), "http://127.0.0.1:8080/twilio/voice")
    assert verb == Connect(Stream("ws://127.0.0.1:8080/twilio/stream"), "http://127.0.0.1:8080/next")


def test_a_plain_socket_is_for_loopback_only() -> None:
    (verb,) = parse(connect('<Stream url="ws://localhost:8080/s"/>'), VOICE)
    assert verb == Connect(Stream("ws://localhost:8080/s"))
    with pytest.raises(Refused, match="must be wss") as refused:
        parse(connect('<Stream url="ws://agent.example.com/s"/>'), VOICE)
    assert refused.value.code == 31922


@pytest.mark.parametrize(
    ("document", "code", "says"),
    [
        ("Hello", 12100, "not XML"),
        ('<Response><Redirect method="POST">/a?b=1&c=2</Redirect></Response>', 12100, "not XML"),
        ("<Connect/>", 12100, "<Response>"),
        ("<Response><Sing/></Response>", 12200, "<Sing>"),
        ("<Response><say>hello</say></Response>", 12200, "<say>"),
        (connect('<Stream url="wss://a.example/s?token=1"/>'), 31920, "query string"),
        (connect('<Stream url="https://a.example/s"/>'), 31922, "must be wss"),
        (connect("<Stream/>"), 12200, "'url'"),
        (connect(""), 12200, "one <Stream>"),
        (connect('<Stream url="wss://a.example/s" track="both_tracks"/>'), 31941, "both_tracks"),
        (connect('<Stream url="wss://a.example/s" statusCallBack="https://a.example"/>'), 12200, "statusCallBack"),
        (connect('<Stream url="wss://a.example/s" statusCallback="/status"/>'), 12200, "absolute"),
        (connect('<Stream url="wss://a.example/s"><Parameter value="x"/></Stream>'), 12200, "'name'"),
        (connect('<Stream url="wss://a.example/s"/>', method="GET"), 12200, "GET"),
        ("<Response><Redirect>ftp://a.example</Redirect></Response>", 11100, "ftp"),
        ('<Response><Pause length="soon"/></Response>', 13600, "soon"),
        ("<Response><Dial/></Response>", 13223, "needs numbers"),
        ('<Response><Dial timeout="soon">+12025550177</Dial></Response>', 12200, "timeout"),
        ("<Response><Dial><Client>a</Client></Dial></Response>", 12200, "<Client>"),
        ('<Response><Gather input="speech"/></Response>', 12200, "keys only"),
        ("<Response><Gather><Hangup/></Gather></Response>", 12200, "can't hold"),
        ('<Response><Play digits="12x"/></Response>', 13420, "12x"),
        ('<Response><Record playBeep="maybe"/></Response>', 12200, "playBeep"),
        ("<Response><Start/></Response>", 12200, "must hold one"),
        (f"<Response><Say>{'a' * 70000}</Say></Response>", 11750, "bytes"),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_number(document: str, code: int, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        parse(document, VOICE)
    assert refused.value.code == code


def test_a_parameter_has_fewer_than_500_characters() -> None:
    stream = '<Stream url="wss://a.example/s"><Parameter name="token" value="{}"/></Stream>'
    parse(connect(stream.format("x" * 494)), VOICE)
    with pytest.raises(Refused, match="500"):
        parse(connect(stream.format("x" * 495)), VOICE)


def test_people_to_be_called_and_rooms_to_be_entered() -> None:
    document = (
        '<Response><Dial action="next" timeout="20" callerId="+12025550188">'
        '<Number url="/whisper">+12025550177</Number>'
        "<Sip>sip:desk@example.com</Sip></Dial><Dial>+12025550178</Dial>"
        '<Dial><Conference startConferenceOnEnter="false" endConferenceOnExit="true">desk</Conference></Dial>'
        "</Response>"
    )
    several, one, room = parse(document, VOICE)
    assert several == Dial(
        (Number("+12025550177", "https://agent.example.com/whisper"), Number("sip:desk@example.com")),
        action="https://agent.example.com/line/twilio/next",
        caller_id="+12025550188",
        timeout=20,
    )
    assert one == Dial((Number("+12025550178"),))
    assert room == Dial(conference=Conference("desk", starts=False, ends=True))


def test_keys_and_messages() -> None:
    document = (
        '<Response><Gather numDigits="4" finishOnKey="" timeout="3" action="/keys"><Say>PIN?</Say></Gather>'
        '<Record maxLength="60" playBeep="false" action="/left"/><Play digits="ww1#"/><Play loop="0">/music</Play>'
        '<Start><Stream url="/s" name="tap" track="both_tracks"/></Start><Stop><Stream name="tap"/></Stop>'
        '<Start><Recording channels="dual"/></Start><Enqueue waitUrl="/wait">desk</Enqueue></Response>'
    )
    assert parse(document, VOICE) == [
        Gather("https://agent.example.com/keys", (Say("PIN?"),), 4, 3, ""),
        Record("https://agent.example.com/left", 60, beep=False),
        Play(digits="ww1#"),
        Play("https://agent.example.com/music", times=0),
        StartStream(Stream("wss://agent.example.com/s", "tap")),
        StopStream("tap"),
        StartRecording(2),
        Enqueue("desk", "https://agent.example.com/wait"),
    ]
