"""Secret keys: nobody but the function that collects them learns them, and they are on no recording."""

from __future__ import annotations

from typing import Any

import pytest

from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.messages import Hear
from telephony_agent.phone.messages import Heard, Pressed, Stopped
from telephony_agent.record.entries import Noted, Transfer
from telephony_agent.states import State
from telephony_agent.steps import (
    OURS,
    Action,
    Arranged,
    Event,
    GaveUp,
    Lost,
    NextAsked,
    Record,
    Requested,
    Settle,
    StreamLost,
    ToLive,
)
from telephony_agent.toolbox.context import CollectDigits, PauseRecording, RecordCall, ResumeRecording
from tests.story import STARTED, Story, at_rest, of, told
from tests.test_taping import arranges, opening, recording, refusals

PIN = CollectDigits(4, 10.0, "#", secret=True)
FOUR = CollectDigits(4, 10.0, "#", secret=False)
PAUSED = Arranged(OURS, PauseRecording(), "RE1")
UNPAUSED = Arranged(OURS, PauseRecording(), error="refused")
RESUMED = Arranged(OURS, ResumeRecording(), "RE1")
REFUSED = Arranged(1, RecordCall(), error="refused")
GONE = Closing(Remedy.GIVE_UP, "closed with 1007")
LOUD = Heard(b"\x00" * 160)


def answers(actions: list[Action]) -> list[Settle]:
    """To the functions."""
    return [settle for settle in of(Settle, actions) if settle.id != OURS]


def keys_noted(actions: list[Action]) -> list[dict[str, Any]]:
    entries = [action.entry for action in of(Record, actions)]
    return [dict(entry.facts) for entry in entries if isinstance(entry, Noted) and entry.kind == "keys"]


def test_a_recording_is_paused_while_secret_keys_are_pressed_and_until_no_more_come() -> None:
    story = recording()
    assert arranges(story.give(Requested(2, PIN))) == [PauseRecording()]
    story.give(PAUSED)
    actions = story.give(*map(Pressed, "1234"))
    assert answers(actions) == [Settle(2, "1234")]
    assert arranges(actions + story.wait(0.9)) == []
    assert arranges(story.wait(0.2)) == [ResumeRecording()]


def test_the_last_tone_is_not_heard_by_the_model_either() -> None:
    story = at_rest()
    story.give(Requested(2, PIN), *map(Pressed, "1234"))
    for pause, silent in ((0.3, True), (0.5, False)):
        story.wait(pause)
        heard = [action.command.pcm for action in of(ToLive, story.give(LOUD)) if isinstance(action.command, Hear)]
        assert all(any(pcm) is not silent for pcm in heard)


def test_a_pause_that_is_late_is_ended_when_it_comes() -> None:
    story = recording()
    story.give(Requested(2, PIN), GaveUp(2))
    assert arranges(story.wait(6)) == []
    assert arranges(story.give(PAUSED)) == [ResumeRecording()]
    assert arranges(story.give(RESUMED) + story.wait(60)) == []


def test_no_secret_key_is_taken_before_the_recording_is_paused() -> None:
    story = recording()
    actions = story.give(Requested(2, PIN)) + story.wait(0.5) + story.give(*map(Pressed, "12")) + story.wait(0.5)
    assert answers(actions) == []
    assert answers(story.give(PAUSED) + story.give(Pressed("3"))) == []
    assert answers(story.give(Pressed("4"))) == [Settle(2, "1234")]


def test_the_time_for_a_secret_runs_from_when_the_recording_is_paused() -> None:
    story = recording()
    story.give(Requested(2, PIN))
    story.wait(1.5)
    assert answers(story.give(PAUSED) + story.wait(9.9)) == []
    assert answers(story.wait(0.2)) == [Settle(2, "")]


def test_nothing_secret_is_taken_if_the_recording_cannot_be_paused() -> None:
    story = recording()
    story.give(Requested(2, PIN), *map(Pressed, "12"))
    actions = story.give(UNPAUSED)
    (why,) = refusals(actions)
    assert "could not be paused" in why
    assert arranges(actions) == [ResumeRecording()], "it may be paused all the same"
    actions = story.give(RESUMED) + story.wait(0.5) + story.give(*map(Pressed, "34")) + story.wait(60)
    assert arranges(actions) == []
    assert "pressed" not in " ".join(told(actions)), "the caller does not know yet that it is not wanted"
    assert keys_noted(actions) == [{"pressed": "secret", "recorded": "some, perhaps"}]


def test_nobody_waits_for_a_pause_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    story = recording()
    assert answers(story.give(Requested(2, PIN)) + story.wait(1.9)) == []
    actions = story.wait(0.2)
    assert len(refusals(actions)) == 1
    assert "could not be paused" in caplog.text
    assert arranges(actions + story.wait(10)) == []
    assert arranges(story.give(PAUSED) + story.wait(60)) == [ResumeRecording()]


def test_who_asks_again_waits_for_a_pause_of_their_own() -> None:
    story = recording()
    story.give(Requested(2, PIN), UNPAUSED, RESUMED)
    assert arranges(story.give(Requested(3, PIN))) == [PauseRecording()]
    assert answers(story.give(PAUSED, *map(Pressed, "1234"))) == [Settle(3, "1234")]


def test_a_secret_waits_for_a_recording_that_begins() -> None:
    for begun, paused in ((Arranged(1, RecordCall(), "RE1"), [PauseRecording()]), (REFUSED, [])):
        story = at_rest(recording_agreed=True)
        story.give(Requested(1, RecordCall()))
        assert arranges(story.give(Requested(2, PIN), *map(Pressed, "1234"))) == []
        actions = story.give(begun)
        assert arranges(actions) == paused
        assert Settle(2, "1234") in (story.give(PAUSED) if paused else actions)


def test_no_recording_begins_while_keys_are_secret() -> None:
    story = opening()
    story.give(Requested(1, RecordCall()), Requested(2, PIN))
    story.wait(1)
    assert arranges(story.echoes()) == []
    actions = story.give(*map(Pressed, "1234"))
    assert answers(actions) == [Settle(2, "1234")]
    assert arranges(actions + story.wait(0.9)) == []
    assert arranges(story.wait(0.2)) == [RecordCall()]


def test_the_next_secret_waits_until_twilio_has_gone_on_and_paused_again() -> None:
    """Were both under way at once, Twilio might do them in the other order."""
    story = recording()
    story.give(Requested(2, PIN), PAUSED, *map(Pressed, "1234"))
    assert arranges(story.wait(1.1)) == [ResumeRecording()]
    actions = story.give(Requested(3, PIN), *map(Pressed, "5678"))
    assert (answers(actions), arranges(actions)) == ([], [])
    actions = story.give(RESUMED)
    assert (answers(actions), arranges(actions)) == ([], [PauseRecording()])
    actions = story.give(PAUSED)
    assert answers(actions) == [Settle(3, "5678")]
    assert keys_noted(actions) == [{"pressed": "secret", "recorded": "some, perhaps"}]


@pytest.mark.parametrize("ahead", ["", "1", "12"])
def test_the_records_tell_of_secret_keys_that_were_pressed_before_the_recording_was_paused(ahead: str) -> None:
    for pressed_first in (True, False):
        story = recording()
        wishes = [*map(Pressed, ahead)] if pressed_first else []
        actions = story.give(*wishes, Requested(2, PIN))
        actions += story.give(*([] if pressed_first else map(Pressed, ahead)))
        actions += story.give(PAUSED, *map(Pressed, "1234"[len(ahead) :]))
        assert keys_noted(actions) == [{"pressed": "secret", **({"recorded": "some, perhaps"} if ahead else {})}]
        later = story.wait(2) + story.give(Requested(3, PIN), PAUSED)
        assert keys_noted(later + story.give(*map(Pressed, "1234")))[-1] == {"pressed": "secret"}


def test_two_secrets_are_one_pause() -> None:
    story = recording()
    story.give(Requested(2, PIN), PAUSED, *map(Pressed, "1234"))
    story.wait(0.3)
    story.give(Requested(3, PIN))
    assert arranges(story.wait(2)) == []
    story.give(*map(Pressed, "1234"))
    assert arranges(story.wait(1)) == [ResumeRecording()]


def test_what_a_function_has_paused_stays_so() -> None:
    story = recording()
    story.give(Requested(2, PauseRecording()), Arranged(2, PauseRecording(), "RE1"))
    actions = story.give(Requested(3, PIN), *map(Pressed, "1234"))
    assert answers(actions) == [Settle(3, "1234")]
    assert arranges(actions + story.wait(60)) == []


def test_what_a_function_pauses_while_we_do_stays_so() -> None:
    story = recording()
    assert arranges(story.give(Requested(2, PIN), Requested(3, PauseRecording()))) == [PauseRecording()]
    assert arranges(story.give(PAUSED, *map(Pressed, "1234"))) == [PauseRecording()]
    actions = story.give(Arranged(3, PauseRecording(), "RE1"))
    assert Settle(3, "RE1") in actions
    assert arranges(actions + story.wait(60)) == []


def test_what_a_function_lets_go_on_does_so_when_the_last_tone_is_over() -> None:
    story = recording()
    story.give(Requested(2, PauseRecording()), Arranged(2, PauseRecording(), "RE1"))
    story.give(Requested(3, PIN), *map(Pressed, "1234"))
    actions = story.give(Requested(4, ResumeRecording()))
    assert (answers(actions), arranges(actions + story.wait(0.9))) == ([Settle(4, "")], [])
    assert arranges(story.wait(0.2)) == [ResumeRecording()]
    story.give(RESUMED)
    assert arranges(story.give(Requested(5, ResumeRecording()))) == [ResumeRecording()]


def test_who_wants_a_recording_while_keys_are_secret_is_to_ask_later() -> None:
    story = recording()
    story.give(Requested(2, PIN))
    assert len(refusals(story.give(Requested(3, RecordCall())))) == 1


ENDS: dict[str, list[Event]] = {
    "pressed all": [*map(Pressed, "1234")],
    "pressed the last key": [*map(Pressed, "12#")],
    "pressed some": [Pressed("1")],
    "pressed nothing": [],
    "gave up": [GaveUp(2)],
    "gave up after a key": [Pressed("1"), GaveUp(2)],
    "the line was cut": [StreamLost(), NextAsked(), STARTED],
}


@pytest.mark.parametrize("asked_first", [True, False], ids=["pauses late", "has paused"])
@pytest.mark.parametrize("ends", ENDS)
def test_however_it_ends_the_recording_goes_on_once(ends: str, asked_first: bool) -> None:
    story = recording()
    story.give(Requested(2, PIN))
    actions = story.give(*ENDS[ends], PAUSED) if asked_first else story.give(PAUSED, *ENDS[ends])
    assert arranges(actions) == []
    assert arranges(story.wait(16)) == [ResumeRecording()]
    assert arranges(story.give(RESUMED) + story.wait(60)) == []


@pytest.mark.parametrize("pause", [[], [PAUSED]], ids=["is asked for", "is done"])
def test_with_the_call_the_recording_ends_but_who_is_put_through_is_recorded_there(pause: list[Event]) -> None:
    for end, last in ((Stopped(), ()), (Lost(GONE), (ResumeRecording(),))):
        story = recording(fallback=Transfer("+15550100009"))
        story.give(Requested(2, PIN), *pause, end)
        assert (story.state, story.last) == (State.OVER, last)


def test_who_is_put_through_while_a_function_has_paused_it_is_not_recorded() -> None:
    story = recording(fallback=Transfer("+15550100009"))
    story.give(Requested(2, PauseRecording()), Arranged(2, PauseRecording(), "RE1"), Requested(3, PIN), Lost(GONE))
    assert (story.state, story.last) == (State.OVER, ())


def test_a_recording_that_does_not_go_on_is_told_to_three_times() -> None:
    story = recording()
    story.give(Requested(2, PIN), PAUSED, *map(Pressed, "1234"))
    tries = 0
    actions = story.wait(1.1)
    while arranges(actions) == [ResumeRecording()]:
        tries += 1
        actions = story.give(Arranged(OURS, ResumeRecording(), error="refused")) + story.wait(1)
    assert (tries, arranges(actions)) == (3, [])
    assert arranges(story.give(Requested(3, PIN))) == [PauseRecording()], "whether it goes on, nobody knows"


# What is pressed when no function waits any more.


def strays(story: Story, keys: str) -> list[Action]:
    """What comes of keys that are pressed now."""
    return story.give(*map(Pressed, keys)) + story.wait(6)


def test_the_rest_of_a_secret_whose_function_gave_up_is_nobodys() -> None:
    story = at_rest()
    story.give(Requested(2, PIN), *map(Pressed, "47"), GaveUp(2))
    story.wait(3)
    actions = strays(story, "11")
    assert told(actions) == []
    assert keys_noted(actions) == [{"pressed": "secret"}, {"pressed": "secret"}]
    assert told(strays(story, "5"))[0] == "The caller pressed 5 on the telephone's keypad."


def test_the_rest_of_a_secret_that_came_too_late_is_nobodys() -> None:
    story = at_rest()
    story.give(Requested(2, PIN), Pressed("4"))
    assert answers(story.wait(10.1)) == [Settle(2, "4")]
    assert told(strays(story, "711")) == []


def test_a_key_too_many_is_nobodys() -> None:
    story = at_rest()
    story.give(Requested(2, PIN), *map(Pressed, "4711"))
    story.wait(0.8)
    actions = story.give(Pressed("#")) + story.wait(6)
    assert told(actions) == []
    assert keys_noted(actions) == [{"pressed": "secret"}]


def test_who_asks_again_at_once_gets_what_was_pressed_meanwhile() -> None:
    story = at_rest()
    story.give(Requested(2, PIN), *map(Pressed, "47"), GaveUp(2), Pressed("1"), Requested(3, PIN))
    assert answers(story.give(Pressed("1"))) == [Settle(3, "4711")]


def test_who_asks_again_later_gets_all_of_it_anew() -> None:
    story = at_rest()
    story.give(Requested(2, PIN), *map(Pressed, "47"), GaveUp(2))
    story.wait(2)
    actions = story.give(Requested(3, PIN))
    assert keys_noted(actions) == [{"pressed": "secret"}]
    assert answers(story.give(*map(Pressed, "4711"))) == [Settle(3, "4711")]


def test_what_was_secret_is_no_part_of_what_is_not() -> None:
    story = recording()
    story.give(Requested(2, PIN), PAUSED, *map(Pressed, "47"), GaveUp(2))
    actions = story.give(Requested(3, FOUR))
    assert keys_noted(actions) == [{"pressed": "secret"}]
    assert arranges(actions) == [ResumeRecording()]
    actions = story.give(*map(Pressed, "1234"))
    assert (answers(actions), keys_noted(actions)) == ([Settle(3, "1234")], [{"pressed": "1234"}])


def test_another_function_that_can_not_collect_hushes_nothing() -> None:
    story = recording()
    story.give(Requested(2, FOUR))
    actions = story.give(Requested(3, PIN))
    assert (len(refusals(actions)), arranges(actions)) == (1, [])
