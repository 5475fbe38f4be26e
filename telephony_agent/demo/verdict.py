"""All checks of a demo's call: what the tools were asked, what the caller's ear got, how the call ended."""

from __future__ import annotations

from collections.abc import Sequence

from ..offline.phone.call import Ending
from ..offline.phone.messages import Fault
from ..offline.phone.recording import Recording
from ..record.entries import Entry
from . import checks
from .checks import Check
from .conversation import Conversation, Exchange
from .script import Script


def spoken(exchanges: Sequence[Exchange], recording: Recording, every_word: bool) -> list[Check]:
    """What the caller's ear got: the answers' words, as far as a recogniser gets them; silence, where it interrupted.

    Without `every_word` the agent's own text is believed, too.
    """
    found = []
    for each in exchanges:
        if every_word and each.text:
            found.append(checks.understood(each.text, each.recognised))
        if each.line is None or each.said is None:
            continue
        if each.line.answer:
            heard = each.recognised if every_word else f"{each.recognised} {each.text}"
            found.append(checks.answered(each.line.answer, heard))
        if each.line.interrupts is not None:
            sides = recording.caller_levels, recording.agent_levels
            found += checks.interrupted(*sides, each.said.began, each.queued, each.line.interrupts, each.heard.began)
    return found


def ended(
    script: Script, entries: Sequence[Entry], conversation: Conversation, ending: Ending, report: Sequence[Fault]
) -> list[Check]:
    """That the call came to the end it should have, without a fault on the way."""
    found = []
    last = conversation.exchanges[-1].recognised if conversation.exchanges else ""
    if script.hangs_up == "agent":
        found += checks.farewell(entries, last)[: None if script.every_word else 1]
    who = {"agent": "service", "caller": "caller"}[script.hangs_up]
    by = f"{ending.status}, by the {ending.by}"
    found.append(Check(f"the {script.hangs_up} hung up", (ending.status, ending.by) == ("completed", who), by))
    faults = "; ".join(f"{fault.code} {fault.reason}" for fault in report)
    found.append(Check("Twilio would have had nothing to complain of", not faults, faults or "nothing"))
    found.append(Check("every line was said", conversation.trouble is None, conversation.trouble or "all of them"))
    return found
