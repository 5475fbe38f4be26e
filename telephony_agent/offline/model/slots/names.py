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
LETTER = r"(?:(?:[Dd]ouble|[Tt]riple)\s+)?[A-Za-z]\b(?:\s+(?:as in|for|like)\s+\w+)?"
SPELT = re.compile(rf"(?<!['’\w]){LETTER}(?:[\s,.-]+{LETTER}){{2,}}")
ONE_LETTER = re.compile(
    r"(?:\b(?P<times>double|triple)\s+)?\b(?P<letter>[a-z])\b(?:\s+(?:as in|for|like)\s+\w+)?", re.IGNORECASE
)
FIRST_AND_LAST = re.compile(
    r"\bfirst name (?:is )?(?P<first>\w[\w'’-]*)\W+(?:and )?(?:my )?(?:last|sur|family) ?name (?:is )?"
    r"(?P<last>\w[\w'’-]*)",
    re.IGNORECASE,
)
ABOUT_ITS_LETTERS = re.compile(r"[\s,]+with (?:an?|one|two|double)\b.*$", re.IGNORECASE)
FILLERS = re.compile(
    r"^(?:(?:uh|um|er|oh|well|yes|yeah|sure|okay|ok|please|certainly|of course|it is|it['’]s|that is|that['’]s|this is|"
    r"i am|i['’]m|my name is|the name is|name is|under|for|just|put it|mr|mrs|ms|dr)\b[\s,.]*)+"
    r"|(?:[\s,.]*\b(?:please|thanks|thank you|is my name|is the name)\b)+[\s.!]*$",
    re.IGNORECASE,
)
PLACE = re.compile(r"\b(?i:in|to|from|for|at|near)\s+" + NAME)
NO_ANSWER = re.compile(
    r"\d|\?|^(?:not|do|does|did|can|could|would|will|may|is|are|am|what|where|when|who|why|how|have|has|which|let)\b",
    re.IGNORECASE,
)
LONGEST_NAME = 4  # words of an answer that may be a name
CLOSE = 0.8  # how alike what was said must be to one of the choices
SOUNDS = (("ph", "f"), ("ck", "k"), ("qu", "k"), ("x", "ks"), ("c", "k"), ("q", "k"), ("z", "s"), ("dg", "j"))
WHICH = re.compile(r"^(?:the )?(?P<which>1st|2nd|3rd|last)(?: (?:one|1))?[ ,]*(?:please)?[ .!]*$")
FEWEST_LETTERS = 4  # of what may be told by its sound

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
    if both := FIRST_AND_LAST.search(transcript):
        return " ".join(_capital(word) for word in (both["first"], both["last"]))
    if found := _spelt(transcript, asked):
        letters, before = found
        first, _, last = (name(before, asked) or "").rpartition(" ")
        return f"{first} {letters}" if first and last[:1] == letters[:1] else letters
    transcript = ABOUT_ITS_LETTERS.sub("", transcript)
    for rule in (SURE, MAYBE):
        for match in rule.finditer(transcript):
            if kept := _name(match["name"]):
                return kept
    answer = FILLERS.sub("", transcript.strip()).strip(" .,!?")
    if asked and answer and len(answer.split()) <= LONGEST_NAME and not NO_ANSWER.search(f"{answer} {normal(answer)}"):
        return " ".join(word[0].upper() + word[1:] for word in answer.split() if word.lower() not in NO_NAMES) or None
    return None


def _spelt(transcript: str, asked: bool) -> tuple[str, str] | None:
    """The name that was spelt, and what was said before; small letters only count where a name was asked for."""
    spelt = SPELT.search(transcript)
    found = list(ONE_LETTER.finditer(spelt[0])) if spelt else []
    if not spelt or not (asked or found[0]["letter"].isupper()):
        return None
    times = {"double": 2, "triple": 3}
    letters = "".join(each["letter"] * times.get((each["times"] or "").lower(), 1) for each in found)
    return letters.capitalize(), re.sub(r"\bthat['’]?s?(?: is)?\W*$", "", transcript[: spelt.start()])


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]


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
    if which := WHICH.match(said):
        at = len(options) - 1 if which["which"] == "last" else int(which["which"][0]) - 1
        return options[at] if at < len(options) else None
    alike = [(_alike(part, words), option) for option, words in spoken.items() for part in _parts(said, words)]
    likeness, best = max(alike, default=(0.0, ""))
    return best if likeness >= CLOSE else None


def _parts(said: str, words: str) -> list[str]:
    """What was said, in runs of as many words as there are in the option."""
    heard, count = said.split(), len(words.split())
    return [" ".join(heard[at : at + count]) for at in range(len(heard) - count + 1)]


def _alike(heard: str, words: str) -> float:
    """0 to 1, by the letters; what sounds the same is nearly equal."""
    by_letters = difflib.SequenceMatcher(None, heard, words).ratio()
    same_sound = min(len(heard), len(words)) >= FEWEST_LETTERS and sound(heard) == sound(words)
    return max(by_letters, CLOSE) if same_sound else by_letters


def sound(words: str) -> str:
    """Words without what is heard wrong first, the vowels: "suite" and "sweet" are both "st"."""
    for written, heard in SOUNDS:
        words = words.replace(written, heard)
    plain = re.sub(r"[^a-z]", "", words)
    return re.sub(r"(.)\1+", r"\1", plain[:1] + re.sub(r"[aeiouwhy]", "", plain[1:]))


def yes_or_no(transcript: str) -> bool | None:
    """Whether the caller agrees."""
    said = normal(transcript)
    if re.search(r"\b(?:no|nope|not|don't|never)\b", said):
        return False
    if re.search(r"\b(?:yes|yeah|yep|sure|correct|right|exactly|okay|ok|please|of course|absolutely)\b", said):
        return True
    return None
