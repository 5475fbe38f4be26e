"""What the demo prints while the call goes on."""

from __future__ import annotations

from telephony_agent.demo.account import Account
from telephony_agent.live.messages import AgentSaid, CallerSaid, ToolCall
from telephony_agent.record.entries import AgentTurn, Aside, CallerTurn, Next, Outcome, ToolRun
from telephony_agent.steps import Record, TimeIsUp


def test_who_says_what_and_which_function_runs() -> None:
    told: list[str] = []
    account = Account(told.append, epoch=100.0)
    account.says(101.0, "When are you open?", "synthetic voice")
    account.observe("CA1", 101.9, CallerSaid("When are"))
    account.observe("CA1", 101.9, CallerSaid(" you open?"))
    account.observe("CA1", 102.0, ToolCall("1", "opening_hours", {"day": "Tuesday"}))
    account.observe("CA1", 102.5, Record(ToolRun(102.0, 0.01, "opening_hours", {}, {"result": "From five."}, True)))
    account.observe("CA1", 103.0, TimeIsUp())
    account.observe("CA1", 103.0, Record(CallerTurn(101.0, "When are you open?")))
    account.observe("CA1", 103.0, AgentSaid("From"))
    account.observe("CA1", 104.0, Record(AgentTurn(102.5, "model", "From five.", "From five.", 800, 800)))
    account.observe("CA1", 105.0, Record(AgentTurn(104.5, "model", "You can park here.", "You can", 900, 300)))
    account.observe("CA1", 105.0, Record(Aside(105.0, "thought", "**Closing**\n\n" + "I say goodbye. " * 9)))
    account.latency(105.0, 0.7)
    account.observe("CA1", 106.0, Record(Outcome("goodbye", Next.HANG_UP, 6.0)))
    assert told == [
        '   1.00  caller    "When are you open?"  (synthetic voice)',
        '   2.00            the model understood: "When are you open?"',
        "   2.00  tool      opening_hours(day='Tuesday')",
        "   2.50  tool      opening_hours answered in 10 ms: From five.",
        '   4.00  agent     "From five."  (0.8 s, heard to the end)',
        '   5.00  agent     "You can …"  (cut off after 0.3 of 0.9 s; it went on: "… park here.")',
        "   5.00  model     thought: **Closing** " + ("I say goodbye. " * 9)[:68],
        "   5.00            ear latency 0.70 s",
        "   6.00            the call is over after 6.0 s: goodbye",
    ]
    assert len(account.entries) == 6  # the turn of the caller, too
