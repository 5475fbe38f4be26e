"""One stream from Twilio's end, on numbers instead of a clock."""

import base64
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony_agent.offline.phone.line import (
    QUIET,
    Action,
    Close,
    Closed,
    HangUp,
    Line,
    Opened,
    Press,
    Received,
    Send,
    Speak,
    TimeIsUp,
)
from telephony_agent.offline.phone.messages import StartBody, dump

RING = 1000.0  # `now` at the ring: any number
LOUD = b"\x80\x00" * 80  # 20 ms at full scale


class Twilio:
    """A line and a clock that is moved by hand; `at` is in seconds since the ring."""

    def __init__(self, opened: float = 0.0, **options: Any) -> None:
        self.line = Line(StartBody("AC1", "MZ1", "CA1"), RING, **options)
        self.sent: list[tuple[float, dict[str, Any]]] = []
        self.closed = False
        self.at = opened
        self.feed(Opened())

    def feed(self, event: Any) -> None:
        self._note(self.line.handle(event, RING + self.at))

    def until(self, at: float) -> None:
        """As a shell would: at each deadline."""
        while (deadline := self.line.deadline) is not None and deadline <= RING + at + 1e-9:
            self.at = deadline - RING
            self.feed(TimeIsUp())
        self.at = at

    def receives(self, event: str, **body: Any) -> None:
        self.feed(Received(json.dumps({"event": event, "streamSid": "MZ1", **body})))

    def plays(self, ulaw: bytes) -> None:
        self.receives("media", media={"payload": base64.b64encode(ulaw).decode()})

    def marks(self, name: str) -> None:
        self.receives("mark", mark={"name": name})

    def echoes(self) -> list[tuple[str, float]]:
        return [(message["mark"]["name"], at) for at, message in self.sent if message["event"] == "mark"]

    def caller(self) -> list[dict[str, Any]]:
        return [message["media"] for _, message in self.sent if message["event"] == "media"]

    def _note(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Send(message):
                    self.sent.append((round(self.at, 6), json.loads(dump(message))))
                case Close():
                    self.closed = True


def seconds(length: float) -> bytes:
    return b"\x80" * round(length * 8000)


# The caller's sound


def test_connected_and_start_come_first_and_at_once() -> None:
    twilio = Twilio(opened=0.013)
    assert [(at, message["event"]) for at, message in twilio.sent] == [(0.013, "connected"), (0.013, "start")]


def test_a_frame_leaves_every_20_ms_of_an_absolute_clock() -> None:
    twilio = Twilio(opened=0.013)
    twilio.until(10.0)
    times = [at for at, message in twilio.sent if message["event"] == "media"]
    assert times == [round(0.02 * slot, 6) for slot in range(1, 501)]


def test_a_late_clock_catches_up_and_keeps_the_grid() -> None:
    twilio = Twilio()
    twilio.at = 0.1
    twilio.feed(TimeIsUp())
    assert len(twilio.caller()) == 5
    assert twilio.line.deadline == pytest.approx(RING + 0.12)


def test_silence_is_sent_too_in_both_zeros_of_mulaw() -> None:
    twilio = Twilio()
    twilio.until(0.02)
    assert base64.b64decode(twilio.caller()[0]["payload"]) == QUIET == b"\x7f\xff" * 80


def test_a_line_is_cut_into_frames_and_its_last_one_filled_up() -> None:
    twilio = Twilio()
    twilio.feed(Speak(seconds(0.03)))
    assert twilio.line.unsaid == 240
    twilio.until(0.06)
    payloads = [base64.b64decode(media["payload"]) for media in twilio.caller()]
    assert payloads == [b"\x80" * 160, b"\x80" * 80 + QUIET[80:], QUIET]
    assert twilio.line.unsaid == 0


def test_more_can_be_said_in_mid_call() -> None:
    twilio = Twilio()
    twilio.feed(Speak(LOUD))
    twilio.until(1.0)
    twilio.feed(Speak(LOUD))
    twilio.until(2.0)
    assert [sound.slot for sound in twilio.line.spoken] == [0, 50]


def test_timestamps_begin_at_155_jitter_and_increase() -> None:
    twilio = Twilio()
    twilio.until(60.0)
    times = [int(media["timestamp"]) for media in twilio.caller()]
    steps = {later - earlier for earlier, later in itertools.pairwise(times)}
    assert times[0] == 155
    assert min(steps) > 0
    assert len(steps) > 2
    assert times[72] == pytest.approx(1593, abs=4)


def test_counters_are_strings_and_all_messages_share_one() -> None:
    twilio = Twilio()
    twilio.until(0.04)
    twilio.feed(Press("5"))
    twilio.marks("a")
    twilio.until(0.06)
    twilio.feed(HangUp())
    numbered = [(message["event"], message["sequenceNumber"]) for _, message in twilio.sent[1:]]
    assert numbered == [
        ("start", "1"),
        ("media", "2"),
        ("media", "3"),
        ("dtmf", "4"),
        ("mark", "5"),
        ("media", "6"),
        ("stop", "7"),
    ]
    assert [media["chunk"] for media in twilio.caller()] == ["1", "2", "3"]


def test_a_key_press_is_one_message_on_the_odd_track() -> None:
    twilio = Twilio()
    twilio.feed(Press("#"))
    assert twilio.sent[-1][1]["dtmf"] == {"track": "inbound_track", "digit": "#"}


# The agent's sound


def test_sound_is_played_at_8000_bytes_a_second() -> None:
    twilio = Twilio()
    twilio.plays(seconds(1.0))
    assert twilio.line.queued == 8000
    twilio.until(0.5)
    assert twilio.line.queued == 8000 - 25 * 160
    twilio.until(5.0)
    assert [sound.slot for sound in twilio.line.played] == list(range(1, 51))
    assert [sound.offset for sound in twilio.line.played] == [160 * n for n in range(50)]


def test_an_underrun_is_a_gap_and_a_part_of_a_frame_is_played_as_it_is() -> None:
    twilio = Twilio()
    twilio.plays(seconds(0.03))
    twilio.until(0.2)
    twilio.plays(seconds(0.02))
    twilio.until(0.3)
    assert [(sound.slot, len(sound.ulaw)) for sound in twilio.line.played] == [(1, 160), (2, 80), (11, 160)]


@given(st.lists(st.binary(min_size=0, max_size=700), max_size=20))
def test_every_byte_is_played_once_and_in_order(chunks: list[bytes]) -> None:
    twilio = Twilio()
    for number, chunk in enumerate(chunks):
        twilio.until(0.03 * number)
        twilio.plays(chunk)
    twilio.until(0.03 * len(chunks) + 3)
    assert b"".join(sound.ulaw for sound in twilio.line.played) == b"".join(chunks)


def test_a_mark_with_nothing_before_it_comes_back_at_once() -> None:
    twilio = Twilio()
    twilio.until(0.105)
    twilio.marks("now")
    assert twilio.echoes() == [("now", 0.105)]


def test_a_mark_comes_back_when_all_before_it_has_been_played() -> None:
    twilio = Twilio()
    twilio.marks("before")
    twilio.plays(seconds(1.0))
    twilio.marks("middle")
    twilio.plays(seconds(0.5))
    twilio.marks("after")
    twilio.until(3.0)
    # played from the slot at 0.02 on
    assert twilio.echoes() == [("before", 0.0), ("middle", 1.02), ("after", 1.52)]
    assert {mark.outcome for mark in twilio.line.marks} == {"played"}


def test_a_mark_during_the_last_frame_waits_for_its_end() -> None:
    twilio = Twilio()
    twilio.plays(seconds(0.02))
    twilio.until(0.03)
    assert twilio.line.queued == 0
    twilio.marks("end")
    assert twilio.echoes() == []
    twilio.until(0.04)
    assert twilio.echoes() == [("end", 0.04)]


def test_marks_of_one_name_all_come_back() -> None:
    twilio = Twilio()
    for _ in range(3):
        twilio.plays(LOUD)
        twilio.marks("chunk")
    twilio.until(1.0)
    assert [at for _, at in twilio.echoes()] == [0.04, 0.06, 0.08]


def test_clear_empties_the_queue_and_returns_every_mark_in_order() -> None:
    twilio = Twilio()
    twilio.plays(seconds(0.5))
    twilio.marks("heard")
    twilio.plays(seconds(2.0))
    twilio.marks("cut")
    twilio.marks("cut too")
    twilio.until(1.0)
    twilio.receives("clear")
    assert twilio.echoes() == [("heard", 0.52), ("cut", 1.0), ("cut too", 1.0)]
    assert [mark.outcome for mark in twilio.line.marks] == ["played", "dropped", "dropped"]
    twilio.until(2.0)
    assert sum(len(sound.ulaw) for sound in twilio.line.played) == 50 * 160
    (clear,) = twilio.line.clears
    assert (round(clear.at, 6), clear.offset, clear.dropped) == (1.0, 20000, 20000 - 8000)


def test_what_has_left_for_the_phone_plays_on_after_clear() -> None:
    twilio = Twilio()
    twilio.plays(LOUD)
    twilio.marks("end")
    twilio.until(0.025)
    twilio.receives("clear")
    assert twilio.echoes() == [("end", 0.025)]
    assert twilio.line.marks[0].outcome == "played"
    assert twilio.line.clears[0].dropped == 0


def test_offsets_go_on_after_a_clear() -> None:
    twilio = Twilio()
    twilio.plays(seconds(1.0))
    twilio.until(0.02)
    twilio.receives("clear")
    twilio.plays(LOUD)
    twilio.until(0.04)
    assert [sound.offset for sound in twilio.line.played] == [0, 8000]


def test_without_marks_on_clear_the_dropped_ones_never_come_back() -> None:
    twilio = Twilio(marks_on_clear=False)
    twilio.plays(LOUD)
    twilio.marks("heard")
    twilio.plays(seconds(1.0))
    twilio.marks("cut")
    twilio.until(0.025)
    twilio.receives("clear")
    twilio.marks("later")
    twilio.until(1.0)
    assert [name for name, _ in twilio.echoes()] == ["heard", "later"]
    assert [mark.outcome for mark in twilio.line.marks] == ["played", "dropped", "played"]
    assert [int(message["sequenceNumber"]) for _, message in twilio.sent[1:]] == list(range(1, len(twilio.sent)))


def test_every_mark_comes_back_once_whatever_happens() -> None:
    twilio = Twilio()
    for number in range(40):
        twilio.plays(b"\x80" * (37 * number % 500))
        twilio.marks(str(number))
        if number % 7 == 6:
            twilio.receives("clear")
        twilio.until(0.013 * number)
    twilio.until(10.0)
    assert [name for name, _ in twilio.echoes()] == [str(number) for number in range(40)]
    assert "waiting" not in {mark.outcome for mark in twilio.line.marks}


# What is wrong, and the end


def test_a_bad_message_is_reported_with_its_time_and_the_stream_lives() -> None:
    twilio = Twilio()
    twilio.until(0.5)
    twilio.feed(Received(b"binary"))
    twilio.feed(Received("not JSON"))
    twilio.until(1.0)
    assert [(fault.code, round(fault.at, 6)) for fault in twilio.line.faults] == [(31950, 0.5), (31951, 0.5)]
    assert len(twilio.caller()) == 50


def test_a_file_header_is_reported_and_played_as_the_crackle_it_is() -> None:
    twilio = Twilio()
    twilio.plays(b"RIFF" + b"\xff" * 40)
    twilio.until(0.1)
    assert "RIFF" in twilio.line.faults[0].reason
    assert twilio.line.played[0].ulaw.startswith(b"RIFF")


def test_hanging_up_sends_stop_then_closes_and_nothing_follows() -> None:
    twilio = Twilio()
    twilio.plays(seconds(1.0))
    twilio.marks("never")
    twilio.until(0.1)
    twilio.feed(HangUp())
    assert twilio.sent[-1][1]["stop"] == {"accountSid": "AC1", "callSid": "CA1"}
    assert twilio.closed
    assert twilio.line.over
    assert twilio.line.deadline is None
    count = len(twilio.sent)
    for event in (TimeIsUp(), Press("1"), Speak(LOUD), HangUp(), Closed(1000)):
        twilio.at += 1
        twilio.feed(event)
    assert len(twilio.sent) == count
    assert twilio.line.marks[0].outcome == "waiting"


def test_a_service_that_closes_gets_no_stop() -> None:
    twilio = Twilio()
    twilio.until(0.1)
    twilio.feed(Closed(1000))
    assert twilio.line.over
    assert twilio.line.close_code == 1000
    assert twilio.closed
    assert twilio.sent[-1][1]["event"] == "media"


def test_a_caller_who_hangs_up_before_the_stream_opens_only_closes() -> None:
    line = Line(StartBody("AC1", "MZ1", "CA1"), RING)
    assert line.deadline is None
    assert line.handle(HangUp(), RING) == [Close()]
    assert line.handle(Opened(), RING) == []
