"""What was heard, by our model of Twilio's queue and by an independent one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_agent.phone.messages import Clear, Mark, Say
from telephony_agent.phone.playback import Playback, Source
from tests.phone.queue import LINES, LOST, SECOND, TOLERANCE, Line, Step, delays, phases, step

# Stories.


@delays
@phases
def test_a_turn_is_heard_at_the_rate_of_its_sound_and_settled_by_its_last_mark(delay: int, phase: int) -> None:
    line = Line(delay, phase=phase)
    turn = line.begin()
    line.say(3000)
    line.finish()
    for _ in range(29):
        line.wait(100)
        assert turn.complete
        assert not line.settled
    line.wait(400)
    assert line.settled == [turn]
    assert turn.heard == turn.sent == 3 * SECOND
    assert line.playback.queued(line.time) == 0
    assert line.playback.position(line.time) == 3 * SECOND


@delays
@phases
def test_sound_in_pieces_faster_than_it_is_played(delay: int, phase: int) -> None:
    line = Line(delay, phase=phase)
    for _ in range(40):
        line.say(200)
        line.wait(67)
    line.finish()
    line.wait(8000)
    assert [turn.heard for turn in line.settled] == [8 * SECOND]


@delays
@phases
def test_underruns_in_mid_turn(delay: int, phase: int) -> None:
    line = Line(delay, phase=phase)
    for gap in (500, 210, 205, 199, 700, 333, 1900, 200):
        line.say(200)
        line.wait(gap)
    line.finish()
    line.wait(400)
    assert [turn.heard for turn in line.settled] == [8 * SECOND // 5]


@delays
@phases
def test_several_turns_queued_behind_one_another(delay: int, phase: int) -> None:
    line = Line(delay, phase=phase)
    for ms in (500, 1700, 40, 0, 900):
        line.begin()
        line.say(ms)
        line.finish()
    line.wait(1000)
    assert [turn.id for turn in line.settled] == [1]
    line.wait(2600)
    assert [(turn.id, turn.heard) for turn in line.settled] == [(1, 4000), (2, 13600), (3, 320), (4, 0), (5, 7200)]


@delays
@phases
def test_a_clear_in_mid_turn_cuts_the_turn_and_those_behind_it(delay: int, phase: int) -> None:
    line = Line(delay, phase=phase)
    line.say(2000)
    line.finish()
    line.say(1500)
    line.wait(1234)
    first, second = line.clear()
    assert abs(first.heard - 1234 * 8) <= TOLERANCE
    assert second.heard == 0
    assert line.playback.queued(line.time) == 0
    assert line.playback.speaking is None
    line.wait(600)  # the old marks come back
    line.say(1000)
    line.wait(500)
    (third,) = line.clear()
    assert abs(third.heard - 4000) <= TOLERANCE


@delays
@phases
def test_a_mark_inside_a_frame_comes_back_at_its_end(delay: int, phase: int) -> None:
    """So the playhead may stand anywhere in that frame; taking it for the mark's place would lose most of a frame."""
    line = Line(delay, phase=phase)
    for size in (4000, 4001, 8000):
        line.say_bytes(size)
    line.wait(1301 + phase)
    (turn,) = line.clear()
    assert turn.heard > SECOND


@delays
def test_a_clear_before_anything_has_arrived_there(delay: int) -> None:
    line = Line(delay)
    line.say(2000)
    (turn,) = line.clear()
    assert turn.heard <= TOLERANCE
    line.wait(1000)
    line.say(1000)
    line.finish()
    line.wait(2000)
    assert [turn.heard for turn in line.settled[1:]] == [SECOND]


@delays
def test_a_clear_after_the_end_cuts_nothing(delay: int) -> None:
    line = Line(delay)
    line.say(1000)
    line.finish()
    line.wait(1500)
    assert len(line.settled) == 1
    assert line.clear() == []


def test_a_clear_between_the_end_of_the_sound_and_its_mark_counts_all_as_heard() -> None:
    line = Line(80)
    line.say(1000)
    line.finish()
    line.wait(1050)  # played at 1080, known at 1160
    (turn,) = line.clear()
    assert turn.heard == turn.sent
    line.wait(1000)
    assert line.settled == [turn]


@delays
def test_a_clear_when_nothing_plays(delay: int) -> None:
    line = Line(delay)
    assert line.clear() == []
    line.say(500)
    line.finish()
    line.wait(1000)
    assert [turn.heard for turn in line.settled] == [4000]


@delays
@phases
def test_marks_that_never_return_leave_the_queue_known(delay: int, phase: int) -> None:
    line = Line(delay, phase=phase, returns=lambda name: False)
    line.say(2000)
    line.finish()
    line.wait(2500)
    line.say(1500)
    line.wait(700)
    first, second = line.clear()
    assert first.heard == first.sent
    assert abs(second.heard - 5600) <= TOLERANCE


def test_a_later_mark_settles_a_turn_whose_own_mark_is_lost() -> None:
    line = Line(80, returns=lambda name: name != "2")  # 1 and 2 stand around the first turn
    line.say(400)
    line.finish()
    line.wait(600)
    assert not line.settled
    line.say(400)
    line.wait(300)
    assert [turn.id for turn in line.settled] == [1]


@delays
@phases
def test_a_stream_that_ends_in_mid_turn_was_heard_up_to_its_end(delay: int, phase: int) -> None:
    line = Line(delay, phase=phase)
    line.say(3000)
    line.wait(1300)
    (turn,) = line.end()
    assert abs(turn.heard - (1300 - 2 * delay) * 8) <= TOLERANCE
    assert line.playback.speaking is None


@delays
@pytest.mark.parametrize("since", [10, 40, 100, 170, 300])
def test_a_stream_that_ends_after_an_underrun(delay: int, since: int) -> None:
    """What we sent a moment ago had not arrived when it ended; what came before it had been heard all the same."""
    line = Line(delay, phase=3)
    line.say(500)
    line.wait(1500)
    line.say(500)
    line.wait(since)
    (turn,) = line.end()
    assert turn.heard >= 4000


@delays
def test_a_turn_that_is_finished_but_not_known_to_be_heard_is_lost_with_its_stream(delay: int) -> None:
    """Only a mark of its own end or of later settles a turn: an earlier one says nothing of what it will hear."""
    line = Line(delay)
    line.say(1000)
    line.say(100)
    line.finish()
    line.wait(1000 + 2 * delay)
    assert not line.settled
    (turn,) = line.end()
    assert abs(turn.heard - SECOND) <= TOLERANCE


def test_an_echo_that_is_late_moves_the_playhead_back() -> None:
    playback = Playback()
    playback.begin(Source.MODEL, 10.0)
    first, _, second, _ = playback.say(bytes(2 * SECOND), 10.0)
    assert isinstance(first, Mark)
    assert isinstance(second, Mark)
    playback.played(first.name, 10.1)  # a round trip of 0.1 s
    playback.played(second.name, 11.4)  # 0.3 s late: the line stalled
    assert abs(playback.position(11.4) - (SECOND + SECOND // 10)) <= TOLERANCE
    assert playback.position(11.3) >= SECOND


def test_marks_that_are_not_ours_say_nothing() -> None:
    playback = Playback()
    playback.begin(Source.CLIP, 0.0)
    playback.say(bytes(SECOND), 0.0)
    playback.finish(0.0)
    assert playback.played("nonsense", 0.5) == []
    assert playback.played("", 0.5) == []
    assert playback.position(0.5) == SECOND // 2


def test_a_mark_that_comes_back_twice_counts_once() -> None:
    playback = Playback()
    playback.begin(Source.CLIP, 0.0)
    playback.say(bytes(80), 0.0)
    (mark,) = playback.finish(0.0)
    assert isinstance(mark, Mark)
    assert [turn.heard for turn in playback.played(mark.name, 0.02)] == [80]
    assert playback.played(mark.name, 0.04) == []


# The commands.


def test_marks_stand_before_the_first_byte_after_the_last_and_once_a_second_between() -> None:
    playback = Playback()
    turn = playback.begin(Source.MODEL, 0.0)
    commands = playback.say(bytes(int(2.5 * SECOND)), 0.0) + playback.finish(0.0)
    kinds = [len(command.ulaw) if isinstance(command, Say) else type(command) for command in commands]
    assert kinds == [Mark, SECOND, Mark, SECOND, Mark, SECOND // 2, Mark]
    names = [command.name for command in commands if isinstance(command, Mark)]
    assert len(set(names)) == len(names)
    assert (turn.id, turn.source, turn.sent, turn.complete) == (1, Source.MODEL, int(2.5 * SECOND), True)
    assert playback.finish(0.0) == []


def test_no_message_holds_more_than_a_second_and_the_sound_is_whole() -> None:
    playback = Playback()
    playback.begin(Source.MODEL, 0.0)
    sound = bytes(i % 251 for i in range(3 * SECOND + 77))
    said = [command.ulaw for command in playback.say(sound, 0.0) if isinstance(command, Say)]
    assert b"".join(said) == sound
    assert max(map(len, said)) <= SECOND


def test_small_pieces_get_a_mark_a_second_too() -> None:
    playback = Playback()
    playback.begin(Source.MODEL, 0.0)
    marks = [at for at in range(200) for each in playback.say(bytes(160), at / 100) if isinstance(each, Mark)]
    assert marks == [0, 50, 100, 150]


def test_clear_is_sent_even_if_nothing_is_thought_to_play() -> None:
    assert Playback().clear(5.0) == ([Clear()], [])


def test_turns_are_numbered_over_a_whole_stream() -> None:
    playback = Playback()
    ids = []
    for at in range(3):
        ids.append(playback.begin(Source.CLIP, at).id)
        playback.clear(at)
    assert ids == [1, 2, 3]


# Any story.

STEP = st.one_of(
    step("wait", st.integers(1, 900)),
    step("wait", st.integers(1, 60)),
    step("say", st.integers(1, 4000)),
    step("say", st.integers(160, 12_000)),
    step("finish"),
    step("clear"),
)


@settings(max_examples=300, deadline=None)
@given(story=st.lists(STEP, max_size=40), ends=st.booleans(), **LINES)
def test_any_story_is_told_alike(story: list[Step], ends: bool, delay: int, phase: int, lost: str) -> None:
    line = Line(delay, phase=phase, returns=LOST[lost])
    line.tell(story)
    if ends:
        known = "1" in line.echoed  # else the round trip is not known yet
        line.end(TOLERANCE if known else TOLERANCE + 2 * delay * 8)
    else:
        line.plays_out()
