"""A caller on hold hears music, and neither side the other."""

from __future__ import annotations

import asyncio
import audioop
from collections.abc import Mapping

import pytest

from telephony_agent import Agent, CallContext, builtin, tool
from telephony_agent.desk import Desk
from telephony_agent.live.messages import Hear, Interrupted
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone.people import Person
from telephony_agent.on_hold import PIECE, OnHold, melody
from telephony_agent.phone.messages import Clear, Heard, Pressed
from telephony_agent.record.entries import AgentTurn
from telephony_agent.states import State
from telephony_agent.steps import (
    Action,
    GaveUp,
    NextAsked,
    Requested,
    Settle,
    StreamLost,
    ToLive,
    ToolDone,
    ToPhone,
)
from telephony_agent.toolbox.context import CollectDigits, KeepOnHold, Prompted
from tests import virtual
from tests.house import House, calling
from tests.parties import SOON
from tests.rest import Rest
from tests.story import INCOMING, STARTED, Story, at_rest, of, spoken, told
from tests.test_whole_call import agent_turns, speech

SECOND = 8_000  # bytes
LOUD = Heard(b"\x00" * 160)
MUSIC = bytes([*range(100)]) * 40  # half a second


def on_hold(music: bytes = b"") -> Story:
    story = at_rest()
    story.calls()
    assert spoken(story.give(Requested(1, KeepOnHold(music)))) == PIECE * SECOND
    return story


def cleared(actions: list[Action]) -> bool:
    return ToPhone(Clear()) in actions


def heard_by_model(actions: list[Action]) -> bytes:
    return b"".join(action.command.pcm for action in of(ToLive, actions) if isinstance(action.command, Hear))


def test_music_begins_when_the_agent_has_been_heard() -> None:
    story = at_rest()
    story.says(2, "One moment, I look.")
    story.ends_its_turn()
    story.calls()
    assert spoken(story.give(Requested(1, KeepOnHold())) + story.wait(1.9)) == 0
    assert spoken(story.wait(0.4)) >= PIECE * SECOND


def test_music_goes_on_without_a_gap_until_the_function_is_done() -> None:
    story = on_hold()
    sent = PIECE * SECOND + spoken(story.wait(60))
    assert 60 * SECOND < sent <= (60 + PIECE + 1) * SECOND
    assert cleared(story.give(GaveUp(1)))
    assert spoken(story.wait(10)) == 0


def test_the_music_that_is_given_is_played_again_and_again() -> None:
    keeping = OnHold()
    keeping.keep(1, MUSIC)
    assert keeping.piece() + keeping.piece() == MUSIC * 8


def test_ours_can_be_heard_and_is_softer_than_a_voice() -> None:
    assert 8 <= len(melody()) / SECOND <= 20
    assert 300 < audioop.rms(audioop.ulaw2lin(melody(), 2), 2) < 3000


def test_the_agent_does_not_hear_and_is_not_heard_but_knows_it() -> None:
    story = on_hold()
    heard = story.give(*[LOUD] * 50)
    assert heard_by_model(heard)
    assert not any(heard_by_model(heard))
    assert spoken(story.says(2, "Are you still there?")) == 0
    assert not cleared(story.give(Interrupted()))
    story.ends_its_turn()
    story.give(GaveUp(1))
    words = " ".join(told(story.has()))
    assert "Are you still there?" in words
    assert "on hold" in words


def test_the_rest_of_what_it_began_to_say_on_hold_is_not_heard_either() -> None:
    story = on_hold()
    story.says(1, "I was just")
    story.give(GaveUp(1))
    assert spoken(story.says(1, " saying.")) == 0
    story.ends_its_turn()
    story.has()
    assert spoken(story.says(1, "Welcome back.")) > 0


def test_nobody_is_asked_whether_they_are_still_there() -> None:
    story = on_hold()
    assert told(story.wait(300)) == []
    assert story.state is State.TALKING


def test_nothing_is_said_between() -> None:
    story = on_hold()
    assert told(story.give(Prompted("The table is free.", interrupt=True))) == []
    story.give(GaveUp(1))
    assert "The table is free." in " ".join(told(story.has()))


def test_keys_are_still_for_the_function() -> None:
    story = on_hold()
    actions = story.give(Requested(2, CollectDigits(1, 10.0, "#", secret=False)), Pressed("7"))
    assert of(Settle, actions) == [Settle(2, "7")]
    assert not cleared(actions)


def test_a_stream_that_breaks_comes_back_with_music() -> None:
    story = on_hold()
    story.wait(5)
    story.give(StreamLost(), NextAsked())
    assert spoken(story.give(STARTED) + story.wait(1)) > 0
    assert told(story.give(GaveUp(1)) + story.has()) == []


def test_music_plays_on_while_another_model_is_dialled() -> None:
    story = on_hold()
    story.loses_its_model()
    story.wait(0.5)
    story.is_accepted()
    assert spoken(story.wait(4)) >= 3 * SECOND


def test_two_functions_keep_a_caller_until_both_are_done() -> None:
    story = on_hold()
    story.give(Requested(2, KeepOnHold()))
    assert not cleared(story.give(GaveUp(1)))
    assert cleared(story.give(GaveUp(2)))


def test_a_caller_of_whom_the_agent_takes_leave_is_not_kept() -> None:
    story = on_hold()
    assert cleared(story.give(ToolDone("call_1", {}, hang_up=True)))
    assert spoken(story.says(1, "Goodbye.")) > 0


@pytest.mark.anyio
async def test_a_function_in_a_thread_keeps_a_caller_on_hold_as_long_as_its_block_lasts() -> None:
    events: list[object] = []
    desk = Desk(events.append)

    def work(call: CallContext) -> None:
        with call.hold(MUSIC):
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(SOON)
            assert events == [Requested(1, KeepOnHold(MUSIC))]

    loop = asyncio.get_running_loop()
    with desk.context(INCOMING) as call:
        await asyncio.to_thread(work, call)
        await asyncio.sleep(0)
        assert events == [Requested(1, KeepOnHold(MUSIC)), GaveUp(1)]


@tool(timeout=60)
async def look(call: CallContext) -> str:
    """Look it up."""
    async with call.hold(b"\x10\x90" * 4000):
        await asyncio.sleep(12)
    return "found"


@tool(timeout=3)
async def look_too_long(call: CallContext) -> str:
    """Look it up."""
    async with call.hold():
        await asyncio.sleep(60)
    return "found"


def play(
    function: object, *says: str, person: Person | None = None, given: Mapping[str, object] | None = None
) -> House:
    async def talk() -> House:
        agent = Agent(instructions="Be brief.", disclosure=None, tools=[function])  # type: ignore[list-item]
        wish = calls(agent.declared[0].name, **(given or {}))
        steps: list[Say | Call] = [Say("Hello."), wish, *map(Say, says)]
        async with calling(agent, scripted(*steps, transcripts=["Please look."])) as (caller, house):
            house.calls._control = Rest(caller.exchange)
            caller.exchange.people["+15550100009"] = person or Person()
            await caller.hears()
            await caller.says(speech())
            began = caller.now
            await asyncio.sleep(16)
            music = [sound for sound in caller.heard if sound.at > began]
            assert len(music) > 100
        return house

    return virtual.run(talk())


@pytest.mark.parametrize(
    ("function", "given"),
    [(look, {}), (look_too_long, {}), (builtin.hold, {"seconds": 12})],
    ids=["long", "too long", "ours"],
)
def test_a_caller_on_hold_comes_back_to_the_same_conversation(function: object, given: dict[str, int]) -> None:
    house = play(function, "There it is.", given=given)
    assert [(turn.source, turn.text, turn.heard) for turn in agent_turns(house)] == [
        ("model", "Hello.", "Hello."),
        ("model", "There it is.", "There it is."),
    ]
    assert len(house.streams) == len(house.sessions) == 1


def test_a_caller_hears_music_while_a_colleague_is_asked() -> None:
    consult = builtin.consult_and_transfer_to("+15550100009", "the boss", timeout=8)
    house = play(consult, "Nobody is there.", given={"about": "A table."}, person=Person("no-answer"))
    assert [turn.text for turn in agent_turns(house)] == ["Hello.", "Nobody is there."]
    assert {entry.source for entry in house.entries if isinstance(entry, AgentTurn)} == {"model"}
