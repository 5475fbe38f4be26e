"""The documents we answer with, read back by an XML parser."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from telephony_agent.phone import twiml
from telephony_agent.phone.twiml import Words


def verbs(document: str) -> list[ElementTree.Element]:
    response = ElementTree.fromstring(document)
    assert response.tag == "Response"
    return list(response)


def test_connect_opens_a_stream_with_its_token_and_nothing_stands_behind_it() -> None:
    document = twiml.connect(
        "wss://agent.example.com/w2/twilio/stream",
        "https://agent.example.com/w2/twilio/voice/next",
        "https://agent.example.com/w2/twilio/stream-status",
        "a token",
    )
    (connect,) = verbs(document)
    assert connect.tag == "Connect"
    assert connect.attrib == {"action": "https://agent.example.com/w2/twilio/voice/next", "method": "POST"}
    (stream,) = connect
    assert stream.tag == "Stream"
    assert stream.attrib == {
        "url": "wss://agent.example.com/w2/twilio/stream",
        "statusCallback": "https://agent.example.com/w2/twilio/stream-status",
        "statusCallbackMethod": "POST",
    }
    assert [(each.tag, each.attrib) for each in stream] == [("Parameter", {"name": "token", "value": "a token"})]


def test_what_xml_reserves_is_escaped() -> None:
    document = twiml.connect("wss://a/?b&c", 'https://a/"<', "https://a/'>", "<&\">'")
    (connect,) = verbs(document)
    (stream,) = connect
    assert (connect.get("action"), stream.get("url")) == ('https://a/"<', "wss://a/?b&c")
    assert stream[0].get("value") == "<&\">'"


def test_hang_up() -> None:
    assert [(verb.tag, verb.attrib) for verb in verbs(twiml.hang_up())] == [("Hangup", {})]


def test_an_apology_is_said_before_the_end() -> None:
    say, hang_up = verbs(twiml.apologise(Words("Sorry.")))
    assert (say.tag, say.text, say.attrib, hang_up.tag) == ("Say", "Sorry.", {}, "Hangup")


def test_an_apology_may_be_in_another_language() -> None:
    say, _ = verbs(twiml.apologise(Words("Es tut uns leid.", "de-DE")))
    assert say.attrib == {"language": "de-DE"}


def test_busy_is_a_reject_which_must_come_first_to_cost_nothing() -> None:
    assert [(verb.tag, verb.attrib) for verb in verbs(twiml.busy())] == [("Reject", {"reason": "busy"})]


def test_waiting_is_a_pause() -> None:
    assert [(verb.tag, verb.attrib) for verb in verbs(twiml.wait())] == [("Pause", {"length": "10"})]


def test_a_notice_is_said_before_the_stream() -> None:
    notice = Words("Wir zeichnen auf.", "de-DE")
    say, connect = verbs(twiml.connect("wss://a/s", "https://a/n", "https://a/t", "token", notice))
    assert (say.tag, say.text, say.attrib) == ("Say", "Wir zeichnen auf.", {"language": "de-DE"})
    assert connect.tag == "Connect"


def test_an_offer_is_taken_by_one_key_and_else_the_call_ends() -> None:
    gather, end = verbs(twiml.offer(Words("Press 1.", "en-GB"), "https://agent.example.com/twilio/voice/next"))
    assert gather.tag == "Gather"
    assert (gather.attrib["numDigits"], gather.attrib["method"]) == ("1", "POST")
    assert gather.attrib["action"] == "https://agent.example.com/twilio/voice/next"
    assert [(say.tag, say.text, say.attrib) for say in gather] == [("Say", "Press 1.", {"language": "en-GB"})]
    assert end.tag == "Hangup"


@pytest.mark.parametrize(
    "document",
    [
        twiml.connect("wss://a/s", "https://a/n", "https://a/t", "token", Words("Any.", "en-GB", "https://a/c.wav")),
        twiml.apologise(Words("Any.", "en-GB", "https://a/c.wav")),
        twiml.offer(Words("Any.", "en-GB", "https://a/c.wav"), "https://a/n"),
        twiml.transfer("+15550100009", 20, "", Words("Any.", "en-GB", "https://a/c.wav"), "https://a/n"),
        twiml.voicemail(Words("Any.", "en-GB", "https://a/c.wav"), 60, "https://a/n", "https://a/r"),
    ],
)
def test_words_that_are_recorded_are_played_not_said(document: str) -> None:
    (play,) = ElementTree.fromstring(document).iter("Play")
    assert play.text == "https://a/c.wav"
    assert not list(ElementTree.fromstring(document).iter("Say"))
