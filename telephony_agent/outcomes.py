"""What is remembered of calls that are over, or that no agent took: what Twilio is told if it asks once more.

Nothing is done twice: who was called and not reached is not called again, a message that was left ends the call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from .agent import NOBODY_FREE, Agent, IncomingCall
from .record.entries import CALL_BACK, Apology, CallBack, Follows, Next, Noted, Transfer, Voicemail
from .steps import Record

logger = logging.getLogger(__name__)

REMEMBERED = 600.0  # seconds: callbacks come late
TAKEN, MESSAGE = "1", "2"  # the keys of who takes an offer to be called back, or would rather leave a message


@dataclass(slots=True)
class _Past:
    next: Follows
    agent: Agent


class Outcomes:
    """`note` is given what is to be recorded: the CallSid, the loop's time, the step."""

    def __init__(self, note: Callable[[str, float, Record], None]) -> None:
        self._note = note
        self._past: dict[str, _Past] = {}

    def __contains__(self, call_sid: str) -> bool:
        return call_sid in self._past

    def keep(self, incoming: IncomingCall, next: Follows, agent: Agent) -> Follows:
        """What follows for the caller, from now on. `agent`: in whose stead they are told so."""
        next = within_reach(next, incoming)
        self._past[incoming.call_sid] = _Past(next, agent)
        asyncio.get_running_loop().call_later(REMEMBERED, self._past.pop, incoming.call_sid, None)
        return next

    def agent(self, call_sid: str) -> Agent | None:
        past = self._past.get(call_sid)
        return past.agent if past else None

    def next(self, incoming: IncomingCall) -> Follows | None:
        """What follows now that Twilio tells how the last of it went; None of a call that is not known here."""
        past = self._past.get(incoming.call_sid)
        if past is None:
            return None
        key = incoming.parameters.get("Digits", "")
        match past.next:
            case Transfer() if incoming.parameters.get("DialCallStatus"):
                past.next = within_reach(NOBODY_FREE, incoming)
            case Voicemail() if "RecordingUrl" in incoming.parameters:
                past.next = Next.HANG_UP
            case CallBack(_, thanks, language) if key == TAKEN:
                self._is_wanted(incoming)
                past.next = Apology(thanks, language)  # to a repeated question, too
            case CallBack(language=language) if key == MESSAGE:
                past.next = Voicemail(language=language)
            case CallBack() if key:
                return Next.HANG_UP
            case _:
                pass
        return past.next

    def _is_wanted(self, incoming: IncomingCall) -> None:
        logger.info("%s wants to be called back", incoming.call_sid)
        now = asyncio.get_running_loop().time()
        self._note(incoming.call_sid, now, Record(Noted(now, CALL_BACK, incoming.ends)))


def within_reach(next: Follows, incoming: IncomingCall) -> Follows:
    """Who withholds the number can't be called back, but leave a message."""
    if isinstance(next, CallBack) and not incoming.can_be_called_back:
        return Voicemail(language=next.language)
    return next
