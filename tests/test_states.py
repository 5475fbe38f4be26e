"""Every event in every state, and random walks: nothing crashes, no rule of `Story` breaks, each state is as told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telephony_agent.live import messages as live
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.phone import messages as phone
from telephony_agent.pickup import SETTLES
from telephony_agent.record.entries import CALL_BACK, Meet, PressDigits, Transfer
from telephony_agent.states import MOVES, State
from telephony_agent.steps import (
    Arranged,
    Connected,
    Consulted,
    Ended,
    Event,
    GaveUp,
    Lost,
    MachineAnswered,
    NextAsked,
    Rang,
    Requested,
    StreamLost,
    TimeIsUp,
    ToolDone,
)
from telephony_agent.toolbox.context import (
    Awaited,
    CollectDigits,
    Consult,
    KeepOnHold,
    PauseRecording,
    Prompted,
    RecordCall,
    ResumeRecording,
    SendSms,
    Wants,
)
from tests.story import BROKEN, FRAME, MOMENT, STARTED, Story, at_rest, calling_out, ringing, talking

REFUSED = Closing(Remedy.GIVE_UP, "closed with 1007")

# What can happen, by a name; `Played` is of the last mark that was sent.
EVENTS: dict[str, Event] = {
    "rang": Rang(prewarm=False),
    "rang, prewarm": Rang(prewarm=True),
    "started": STARTED,
    "heard": FRAME,
    "heard nothing": phone.Heard(b""),
    "pressed": phone.Pressed("5"),
    "played": phone.Played("the last"),
    "played what we never sent": phone.Played("?"),
    "stopped": phone.Stopped(),
    "stream lost": StreamLost(),
    "next asked": NextAsked(),
    "next asked, as nobody answered": NextAsked("no-answer"),
    "ended": Ended("Twilio says: completed"),
    "connected": Connected(MOMENT),
    "ready": live.Ready(),
    "lost": Lost(BROKEN),
    "lost the handle": Lost(Closing(Remedy.FRESH, "1008")),
    "refused": Lost(REFUSED),
    "no quota": Lost(Closing(Remedy.WAIT, "quota")),
    "spoke": live.Spoke(b"\x00" * 4_800),
    "spoke an odd byte": live.Spoke(b"\x00"),
    "agent said": live.AgentSaid("Hello."),
    "caller said": live.CallerSaid("Hello?"),
    "aside": live.Aside("thought", "I am asked for bread."),
    "interrupted": live.Interrupted(),
    "generation complete": live.GenerationComplete(),
    "turn complete": live.TurnComplete(),
    "tool call": live.ToolCall("call_1", "book", {}),
    "another tool call": live.ToolCall("call_2", "book", {}),
    "tool cancelled": live.ToolCallsCancelled(["call_1", "?"]),
    "tool done": ToolDone("call_1", {"result": 1}),
    "tool hung up": ToolDone("call_1", {"result": 1}, hang_up=True),
    "tool put through": ToolDone("call_1", {"result": 1}, hang_up=True, next=Transfer("+15550100009")),
    "tool done that nobody called": ToolDone("?", {"result": 1}, hang_up=True),
    "a machine answered": MachineAnswered(beeped=True),
    "told by a tool": Prompted("The table is free again.", interrupt=False),
    "told at once by a tool": Prompted("The table is free again.", interrupt=True),
    "told what is awaited": Awaited("digits"),
    "wants to be called back": Wants(CALL_BACK),
    "asked for digits": Requested(1, CollectDigits(2, 10.0, "#", secret=False)),
    "asked for a PIN": Requested(2, CollectDigits(4, 10.0, "#", secret=True)),
    "asked to press keys": Requested(4, PressDigits("1w2")),
    "asked to send": Requested(5, SendSms("Booked.")),
    "was sent": Arranged(5, SendSms("Booked."), "SM1"),
    "asked to keep on hold": Requested(8, KeepOnHold()),
    "asked to record": Requested(7, RecordCall()),
    "asked to announce": Requested(7, RecordCall("This is recorded.")),
    "is recorded": Arranged(7, RecordCall(), "RE1"),
    "is not recorded": Arranged(7, RecordCall(), error="refused"),
    "is paused": Arranged(0, PauseRecording(), "RE1"),
    "is not paused": Arranged(0, PauseRecording(), error="refused"),
    "asked to pause": Requested(9, PauseRecording()),
    "asked to resume": Requested(9, ResumeRecording()),
    "asked to consult": Requested(6, Consult("+15550100009", "Somebody.", 25)),
    "rings a colleague": Arranged(6, Consult("+15550100009", "Somebody.", 25), "CA6"),
    "was taken": Consulted("CA6", True),
    "was declined": Consulted("CA6", False),
    "is to be joined": ToolDone("call_1", {"result": 1}, hang_up=True, next=Meet("CA" + "1" * 32)),
    "gave up": GaveUp(1),
    "resumable": live.Resumable("handle"),
    "going away": live.GoingAway(50.0),
    "going away now": live.GoingAway(0.0),
    "usage": live.Usage(1, 2, 3),
    "grounded": live.Grounded({"webSearchQueries": ["bread"]}, ["bread"]),
    "time is up": TimeIsUp(),
}


def wildly(story: Story) -> Story:
    story.wild = True
    return story


def ringing_prewarmed(**agent: Any) -> Story:
    story = Story(**agent)
    story.rings(prewarm=True)
    story.is_accepted()
    return story


def dialling(**agent: Any) -> Story:
    story = ringing(**agent)
    story.give(STARTED)
    return story


def redialling_with_a_tool(**agent: Any) -> Story:
    story = talking(**agent)
    story.calls()
    story.loses_its_model()
    return story


def speaking(**agent: Any) -> Story:
    story = talking(**agent)
    story.says(3, "We are open from nine.")
    return story


def running_a_tool(**agent: Any) -> Story:
    story = talking(**agent)
    story.calls()
    return story


def asking_for_a_secret(**agent: Any) -> Story:
    """The end of the question is kept back until the recording is paused."""
    story = talking(**agent, recording_agreed=True)
    story.give(Requested(7, RecordCall()), Arranged(7, RecordCall(), "RE1"))
    story.says(2, "Your PIN, please.")
    story.calls()
    story.give(Requested(2, CollectDigits(4, 10.0, "#", secret=True)))
    story.wait(1.5)
    return story


def just_interrupted(**agent: Any) -> Story:
    story = speaking(**agent)
    story.give(live.Interrupted())
    return story


def going_away(**agent: Any) -> Story:
    story = at_rest(**agent)
    story.give(live.GoingAway(50))
    story.wait(1)
    return story


def old(**agent: Any) -> Story:
    """A session that is left as soon as the agent's words have been heard."""
    story = at_rest(**agent | {"idle_after": 600.0, "longest_call": 1800.0})
    story.wait(535)
    story.give(live.CallerSaid("Tell me a story."))
    story.wait(4)
    story.says(30, "Once upon a time")
    story.wait(2)
    return story


def rotating(**agent: Any) -> Story:
    story = going_away(**agent)
    story.wait(4)
    return story


def leaving(**agent: Any) -> Story:
    story = running_a_tool(**agent)
    story.has(hang_up=True)
    return story


def saying_farewell(**agent: Any) -> Story:
    story = leaving(**agent)
    story.says(2, "Goodbye.")
    return story


def farewell_said(**agent: Any) -> Story:
    story = saying_farewell(**agent)
    story.ends_its_turn()
    return story


def away(**agent: Any) -> Story:
    story = running_a_tool(**agent)
    story.give(StreamLost())
    return story


def away_without_model(**agent: Any) -> Story:
    story = away(**agent)
    story.loses_its_model()
    return story


def putting_through(**agent: Any) -> Story:
    story = running_a_tool(**agent)
    story.give(ToolDone("call_1", {}, hang_up=True, next=Transfer("+15550100009")))
    story.says(2, "I put you through.")
    story.ends_its_turn()
    return story


def put_through(**agent: Any) -> Story:
    story = putting_through(**agent)
    story.wait(2.1)
    story.echoes()
    return story


def pressing_keys(**agent: Any) -> Story:
    story = running_a_tool(**agent)
    story.give(Requested(3, PressDigits("1w2")))
    return story


def waiting_for_a_word(**agent: Any) -> Story:
    """Of whom we have called."""
    return calling_out(**agent)


def beeped_at(**agent: Any) -> Story:
    story = calling_out(**agent)
    story.give(MachineAnswered(beeped=True))
    return story


def leaving_a_message(**agent: Any) -> Story:
    story = calling_out(**agent)
    story.give(MachineAnswered(beeped=True))
    story.wait(SETTLES)
    story.says(2, "We have called about your table.")
    return story


def over(**agent: Any) -> Story:
    story = speaking(**agent)
    story.give(phone.Stopped())
    return story


ENDS = {"stopped": State.OVER, "ended": State.OVER}
FATAL = ENDS | {"refused": State.OVER, "no quota": State.OVER}
ASKED = ("stream lost", "next asked", "next asked, as nobody answered")
BREAKS = FATAL | dict.fromkeys(ASKED, State.AWAY)
LOSES = BREAKS | {"lost": State.DIALLING, "lost the handle": State.DIALLING}
LEAVES = ENDS | dict.fromkeys(ASKED, State.OVER) | {"interrupted": State.TALKING}
SILENT = LEAVES | {"lost": State.OVER, "lost the handle": State.OVER, "refused": State.OVER, "no quota": State.OVER}

PARTS = ENDS | dict.fromkeys(ASKED, State.AWAY)
TOOL_LEAVES = dict.fromkeys(("tool hung up", "tool put through"), State.LEAVING)
PRESSES_LATER = dict.fromkeys(("asked to press keys", "asked to announce"), State.LEAVING)
PRESSES = dict.fromkeys(PRESSES_LATER, State.AWAY)  # with nothing left to be heard

# Where each event leads; to where the call is, if it is not named.
LEADS: dict[Callable[..., Story], dict[str, State]] = {
    ringing: FATAL | {"started": State.DIALLING},
    ringing_prewarmed: FATAL | {"started": State.TALKING},
    dialling: BREAKS | {"ready": State.TALKING},
    redialling_with_a_tool: BREAKS
    | {"ready": State.TALKING, "tool hung up": State.LEAVING, "tool put through": State.LEAVING},
    talking: LOSES | PRESSES,
    speaking: LOSES | PRESSES_LATER,
    asking_for_a_secret: LOSES | TOOL_LEAVES | {"asked to press keys": State.LEAVING},
    running_a_tool: LOSES | PRESSES | TOOL_LEAVES,
    just_interrupted: LOSES | PRESSES,
    going_away: LOSES | PRESSES,
    old: LOSES | PRESSES_LATER,
    rotating: BREAKS | {"ready": State.TALKING},
    leaving: SILENT,
    saying_farewell: LEAVES,
    farewell_said: LEAVES | {"played": State.OVER},
    away: FATAL | {"started": State.TALKING, "tool hung up": State.OVER, "tool put through": State.OVER},
    away_without_model: FATAL | {"started": State.DIALLING, "tool hung up": State.OVER, "tool put through": State.OVER},
    putting_through: PARTS | {"interrupted": State.AWAY, "played": State.AWAY},
    put_through: FATAL | {"started": State.TALKING},
    pressing_keys: FATAL | {"started": State.TALKING, "tool hung up": State.OVER, "tool put through": State.OVER},
    waiting_for_a_word: LOSES | PRESSES,
    beeped_at: LOSES | PRESSES,
    leaving_a_message: LEAVES | {"interrupted": State.LEAVING},
    over: {},
}


def the(name: str, story: Story) -> Event:
    return phone.Played(story.marks[-1]) if name == "played" and story.marks else EVENTS[name]


def test_no_kind_of_event_and_no_state_is_forgotten() -> None:
    assert {type(event) for event in EVENTS.values()} == set(get_args(Event))
    assert {situation().state for situation in LEADS} == set(State)


def test_every_row_of_moves_is_taken() -> None:
    """By one event, or by the first of the two that one event asks for."""
    taken = {(situation().state, after) for situation, leads in LEADS.items() for after in leads.values()}
    through_dialling = {(State.TALKING, State.DIALLING), (State.DIALLING, State.DIALLING), (State.AWAY, State.DIALLING)}
    # From DIALLING a call leaves by a late tool or the longest call; LEAVING by a farewell or without one.
    missing = {(before, after) for (before, _), after in MOVES.items()} - taken - through_dialling
    assert missing == {(State.OVER, State.OVER)}


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("situation", LEADS, ids=lambda situation: situation.__name__)
def test_every_event_in_every_state(situation: Callable[..., Story], name: str) -> None:
    story = wildly(situation())
    before = story.state
    story.give(the(name, story))
    assert story.state is LEADS[situation].get(name, before)
    story.wait(0.5)
    story.to_the_end()


@settings(derandomize=True, database=None, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(list(LEADS)), st.lists(st.tuples(st.sampled_from(list(EVENTS)), st.floats(0, 15)), max_size=12))
def test_anything_after_anything(situation: Callable[..., Story], happenings: list[tuple[str, float]]) -> None:
    """Even what cannot happen."""
    story = wildly(situation())
    for name, later in happenings:
        story.give(the(name, story))
        story.wait(later)
    story.to_the_end()


@settings(derandomize=True, database=None, deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_can_happen_keeps_the_rules(data: st.DataObject) -> None:
    situation = data.draw(st.sampled_from(list(LEADS)))
    story = situation(idle_after=data.draw(st.sampled_from([1.0, 20.0])), longest_call=60.0)
    for _ in range(data.draw(st.integers(1, 40))):
        step = data.draw(st.sampled_from(possible(story)))
        if isinstance(step, float):
            story.wait(step)
        else:
            story.give(step)
    story.to_the_end()


@settings(derandomize=True, database=None, deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_timer_that_comes_late_breaks_no_rule(data: st.DataObject) -> None:
    """As in a busy loop: what was due is found due after other events."""
    story = data.draw(st.sampled_from(list(LEADS)))(idle_after=1.0, longest_call=60.0)
    for _ in range(data.draw(st.integers(1, 40))):
        step = data.draw(st.sampled_from([*possible(story), TimeIsUp()]))
        if isinstance(step, float):
            story.now += step
        else:
            story.give(step)
    story.to_the_end()


def possible(story: Story) -> list[Event | float]:
    """What may happen next in the world: a second that goes by, a message of an end that is there."""
    steps: list[Event | float] = [0.02, 0.3, 0.7, 2.5, 6.0]
    if story.state is not State.OVER:
        steps += [STARTED, NextAsked()]
    if story.streaming:
        steps += [FRAME, phone.Pressed("1"), StreamLost(), *(phone.Played(mark) for mark in story.marks[-2:])]
    if story.link == "dialled":
        steps += [Connected(MOMENT)] * 4
    if story.link == "connected":
        steps += [live.Ready()] * 4
    if story.link != "down":
        steps += [Lost(BROKEN), Lost(Closing(Remedy.FRESH, "1008"))]
    if story.link == "ready":
        fresh = [id for id in ("call_1", "call_2") if id not in story.asked]
        steps += [live.ToolCall(id, "book", {}) for id in fresh]
        steps += [
            *(EVENTS[name] for name in ("agent said", "caller said", "interrupted", "resumable", "going away now")),
            *(EVENTS[name] for name in ("spoke", "generation complete", "turn complete", "tool cancelled")),
            live.Spoke(b"\x00" * 96_000),
            live.GoingAway(5.0),
        ]
    steps += [ToolDone(id, {}, hang_up) for id in sorted(story.running) for hang_up in (False, True)]
    return steps
