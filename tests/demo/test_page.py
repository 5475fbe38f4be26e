"""The page of a call: whole, on its own, and safe to open whatever was said."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from telephony_agent.demo.checks import Check
from telephony_agent.demo.page import page
from telephony_agent.demo.picture import picture
from tests.demo.test_picture import STORY, recording

WHEN = dt.datetime(2026, 5, 31, 14, 5)
PAGE = page(STORY, picture(STORY, recording()), WHEN)


def test_everything_is_told_in_its_order() -> None:
    parts = ["Sunday, May 31, 2026, 14:05", "<svg", "When &amp; where?", "opening_hours(day=", "At five,", "Wait!"]
    told = PAGE[PAGE.index("What was said") :]
    assert all(part in PAGE for part in parts)
    places = [told.index(part) for part in parts[2:]]
    assert places == sorted(places)
    assert "<del>behind &lt;the&gt; house</del>" in PAGE
    assert "4 turns, 1 tool call, 1 interruption" in PAGE


def test_what_was_said_is_never_markup() -> None:
    assert "<Tuesday>" not in PAGE
    assert "<Copper>" not in PAGE
    assert "<the>" not in PAGE


def test_nothing_is_loaded_but_the_recording_beside_it() -> None:
    assert re.findall(r'(?:src|href)="([^"]*)"', PAGE) == ["call.wav"]
    assert "import" not in PAGE
    assert "$" not in PAGE.replace("`translate(${", "")


def test_the_verdict_counts_what_is_wrong() -> None:
    assert "1 checks, all right" in PAGE
    wrong = replace(STORY, checks=(*STORY.checks, Check("it was heard", False, "silence")))
    assert "2 checks, 1 wrong" in page(wrong, "", WHEN)
