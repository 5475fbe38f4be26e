"""Whether what was said can be English, the only language that the router knows. What looks like another may sound like
a request: "réserver une table".
"""

from __future__ import annotations

import re

# One of these is in nearly every sentence.
SMALL_WORDS = (
    "a about all am an and any are as at be but by can could did do does for from get got had has have he her him his "
    "how i if in is it its me my need no not of off on or our out please she should so some t than that the their "
    "them there they this to up us want was we were what when where which who will with would you your"
)
SMALL = frozenset(SMALL_WORDS.split())
FEWEST = 5  # words; fewer may do without
SHORTENED = re.compile(r"\w['’]s\b")  # "nobody's"


def foreign(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text.lower())
    return len(words) >= FEWEST and SMALL.isdisjoint(words) and not SHORTENED.search(text.lower())
