"""What a server grants its sessions, and whom it turns away, in Google's words."""

from __future__ import annotations

from dataclasses import dataclass

from telephony_agent.offline.model.closings import EXPIRED
from telephony_agent.offline.model.flavours import Flavour, flavour
from telephony_agent.offline.model.messages import INVALID, VAGUE, Setup
from telephony_agent.offline.model.tokens import HOLDS

LIFETIME = 600.0  # seconds a connection lasts at Google's
WARNING = 0.1  # of its life, before its end, that it says so: a minute of ten
NO_SUCH_MODEL = (
    "{} is not found for API version v1beta, or is not supported for bidiGenerateContent. "
    "Call ListModels to see the list of available models and their supported methods."
)


@dataclass(frozen=True)
class Terms:
    """Seconds that a session lasts and how it ends, seconds before the first sound of a turn leaves, and tokens that a
    model holds. A short `lifetime` is the same as a long one, quicker: the warning keeps its share of it.
    """

    lifetime: float = LIFETIME
    ending: tuple[int, str] = EXPIRED
    first_chunk: float = 0.0
    holds: int = HOLDS


def admitted(setup: Setup) -> Flavour | tuple[int, str]:
    """How the model of this setup talks, or the code and reason with which Google would close."""
    kind = flavour(setup.model)
    if kind is None:
        return 1008, NO_SUCH_MODEL.format(setup.model)
    if kind.only == "NON_BLOCKING" and any(function.behavior == "BLOCKING" for function in setup.functions):
        return INVALID, VAGUE
    return kind
