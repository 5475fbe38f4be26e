"""What every telephone service must understand, whatever its functions: patterns of `normal` text.

Most of these words mean something else within a longer sentence: "a repeat prescription", "is that all right?".
"""

from __future__ import annotations

import re

REPEAT = re.compile(
    r"^(?:please |sorry |(?:can|could|would) you |, )*repeat\b(?! (?:my|the|our|his|her|prescription)\b)"
    r"|\brepeat (?:that|it|yourself|what)\b"
    r"|(?:^|\byou )(?:please |sorry |, )*say (?:that|it) again"
    r"|\b(?:pardon|come again|say again|what did you say|didn't (?:hear|catch) )"
)
GOODBYE = re.compile(
    r"\b(?:good ?bye|bye)(?: now| then| for now)?(?: [,.!?])*$"
    r"|^(?:(?:okay|ok|no|thanks|thank you|well|[,.!]) )*(?:good ?bye|bye)\b"
    r"|^(?:\S+ ){0,6}(?:hang up|that (?:is |was |will be |would be )?all)\b(?! (?:right|in|i|you|we)\b)"
    r"|^(?:\S+ ){0,3}nothing else\b"
)
HUMAN = re.compile(
    r"\b(?:speak|talk|a word with|connect\w*|put me through|transfer me|get me)\b[^,.?!]{0,20}"
    r"\b(?:someone|somebody|anyone|person|manager|operator|colleague|staff|receptionist)\b"
    r"|\b(?:humans?|real person|representative|live agent)\b"
)
THANKS = re.compile(r"^(?:(?:thank you|thanks|great|okay|ok|perfect|very much|so much|a lot|[,.!]) ?)+$")
HELLO = re.compile(r"^(?:(?:hello|hi|hey|good (?:morning|afternoon|evening)|there|[,.!?]) ?)+$")
NO_MORE = re.compile(r"^(?:(?:no|nope|thank you|thanks|that is fine|i am fine|[,.!]) ?)+$")
HOLD_ON = re.compile(
    r"^(?:(?:please|okay|ok|oh|uh|um|yes|no|well|sorry|[,.!]) ?)*"
    r"(?:wait|hold on|hang on|(?:give me |just )?(?:one|an?) (?:moment|second|minute|sec)|"
    r"let me (?:think|check|see|look))"
    r"(?: (?:please|just|let|check|think|one|an?|moment|second|minute|sec|for|me|it|that|up|about|[,.!]))*$"
)
NEVER_MIND = re.compile(
    r"\b(?:never mind|nevermind|forget (?:it|that|about it)|cancel that|leave it|changed my mind|"
    r"don't do (?:it|that))\b"
)
HELP = re.compile(
    r"^(?:(?:please|hello|hi|can you|could you|so|[,.!?]) ?)*"
    r"(?:help(?: me)?|how can you help(?: me)?|what (?:can|do) you do(?: for me)?|what can i (?:ask|say|do)(?: here)?|"
    r"what are my (?:options|choices))(?: ?(?:please|[,.!?]))*$"
)
WHO_IS_THERE = re.compile(
    r"\b(?:are you|is (?:this|that)|am i (?:speaking|talking) (?:to|with)) (?:an? )?(?:real )?"
    r"(?:robot|computer|machine|bot|ai|human|human being|person|recording|answering machine|real)\b"
)
