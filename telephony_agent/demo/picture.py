"""A picture of a call: both sides' waveforms on one time axis, in rows as music is written; an SVG, made by hand.

The caller is above, the agent below, what the tools did and how long the caller waited between them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from ..offline.phone.levels import RATE
from ..offline.phone.recording import Recording
from .story import Story, Turn

SECOND = 64  # px; a row holds so much that its words can stand beside its sound
LONGEST_ROW = 18.0  # seconds
BREATH = 0.3  # seconds of a row before its first word
LEFT, RIGHT, TOP = 64, 16, 8  # px around the rows
ROW = 262  # px from row to row
CLOCK, CALLER, TOOLS, AGENT = 12, 88, 134, 172  # px from a row's top: times, middle of each side's sound, tools
HALF = 28  # px of the loudest sound, up and down
LINE, LETTER, MOST_LINES = 14, 6.4, 3  # px of a line and of a letter on average; lines of one turn's words
STEP = 2  # px from one point of a waveform to the next

STYLE = """
.call text { font: 11.5px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1d2430 }
.call .clock, .call .side { fill: #7b8494; font-size: 10.5px }
.call .second { stroke: #e9ebf0 }
.call .zero { stroke: #ccd2dc }
.call .caller { fill: #2a68b0 } .call .agent { fill: #c4661f }
.call text.lost { fill: #9aa1ad; text-decoration: line-through }
.call .wait { fill: #f6ecc4 } .call text.waited { fill: #7d6a14; font-size: 10.5px; text-anchor: middle }
.call .tool { fill: #e4f1e4; stroke: #4d8a4d } .call text.ran { fill: #22591f; font-size: 11px }
.call .over { stroke: #c21f43; stroke-width: 1.5; stroke-dasharray: 4 3 } .call text.cut { fill: #c21f43 }
.call .now { stroke: #1d2430; stroke-width: 1.5; visibility: hidden }
"""


@dataclass(frozen=True)
class Row:
    """Seconds `began` to `ended` of the call, at `top` px."""

    began: float
    ended: float
    top: int

    def x(self, at: float) -> float:
        return round(LEFT + (min(max(at, self.began), self.ended) - self.began) * SECOND, 1)

    def holds(self, at: float) -> bool:
        return self.began <= at < self.ended


def picture(story: Story, recording: Recording) -> str:
    """The SVG, without an XML declaration, so that it can stand in a page."""
    rows = _rows(story)
    width, height = LEFT + round(LONGEST_ROW * SECOND) + RIGHT, TOP + ROW * len(rows)
    sides = _samples(recording.caller), _samples(recording.agent)
    loudest = max(1.0, *(float(np.abs(side).max(initial=0.0)) for side in sides))
    drawn = "\n".join(_drawn(row, story, (sides[0] / loudest, sides[1] / loudest)) for row in rows)
    about = f"The call: {len(story.turns)} turns and {len(story.tools)} tool calls in {story.seconds:.0f} seconds"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="call" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{about}">\n<style>{STYLE}</style>\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{drawn}\n</svg>\n'
    )


def _samples(pcm: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64)


def _rows(story: Story) -> list[Row]:
    """A row ends before a caller's turn that interrupts nothing, so that question and answer stand together."""
    begins, breaks = (
        [0.0],
        [turn.began - BREATH for turn in story.turns if turn.side == "caller" and _opens(turn, story)],
    )
    while begins[-1] + LONGEST_ROW < story.seconds:
        limit = begins[-1] + LONGEST_ROW
        fitting = [at for at in breaks if begins[-1] + LONGEST_ROW / 3 < at <= limit]
        begins.append(fitting[-1] if fitting else limit)
    ends = [*begins[1:], story.seconds]
    return [Row(*span, TOP + ROW * index) for index, span in enumerate(zip(begins, ends, strict=True))]


def _opens(turn: Turn, story: Story) -> bool:
    return not any(other.began < turn.began < other.ended for other in story.turns)


def _drawn(row: Row, story: Story, sides: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]) -> str:
    parts = [*_axis(row), *_waits(row, story)]
    for side, middle, samples in zip(("caller", "agent"), (CALLER, AGENT), sides, strict=True):
        parts.append(f'<path class="{side}" d="{_wave(row, middle, samples)}"/>')
    parts += [*_barge_ins(row, story), *_words(row, story), *_tools(row, story)]
    parts.append(f'<line class="now" x1="0" x2="0" y1="{CALLER - HALF}" y2="{AGENT + HALF}"/>')
    span = f'data-began="{row.began:.2f}" data-ended="{row.ended:.2f}"'
    return "\n".join([f'<g class="row" transform="translate(0 {row.top})" {span}>', *parts, "</g>"])


def _axis(row: Row) -> list[str]:
    parts = []
    for second in range(int(np.ceil(row.began)), int(row.ended) + 1):
        x = row.x(second)
        parts.append(f'<line class="second" x1="{x}" x2="{x}" y1="{CALLER - HALF}" y2="{AGENT + HALF}"/>')
        if second % 2 == 0:
            parts.append(f'<text class="clock" x="{x}" y="{CLOCK}" text-anchor="middle">{second} s</text>')
    for side, middle in (("caller", CALLER), ("agent", AGENT)):
        parts.append(
            f'<line class="zero" x1="{LEFT}" x2="{row.x(row.ended)}" y1="{middle}" y2="{middle}"/>'
            f'<text class="side" x="{LEFT - 10}" y="{middle + 4}" text-anchor="end">{side}</text>'
        )
    return parts


def _wave(row: Row, middle: int, samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    """The loudest sample of each step, upwards, and back along the other side."""
    each = RATE * STEP // SECOND
    part = samples[round(row.began * RATE) : round(row.ended * RATE)]
    part = np.pad(part, (0, -len(part) % each)).reshape(-1, each)
    heights = np.abs(part).max(axis=1, initial=0.0) * HALF
    over = [f"{LEFT + STEP * index} {middle - height:.1f}" for index, height in enumerate(heights)]
    under = [f"{LEFT + STEP * index} {middle + height:.1f}" for index, height in enumerate(heights)]
    return f"M{LEFT} {middle}L{'L'.join([*over, *under[::-1]])}Z"


def _waits(row: Row, story: Story) -> list[str]:
    parts = []
    for wait in story.waits:
        if row.holds(wait.began):
            x, end, height = row.x(wait.began), row.x(wait.ended), AGENT - CALLER + HALF
            parts.append(
                f'<rect class="wait" x="{x}" y="{CALLER - HALF}" width="{end - x:.1f}" height="{height}"/>'
                f'<text class="waited" x="{(x + end) / 2:.1f}" y="{CALLER + 18}">{wait.seconds:.2f} s</text>'
            )
    return parts


def _barge_ins(row: Row, story: Story) -> list[str]:
    return [
        f'<line class="over" x1="{row.x(each.at)}" x2="{row.x(each.at)}" y1="{CALLER - HALF}" y2="{AGENT + HALF}"/>'
        f'<text class="cut" x="{row.x(each.at) + 6}" y="{TOOLS}">'
        f"interrupts; the agent is silent after {each.silent_after * 1000:.0f} ms</text>"
        for each in story.barge_ins
        if row.holds(each.at)
    ]


def _words(row: Row, story: Story) -> list[str]:
    parts = []
    for side in ("caller", "agent"):
        turns = [turn for turn in story.turns if turn.side == side]
        nexts = [*(turn.began for turn in turns[1:]), story.seconds + LONGEST_ROW]
        for turn, following in zip(turns, nexts, strict=False):
            if row.holds(turn.began):
                room = min(row.x(following), LEFT + LONGEST_ROW * SECOND) - row.x(turn.began) - 8
                parts.append(_text(row, turn, room))
    return parts


def _text(row: Row, turn: Turn, room: float) -> str:
    """The caller's words end above the sound, the agent's begin below it. What was cut off is struck out."""
    letters = max(8, int(room / LETTER))
    lines = textwrap.wrap(turn.words, letters, max_lines=MOST_LINES, placeholder=" …")
    lost = textwrap.wrap(turn.lost, letters, max_lines=1, placeholder=" …") if turn.lost else []
    x, height = row.x(turn.began), len(lines) + len(lost)
    first = CALLER - HALF - 6 - LINE * (height - 1) if turn.side == "caller" else AGENT + HALF + LINE
    rendered = [(line, "") for line in lines] + [(line, ' class="lost"') for line in lost]
    return "".join(
        f'<text x="{x}" y="{first + LINE * index}"{style}>{escape(line)}</text>'
        for index, (line, style) in enumerate(rendered)
    )


def _tools(row: Row, story: Story) -> list[str]:
    """A tool takes no time that could be seen; its call stands where it began, beside one that began with it.

    One that is too long for the rest of the row stands as far left as it needs.
    """
    parts, taken, edge = [], 0.0, LEFT + LONGEST_ROW * SECOND
    for tool in (tool for tool in story.tools if row.holds(tool.at)):
        shown = textwrap.shorten(tool.call, int(LONGEST_ROW * SECOND / LETTER) - 4, placeholder=" …")
        width = len(shown) * LETTER + 14
        x = min(max(row.x(tool.at), taken), edge - width)
        taken = x + width + 6
        parts.append(
            f'<rect class="tool" x="{x:.1f}" y="{TOOLS - 14}" width="{width:.1f}" height="19" rx="5"/>'
            f'<text class="ran" x="{x + 7:.1f}" y="{TOOLS}">{escape(shown)}</text>'
        )
    return parts
