"""What was said without what says nothing, and in its parts."""

from __future__ import annotations

import re
from itertools import pairwise

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
BETWEEN = re.compile(
    r"[,;.?!]+\s+|\s+(?:and|but|so|because|cause|since|if|or|that|whether|although|then|as)\s+", re.IGNORECASE
)
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
    """Its clauses that say something, and each two that follow each other: one of them holds what is wanted."""
    clauses = [clause.strip() for clause in BETWEEN.split(text) if clause.strip()]
    pairs = [f"{one}, {other}" for one, other in pairwise(clauses)]
    return [clause for clause in clauses if len(clause.split()) >= FEWEST_WORDS] + pairs


def wishes(text: str) -> list[str]:
    """What may be several requests, each: "book a table and tell me where I can park"."""
    return [wish.strip(" ,") for wish in AND.split(text) if len(wish.split()) >= FEWEST_WORDS]
