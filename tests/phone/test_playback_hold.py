"""An agent that falls silent at the caller's first sound, and may go on: what is said again, and what was heard."""

from __future__ import annotations

import audioop

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from telephony_agent.phone.messages import Clear, Mark, Say
from telephony_agent.phone.playback import Playback, Source
from tests.phone.queue import LINES, LOST, SECOND, TOLERANCE, Line, Step, delays, phases, step


@delays
@phases
def test_it_falls_silent_and_goes_on_to_the_end(delay: int, phase: int) -> None:
    line = Line(delay, phase=phase)
    line.say(3000)
    line.finish()
    line.wait(1234)
    line.hold()
    assert line.playback.queued(line.time) == 0
    unheard = line.playback.unheard(line.time)
    assert abs(unheard - (3000 - 1234) * 8) <= TOLERANCE
    line.wait(700)
    assert not line.settled
    assert line.playback.unheard(line.time) == unheard
    line.go_on()
    line.wait(1000)
    assert not line.settled
    line.wait(1600)
    assert [turn.heard for turn in line.settled] == [3 * SECOND]


@delays
@phases
def test_what_comes_meanwhile_is_kept(delay: int, phase: int) -> None:
    line = Line(delay, phase=phase)
    line.say(1000)
    line.wait(600)
    line.hold()
    line.say(500)
    line.finish()
    line.say(400)
    line.finish()
    assert line.playback.queued(line.time) == 0
    line.go_on()
    line.wait(3000)
    assert [(turn.id, turn.heard) for turn in line.settled] == [(1, 12_000), (2, 3_200)]


@delays
@phases
def test_it_is_thrown_away_when_the_model_agrees(delay: int, phase: int) -> None:
    line = Line(delay, phase=phase)
    line.say(2000)
    line.finish()
    line.wait(800)
    line.hold()
    line.wait(300)
    (cut,) = line.clear()
    assert abs(cut.heard - 6400) <= TOLERANCE
    assert not line.playback.holding
    line.say(500)
    line.finish()
    line.wait(1000)
    assert [turn.heard for turn in line.settled[1:]] == [4000]


@delays
def test_a_stream_that_ends_meanwhile_was_heard_up_to_where_it_fell_silent(delay: int) -> None:
    line = Line(delay)
    line.say(2000)
    line.wait(800)
    line.hold()
    line.wait(500)
    (cut,) = line.end()
    assert abs(cut.heard - 6400) <= TOLERANCE


@delays
def test_the_caller_speaks_over_it_again_and_again(delay: int) -> None:
    line = Line(delay)
    line.say(5000)
    line.finish()
    for _ in range(5):
        line.wait(700)
        line.hold()
        line.wait(300)
        line.go_on()
    line.wait(7000)
    assert [turn.heard for turn in line.settled] == [5 * SECOND]


def test_cut_soon_after_it_has_gone_on_it_was_heard_as_far_as_before() -> None:
    line = Line(0)
    line.say(3000)
    line.wait(1500)
    line.hold()
    line.go_on()
    line.wait(40)
    (cut,) = line.clear()
    assert abs(cut.heard - 12_000) <= TOLERANCE


def test_it_goes_on_from_the_pause_before_the_word() -> None:
    words = np.concatenate([np.full(2400, 8000), np.zeros(480), np.full(4000, 8000)]).astype("<i2")
    playback = Playback()
    playback.begin(Source.MODEL, 0.0)
    playback.say(audioop.lin2ulaw(words.tobytes(), 2), 0.0)
    playback.hold(0.5)  # 1120 samples into the second word
    again = b"".join(command.ulaw for command in playback.go_on(1.0) if isinstance(command, Say))
    silence = len(words) - 2880
    assert silence < len(again) <= silence + 480


def test_what_had_been_heard_to_its_end_is_not_said_again() -> None:
    playback = Playback()
    playback.begin(Source.MODEL, 0.0)
    playback.say(bytes(SECOND), 0.0)
    playback.finish(0.0)
    assert playback.hold(1.1) == [Clear()]  # and its mark is under way
    commands = playback.go_on(1.5)
    assert all(isinstance(command, Mark) for command in commands)
    last = commands[-1]
    assert isinstance(last, Mark)
    assert [turn.heard for turn in playback.played(last.name, 1.6)] == [SECOND]


def test_the_transcript_is_cut_where_the_sound_was() -> None:
    playback = Playback()
    turn = playback.begin(Source.MODEL, 0.0)
    for at, word in enumerate(["One ", "two ", "three ", "four "]):
        turn.note(word)
        playback.say(bytes(SECOND // 2), 0.0)
        if at == 1:
            playback.hold(0.6)
    playback.go_on(1.0)
    heard_again = (turn.sent - playback.queued(1.0)) / SECOND
    assert heard_again <= 0.6
    _, (cut,) = playback.clear(1.0 + 1.6 - heard_again)
    assert cut.text_heard == "One two three"


STEP = st.one_of(
    step("wait", st.integers(1, 900)),
    step("wait", st.integers(1, 20)),
    step("say", st.integers(1, 12_000)),
    step("finish"),
    step("clear"),
    step("hold"),
    step("go on"),
)


@settings(max_examples=300, deadline=None)
@given(story=st.lists(STEP, max_size=40), **LINES)
@example(story=[("say", 8), ("wait", 1), ("hold", 0)], delay=80, phase=0, lost="none")
def test_any_story_is_told_alike(story: list[Step], delay: int, phase: int, lost: str) -> None:
    line = Line(delay, phase=phase, returns=LOST[lost])
    line.tell(story)
    if line.playback.holding:
        line.go_on()
    line.plays_out()
