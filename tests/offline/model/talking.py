"""A conversation with the brain of a restaurant's agent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from telephony_agent.offline.model.faculties import Answered, Asked, Brain, Call, Say, Told
from telephony_agent.offline.model.messages import Function, Returned

HOURS = Function(
    "opening_hours",
    "Tell when the restaurant opens and closes on a day.",
    {"type": "OBJECT", "properties": {"day": {"type": "STRING", "description": "A weekday, today or tomorrow"}}}
    | {"required": ["day"]},
)
BOOK = Function(
    "book_table",
    "Book a table at the restaurant for a number of people.",
    {
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "The name that the booking is under"},
            "day": {"type": "string", "description": "The day of the visit. A date: YYYY-MM-DD."},
            "time": {"type": "string", "description": "When the guests arrive. A time on the 24-hour clock: HH:MM."},
            "people": {"type": "integer", "description": "The number of people who come"},
            "outside": {"type": "boolean"},
        },
        "required": ["name", "day", "time", "people"],
    },
)
GOODBYE = Function("say_goodbye", "Say goodbye and hang up, when the caller says goodbye.", {})
INSTRUCTIONS = """
You answer the phone of a restaurant. You are brief. Look up opening hours with the tool.
The restaurant is at 12 Harbour Street. You can park for free behind the restaurant.
You can pay in cash or with any card.
It is Tuesday, 5 May 2026, 14:03 (CET) where you are.
"""
FRIDAY = "2026-05-08"


@dataclass
class Conversation:
    """What is told, and `said` or `called` in return."""

    brain: Brain
    said: str = ""
    called: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def tell(self, told: Told) -> None:
        self.brain, decision = self.brain.think(told)
        match decision:
            case Say(text):
                self.said = text
            case Call(functions):
                self.said = ""
                self.called += functions

    def hear(self, *lines: str) -> None:
        for line in lines:
            self.tell(Asked(line))

    def agrees(self) -> None:
        """Says yes to what was read back."""
        assert self.said.endswith("Shall I do that?")
        self.hear("Yes, please.")

    def gets(self, **response: Any) -> None:
        self.tell(Answered((Returned("1", self.called[-1][0], response),)))
