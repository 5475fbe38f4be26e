"""What remains of a call."""

from pathlib import Path

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.offline.phone.levels import FRAME_BYTES, SILENT
from telephony_agent.offline.phone.line import Line, Sound
from telephony_agent.offline.phone.messages import StartBody
from telephony_agent.offline.phone.recording import Journal, Recording, elided

from .test_speech import tone, write


def line(spoken: list[int], played: list[int]) -> Line:
    """A stream with full frames in these slots."""
    stream = Line(StartBody("AC1", "MZ1", "CA1"))
    stream.spoken = [Sound(slot, 0, b"\x80\x00" * 80, 0.0) for slot in spoken]
    stream.played = [Sound(slot, 0, b"\x90\x10" * 80, -6.0) for slot in played]
    return stream


def test_both_sides_stand_on_one_axis_where_they_were_heard() -> None:
    recording = Recording.of([line([0, 1], [3]), line([5], [])])
    assert [level > SILENT for level in recording.caller_levels] == [True, True, False, False, False, True]
    assert [level > SILENT for level in recording.agent_levels] == [False, False, False, True, False, False]
    assert recording.seconds == pytest.approx(0.12)


def test_a_call_without_a_stream_is_empty() -> None:
    assert Recording.of([]) == Recording(b"", b"")


def test_the_caller_is_left_and_the_agent_right(tmp_path: Path) -> None:
    recording = Recording.of([line([0], [1])])
    recording.write(tmp_path / "call.wav")
    assert Recording.read(tmp_path / "call.wav") == recording
    samples = (tmp_path / "call.wav").read_bytes()[44:]
    assert len(samples) == 2 * FRAME_BYTES * 4
    assert samples[:4] == recording.caller[:2] + b"\0\0"
    assert samples[-4:] == b"\0\0" + recording.agent[-2:]


def test_another_file_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a recording"):
        Recording.read(write(tmp_path / "mono.wav", tone(440, 8000)))


def test_sound_is_elided_to_its_byte_count_and_nonsense_is_kept_short() -> None:
    assert elided('{"event":"media","media":{"payload":"/38="}}') == {"event": "media", "media": {"payload": "2 bytes"}}
    assert elided('{"event":"clear"}') == {"event": "clear"}
    assert elided('{"media":7}') == {"media": 7}
    assert elided(b"\0\0") == "binary frame of 2 bytes"
    assert elided("x" * 1000) == "x" * 200


def test_a_journal_is_one_json_object_a_line(tmp_path: Path) -> None:
    journal = Journal()
    journal.sent(0.12346, '{"event":"connected"}')
    journal.received(0.2, '{"event":"clear"}')
    journal.noted(0.3, post="https://agent.example.com/twilio/voice", status=200)
    journal.write(tmp_path / "call.jsonl")
    assert (tmp_path / "call.jsonl").read_text() == (
        '{"at": 0.1235, "to": "service", "message": {"event": "connected"}}\n'
        '{"at": 0.2, "from": "service", "message": {"event": "clear"}}\n'
        '{"at": 0.3, "post": "https://agent.example.com/twilio/voice", "status": 200}\n'
    )
