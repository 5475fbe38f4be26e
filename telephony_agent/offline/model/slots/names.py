"""Names, places and choices in what was said. They read the transcript itself, where names have capitals."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from telephony_agent.offline.model.slots.days import MONTHS, WEEKDAYS
from telephony_agent.offline.model.slots.said import normal

NAME = r"(?P<name>[A-Z][\w'’-]*(?:\s[A-Z][\w'’-]*){0,2})"
SURE = re.compile(
    r"\b(?i:my name is|my name['’]s|the name is|the name['’]s|name is|in the name of|under the name(?: of)?|under|"
    r"on behalf of|call me)\s+(?:(?i:mr|mrs|ms|miss|dr)\.?\s+)?" + NAME
)
MAYBE = re.compile(r"\b(?i:this is|i am|i['’]m|it['’]s|speaking with)\s+(?:(?i:mr|mrs|ms|dr)\.?\s+)?" + NAME)
SPELT = re.compile(r"\b(?:[A-Z][\s,.-]+){2,}[A-Z]\b")
FILLERS = re.compile(
    r"^(?:(?:uh|um|er|oh|well|yes|yeah|sure|okay|ok|please|certainly|of course|it is|it['’]s|that is|that['’]s|this is|"
    r"i am|i['’]m|my name is|the name is|name is|under|for|just|put it|mr|mrs|ms|dr)\b[\s,.]*)+"
    r"|(?:[\s,.]*\b(?:please|thanks|thank you|is my name|is the name)\b)+[\s.!]*$",
    re.IGNORECASE,
)
PLACE = re.compile(r"\b(?i:in|to|from|for|at|near)\s+" + NAME)
NO_ANSWER = re.compile(
    r"\d|\?|^(?:do|does|did|can|could|would|will|may|is|are|am|what|where|when|who|why|how|have|has|which|let)\b",
    re.IGNORECASE,
)
LONGEST_NAME = 4  # words of an answer that may be a name
CLOSE = 0.75  # how alike a word must be to one of the choices

NO_NAME_WORDS = "i yes no okay ok and the a an today tomorrow tonight am pm calling looking not just so sorry"
NO_NAMES = frozenset(
    {
        *(day.lower() for day in WEEKDAYS),
        *MONTHS,
        *NO_NAME_WORDS.split(),
    }
)


def name(transcript: str, asked: bool = False) -> str | None:
    """A person's name. `asked`: it was asked for, so a short answer is one."""
    if spelt := SPELT.search(transcript):
        return re.sub(r"[^A-Z]", "", spelt[0]).capitalize()
    for rule in (SURE, MAYBE):
        for match in rule.finditer(transcript):
            if kept := _name(match["name"]):
                return kept
    answer = FILLERS.sub("", transcript.strip()).strip(" .,!?")
    if asked and answer and len(answer.split()) <= LONGEST_NAME and not NO_ANSWER.search(f"{answer} {normal(answer)}"):
        return " ".join(word[0].upper() + word[1:] for word in answer.split() if word.lower() not in NO_NAMES) or None
    return None


def _name(words: str) -> str | None:
    kept: list[str] = []
    for word in words.split():
        if word.lower() in NO_NAMES:
            break
        kept.append(word)
    return " ".join(kept) or None


def place(transcript: str, asked: bool = False) -> str | None:
    """A town or the like, after a preposition and with a capital; `asked`: a short answer is one."""
    for match in PLACE.finditer(transcript):
        if kept := _name(match["name"]):
            return kept
    answer = FILLERS.sub("", transcript.strip()).strip(" .,!?")
    return answer if asked and answer and len(answer.split()) <= LONGEST_NAME else None


def choice(transcript: str, options: Sequence[str]) -> str | None:
    """The option that was named, the longest if several were; or the one that a word comes close to."""
    said = normal(transcript)
    spoken = {option: normal(option.replace("_", " ")) for option in options}
    named = [option for option, words in spoken.items() if words and re.search(rf"\b{re.escape(words)}s?\b", said)]
    if named:
        return max(named, key=len)
    alike = [
        (difflib.SequenceMatcher(None, word, words).ratio(), option)
        for word in said.split()
        for option, words in spoken.items()
    ]
    likeness, best = max(alike, default=(0.0, ""))
    return best if likeness >= CLOSE else None


def yes_or_no(transcript: str) -> bool | None:
    """Whether the caller agrees."""
    said = normal(transcript)
    if re.search(r"\b(?:no|nope|not|don't|never)\b", said):
        return False
    if re.search(r"\b(?:yes|yeah|yep|sure|correct|right|exactly|okay|ok|please|of course|absolutely)\b", said):
        return True
    return None
