"""What a demo keeps of its call: `call.json` for programs, the recording, the picture and the page for people."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from ..offline.phone.recording import Recording
from ..record.entries import Entry
from .account import Account
from .checks import Check
from .conversation import Conversation
from .page import page
from .picture import picture
from .story import Story


def document(conversation: Conversation, account: Account, found: Sequence[Check]) -> str:
    """Times in seconds since the ring."""
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
    entries = [_entry(entry, account.epoch) for entry in account.entries]
    whole = {"exchanges": exchanges, "entries": entries, "checks": [asdict(check) for check in found]}
    return json.dumps(whole, indent=2) + "\n"


def _entry(entry: Entry, epoch: float) -> dict[str, object]:
    fields = msgspec.to_builtins(entry, enc_hook=str)
    if "began" in fields:
        fields["began"] = round(fields["began"] - epoch, 2)
    return {"kind": type(entry).__name__, **fields}


def keep(out: Path, story: Story, recording: Recording, document: str) -> None:
    """`out` has `call.jsonl` already, and a `call.wav` without the line's noise."""
    recording.write(out / "call.wav")
    drawn = picture(story, recording)
    (out / "call.svg").write_text(drawn, encoding="utf-8")
    (out / "call.html").write_text(page(story, drawn, dt.datetime.now()), encoding="utf-8")
    (out / "call.json").write_text(document, encoding="utf-8")
