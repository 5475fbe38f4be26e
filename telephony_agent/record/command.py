"""`telephony-agent calls`: what is kept of calls, for a terminal or as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import click
import msgspec

from ..environment import Environment
from ..errors import ConfigError
from .entries import Began, Bill, Entry, Unanswered, Waited
from .store import FILE, NOBODY, Store, StoredCall
from .telling import cost, told

STATE = "up, or its service died"
SID = "CA" + "0" * 32
NEVER = "never placed"  # and so without a CallSid
NONE = "no call is kept yet"


@click.command(short_help="The calls that are kept, or one of them.")
@click.argument("call_sid", required=False)
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="How many calls, or days.")
@click.option("--days", is_flag=True, help="What was counted, by the day (in UTC).")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON a call, or a day.")
def calls(call_sid: str | None, last: int, days: bool, as_json: bool) -> None:
    """List the calls that are kept in DATA_DIR, newest first; with a CALL_SID, show that one as it was heard."""
    folder = Environment().get("DATA_DIR", Path, Path("data"))
    if not (folder / FILE).is_file():
        raise ConfigError(f"no calls are kept in {str(folder)!r}; set DATA_DIR to the service's, or take a call first")
    with Store.in_folder(folder) as store:
        lines = _days(store, last, as_json) if days else _calls(store, call_sid, last, as_json)
        for line in lines:
            click.echo(line)


def _calls(store: Store, call_sid: str | None, last: int, as_json: bool) -> Iterator[str]:
    found = store.of(call_sid) if call_sid else store.recent(last)
    if call_sid and not found:
        raise ConfigError(f"no call {call_sid!r} is kept; `telephony-agent calls` lists those that are")
    if not found and not as_json:
        yield NONE
    for call in found:
        if as_json:
            yield msgspec.json.encode(_document(call)).decode()
        elif call_sid:
            yield from shown(call)
        else:
            yield summary(call)


def _days(store: Store, last: int, as_json: bool) -> Iterator[str]:
    for day, counts in store.days(last).items():
        if as_json:
            yield msgspec.json.encode({"day": day, **counts}).decode()
        else:
            yield f"{day}  " + ", ".join(f"{name} {count:g}" for name, count in counts.items())


def _document(call: StoredCall) -> dict[str, Any]:
    """For JSON: each entry with its `what`, as caller-turn, not to be guessed by its fields; and all waits."""
    document: dict[str, Any] = msgspec.to_builtins(call, enc_hook=str)
    if waits := _waits(call):
        document["waited"] = {"answers": len(waits), "median": round(median(waits), 3), "longest": max(waits)}
    for plain, kept in zip(document["entries"], call.entries, strict=True):
        plain["what"] = re.sub(r"\B(?=[A-Z])", "-", type(kept.entry).__name__).lower()
    return document


def summary(call: StoredCall) -> str:
    """A call in a line."""
    usd = "$?" if call.usd is None else f"${call.usd:.4f}"
    end = f"{call.lasted:7.1f} s  {usd:>8}  {call.why}" if call.lasted is not None else f"{'':19}  {STATE}"
    sid = call.sid or NEVER
    return f"{call.began:%Y-%m-%d %H:%M:%S}  {sid:{len(SID)}}  {call.caller} > {call.called}  {call.agent}  {end}"


def shown(call: StoredCall) -> Iterator[str]:
    """A call line by line; times in seconds since it rang."""
    yield f"{call.sid}, {call.began:%Y-%m-%d %H:%M:%S} UTC"
    yield _line(0, *told(_beginning(call)))
    for kept in call.entries:
        yield _line((kept.at - call.began).total_seconds(), *told(kept.entry))
    if call.lasted is None:
        yield _line(None, "", STATE)
    else:
        yield _line(None, "", f"over after {call.lasted:.1f} s: {call.why}")
        if waits := _waits(call):
            yield _line(None, "", f"the caller waited {median(waits):.2f} s in the middle, {max(waits):.2f} s at most")
        yield _line(None, "", f"the model cost {cost(Bill(call.tokens, call.searches or 0, call.usd), call.lasted)}")


def _waits(call: StoredCall) -> list[float]:
    """Seconds from the caller's last sound or key, by our own ear, to the agent's first, as it left us."""
    return [kept.entry.seconds for kept in call.entries if isinstance(kept.entry, Waited)]


def _beginning(call: StoredCall) -> Entry:
    if call.agent == NOBODY and not call.model:
        return Unanswered(0, "", call.caller, call.called, call.why or "")
    return Began(0, "", call.direction, call.caller, call.called, call.agent, call.model)


def _line(at: float | None, who: str, what: Any) -> str:
    return f"{'' if at is None else f'{at:.2f}':>7}  {who:<10}{what}"
