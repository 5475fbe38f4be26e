"""Which of the agent's words were heard, by how much of its sound was."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony_agent.phone.playback import BYTES_PER_SECOND, Source, Turn
from tests.phone.queue import Line


def turn(heard: int, sent: int, *pieces: tuple[int, str]) -> Turn:
    return Turn(1, Source.MODEL, 0, 0.0, sent=sent, heard=heard, pieces=list(pieces))


def test_all_of_the_text_was_heard_if_all_of_the_sound_was() -> None:
    whole = turn(800, 800, (0, " We close"), (400, " at six."), (800, " Goodbye."))
    assert whole.text == whole.text_heard == "We close at six. Goodbye."


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        (0, ""),
        (100, ""),
        (300, "We"),
        (799, "We"),
        (800, "We close"),
        (801, "We close"),
        (1100, "We close at"),
        (1599, "We close at"),
        (1600, "We close at six."),
        (2399, "We close at six."),
    ],
)
def test_pieces_between_the_sound_are_cut_where_it_was_cut(heard: int, text: str) -> None:
    assert turn(heard, 2400, (0, "We close"), (800, " at six."), (1600, " Goodbye.")).text_heard == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, ""), (0.05, ""), (0.22, "We"), (0.5, "We close"), (0.6, "We close at"), (0.99, "We close at six")],
)
def test_text_that_all_precedes_the_sound_is_cut_by_its_share(share: float, text: str) -> None:
    pieces = [(0, "We close"), (0, " at six"), (0, " sharp")]
    assert turn(int(8000 * share), 8000, *pieces).text_heard == text


def test_a_piece_that_ends_in_mid_word_is_cut_at_a_word_too() -> None:
    assert turn(500, 1000, (0, "It is impos"), (500, "sible today.")).text_heard == "It is"


def test_text_after_the_last_sound_was_not_heard_if_the_sound_was_cut() -> None:
    assert turn(999, 1000, (0, "One two"), (1000, " three")).text_heard == "One"


def test_text_without_sound_was_not_heard() -> None:
    silent = turn(0, 0, (0, "Thinking aloud."))
    assert (silent.text, silent.text_heard) == ("Thinking aloud.", "")


def test_notes_are_stamped_with_the_sound_so_far() -> None:
    line = Line(0)
    agent = line.begin()
    agent.note("One ")
    line.say(1000)
    agent.note("two three.")
    line.say(1000)
    line.wait(1100)
    line.clear()
    assert agent.pieces == [(0, "One "), (BYTES_PER_SECOND, "two three.")]
    assert agent.text_heard == "One"


@given(st.lists(st.tuples(st.integers(0, 300), st.text("ab c.,", max_size=12)), max_size=8), st.data())
def test_what_was_heard_of_the_words_is_a_beginning_that_grows_word_by_word(
    gaps: list[tuple[int, str]], data: st.DataObject
) -> None:
    offset, pieces = 0, []
    for gap, text in gaps:
        offset += gap
        pieces.append((offset, text))
    sent = offset + data.draw(st.integers(0, 300))
    told = [turn(heard, sent, *pieces) for heard in range(0, sent + 1, 7)]
    words = "".join(text for _, text in pieces).split()
    for each in told:
        heard = each.text_heard.split()
        assert heard == words[: len(heard)]
    assert all(len(a.text_heard) <= len(b.text_heard) for a, b in pairwise(told))
