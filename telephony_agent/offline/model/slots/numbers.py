"""Amounts, digit strings and money in what was said. All take and leave text as `said.normal` spells it."""

from __future__ import annotations

import re

from telephony_agent.offline.model.slots.found import Found, found

DIGIT_RUN = re.compile(
    r"(?:(?:double|triple) )?\b(?:\d+|oh|o)\b(?:[ ,.·]*(?:dash )?(?:(?:double|triple) )?\b(?:\d+|oh|o)\b)*"
)
NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?![\d:/]|st|nd|rd|th)")
AMOUNT = r"\d[\d,]*(?:\.\d+)?"
CURRENCY = r"(?:dollars?|bucks?|euros?|pounds?|quid|francs?|usd|eur|gbp)"
SMALL = r"(?:cents?|pence)\b"
MONEY = re.compile(
    rf"(?:[$£€]|\b(?:usd|eur|gbp)) ?(?P<a>{AMOUNT})"
    rf"|(?P<b>{AMOUNT}|\ban?) {CURRENCY}\b"
    rf"(?: (?:and )?(?P<cents>\d{{1,2}}) {SMALL}| (?P<rest>\d\d)(?= ?(?:[.,?!]|please|$)))?"
    rf"|(?P<alone>\d{{1,2}}) {SMALL}"
)
IN_TWO = re.compile(r"^\D*\b(?P<b>\d{1,3}) (?P<rest>\d\d)\b\D*$")  # "five fifty", to who asked how much
ALONE = re.compile(r"\b(?:(?:just|only) (?:me|myself|one)|by myself|alone)\b")


def digits(said: str) -> Found[str] | None:
    """The longest run of digits, as for a phone or order number: "4 7 double 2", "206 555 0142"."""
    runs = [(written, run) for run in DIGIT_RUN.finditer(said) if (written := _digits(run[0]))]
    if not runs:
        return None
    longest = max(runs, key=lambda pair: len(pair[0]))
    return found(*longest)


def _digits(run: str) -> str:
    written, times = "", 1
    for word in re.findall(r"\d+|[a-z]+", run):
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
        elif word != "dash":
            written += ("0" if word.startswith("o") else word) * times
            times = 1
    return written


def number(said: str, of: str = "", asked: bool = False) -> Found[float] | None:
    """A number that stands before a word of `of`, or after "for" or "of"; if it was `asked` for, any."""
    nouns = [word for word in re.findall(r"[a-z]+", of.lower()) if len(word) > 3]
    matches = list(NUMBER.finditer(said))
    counted = [match for match in matches if any(_counts(said[match.end() :], noun) for noun in nouns)]
    lot = [match for match in matches if re.search(r"\b(?:for|of)(?: about| around)? $", said[: match.start()])]
    match = next(iter(counted or lot or (matches if asked else [])), None)
    if asked and not match and (alone := ALONE.search(said)):
        return found(1.0, alone)
    return found(float(match[0].replace(",", "")), match) if match else None


def _counts(after: str, noun: str) -> bool:
    return re.match(rf" (?:\w+ )?{noun.rstrip('s')}", after) is not None


def money(said: str, asked: bool = False) -> Found[float] | None:
    """An amount of money, with its currency; if it was `asked` for, without."""
    match = MONEY.search(said)
    if not match and asked:
        in_two = IN_TWO.search(said)
        return found(int(in_two["b"]) + int(in_two["rest"]) / 100, in_two) if in_two else number(said, asked=True)
    if not match:
        return None
    written = match["a"] or match["b"] or "0"
    whole = 1.0 if written.startswith("a") else float(written.replace(",", ""))
    return found(whole + int(match["cents"] or match["rest"] or match["alone"] or 0) / 100, match)
