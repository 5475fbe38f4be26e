"""What a server grants its sessions."""

from __future__ import annotations

from dataclasses import dataclass, field

from telephony_agent.offline.model.closings import EXPIRED
from telephony_agent.offline.model.tokens import HOLDS

LIFETIME = 600.0  # seconds a connection lasts at Google's
WARNING = 0.1  # of its life, before its end, that it says so: a minute of ten


@dataclass(frozen=True)
class Terms:
    """Seconds that a session lasts and how it ends; seconds before the first sound of a turn leaves, and of silence
    that it begins with; tokens that a model holds. A short `lifetime` is the same as a long one, quicker: the warning
    keeps its share of it. `key`: an API key or token that a client must bring; if empty anybody may come.
    `empty_messages`: send them where a model does, which some clients don't bear.
    """

    lifetime: float = LIFETIME
    ending: tuple[int, str] = EXPIRED
    first_chunk: float = 0.0
    leading_silence: float = 0.0
    holds: int = HOLDS
    empty_messages: bool = True
    key: str = field(default="", repr=False)
