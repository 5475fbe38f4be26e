"""The demo's caller, on a virtual clock: says what the script says when it says so, or tells what keeps it from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from telephony_agent import Agent
from telephony_agent.demo.account import Account
from telephony_agent.demo.conversation import Conversation, converse
from telephony_agent.demo.script import Line
from telephony_agent.offline.model.faculties import Faculties, Say
from telephony_agent.offline.model.scripted import scripted
from tests import virtual
from tests.house import calling
from tests.test_whole_call import speech

AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None, idle_after=60.0)
LONG = "This is a very long answer that goes on and on about many things that nobody has asked for, until it ends."


def conversation(
    lines: Sequence[Line], model: Faculties, agent: Agent = AGENT, greeted: bool | None = True
) -> Conversation:
    """What comes of a call in which these are said, each as 0.6 s of sound."""

    async def call() -> Conversation:
        told: list[str] = []
        account = Account(told.append)
        async with calling(agent, model) as (phone, house):
            account.entries = house.entries
            account.epoch = virtual.START
            return await converse(phone, [(line, speech()) for line in lines], account, greeted)

    return virtual.run(call())


def said(conversation: Conversation) -> list[str | None]:
    return [each.line.words if each.line else None for each in conversation.exchanges]


def test_each_line_waits_for_the_agent_to_finish() -> None:
    lines = [Line("When are you open?"), Line("And on Sunday?")]
    model = scripted(Say("Hello."), Say("At five."), Say("At noon."), transcripts=["When?", "Sunday?"])
    came = conversation(lines, model)
    assert came.trouble is None
    assert said(came) == [None, "When are you open?", "And on Sunday?"]
    assert [each.text for each in came.exchanges] == ["Hello.", "At five.", "At noon."]
    for before, after in zip(came.exchanges, came.exchanges[1:], strict=False):
        assert after.said is not None
        assert after.said.began >= before.heard.ended + 1.0
        assert after.heard.latency is not None


def test_a_line_that_interrupts_is_said_over_enough_of_the_agent() -> None:
    lines = [Line("Tell me all."), Line("Wait!", interrupts=1.5)]
    model = scripted(Say("Hello."), Say(LONG), Say("All right."), transcripts=["All.", "Wait!"])
    came = conversation(lines, model)
    assert came.trouble is None
    cut, last = came.exchanges[1:]
    assert cut.heard.latency is not None
    assert last.said is not None
    assert last.queued >= 1.5
    assert [turn.text for turn in last.texts][-1] == "All right."
    assert last.text == "All right."  # and not what was cut


def test_the_greeting_can_be_interrupted() -> None:
    model = scripted(Say(LONG), Say("All right."), transcripts=["Wait!"])
    came = conversation([Line("Wait!", interrupts=1.5)], model)
    assert came.trouble is None
    assert came.exchanges[-1].queued >= 1.5


def test_a_line_is_left_out_unless_the_agent_gave_reason_for_it() -> None:
    lines = [Line("Book it."), Line("Yes, please.", only_if="shall I"), Line("Goodbye.")]
    asked = scripted(Say("Hello."), Say("Shall I book it?"), Say("It is booked."), Say("Bye."), transcripts=["a"] * 3)
    assert said(conversation(lines, asked)) == [None, "Book it.", "Yes, please.", "Goodbye."]
    unasked = scripted(Say("Hello."), Say("It is booked."), Say("Bye."), transcripts=["a"] * 2)
    assert said(conversation(lines, unasked)) == [None, "Book it.", "Goodbye."]


def test_an_agent_may_leave_the_first_word_to_the_caller() -> None:
    quiet = replace(AGENT, greeting=None)
    model = scripted(Say("At five."), transcripts=["When?"])
    for greeted in (False, None):
        came = conversation([Line("When?")], model, quiet, greeted)
        assert came.trouble is None
        assert said(came) == ["When?"]


def test_an_agent_that_should_greet_and_does_not_is_trouble() -> None:
    came = conversation([Line("When?")], scripted(), replace(AGENT, greeting=None))
    assert came.trouble is not None
    assert "in vain for the agent to speak" in came.trouble
    assert said(came) == []
