"""The picture of a call: what stands in it, and where."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np

from telephony_agent.demo.checks import Check
from telephony_agent.demo.picture import LEFT, SECOND, picture
from telephony_agent.demo.story import BargeIn, Story, ToolCall, Turn, Wait
from telephony_agent.offline.phone.levels import RATE
from telephony_agent.offline.phone.recording import Recording

SVG = "{http://www.w3.org/2000/svg}"
STORY = Story(
    "The <Copper> Pot",
    30.0,
    (
        Turn("caller", 2.0, 4.0, "When & where?", note="synthetic voice; understood: Then & there?"),
        Turn("agent", 5.0, 12.0, "At five,", "behind <the> house", "cut off after 7.0 of 9.0 s"),
        Turn("caller", 11.5, 13.0, "Wait!"),
        Turn("caller", 20.0, 21.0, "Goodbye!"),
    ),
    (ToolCall(4.5, 0.002, "opening_hours", {"day": "<Tuesday>"}, "From 5 & on."),),
    (Wait(4.0, 5.0),),
    (BargeIn(11.5, 0.18),),
    (Check("it happened", True, "yes"),),
)


def recording(seconds: float = 30.0) -> Recording:
    """The caller is loud between 2 and 4 s, the agent is silent."""
    samples = np.zeros(int(seconds * RATE))
    samples[2 * RATE : 4 * RATE] = 12000
    return Recording(samples.astype("<i2").tobytes(), bytes(2 * len(samples)))


def drawn(story: Story) -> ElementTree.Element:
    return ElementTree.fromstring(picture(story, recording(story.seconds)))


def rows(story: Story) -> list[tuple[float, float]]:
    groups = drawn(story).iter(f"{SVG}g")
    return [(float(row.attrib["data-began"]), float(row.attrib["data-ended"])) for row in groups]


def test_words_tools_waits_and_interruptions_are_in_it() -> None:
    texts = [element.text for element in drawn(STORY).iter(f"{SVG}text")]
    for expected in (
        "When & where?",
        "At five,",
        "behind <the> house",
        "opening_hours(day='<Tuesday>')",
        "1.00 s",
        "interrupts; the agent is silent after 180 ms",
        "Goodbye!",
    ):
        assert expected in texts


def test_rows_follow_each_other_and_break_where_nobody_is_interrupted() -> None:
    assert rows(STORY) == [(0.0, 18.0), (18.0, 30.0)]  # at 19.7 it would be too long, at 11.2 somebody speaks
    moved = replace(STORY, turns=(*STORY.turns[:3], replace(STORY.turns[3], began=16.0)))
    assert rows(moved) == [(0.0, 15.7), (15.7, 30.0)]


def test_a_call_without_a_word_has_a_picture() -> None:
    assert rows(Story("nobody", 0.0, (), (), (), (), ())) == [(0.0, 0.0)]


def test_the_waveform_is_high_where_it_is_loud() -> None:
    wave = next(path for path in drawn(STORY).iter(f"{SVG}path") if path.attrib["class"] == "caller")
    points = [tuple(map(float, point.split())) for point in wave.attrib["d"][1:-1].split("L")]
    middle = points[0][1]
    high = [x for x, y in points if abs(y - middle) > 20]
    assert min(high) == LEFT + 2 * SECOND
    assert max(high) == LEFT + 4 * SECOND - 2


def test_tools_of_one_moment_stand_side_by_side_and_none_leaves_the_row() -> None:
    long = ToolCall(17.0, 0.1, "book_table", {"name": "n" * 300}, "")
    story = replace(STORY, tools=(STORY.tools[0], STORY.tools[0], long))
    boxes = [box.attrib for box in drawn(story).iter(f"{SVG}rect") if box.attrib.get("class") == "tool"]
    spans = [(float(box["x"]), float(box["x"]) + float(box["width"])) for box in boxes]
    assert spans[0][0] == LEFT + 4.5 * SECOND
    assert spans[1][0] > spans[0][1]
    assert spans[2][0] >= LEFT
    assert spans[2][1] <= LEFT + 18 * SECOND
