"""An entry of a call in words, for a terminal."""

from __future__ import annotations

from typing import assert_never

from .entries import (
    AgentTurn,
    Aside,
    Began,
    Bill,
    Billed,
    CallerTurn,
    Entry,
    Mishaps,
    Noted,
    Outcome,
    Searched,
    Tokens,
    ToolRun,
    Unanswered,
    Waited,
)

LONGEST_ASIDE = 80  # characters of what only the model saw


def told(entry: Entry) -> tuple[str, str]:
    """Who, and what."""
    match entry:
        case Began():
            return (
                "",
                f"{entry.direction} from {entry.caller} to {entry.called}, answered by {entry.agent} ({entry.model})",
            )
        case Unanswered(_, _, caller, called, why):
            return "", f"a call out from {caller} to {called}, which nobody answered: {why}"
        case CallerTurn(_, text):
            return "caller", f'"{text.strip()}"'
        case AgentTurn(_, _, text, heard, sent_ms, heard_ms) if heard_ms < sent_ms:
            rest = text.removeprefix(heard).strip()
            cut = f"cut off after {heard_ms / 1000:.1f} of {sent_ms / 1000:.1f} s"
            return "agent", f'"{heard} …"  ({cut}; it went on: "… {rest}")'
        case AgentTurn(_, _, text, _, sent_ms, _):
            return "agent", f'"{text}"  ({sent_ms / 1000:.1f} s, heard to the end)'
        case Waited(_, seconds):
            return "", f"the caller waited {seconds:.2f} s for the agent's first sound"
        case ToolRun(_, took, name, _, response, _):
            return "tool", f"{name} answered in {1000 * took:.0f} ms: {next(iter(response.values()), None)}"
        case Aside(_, kind, text):
            return "model", f"{kind}: {' '.join(text.split())[:LONGEST_ASIDE]}"
        case Billed(_, tokens, usd):
            return "bill", f"{money(usd)}: {counts(tokens)}"
        case Searched(_, queries, pages, _, usd):
            rests_on = ", ".join(f"{title or 'a page'} ({address})" for title, address in pages) or "no page"
            return "search", f"{money(usd)} for {', '.join(queries) or 'a search'}; the answer rests on {rests_on}"
        case Mishaps():
            often = {**entry.troubles, **entry.cures, "silenced": entry.silenced, "went on": entry.went_on}
            return "", "mishaps: " + (", ".join(f"{name} {count}" for name, count in often.items() if count) or "none")
        case Noted(_, kind, facts):
            return "", f"{kind}: " + ", ".join(f"{name} {value}" for name, value in facts.items())
        case Outcome(why, _, lasted):
            return "", f"the call is over after {lasted:.1f} s: {why}"
        case _:
            assert_never(entry)


def cost(bill: Bill, lasted: float) -> str:
    """What a call of so many seconds cost, and what its minutes did."""
    usd = money(bill.usd)
    if bill.usd and lasted:
        usd += f" ({money(bill.usd / lasted * 60)} a minute)"
    searches = f", {bill.searches} search{'es' * (bill.searches > 1)}" if bill.searches else ""
    return f"{usd}: {counts(bill.tokens)}{searches}"


def money(usd: float | None) -> str:
    """To a hundredth of a cent."""
    return "an unknown sum (PRICES may tell)" if usd is None else f"${usd:.4f}"


def counts(tokens: Tokens) -> str:
    """Tokens by way and kind."""
    return "; ".join(
        (
            f"{tokens.inward:,} tokens in{_kinds(tokens, 'text_in', 'audio_in', 'image_in', 'video_in')}",
            f"{tokens.outward:,} out{_kinds(tokens, 'text_out', 'audio_out', 'video_out', 'thoughts', 'transcripts')}",
        )
    )


def _kinds(tokens: Tokens, *names: str) -> str:
    told = ", ".join(f"{getattr(tokens, name):,} {name.split('_')[0]}" for name in names if getattr(tokens, name))
    return f" ({told})" if told else ""
