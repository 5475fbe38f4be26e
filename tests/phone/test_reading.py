"""What bad messages get."""

from __future__ import annotations

import logging

import pytest

from telephony_agent.errors import ProtocolError
from telephony_agent.phone.messages import Played, Stopped
from telephony_agent.phone.reading import Reader

MARK = '{"event":"mark","mark":{"name":"x"}}'


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_good_messages_are_read(caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader()
    assert reader.read(MARK) == Played("x")
    assert reader.read('{"event":"connected"}') is None
    assert reader.read('{"event":"stop"}') == Stopped()
    assert reader.ignored == 0
    assert warnings(caplog) == []


def test_bad_messages_are_warned_of_once_and_ignored(caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader()
    for bad in ("", '{"event":"dance"}', '{"event":"mark"}'):
        assert reader.read(bad) is None
        assert reader.read(MARK) == Played("x")
    assert reader.ignored == 3
    (warning,) = warnings(caplog)
    assert "ignored" in warning


def test_each_stream_gets_its_own_warning(caplog: pytest.LogCaptureFixture) -> None:
    Reader().read("")
    Reader().read("")
    assert len(warnings(caplog)) == 2


def test_the_twentieth_bad_message_ends_the_stream_however_many_good_ones_lie_between() -> None:
    reader = Reader()
    for _ in range(19):
        assert reader.read('{"event":"dance"}') is None
        assert reader.read(MARK) == Played("x")
    with pytest.raises(ProtocolError, match="20 bad messages") as error:
        reader.read('{"event":"dance"}')
    assert error.value.close_code == 1007


def test_a_binary_frame_ends_the_stream() -> None:
    with pytest.raises(ProtocolError, match="binary") as error:
        Reader().read(MARK.encode())
    assert error.value.close_code == 1003


def test_sound_we_cannot_use_ends_the_stream() -> None:
    start = (
        '{"event":"start","start":{"accountSid":"AC","streamSid":"MZ","callSid":"CA",'
        '"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":16000,"channels":1}}}'
    )
    with pytest.raises(ProtocolError, match="16000") as error:
        Reader().read(start)
    assert error.value.close_code == 1003
