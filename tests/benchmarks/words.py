"""Word errors: how many words were put in, left out or heard as others. Spelling is no error, a wrong word is."""

from __future__ import annotations

import re

ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ONES += [f"{start}teen" for start in ("thir", "four", "fif", "six", "seven", "eigh", "nine")]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
MARKS = {"*": " star ", "#": " pound ", "&": " and ", "%": " percent "}
# The same words, written otherwise; also what the transcripts have wrong.
SPELT = {
    "mr": "mister",
    "ok": "okay",
    "re enter": "reenter",
    "re entered": "reentered",
    "rerecord": "re record",
    "voice mail": "voicemail",
    "mail box": "mailbox",
    "touch tone": "touchtone",
    "log in": "login",
    "logon": "log on",
    "play back": "playback",
    "represenatives": "representatives",
    "umute": "unmute",
    "witheld": "withheld",
    "indentified": "identified",
    "fourtieth": "fortieth",
    "cancelled": "canceled",
}


def words(text: str) -> list[str]:
    """Lower case, without punctuation, numbers as they are said."""
    text = text.lower().replace("’", "'")
    for mark, name in MARKS.items():
        text = text.replace(mark, name)
    text = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", text)
    text = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "th", text)
    text = re.sub(r"\d+(?:th)?", lambda match: f" {_number(match[0])} ", text)
    text = " ".join(re.findall(r"[a-z]+(?:'[a-z]+)?", text))
    for written, same in SPELT.items():
        text = re.sub(rf"\b{written}\b", same, text)
    return text.split()


def _number(digits: str) -> str:
    """Below 100 as it is said, else digit by digit."""
    ordinal = digits.endswith("th")
    value = int(digits.removesuffix("th"))
    if value >= 100 or (digits.startswith("0") and len(digits) > 1):
        return " ".join(ONES[int(digit)] for digit in digits.removesuffix("th"))
    said = ONES[value] if value < 20 else TENS[value // 10 - 2] + (f" {ONES[value % 10]}" if value % 10 else "")
    return _ordinal(said) if ordinal else said


def _ordinal(said: str) -> str:
    irregular = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
    *before, last = said.split()
    regular = last[:-1] + ("ieth" if last.endswith("y") else last[-1] + "th")
    if last == "twelve":
        regular = "twelfth"
    return " ".join([*before, irregular.get(last, regular)])


def errors(said: list[str], understood: list[str]) -> int:
    """The fewest words to change, put in and take out (Levenshtein's distance)."""
    row = list(range(len(understood) + 1))
    for at, word in enumerate(said, 1):
        before, row[0] = row[0], at
        for to, other in enumerate(understood, 1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (word != other))
    return row[-1]
