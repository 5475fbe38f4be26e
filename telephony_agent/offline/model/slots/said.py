"""What was said, in one spelling: lower case, numbers in digits, marks as words of their own.

"Seven-thirty p.m. on the twenty-first." becomes "7 30 pm on the 21st ." and every rule reads that.
"""

from __future__ import annotations

import re

UNIT_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
ORDINAL_WORDS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
UNITS = {word: value for value, word in enumerate(UNIT_WORDS.split())} | {"nought": 0, "naught": 0}
TENS = {word: 10 * value for value, word in enumerate(TEN_WORDS.split(), 2)}
ORDINALS = {word: value for value, word in enumerate(ORDINAL_WORDS.split(), 1)} | {"thirtieth": 30}
SCALES = {"thousand": 1_000, "million": 1_000_000}
AMOUNTS = {"dozen": 12, "couple": 2, "pair": 2}
ABOUT = {*UNITS, *TENS, *map(str, range(25)), "noon"}  # with -ish
NO_NUMBER_AFTER = frozenset(
    {"this", "that", "no", "any", "some", "each", "every", "which", "the", "another", "just", *ORDINALS}
)
NO_ORDINAL_AFTER = frozenset({"a", "one", "just"})  # a second, please

WORD = re.compile(
    r"\d{4}-\d\d-\d\d|\d+(?:st|nd|rd|th)\b|\d+(?:[.,:/]\d+)*|[a-z]+(?:'[a-z]+)?|[$£€%&.,?!]",
)


def normal(text: str) -> str:
    """The text in the one spelling."""
    lower = text.lower().replace("’", "'")
    lower = re.sub(r"\b([ap])\.? ?m\b\.?", r"\1m", lower)
    lower = re.sub(r"(?<=\d)(am|pm)\b", r" \1", lower)
    lower = re.sub(r"\bo[' ]?clock\b", "oclock", lower)
    lower = re.sub(r"\b(\w+?)-?ish\b", lambda word: word[1] if word[1] in ABOUT else word[0], lower)
    words = [re.sub(r"'s$", "", word) for word in WORD.findall(lower)]
    return _with_fractions(" ".join(_in_digits(words)))


def _with_fractions(said: str) -> str:
    """ "3 point 5" is "3.5", "12 and a half" is "12.5", "1.2 million" is "1200000"."""
    said = re.sub(r"\b(?:(\d+) )?point (\d(?: \d)*)\b", lambda m: f"{m[1] or 0}.{m[2].replace(' ', '')}", said)
    said = re.sub(r"\b(\d+) and a half\b", r"\1.5", said)
    said = re.sub(r"\bhalf a (?=thousand|million)", "0.5 ", said)
    return re.sub(r"\b([\d,]*\d(?:\.\d+)?) (thousand|million)\b", _scaled, said)


def _scaled(match: re.Match[str]) -> str:
    value = float(match[1].replace(",", "")) * SCALES[match[2]]
    return str(int(value)) if value.is_integer() else str(value)


def _in_digits(words: list[str]) -> list[str]:
    spelt: list[str] = []
    at = 0
    while at < len(words):
        value, after = cardinal(words, at)
        if after < len(words) and value is not None and words[after] in ORDINALS and 20 <= value < 40:
            ordinal = int(value) + ORDINALS[words[after]]
            spelt.append(_ordinal(ordinal) if value % 10 == 0 and ORDINALS[words[after]] < 10 else str(int(value)))
            at = after + 1
        elif value is not None:
            spelt.append(f"{value:g}" if value < 1e6 else str(int(value)))
            at = after
        elif words[at] in ORDINALS and (not at or words[at - 1] not in NO_ORDINAL_AFTER):
            spelt.append(_ordinal(ORDINALS[words[at]]))
            at += 1
        else:
            spelt.append(words[at])
            at += 1
    return spelt


def cardinal(words: list[str], at: int) -> tuple[float | None, int]:
    """The number that begins at this word, and where the next word is; None if none begins here.

    Digits are left as they are written: they may be a time, or begin with 0.
    """
    if words[at] == "a" and at + 1 < len(words) and words[at + 1] in ("hundred", "thousand", *AMOUNTS):
        return _grown(1, words, at + 1)
    if words[at] in AMOUNTS and (not at or words[at - 1] != "half"):
        return AMOUNTS[words[at]], at + 1
    if words[at] == "half" and words[at + 1 : at + 3] == ["a", "dozen"]:
        return 6, at + 3
    before = words[at - 1] if at else ""
    if words[at] == "one" and (before in NO_NUMBER_AFTER or words[at + 1 : at + 2] == ["moment"]):
        return None, at
    value, after = _below_100(words, at)
    return (None, at) if value is None else _grown(value, words, after)


def _below_100(words: list[str], at: int) -> tuple[int | None, int]:
    if at >= len(words):
        return None, at
    if words[at] in UNITS:
        return UNITS[words[at]], at + 1
    if words[at] not in TENS:
        return None, at
    unit = UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
    return (TENS[words[at]] + unit, at + 2) if 0 < unit < 10 else (TENS[words[at]], at + 1)


def _grown(value: float, words: list[str], at: int) -> tuple[float, int]:
    """With the hundreds and thousands that follow."""
    if at < len(words) and words[at] in AMOUNTS:
        return value * AMOUNTS[words[at]], at + 1
    if at < len(words) and words[at] == "hundred":
        rest, after = _below_100(words, at + 2 if words[at + 1 : at + 2] == ["and"] else at + 1)
        value, at = (value * 100, at + 1) if rest is None else (value * 100 + rest, after)
    if at < len(words) and words[at] == "thousand":
        start = at + 2 if words[at + 1 : at + 2] == ["and"] else at + 1
        more, after = cardinal(words, start) if start < len(words) else (None, start)
        value, at = (value * 1000 + more, after) if more is not None and more < 1000 else (value * 1000, at + 1)
    return value, at


def _ordinal(value: int) -> str:
    suffix = "th" if value in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{suffix}"
