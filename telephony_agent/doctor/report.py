"""What the probe has found out, as a page of Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .answers import Answer
from .journal import Journal

Unasked = Sequence[tuple[str, str]]  # a question, and why it is not asked
NEVER_ASKED: Unasked = (
    ("How many sessions at once does a project get?", "it would take as many sessions"),
    ("How long is a handle good after its session has ended?", "it would take hours; the probe stays a short visit"),
    ("What does it cost?", "the bill tells, a day later; the tokens of a long answer are under `pace`"),
)
ROW = "| {} | {} | {} | {} |"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its answer, and what was said on the wire."""

    name: str
    asks: str
    believed: str
    answer: Answer
    journal: Journal


@dataclass(frozen=True, slots=True)
class Report:
    """`subject`: provider, model, host, versions, the time: what the answers are about."""

    subject: dict[str, str]
    asked: Sequence[Asked]
    title: str = "What the Live API does"
    never: Unasked = NEVER_ASKED

    @property
    def fields(self) -> list[str]:
        """All that the server used in its messages."""
        return sorted(set().union(*(each.journal.fields for each in self.asked)))

    def json(self) -> str:
        content: dict[str, Any] = {
            "subject": self.subject,
            "questions": [_content(each) for each in self.asked],
            "fields": self.fields,
            "never asked": [{"asks": asks, "why": why} for asks, why in self.never],
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    def markdown(self) -> str:
        lines = [f"# {self.title}", ""]
        lines += [f"- {name}: {value}" for name, value in self.subject.items()]
        lines += ["", ROW.format("question", "verdict", "observed", "expected"), ROW.format(*["---"] * 4)]
        for each in self.asked:
            observed = _cell(each.answer.text)
            lines.append(ROW.format(each.asks, each.answer.outcome.value, observed, _cell(each.believed)))
        for each in self.asked:
            lines += _chapter(each)
        lines += ["", "## Fields of the server's messages", "", *(f"- `{name}`" for name in self.fields)]
        lines += ["", "## Never asked", "", *(f"- {asks} Because {why}." for asks, why in self.never)]
        return "\n".join(lines) + "\n"


def _content(asked: Asked) -> dict[str, Any]:
    return {
        "name": asked.name,
        "asks": asked.asks,
        "believed": asked.believed,
        "verdict": asked.answer.outcome.value,
        "answer": asked.answer.text,
        "facts": dict(asked.answer.facts),
        "messages": asked.journal.lines,
    }


def _chapter(asked: Asked) -> list[str]:
    lines = ["", f"## {asked.name}", "", f"{asked.asks} Believed: {asked.believed}.", ""]
    lines.append(f"**{asked.answer.outcome.value}**: {asked.answer.text}")
    if asked.answer.facts:
        lines += ["", *(f"- {name}: {value}" for name, value in asked.answer.facts.items())]
    if asked.journal.lines:
        told = [json.dumps(line, ensure_ascii=False) for line in asked.journal.lines]
        lines += ["", "<details><summary>messages</summary>", "", "```", *told, "```", "", "</details>"]
    return lines


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
