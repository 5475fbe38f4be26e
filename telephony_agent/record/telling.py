"""An entry of a call in words, for a terminal."""

from __future__ import annotations

from typing import assert_never

from .entries import AgentTurn, Aside, Began, CallerTurn, Entry, Mishaps, Noted, Outcome, ToolRun

LONGEST_ASIDE = 80  # characters of what only the model saw


def told(entry: Entry) -> tuple[str, str]:
    """Who, and what."""
    match entry:
        case Began():
            return (
                "",
                f"{entry.direction} from {entry.caller} to {entry.called}, answered by {entry.agent} ({entry.model})",
            )
        case CallerTurn(_, text):
            return "caller", f'"{text.strip()}"'
        case AgentTurn(_, _, text, heard, sent_ms, heard_ms) if heard_ms < sent_ms:
            rest = text.removeprefix(heard).strip()
            cut = f"cut off after {heard_ms / 1000:.1f} of {sent_ms / 1000:.1f} s"
            return "agent", f'"{heard} …"  ({cut}; it went on: "… {rest}")'
        case AgentTurn(_, _, text, _, sent_ms, _):
            return "agent", f'"{text}"  ({sent_ms / 1000:.1f} s, heard to the end)'
        case ToolRun(_, took, name, _, response, _):
            return "tool", f"{name} answered in {1000 * took:.0f} ms: {next(iter(response.values()), None)}"
        case Aside(_, kind, text):
            return "model", f"{kind}: {' '.join(text.split())[:LONGEST_ASIDE]}"
        case Mishaps():
            counts = {**entry.troubles, **entry.cures, "silenced": entry.silenced, "went on": entry.went_on}
            return "", "mishaps: " + (", ".join(f"{name} {count}" for name, count in counts.items() if count) or "none")
        case Noted(_, kind, facts):
            return "", f"{kind}: " + ", ".join(f"{name} {value}" for name, value in facts.items())
        case Outcome(why, _, lasted):
            return "", f"the call is over after {lasted:.1f} s: {why}"
        case _:
            assert_never(entry)
