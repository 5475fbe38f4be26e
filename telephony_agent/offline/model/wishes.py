"""Two requests in one breath: "book a table and tell me where I can park"."""

from __future__ import annotations

import re

DEED_WORDS = (
    "add apply arrange ask block book bring buy call cancel change check collect create delete deliver end extend "
    "fetch file find get give lend list look make move notify open order pay place prolong redirect remind remove "
    "renew report request reschedule reserve return schedule send set show start stop submit tell tow track "
    "transfer update"
)
BEGINNINGS = (
    "can could would will may what where when how which who is are do does tell let please give i we i'd i'm i'll we'd "
    "also"
)
AND = re.compile(
    r"(?:,? and(?: also| then)?|, then|, also|[.?!] (?:And|Also|and|also),?|(?<=[.?!])) "
    rf"(?=(?:{'|'.join([*BEGINNINGS.split(), *DEED_WORDS.split()])})\b)",
    re.IGNORECASE,
)
FEWEST_WORDS = 3  # fewer say nothing by themselves


def wishes(text: str) -> list[str]:
    """What may be a request by itself, each part."""
    return [wish.strip(" ,") for wish in AND.split(text) if len(wish.split()) >= FEWEST_WORDS]
