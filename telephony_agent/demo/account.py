"""The account of a call: told line by line while it goes on, kept as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..live import messages as live
from ..record.entries import AgentTurn, Aside, CallerTurn, Entry, Mishaps, Outcome, ToolRun
from ..steps import Action, Event, Record

Tell = Callable[[str], None]
LONGEST_ASIDE = 80  # characters of it that are told


@dataclass
class Account:
    """Hears of every event and action of the service. `epoch`: the loop's time of the ring."""

    tell: Tell
    epoch: float = 0.0
    entries: list[Entry] = field(default_factory=list)
    _understood: str = ""

    def observe(self, call_sid: str, now: float, step: Event | Action) -> None:
        match step:
            case live.CallerSaid(text):
                self._understood += text
            case live.AgentSaid() if self._understood:
                self._tell_understood(now)
            case Record(entry):
                self.entries.append(entry)
                if not isinstance(entry, CallerTurn | Mishaps):
                    self._line(now, *_told(entry))
            case live.ToolCall(_, name, arguments):
                self._tell_understood(now)
                shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
                self._line(now, "tool", f"{name}({shown})")
            case _:
                pass

    def says(self, now: float, words: str, voice: str) -> None:
        """The caller begins a line."""
        self._line(now, "caller", f'"{words}"  ({voice})')

    def latency(self, now: float, seconds: float | None) -> None:
        if seconds is not None:
            self._line(now, "", f"ear latency {seconds:.2f} s")

    def _tell_understood(self, now: float) -> None:
        if self._understood:
            self._line(now, "", f'the model understood: "{self._understood.strip()}"')
        self._understood = ""

    def _line(self, now: float, who: str, what: str) -> None:
        self.tell(f"{max(0.0, now - self.epoch):7.2f}  {who:<10}{what}")


def _told(entry: AgentTurn | ToolRun | Aside | Outcome) -> tuple[str, str]:
    match entry:
        case AgentTurn(_, _, text, heard, sent_ms, heard_ms) if heard_ms < sent_ms:
            rest = (
                f"  (cut off after {heard_ms / 1000:.1f} of {sent_ms / 1000:.1f} s; it went on: {_rest(text, heard)})"
            )
            return "agent", f'"{heard} …"{rest}'
        case AgentTurn(_, _, text, _, sent_ms, _):
            return "agent", f'"{text}"  ({sent_ms / 1000:.1f} s, heard to the end)'
        case ToolRun(_, took, name, _, response, _):
            return "tool", f"{name} answered in {1000 * took:.0f} ms: {next(iter(response.values()), None)}"
        case Aside(_, kind, text):
            return "model", f"{kind}: {' '.join(text.split())[:LONGEST_ASIDE]}"
        case Outcome(why, _, lasted):
            return "", f"the call is over after {lasted:.1f} s: {why}"


def _rest(text: str, heard: str) -> str:
    return f'"… {text.removeprefix(heard).strip()}"'
