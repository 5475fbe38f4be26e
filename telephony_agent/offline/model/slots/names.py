"""Names, places and choices in what was said. They read the transcript itself, where names have capitals."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from telephony_agent.offline.model.english import SMALL
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
ABOUT_A_LETTER = re.compile(r"[\s,]+with (?:an?|one|two|double) [a-z](?:['’]?s)?(?![\w'’])", re.IGNORECASE)
ABOUT_ITS_LETTERS = re.compile(r"[\s,]+with (?:an?|one|two|double)\b.*$", re.IGNORECASE)
FILLERS = re.compile(
    r"^(?:(?:uh|um|er|oh|well|yes|yeah|sure|okay|ok|please|certainly|of course|it is|it['’]s|that is|that['’]s|this is|"
    r"i am|i['’]m|my name is|the name is|name is|under|for|just|put it|mr|mrs|ms|dr)\b[\s,.]*)+"
    r"|(?:[\s,.]*\b(?:please|thanks|thank you|is my name|is the name)\b)+[\s.!]*$",
    re.IGNORECASE,
)
PLACE = re.compile(r"\b(?P<before>(?i:in|to|from|for|at|near))\s+" + NAME)
THERE = re.compile(
    r"\bto (?P<name>the [a-z]+(?: (?!(?:at|on|for|in|by|from|and|please|today|tonight|tomorrow|or)\b)[a-z]+)?)\b"
)
WHITHER = re.compile(r"\b(?:to|destination|arrival|dropoff|drop)\b")
WHENCE = re.compile(r"\b(?:from|origin|departure|pickup|pick|start)\b")
NO_ANSWER = re.compile(
    r"\d|\?|^(?:not|do|does|did|can|could|would|will|may|is|are|am|what|where|when|who|why|how|have|has|which|let)\b"
    r"|\b(?:about|my|your|know|want|need|like|calling|nobody|nothing|idea|sure|don['’]?t)\b"
    r"|^(?-i:[Tt]he|[Aa]n?) (?-i:[a-z])",
    re.IGNORECASE,
)
LONGEST_NAME = 4  # words of an answer that may be a name
LONGEST_PLACE = 8  # the same, a place: "the main station, on the side of the park"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
SPOKEN_MARKS = (("at", "@"), ("dot", "."), ("underscore", "_"), ("dash", "-"), ("hyphen", "-"), ("plus", "+"))
CLOSE = 0.8  # how alike what was said must be to one of the choices
SOUNDS = (("ph", "f"), ("ck", "k"), ("qu", "k"), ("x", "ks"), ("c", "k"), ("q", "k"), ("z", "s"), ("dg", "j"))
WHICH = re.compile(r"^(?:the )?(?P<which>1st|2nd|3rd|last)(?: (?:one|1))?[ ,]*(?:please)?[ .!]*$")
FEWEST_LETTERS = 4  # of what may be told by its sound

REFUSED = re.compile(r"\b(?:not|without|with no|but no|instead of|rather than)(?: the| an?| any)? $|\bno $")
NO_CHOICE = SMALL | {"half", "past"}  # words that come close to others by chance only: "at" is no "cat"
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
    transcript = ABOUT_A_LETTER.sub("", transcript)
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


def place(transcript: str, asked: bool = False, of: str = "") -> str | None:
    """A town or the like, after a preposition and with a capital; `asked`: a short answer is one. `of` is what the
    place is, such as "origin": in "from Rome to Athens" it stands where it would be said.
    """
    not_after = "from" if WHITHER.search(of) else "to" if WHENCE.search(of) else ""
    for match in PLACE.finditer(transcript):
        if match["before"].lower() != not_after and (kept := _name(match["name"])):
            return kept
    if not_after == "from" and (there := THERE.search(transcript)):
        return there["name"]
    answer = FILLERS.sub("", transcript.strip()).strip(" .,!?")
    answer = re.sub(r"^(?:in|to|from|at|near)\s+", "", answer, flags=re.IGNORECASE)
    return answer if asked and answer and len(answer.split()) <= LONGEST_PLACE else None


def email(transcript: str) -> str | None:
    """An address as it is written or as it is said: "anna dot smith at example dot com"."""
    said = FILLERS.sub("", transcript.strip()).strip(" .,!?").lower()
    said = re.sub(r"^.*\be-? ?mail(?: address)? is ", "", said)
    for word, mark in SPOKEN_MARKS:
        said = re.sub(rf"\s+{word}\s+", mark, said)
    said = re.sub(r"(?<=\b\w)[\s,.-]+(?=\w\b)", "", said)  # what is spelt
    match = EMAIL.search(said)
    return match[0] if match else None


def choices(transcript: str, options: Sequence[str]) -> list[str]:
    """The options that were named, and not refused: all of them."""
    said = normal(transcript)
    spoken = {option: normal(option.replace("_", " ")) for option in options}
    named = [option for option, words in spoken.items() if words and _wanted(words, said)]
    return [one for one in named if not any(spoken[one] in spoken[each] for each in named if each != one)]


def choice(transcript: str, options: Sequence[str]) -> str | None:
    """The one option that was named, or that a word comes close to; None too if it may be either of two."""
    if named := choices(transcript, options):
        return named[0] if len(named) == 1 else None
    said = normal(transcript)
    spoken = {option: normal(option.replace("_", " ")) for option in options}
    if which := WHICH.match(said):
        at = len(options) - 1 if which["which"] == "last" else int(which["which"][0]) - 1
        return options[at] if at < len(options) else None
    alike = [(_alike(part, words), option) for option, words in spoken.items() for part in _parts(said, words)]
    likeness, best = max(alike, default=(0.0, ""))
    return best if likeness >= CLOSE else None


def _wanted(words: str, said: str) -> bool:
    """They were said, and not only as what is not wanted."""
    return any(not REFUSED.search(said[: each.start()]) for each in re.finditer(rf"\b{re.escape(words)}s?\b", said))


def _parts(said: str, words: str) -> list[str]:
    """What was said, in runs of as many words as there are in the option."""
    heard, count = said.split(), len(words.split())
    parts = (heard[at : at + count] for at in range(len(heard) - count + 1))
    return [" ".join(part) for part in parts if not NO_CHOICE.issuperset(part)]


def _alike(heard: str, words: str) -> float:
    """0 to 1, by the letters; what sounds the same is nearly equal."""
    if min(len(heard), len(words)) < FEWEST_LETTERS:
        return 0.0
    by_letters = difflib.SequenceMatcher(None, heard, words).ratio()
    return max(by_letters, CLOSE) if sound(heard) == sound(words) else by_letters


def sound(words: str) -> str:
    """Words without what is heard wrong first, the vowels: "suite" and "sweet" are both "st"."""
    for written, heard in SOUNDS:
        words = words.replace(written, heard)
    plain = re.sub(r"[^a-z]", "", words)
    return re.sub(r"(.)\1+", r"\1", plain[:1] + re.sub(r"[aeiouwhy]", "", plain[1:]))
