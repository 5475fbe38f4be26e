"""Whether a caller asks for a human being: by plain words in seven languages, so that no model has to agree.

A transcript that the model got wrong is missed, and so are other languages: the key 0 works in all of them.
"""

from __future__ import annotations

import re

KEY = "0"  # as on every telephone menu

HUMAN = r"(?:real |live |human |actual |living )*(?:person|human(?: being)?|operator|representative|receptionist|agent)"
ASKING = (
    r"\b(?:speak|talk|chat|connect(?:ed)?|transfer(?:red)?|pass|put (?:me )?through)\b.{0,20}?"
    rf"\b(?:to|with) (?:a|an|the|your) {HUMAN}\b",
    rf"\b(?:want|need|get me|give me|like) (?:a|an) (?:real|live|human|actual|living) {HUMAN}\b",
    r"\bmit (?:einem|einer|einen|dem|der) (?:echten |richtigen |menschlichen )?"
    r"(?:menschen?|person|mitarbeiter(?:in)?s?|kollegen) (?:sprechen|reden|verbinden|verbunden)\b",
    r"\bparler (?:à|a|avec) (?:une?|l['’]) ?(?:vraie? )?"
    r"(?:personne|humaine?|être humain|conseill[eè]re?|opérat\w+|agent)\b",
    r"\bhablar con (?:una?|el|la) (?:persona|humano|ser humano|agente|operadora?|representante)\b",
    r"\bparlare con (?:una?|un['’]|l['’]) ?(?:persona|umano|essere umano|operat\w+|addett\w)\b",
    r"\bmet (?:een|de) (?:echte? )?(?:mens|persoon|medewerk(?:er|ster)) (?:spreken|praten)\b",
    r"\bfalar com (?:uma?|o|a) (?:pessoa|humano|ser humano|atendente|operadora?)\b",
)
ALONE = rf"\W*(?:an? )?{HUMAN}(?:,? please)?\W*"  # and nothing else is said
REFUSING = re.compile(r"\b(?:don['’]?t|do not|not|never|nicht|kein\w*|pas|no|non|niet|não) (?:\w+ ){0,3}$")
WISH = re.compile("|".join(ASKING))


def is_asked_for(said: str) -> bool:
    """`said`: what the caller has said in this turn so far."""
    words = " ".join(said.lower().split())
    if re.fullmatch(ALONE, words):
        return True
    return any(not REFUSING.search(words[: wish.start()]) for wish in WISH.finditer(words))
