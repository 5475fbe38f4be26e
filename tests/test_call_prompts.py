"""What a tool wants while it runs: the model told something, now or when nobody speaks; patience with the caller."""

from __future__ import annotations

import numpy as np
import pytest

from telephony_agent import Agent, CallContext, tool
from telephony_agent.floor import PATIENCES
from telephony_agent.live.messages import ToolCall
from telephony_agent.live.requests import EndActivity
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.record.entries import AgentTurn
from telephony_agent.steps import ToLive
from telephony_agent.toolbox.context import Awaited, Expected, Prompted
from telephony_agent.toolbox.declare import declare
from telephony_agent.toolbox.run import Pool, Toolbox
from tests import virtual
from tests.ends import Models
from tests.house import House, calling
from tests.line import Line
from tests.story import CLEAR, at_rest, told
from tests.test_ear import RATE, recording, silence
from tests.test_floor import Talk
from tests.test_whole_call import speech

NEWS = "The table is free again."


def test_when_nobody_speaks_the_model_is_told_at_once() -> None:
    assert told(at_rest().give(Prompted(NEWS, interrupt=False))) == [NEWS]


def test_what_does_not_interrupt_waits_until_the_agent_has_been_heard() -> None:
    story = at_rest()
    story.says(3, "We are open from five to ten.")
    assert told(story.give(Prompted(NEWS, interrupt=False))) == []
    story.ends_its_turn()
    assert told(story.wait(2.9)) == []
    story.wait(0.2)
    assert told(story.echoes()) == [NEWS]
    assert told(story.wait(1)) == []


def test_what_does_not_interrupt_waits_for_the_functions() -> None:
    story = at_rest()
    story.calls()
    assert told(story.give(Prompted(NEWS, interrupt=False))) == []
    assert told(story.has()) == [NEWS]


def test_what_interrupts_silences_the_agent() -> None:
    story = at_rest()
    story.says(3, "We are open from five to ten.")
    actions = story.give(Prompted(NEWS, interrupt=True))
    assert actions[0] == CLEAR
    assert told(actions) == [NEWS]
    assert story.says(1) == [], "what still comes of that turn is void"


def test_what_the_model_is_told_while_it_is_away_it_hears_when_it_is_back() -> None:
    story = at_rest()
    story.loses_its_model()
    assert told(story.give(Prompted(NEWS, interrupt=True))) == []
    story.wait(0.4)
    assert told(story.is_accepted()) == [NEWS]


@pytest.mark.parametrize("answer", PATIENCES)
def test_the_patience_is_that_of_the_answer_and_of_one_answer_only(answer: Expected) -> None:
    talk, ends = Talk(turns="local"), []
    word = recording("asterisk_digits_7")
    loud = np.nonzero(np.abs(word) > 1500)[0][-1] / RATE
    talk.does(talk.story.give(Awaited(answer)))
    for _ in range(2):
        talk.caller(silence(1))
        began = talk.story.now
        talk.caller(np.concatenate([word, silence(3)]))
        ended = [at for at, action in talk.actions if getattr(action, "command", None) == EndActivity()][-1]
        ends.append(ended - began - loud)
    assert ends[0] == pytest.approx(PATIENCES[answer], abs=0.25)
    assert ends[1] == pytest.approx(0.7, abs=0.25)


def test_a_tool_tells_the_model_something_while_it_runs() -> None:
    @tool
    async def look(call: CallContext) -> str:
        """Look."""
        call.expect("digits")
        call.tell(NEWS)
        return "done"

    async def talk() -> House:
        agent = Agent(instructions="Be brief.", disclosure=None, tools=[look])
        steps: list[Say | Call] = [Say("Hello."), calls("look"), Say("It is free again.")]
        async with calling(agent, scripted(*steps, transcripts=["Look, please."])) as (phone, house):
            await phone.hears()
            await phone.says(speech())
            await phone.hears()
        return house

    house = virtual.run(talk())
    steps = [step for _, step in house.steps]
    assert [step for step in steps if isinstance(step, Prompted | Awaited)] == [
        Awaited("digits"),
        Prompted(NEWS, False),
    ]
    assert [text for text in told(step for step in steps if isinstance(step, ToLive)) if NEWS in text] == [NEWS]
    assert [entry.text for entry in house.entries if isinstance(entry, AgentTurn)][-1] == "It is free again."


@pytest.mark.anyio
async def test_a_tool_in_a_thread_is_heard_in_the_loop() -> None:
    @tool
    def look(call: CallContext) -> str:
        """Look."""
        call.expect("digits")
        return "done"

    line = Line(Models())
    line.bridge._toolbox = Toolbox([declare(look)], Pool(), 20.0)
    await line.bridge._run_tool(ToolCall("call_1", "look", {}))
    assert Awaited("digits") in line.steps
    line.bridge.end("enough")
    await line.running


@pytest.mark.parametrize("wrong", ["", " \n"])
def test_nothing_cannot_be_told(wrong: str) -> None:
    with pytest.raises(ValueError, match="give a text"):
        CallContext("", "", "").tell(wrong)


def test_only_what_is_known_can_be_expected() -> None:
    with pytest.raises(ValueError, match="digits, spelling, yes_no"):
        CallContext("", "", "").expect("poetry")  # type: ignore[arg-type]
