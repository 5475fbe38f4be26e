"""A call made into a story: the conversation of a virtual clock, with a tool, an interruption and a goodbye."""

from __future__ import annotations

from telephony_agent.demo.account import Account
from telephony_agent.demo.conversation import Conversation, converse
from telephony_agent.demo.retelling import retold
from telephony_agent.demo.script import Line
from telephony_agent.demo.story import Story
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone.recording import Recording
from tests import virtual
from tests.house import calling
from tests.test_whole_call import AGENT, LONG, speech

LINES = [Line("When are you open on Tuesday?"), Line("Wait!", interrupts=1.5), Line("Bye.")]


def story() -> Story:
    async def call() -> Story:
        told: list[str] = []
        account = Account(told.append)
        steps: list[Say | Call] = [
            Say("Hello."),
            calls("opening_hours", day="Tuesday"),
            Say(LONG),
            Say("All right."),
            Say("Goodbye!"),
        ]
        model = scripted(*steps, transcripts=["When are you open on Tuesday?", "Wade!", "Bye."])
        async with calling(AGENT, model) as (phone, house):
            account.entries, account.epoch = house.entries, virtual.START
            conversation = await converse(phone, [(line, speech()) for line in LINES], account)
            assert conversation.trouble is None
            return retold("The Copper Pot", conversation, account, phone.recording, [])

    return virtual.run(call())


def test_a_call_is_told_as_it_was_heard() -> None:
    told = story()
    assert [(turn.side, turn.words) for turn in told.turns if turn.side == "caller"] == [
        ("caller", line.words) for line in LINES
    ]
    hello, cut, *rest = [turn for turn in told.turns if turn.side == "agent"]
    assert hello.words == "Hello."
    assert LONG.startswith(cut.words)
    assert cut.lost
    assert "cut off after" in cut.note
    assert [turn.words for turn in rest] == ["All right.", "Goodbye!"]
    assert [turn.began for turn in told.turns] == sorted(turn.began for turn in told.turns)
    assert "understood: Wade!" in told.turns[3].note
    (tool,) = told.tools
    assert tool.call == "opening_hours(day='Tuesday')"
    assert tool.answer == "On Tuesday from five to ten."
    assert told.turns[1].ended <= tool.at <= cut.began
    assert len(told.waits) == 4 - 1
    (barge_in,) = told.barge_ins
    assert abs(barge_in.at - told.turns[3].began) < 0.05
    assert 0 < barge_in.silent_after <= 0.25


def test_a_call_that_nobody_answered_is_a_short_story() -> None:
    told = retold("nobody", Conversation(), Account(print), Recording(b"", b""), [])
    assert (told.turns, told.tools, told.waits, told.barge_ins, told.seconds) == ((), (), (), (), 0.0)
