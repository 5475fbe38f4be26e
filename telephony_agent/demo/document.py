"""`call.json`: what was said, heard, run and found in a demo's call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import msgspec

from .account import Account
from .checks import Check
from .conversation import Conversation


def document(conversation: Conversation, account: Account, found: Sequence[Check]) -> str:
    """Times of exchanges in seconds since the ring, those of entries on the loop's clock."""
    exchanges = [
        {
            "words": each.line.words if each.line else None,
            "voice": each.line.voice if each.line else None,
            "said": [each.said.began, each.said.ended] if each.said else None,
            "heard": [each.heard.began, each.heard.ended],
            "ear_latency": each.heard.latency,
            "recognised": each.recognised,
        }
        for each in conversation.exchanges
    ]
    entries = [{"kind": type(entry).__name__, **msgspec.to_builtins(entry, enc_hook=str)} for entry in account.entries]
    whole = {"exchanges": exchanges, "entries": entries, "checks": [asdict(check) for check in found]}
    return json.dumps(whole, indent=2) + "\n"
