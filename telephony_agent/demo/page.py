"""`call.html`: a call on one page that needs nothing but `call.wav` beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape
from pathlib import Path
from statistics import median
from string import Template

from .picture import LEFT, ROW, SECOND
from .story import Story, ToolCall, Turn

PAGE = Path(__file__).parent / "page.html"


def page(story: Story, picture: str, when: dt.datetime) -> str:
    """`picture`: the call's SVG."""
    said_and_done: list[Turn | ToolCall] = [*story.turns, *story.tools]
    wrong = sum(not check.right for check in story.checks)
    total = len(story.checks)
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        agent=escape(story.agent),
        when=f"{when:%A, %B} {when.day}, {when:%Y, %H:%M}",
        length=f"{story.seconds:.0f} seconds",
        counts=", ".join(
            _count(*each)
            for each in ((story.turns, "turn"), (story.tools, "tool call"), (story.barge_ins, "interruption"))
        ),
        mood="bad" if wrong else "fine",
        verdict=f"{total} checks, {wrong} wrong" if wrong else f"{total} checks, all right",
        picture=picture,
        transcript="\n".join(_told(each) for each in sorted(said_and_done, key=_began)),
        waits="\n".join(_waits(story)),
        checks="\n".join(
            _row('<b class="fine">right</b>' if check.right else '<b class="bad">WRONG</b>', check.what, check.seen)
            for check in story.checks
        ),
        left=LEFT,
        second=SECOND,
        height=ROW,
    )


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _began(each: Turn | ToolCall) -> float:
    return each.began if isinstance(each, Turn) else each.at


def _told(each: Turn | ToolCall) -> str:
    if isinstance(each, ToolCall):
        answer = f"<small>answered in {each.took * 1000:.0f} ms: {escape(each.answer)}</small>"
        return _entry(each.at, "tool", f"<code>{escape(each.call)}</code>{answer}")
    lost = f" <del>{escape(each.lost)}</del>" if each.lost else ""
    note = f"<small>{escape(each.note)}</small>" if each.note else ""
    return _entry(each.began, each.side, f"{escape(each.words)}{lost}{note}")


def _entry(at: float, who: str, what: str) -> str:
    return f'<tr><td class="number">{at:.1f} s</td><td class="who {who}">{who}</td><td>{what}</td></tr>'


def _waits(story: Story) -> list[str]:
    """Each with the words that the caller said last before it; then the middle one."""
    rows = []
    for wait in story.waits:
        said = [turn.words for turn in story.turns if turn.side == "caller" and turn.began < wait.ended]
        rows.append(_row(f"{wait.seconds:.2f} s", said[-1] if said else ""))
    if seconds := [wait.seconds for wait in story.waits]:
        rows.append(_row(f"{median(seconds):.2f} s", f"in the middle, {max(seconds):.2f} s at most"))
    return rows


def _row(first: str, *rest: str) -> str:
    """`first` is HTML, the rest is text."""
    return f'<tr><td class="number">{first}</td>{"".join(f"<td>{escape(each)}</td>" for each in rest)}</tr>'
