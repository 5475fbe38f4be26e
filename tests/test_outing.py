"""The caller leaves the agent for somebody else, or for keys to be pressed, and comes back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from telephony_agent import Agent, CallBack, CallContext, Transfer, Voicemail, tool
from telephony_agent.live.messages import Interrupted
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.faults import UpgradeRefused
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone.people import Person
from telephony_agent.outing import TIMES, TIMES_WITHIN, Outing
from telephony_agent.phone.messages import Stopped
from telephony_agent.record.entries import Errand, Next, Outcome, PressDigits
from telephony_agent.states import State, Timers
from telephony_agent.steps import (
    Action,
    Arrange,
    CloseStream,
    Ended,
    NextAsked,
    Reply,
    Requested,
    Settle,
    StreamLost,
    ToolDone,
)
from telephony_agent.toolbox.context import Fetch
from tests import virtual
from tests.house import House, calling
from tests.story import STARTED, Story, at_rest, of, told
from tests.test_whole_call import agent_turns, speech

COLLEAGUE = "+15550100009"
TO_COLLEAGUE = Transfer(COLLEAGUE)
KEYS = PressDigits("1w2#")


def put_through(errand: Errand | Voicemail = TO_COLLEAGUE) -> Story:
    """The agent's last words have been heard."""
    story = at_rest()
    take_leave(story, errand)
    return story


def take_leave(story: Story, errand: Errand | Voicemail) -> None:
    story.calls()
    story.give(ToolDone("call_1", {}, hang_up=True, next=errand))
    story.says(2, "I put you through.")
    story.ends_its_turn()
    story.wait(2)
    story.echoes()


def test_the_stream_is_closed_once_the_last_words_have_been_heard() -> None:
    story = at_rest()
    story.calls()
    story.give(ToolDone("call_1", {}, hang_up=True, next=TO_COLLEAGUE))
    assert of(CloseStream, story.says(2, "I put you through.") + story.ends_its_turn() + story.wait(1.9)) == []
    story.wait(0.1)
    assert of(CloseStream, story.echoes()) == [CloseStream()]
    assert story.state is State.AWAY
    assert story.give(NextAsked()) == [Reply(TO_COLLEAGUE)]


def test_who_speaks_over_those_words_is_put_through_at_once() -> None:
    story = at_rest()
    story.calls()
    story.give(ToolDone("call_1", {}, hang_up=True, next=TO_COLLEAGUE))
    story.says(5, "I put you through to a colleague who")
    story.wait(1)
    assert of(CloseStream, story.give(Interrupted())) == [CloseStream()]


def test_who_was_not_reached_comes_back_and_the_model_knows() -> None:
    story = put_through()
    story.give(NextAsked())
    story.wait(20)
    assert story.give(NextAsked("busy"))[-1] == Reply(Next.CONNECT)
    (words,) = told(story.give(STARTED))
    assert COLLEAGUE in words
    assert "busy" in words
    assert story.state is State.TALKING


def test_a_question_that_comes_twice_while_somebody_is_called_has_the_same_answer() -> None:
    story = put_through()
    assert story.give(NextAsked()) == [Reply(TO_COLLEAGUE)]
    story.wait(2)
    assert story.give(NextAsked()) == [Reply(TO_COLLEAGUE)]
    story.wait(20)
    assert story.give(NextAsked("no-answer"))[-1] == Reply(Next.CONNECT)


def test_twilio_is_not_told_to_call_somebody_again_and_again() -> None:
    story = put_through()
    answers = []
    for _ in range(10):
        answers.append(story.give(NextAsked())[-1])
        story.wait(1)
    assert answers[-1] == Reply(Next.CONNECT)


def fetches(actions: list[Action]) -> int:
    return [action.request for action in of(Arrange, actions)].count(Fetch())


def test_twilio_is_told_to_ask_where_it_does_not_notice_that_the_stream_is_gone() -> None:
    story = at_rest()
    assert fetches(story.give(StreamLost()) + story.wait(1.9)) == 0
    assert fetches(story.wait(0.2)) == 1
    assert story.state is State.AWAY
    assert story.give(NextAsked())[-1] == Reply(Next.CONNECT)


def test_who_is_away_for_good_is_fetched_to_hear_what_follows() -> None:
    story = at_rest()
    story.give(StreamLost())
    story.wait(10)
    assert story.last == (Fetch(),)
    assert story.give(NextAsked()) == [Reply(Next.HANG_UP)]


def test_nobody_is_fetched_from_whom_they_were_put_through_to() -> None:
    story = put_through()
    story.give(NextAsked())
    assert fetches(story.wait(46)) == 0
    assert story.last == ()


def test_an_operator_ends_the_call_of_a_caller_who_was_put_through() -> None:
    story = put_through()
    story.give(NextAsked())
    story.wait(40)
    story.give(Ended("the operator hung up", told=True))
    assert story.last == (Fetch(),)
    assert story.give(NextAsked()) == [Reply(Next.HANG_UP)]


def test_a_stream_that_stops_as_its_call_was_fetched_has_not_been_hung_up() -> None:
    story = at_rest()
    story.give(StreamLost())
    story.wait(2.1)
    story.give(NextAsked(), STARTED, Stopped())
    assert story.state is State.AWAY
    assert story.give(NextAsked())[-1] == Reply(Next.CONNECT)
    story.give(STARTED)
    story.wait(5)
    story.give(Stopped())
    assert story.hung_up is not None


def test_who_was_reached_is_gone() -> None:
    story = put_through()
    story.give(NextAsked())
    story.wait(46)
    assert story.hung_up is not None
    assert story.hung_up.why == "book ended the call"
    assert story.give(NextAsked()) == [Reply(Next.HANG_UP)]


def test_a_stream_that_breaks_off_at_the_last_words_changes_nothing() -> None:
    story = at_rest()
    story.calls()
    story.give(ToolDone("call_1", {}, hang_up=True, next=TO_COLLEAGUE), StreamLost())
    assert story.give(NextAsked()) == [Reply(TO_COLLEAGUE)]


def test_a_message_is_taken_at_the_end_of_all() -> None:
    story = put_through(Voicemail())
    assert story.hung_up is not None
    assert story.give(NextAsked()) == [Reply(Voicemail())]


def test_keys_are_pressed_when_the_agent_has_been_heard_and_the_function_goes_on_when_the_stream_is_back() -> None:
    story = at_rest()
    story.says(3, "One moment.")
    story.ends_its_turn()
    story.calls()
    assert of(CloseStream, story.give(Requested(1, KEYS)) + story.wait(2.9)) == []
    story.wait(0.1)
    assert of(CloseStream, story.echoes()) == [CloseStream()]
    assert story.give(NextAsked(), NextAsked()) == [Reply(KEYS), Reply(Next.CONNECT)]
    assert of(Settle, story.give(STARTED)) == [Settle(1)]
    assert story.state is State.TALKING


def test_keys_may_be_pressed_as_often_as_a_long_menu_wants() -> None:
    story = at_rest()
    story.calls()
    for id in range(1, 15):
        story.give(Requested(id, KEYS))
        assert story.give(NextAsked(), NextAsked()) == [Reply(KEYS), Reply(Next.CONNECT)]
        assert of(Settle, story.give(STARTED)) == [Settle(id)]
        story.wait(5)


def goes_on(story: Story, errand: Errand, pause: float) -> bool:
    """The caller leaves for it, is back, and some time goes by."""
    take_leave(story, errand)
    if story.give(NextAsked())[-1] != Reply(errand):
        return False
    assert story.give(NextAsked("busy" if isinstance(errand, Transfer) else ""))[-1] == Reply(Next.CONNECT)
    story.give(STARTED)
    story.says(pause / 2)
    story.ends_its_turn()
    story.wait(pause - 2)
    return True


@pytest.mark.parametrize("errand", [KEYS, TO_COLLEAGUE])
@pytest.mark.parametrize("pause", [3.0, 10.0])
def test_a_call_that_is_left_again_and_again_ends_with_what_the_operator_wants(errand: Errand, pause: float) -> None:
    story = at_rest(fallback=Voicemail(), longest_call=3600.0)
    times = next(times for times in range(1000) if not goes_on(story, errand, pause))
    assert times == TIMES
    assert story.hung_up is not None
    assert (story.hung_up.next, story.hung_up.why) == (Voicemail(), "the call was left for keys or people too often")
    assert story.give(NextAsked()) == [Reply(Voicemail())]


def test_who_leaves_now_and_then_may_do_so_all_day() -> None:
    outing = Outing(Timers())
    for now in range(0, 36_000, int(TIMES_WITHIN / TIMES)):
        outing.begin(KEYS, "keys were to be pressed", now)
        assert not outing.too_often(now)
        assert outing.announce("", now) == KEYS
        assert not outing.too_often(now + 1), "to come back is not to leave"
        outing.end("")


def test_keys_cannot_be_pressed_for_nobody() -> None:
    story = at_rest()
    story.calls()
    story.give(StreamLost())
    assert [settle.id for settle in of(Settle, story.give(Requested(1, KEYS))) if settle.error] == [1]


@pytest.mark.parametrize("wrong", ["", "12345", "+0123456789", "sip:", "sip:a b@c", "+1555010000x"])
def test_somebody_who_cannot_be_called_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="Transfer"):
        Transfer(wrong)


@pytest.mark.parametrize("wrong", ["", "1-2", "1" * 33])
def test_keys_that_cannot_be_pressed_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="can't be pressed"):
        CallContext("", "", "").press_digits(wrong)


# Whole calls: the offline Twilio puts through, presses and records.


@tool
def put_me_through(call: CallContext) -> str:
    """Put the caller through to a colleague."""
    call.transfer(COLLEAGUE)
    return "The colleague is called."


@tool
async def dial_extension(call: CallContext) -> str:
    """Press the extension."""
    await call.press_digits("12")
    return "It was pressed."


@tool
def leave_message(call: CallContext) -> str:
    """Let the caller leave a message."""
    call.take_message("Speak after the tone.", longest=3)
    return "They will hear a tone."


AGENT = Agent(instructions="Be brief.", disclosure=None, tools=[put_me_through, dial_extension, leave_message])


def play(wish: str, *says: str, person: Person | None = None, then: Any) -> House:
    async def talk() -> House:
        steps: list[Say | Call] = [Say("Hello."), calls(wish), *map(Say, says)]
        async with calling(AGENT, scripted(*steps, transcripts=["Please do."])) as (caller, house):
            if person is not None:
                caller.exchange.people[COLLEAGUE] = person
            await caller.hears()
            await caller.says(speech())
            await then(caller)
        return house

    return virtual.run(talk())


def test_a_colleague_who_answers_has_the_caller() -> None:
    async def then(caller: Any) -> None:
        assert await caller.is_put_through()
        await asyncio.sleep(60)
        assert not caller.over
        caller.exchange.calls[list(caller.exchange.calls)[-1]].hang_up()
        assert (await caller.ended()).status == "completed"

    house = play("put_me_through", "I put you through.", person=Person(), then=then)
    assert [turn.text for turn in agent_turns(house)] == ["Hello.", "I put you through."]
    assert all(turn.heard == turn.text for turn in agent_turns(house))
    assert len(house.streams) == 1


@pytest.mark.parametrize(("does", "pauses"), [("busy", 1), ("no-answer", 2)])
def test_a_caller_whom_no_colleague_takes_is_back_in_the_same_conversation(does: Any, pauses: int) -> None:
    """Who is busy is so at once: the agent speaks again without a pause."""

    async def then(caller: Any) -> None:
        for _ in range(pauses):
            await caller.hears(within=60)

    house = play("put_me_through", "I put you through.", "Nobody answers, sorry.", person=Person(does), then=then)
    assert [turn.text for turn in agent_turns(house)][-1] == "Nobody answers, sorry."
    assert len(house.streams) == 2
    assert len(house.sessions) == 1


def test_keys_are_pressed_in_the_same_conversation() -> None:
    async def then(caller: Any) -> None:
        await caller.hears(within=30)
        assert caller.played == ["12"]

    house = play("dial_extension", "That worked.", then=then)
    assert [turn.text for turn in agent_turns(house)] == ["Hello.", "That worked."]
    assert len(house.streams) == 2
    assert len(house.sessions) == 1


def test_a_message_is_left_once_and_the_call_ends() -> None:
    async def then(caller: Any) -> None:
        await caller.hears()
        assert await caller.is_told("after the tone")
        assert (await caller.ended(within=60)).status == "completed"
        assert len([words for words in caller.announced if "tone" in words]) == 1

    house = play("leave_message", "You can leave a message.", then=then)
    assert [entry.next for entry in house.entries if isinstance(entry, Outcome)] == [
        Voicemail("Speak after the tone.", longest=3)
    ]


@pytest.mark.parametrize(("does", "hears"), [("answers", None), ("busy", CallBack().text)])
def test_without_a_model_the_caller_is_put_through(does: Any, hears: str | None) -> None:
    async def talk() -> None:
        fallback = Transfer(COLLEAGUE, words="I put you through to a person.")
        agent = Agent(instructions="Be brief.", fallback=fallback)
        async with calling(agent, scripted(Say("Hello."))) as (caller, house):
            house.fail(UpgradeRefused(403, 99))
            caller.exchange.people[COLLEAGUE] = Person(does)
            assert await caller.is_told("a person", within=30)
            if hears is None:
                assert await caller.is_put_through()
            else:
                assert await caller.is_told(hears, within=30)
                assert (await caller.ended(within=60)).status == "completed"

    virtual.run(talk())
