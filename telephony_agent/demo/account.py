"""The account of a call: told line by line while it goes on, kept as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..live import messages as live
from ..record.entries import Began, Billed, CallerTurn, Entry, Mishaps, Noted, Waited
from ..record.telling import told
from ..steps import Action, Event, Record

Tell = Callable[[str], None]


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
                if not isinstance(entry, Began | Billed | CallerTurn | Mishaps | Noted | Waited):
                    self._line(now, *told(entry))
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
