"""What the operator's instructions say of the world, apart from what they tell the agent to do."""

from __future__ import annotations

import datetime as dt
import re

from telephony_agent.offline.model.slots.days import MONTHS

SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
# To the agent: what it is, what it must do, of whom it hears. "You can pay in cash" is for the caller.
TO_THE_AGENT = re.compile(
    r"^(?:you(?:['’]re| are| answer| speak| say| must| should| work| help| never| always)\b|"
    r"your\b|be\b|do\b|don['’]t\b|"
    r"never\b|always\b|if\b|when\b|before\b|after\b|unless\b|until\b|once\b|ask\b|answer\b|say\b|speak\b|tell\b|look\b|"
    r"use\b|keep\b|call\b|repeat\b|confirm\b|offer\b|wait\b|greet\b|thank\b|make sure\b|let\b|help\b|act\b|please\b)"
    r"|\b(?:the caller|the user|the customer|the tool|tools?|function)\b",
    re.IGNORECASE,
)
FEWEST_WORDS = 3
DATE = re.compile(rf"\b(?P<day>\d{{1,2}}) (?P<month>{'|'.join(MONTHS)}) (?P<year>\d{{4}})\b", re.IGNORECASE)


def facts(instructions: str) -> list[str]:
    """The sentences that answer a caller's question."""
    sentences = [sentence.strip(" \t-*•") for sentence in SENTENCE.split(instructions)]
    told = (s for s in sentences if len(s.split()) >= FEWEST_WORDS and not TO_THE_AGENT.search(s))
    return [s for s in told if not DATE.search(s)]  # the date is near to every question with a day in it


def today(instructions: str) -> dt.date | None:
    """The date that the instructions tell, as "5 May 2026"; the line's own, wherever this machine is."""
    if not (told := DATE.search(instructions)):
        return None
    try:
        return dt.date(int(told["year"]), MONTHS.index(told["month"].lower()) + 1, int(told["day"]))
    except ValueError:
        return None
