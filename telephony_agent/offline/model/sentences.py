"""What was said without what says nothing, and in its parts."""

from __future__ import annotations

import re

from telephony_agent.offline.model.wishes import DEEDS

FILLER = re.compile(
    r"\b(?:u[hm]+|er+m?|well|so|yeah|yes|okay|ok|hi there|hi|hello|hey|good (?:morning|afternoon|evening)|please|"
    r"i mean|actually|sorry|i was wondering if|i just want to know|do you know)\b[,. ]*",
    re.IGNORECASE,
)
INTRODUCTION = re.compile(
    r"\b(?i:my name is|this is|the name is|it['’]s under|it is under|the name['’]s)\s+"
    r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?\b[., ]*(?:and )?"
)
DIGITS = re.compile(r"\b\d[\d .]*\d\b")
BETWEEN = re.compile(r"(?<=[.!?])\s+|, (?:and|but|so|can|could) ")
BEGINNINGS = (
    "can could would will may what where when how which who is are do does tell let please give i we i'd i'm i'll we'd "
    "also"
)
AND = re.compile(
    r"(?:,? and(?: also| then)?|, then|, also|[.?!] (?:And|Also|and|also),?|(?<=[.?!])) "
    rf"(?=(?:{'|'.join([*BEGINNINGS.split(), *sorted(DEEDS)])})\b)",
    re.IGNORECASE,
)
FEWEST_WORDS = 3  # fewer say nothing by themselves


def core(text: str) -> str:
    """Without fillers, the caller's name and long numbers: what is wanted, and nothing of whom or how."""
    left = DIGITS.sub("", FILLER.sub("", INTRODUCTION.sub("", text))).strip(" ,.")
    return left[:1].upper() + left[1:] or text


def parts(text: str) -> list[str]:
    """Its sentences and clauses, those that say something."""
    return [part for part in BETWEEN.split(text) if len(part.split()) >= FEWEST_WORDS]


def wishes(text: str) -> list[str]:
    """What may be several requests, each: "book a table and tell me where I can park"."""
    return [wish.strip(" ,") for wish in AND.split(text) if len(wish.split()) >= FEWEST_WORDS]
