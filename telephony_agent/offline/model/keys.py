"""Who may come in: what Google does with a key or token that is missing, wrong, or meant for another door.

The Developer API and Firebase let the socket open and close it instead of taking the setup; Vertex refuses the upgrade.
That a wrong key is closed with 1007 is believed and not seen.
"""

from __future__ import annotations

from telephony_agent.offline.model.closings import NO_KEY, WRONG_KEY
from telephony_agent.offline.model.door import Door

PASS = "auth_tokens/"  # how a token begins that stands for a setup
UNAUTHENTICATED = 401


def refused_upgrade(door: Door, wanted: str) -> int | None:
    """The HTTP status instead of a WebSocket; `wanted`: the key to be brought, empty if anybody may come."""
    right = not wanted or wanted in (door.key, door.token)
    return UNAUTHENTICATED if door.service.is_vertex and not right else None


def refused_setup(door: Door, wanted: str) -> tuple[int, str] | None:
    """The code and reason of a close instead of setupComplete."""
    if door.service.is_vertex or door.constrained:
        return None
    return NO_KEY if door.key.startswith(PASS) else wrong(door.key, wanted)


def wrong(key: str, wanted: str) -> tuple[int, str] | None:
    """What is wrong with a key, as code and reason of a close."""
    if not wanted or key == wanted:
        return None
    return WRONG_KEY if key else NO_KEY
