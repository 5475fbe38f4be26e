"""What the operator's instructions say of the world, apart from what they tell the agent to do."""

from __future__ import annotations

import datetime as dt
import re

from telephony_agent.offline.model.slots.days import MONTHS

SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
QUOTED = re.compile(r"“[^”]*”")  # what somebody said stays within the sentence that tells of it
ENDS = str.maketrans("", "", ".!?")
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
# What a sentence speaks of, and how callers ask for that.
ASKED: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(of, re.IGNORECASE), tuple(asked.split(" | ")))
    for of, asked in (
        (
            r"\b(?:street|road|avenue|lane|square|boulevard|floor|next to|beside|opposite|address|located)\b",
            "Where are you? | What is your address? | How do I find you? | Where exactly is it? | How do I get to you?",
        ),
        (
            r"\b(?:park|parking|car park|garage)\b",
            "Where can I park? | Is there parking? | Where do I leave my car? | Do you have a car park?",
        ),
        (
            r"\b(?:open|opens|closed?|closes|opening|hours)\b",
            "When are you open? | What are your opening hours? | How late are you open? | When do you close? | "
            "Are you open on Sundays?",
        ),
        (
            r"\b(?:pay|card|cash|cheques?|checks?|payment)\b",
            "How can I pay? | Do you take cards? | Can I pay in cash? | Do you accept credit cards?",
        ),
        (r"\b(?:dogs?|pets?|animals?|cats?)\b", "Can I bring my dog? | Are pets allowed? | Do you allow animals?"),
        (
            r"\b(?:steps?|lift|elevator|wheelchairs?|ramp|accessible)\b",
            "Can I come in with a wheelchair? | Is it accessible? | Are there stairs? | Is there a lift?",
        ),
        (
            r"\b(?:vegetarian|vegan|gluten|allerg\w+)\b",
            "Do you have vegetarian food? | I do not eat meat. | Is there something vegan? | I have an allergy.",
        ),
        (r"\b(?:wi-?fi|internet)\b", "Do you have wifi? | Is there internet? | What is the wifi password?"),
        (r"\b(?:breakfast|lunch|dinner)\b", "When is breakfast? | Do you serve breakfast? | Can we eat there?"),
        (r"\b(?:bring|identity|passport|id card)\b", "What do I have to bring? | Do I need my identity card?"),
        (r"\b(?:deposit|free of charge|fee)\b", "Do I have to pay a deposit? | Is it free? | Does that cost extra?"),
        (r"\b(?:e-?mail|website|www)\b", "What is your e-mail address? | Do you have a website?"),
    )
)
DATE = re.compile(rf"\b(?P<day>\d{{1,2}}) (?P<month>{'|'.join(MONTHS)}) (?P<year>\d{{4}})\b", re.IGNORECASE)


def facts(instructions: str) -> list[str]:
    """The sentences that answer a caller's question."""
    whole = QUOTED.sub(lambda said: said[0].translate(ENDS), instructions)
    sentences = [sentence.strip(" \t-*•") for sentence in SENTENCE.split(whole)]
    told = (s for s in sentences if len(s.split()) >= FEWEST_WORDS and not TO_THE_AGENT.search(s))
    return [s for s in told if not DATE.search(s)]  # the date is near to every question with a day in it


def questions(fact: str) -> list[str]:
    """How callers ask for what this sentence tells."""
    return [question for of, asked in ASKED if of.search(fact) for question in asked]


def today(instructions: str) -> dt.date | None:
    """The date that the instructions tell, as "5 May 2026"; the line's own, wherever this machine is."""
    if not (told := DATE.search(instructions)):
        return None
    try:
        return dt.date(int(told["year"]), MONTHS.index(told["month"].lower()) + 1, int(told["day"]))
    except ValueError:
        return None
