"""What a call has used so far, and what that costs: counted as the model's provider tells it, turn by turn."""

from __future__ import annotations

from collections.abc import Mapping

from ..agent import Agent
from ..live.messages import Grounded, Usage
from ..live.tokens import estimate
from ..record.entries import Bill, Billed, Searched, Tokens
from .prices import Price

INWARD = {"TEXT": "text_in", "AUDIO": "audio_in", "IMAGE": "image_in", "VIDEO": "video_in"}
OUTWARD = {"TEXT": "text_out", "AUDIO": "audio_out", "VIDEO": "video_out"}


class Meter:
    """`price`: of the model; None if nobody knows it."""

    def __init__(self, price: Price | None) -> None:
        self._price = price
        self._transcribed = ""  # since the last bill, of both sides
        self._queries: dict[str, None] = {}  # as a set that keeps their order; of the turn
        self._pages: dict[tuple[str, str], None] = {}
        self._suggestions = ""
        self._tokens = Tokens()
        self._searches = 0
        self._unknown = False  # the price of something
        self.spent = 0.0
        """USD so far, at the least: what has a price."""

    @property
    def bill(self) -> Bill:
        """All of it."""
        return Bill(self._tokens, self._searches, None if self._unknown else self.spent)

    def transcribed(self, text: str) -> None:
        """A piece of either side's transcript."""
        self._transcribed += text

    def grounded(self, found: Grounded) -> None:
        """What the turn rests on; it may be told more than once."""
        self._queries |= dict.fromkeys(found.queries)
        self._pages |= dict.fromkeys((title, address) for title, address in found.pages)
        self._suggestions = found.suggestions or self._suggestions

    def turn(self, usage: Usage, now: float) -> list[Billed | Searched]:
        """A turn is over."""
        tokens = counted(usage, estimate(self._transcribed))
        self._transcribed = ""
        self._tokens += tokens
        usd = self._price.of(tokens) if self._price else None
        self._pay(usd)
        return [*self.end(now), Billed(now, tokens, usd)]

    def end(self, now: float) -> list[Searched]:
        """What was looked up for a turn that will bring no bill any more."""
        if not (self._queries or self._pages):
            return []
        number = self._price.searches(len(self._queries)) if self._price else len(self._queries)
        fee = self._price.search if self._price else None
        usd = None if fee is None else number * fee
        self._searches += number
        self._pay(usd)
        searched = Searched(now, [*self._queries], [*self._pages], self._suggestions, usd)
        self._queries, self._pages, self._suggestions = {}, {}, ""
        return [searched]

    def _pay(self, usd: float | None) -> None:
        self._unknown |= usd is None
        self.spent += usd or 0.0


def unkept(agent: Agent, price: Price | None) -> str:
    """Why the agent's limit can't be kept, and the mend; empty if it can, or there is none."""
    missing = "the model" if price is None else "a search" if agent.search and price.search is None else ""
    if agent.dearest_call is None or not missing:
        return ""
    mend = "give it in a table that PRICES names, or leave dearest_call out"
    return f"dearest_call of agent {agent.name!r} can't be kept: no price of {missing} is known; {mend}"


def counted(usage: Usage, transcripts: int = 0) -> Tokens:
    """A turn's tokens by what they were. Google's details need not sum up to its count: the rest is untold."""
    inward = _by_name(usage.prompt_by_kind, usage.prompt, INWARD, "untold_in")
    tools = _by_name(usage.tool_use_by_kind, usage.tool_use, INWARD, "untold_in")
    outward = _by_name(usage.response_by_kind, usage.response, OUTWARD, "untold_out")
    own = Tokens(
        **inward,
        **outward,
        thoughts=usage.thoughts,
        transcripts=transcripts,
        cached=usage.cached,
        tool_use=usage.tool_use,
    )
    return own + Tokens(**tools)


def _by_name(by_kind: Mapping[str, int], total: int, names: Mapping[str, str], rest: str) -> dict[str, int]:
    known = {names[kind]: count for kind, count in by_kind.items() if kind in names}
    return known | {rest: max(0, total - sum(known.values()))}
