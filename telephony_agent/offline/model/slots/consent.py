"""Yes, no, or neither: what counts as a caller's consent to what was read back, and what does not."""

from __future__ import annotations

import re

from telephony_agent.offline.model.slots.said import normal

WAITS = re.compile(r"\b(?:wait|hold on|hang on|(?:one|a) (?:moment|second|minute|sec)|let me|but)\b")
NO_REFUSAL = re.compile(r"\b(?:no (?:problem|worries)|why not)\b")
YES = re.compile(r"\b(?:yes|yeah|yep|yup)\b")
GOOD = "right|correct|fine|good|great|perfect|lovely|okay|ok"
AGREES = re.compile(
    r"^(?:(?:uh|um|oh|well|ah|hm+|and|so|then|[,.!]) )*"
    rf"(?:(?:sure|(?:all )?(?:{GOOD})(?! (?:now|here|there))|alright|exactly|of course|absolutely|definitely|certainly|"
    r"go (?:ahead|for it)|please do|do (?:it|that|so)|"
    rf"(?:(?:that|it|this) )?(?:(?:is|all|sounds|looks|would be) )+(?:{GOOD})|that (?:{GOOD}))\b"
    r"|(?:please|i do|i agree|i confirm|it is|that is|that it|you (?:may|can|should)) ?[.!]*$)"
)


def yes_or_no(transcript: str) -> bool | None:
    """Whether the caller agrees; None as long as that is not clear: "One moment, please.", "Are you sure?"."""
    said = NO_REFUSAL.sub("yes", normal(transcript))
    if re.search(r"\b(?:no|nope|not|don't|never|wrong|incorrect)\b", said):
        return False
    agrees = YES.search(said) or (AGREES.match(said) and "?" not in said)
    return True if agrees and not WAITS.search(said) else None
