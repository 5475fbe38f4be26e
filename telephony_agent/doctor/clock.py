"""Is this machine's clock right? The `Date` of any server's answer tells."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from .finding import Finding, Trouble, ok, unknown, wrong

CHECK = "clock"
TOLERATED = 60.0  # seconds; Google's login refuses a few minutes, and Date is in whole seconds


def compare(date: str | None, now: float, whose: str) -> Finding:
    """`date`: the header; `now`: our Unix time in seconds; `whose`: the server's name."""
    try:
        off = now - parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return unknown(CHECK, f"{whose} did not say what time it is")
    if abs(off) <= TOLERATED:
        return ok(CHECK, f"as that of {whose}, to {TOLERATED:g} s")
    way = "fast" if off > 0 else "slow"
    return wrong(
        CHECK, Trouble(f"{abs(off):.0f} s {way}, says {whose}", "set this machine's clock, by NTP if it can be")
    )
