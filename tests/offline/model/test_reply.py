"""A reply's sentences and frames."""

import pytest

from telephony_agent.offline.model.outgoing import (
    Spoken,
    SpokenText,
)
from telephony_agent.offline.model.reply import RATE, Reply, sentences

FRAME_BYTES = RATE // 5 * 2  # of 200 ms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("It costs 3.50 a piece.", ["It costs 3.50 a piece."]),
        ("  ", []),
        ("no end", ["no end"]),
        (
            "I did not understand that, I am sorry, but I can help. Shall I?",
            ["I did not understand that, I am sorry,", "but I can help.", "Shall I?"],
        ),
        (
            "Your table for four is booked for Friday evening now.",
            ["Your table for four is booked", "for Friday evening now."],
        ),
        (
            "If you are calling because your internet is not working, please switch the router off.",
            ["If you are calling because your internet is not working,", "please switch the router off."],
        ),
        (
            "Nobody answered at the number 202 555 0143 when we tried.",
            ["Nobody answered", "at the number 202 555 0143 when we tried."],
        ),
        (
            "The technician rang your doorbell twice yesterday afternoon and left a card in the letter box.",
            ["The technician rang your doorbell twice yesterday afternoon", "and left a card in the letter box."],
        ),
        ("Dr. Smith and Mrs. Jones are here. Hello.", ["Dr. Smith and Mrs. Jones are here.", "Hello."]),
        ("Donaudampfschifffahrtsgesellschaftskapitaenswitwe!", ["Donaudampfschifffahrtsgesellschaftskapitaenswitwe!"]),
        (
            "Good. I did not understand that, I am sorry, but I can help.",
            ["Good.", "I did not understand that, I am sorry, but I can help."],
        ),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_the_next_sentence_is_voiced_while_one_is_sent() -> None:
    reply = Reply("One. Two.")
    assert reply.next_sentence() == "One."
    assert reply.next_sentence() is None, "one at a time"
    reply.voiced(bytes(10 * FRAME_BYTES), 0.0)
    assert reply.next_sentence() == "Two."
    assert not reply.complete


def test_words_are_shared_out_over_their_sound() -> None:
    reply = Reply("aaa bbb ccc ddd")
    reply.next_sentence()
    reply.voiced(bytes(4 * FRAME_BYTES), 0.0)
    texts = [message.text for message in reply.due(10.0) if isinstance(message, SpokenText)]
    assert texts == ["aaa", " bbb", " ccc", " ddd"]


def test_what_fills_no_frame_waits_for_the_rest_of_the_sentence() -> None:
    reply = Reply("Good morning, this is the bookshop.")
    reply.next_sentence()
    reply.voiced(b"\1\1" * (RATE // 4), 0.0, more=True)
    assert frames(reply, 0.0) == ["Good", 200]
    assert reply.next_sentence() is None
    assert not reply.complete
    reply.voiced(b"\1\1" * (RATE // 4), 0.01, more=True)
    assert frames(reply, 0.02) == [], "a frame of it is kept for the words that are left"
    reply.voiced(b"\1\1" * (RATE // 10), 0.02, more=True)
    reply.voiced(b"", 0.03)
    assert frames(reply, 1.0) == [" morning,", 200, " this is the bookshop.", 200]
    assert reply.complete


def frames(reply: Reply, now: float) -> list[str | int]:
    """The words and the milliseconds of sound that leave by then."""
    return [m.text if isinstance(m, SpokenText) else len(m.pcm) * 500 // RATE for m in reply.due(now)]


def test_sentences_are_joined_with_a_space() -> None:
    reply = Reply("One. Two.")
    for _ in range(2):
        reply.next_sentence()
        reply.voiced(bytes(FRAME_BYTES), 0.0)
    assert "".join(m.text for m in reply.due(10.0) if isinstance(m, SpokenText)) == "One. Two."
    assert reply.complete


def test_a_late_timer_catches_up_and_a_late_voice_does_not() -> None:
    reply = Reply("One. Two.")
    reply.next_sentence()
    reply.voiced(bytes(3 * FRAME_BYTES), 0.0)
    assert sum(isinstance(message, Spoken) for message in reply.due(1.0)) == 3
    reply.next_sentence()
    reply.voiced(bytes(3 * FRAME_BYTES), 5.0)
    assert sum(isinstance(message, Spoken) for message in reply.due(5.0)) == 1
    assert reply.plays_until == pytest.approx(5.2)


def sizes(reply: Reply, *sentences_: int) -> list[int]:
    """Milliseconds of each frame, of sentences of so many."""
    for milliseconds in sentences_:
        reply.next_sentence()
        reply.voiced(b"\1\1" * (RATE * milliseconds // 1000), 0.0)
    return [len(m.pcm) * 500 // RATE for m in reply.due(10.0) if isinstance(m, Spoken)]


def test_the_first_frame_of_a_turn_has_a_size_of_its_own() -> None:
    assert sizes(Reply("One. Two.", frames=(0.2, 0.24)), 500, 250) == [200, 240, 60, 240, 10]


def test_a_turn_may_begin_with_silence() -> None:
    reply = Reply("One. Two.", leading_silence=0.3)
    assert sizes(reply, 100, 100) == [200, 200, 100]
    reply = Reply("One.", leading_silence=0.1)
    reply.next_sentence()
    reply.voiced(b"\1\1" * (RATE // 10), 0.0)
    (spoken,) = [m for m in reply.due(10.0) if isinstance(m, Spoken)]
    assert spoken.pcm == bytes(RATE // 5) + b"\1\1" * (RATE // 10)


def test_a_sentence_without_sound_is_no_turn_of_silence() -> None:
    assert sizes(Reply("One.", leading_silence=0.3), 0) == []


def test_a_reply_that_is_open_waits_for_more() -> None:
    reply = Reply("One.", more=True)
    assert reply.next_sentence() == "One."
    reply.voiced(bytes(4800), 0.0)
    reply.due(0.0)
    assert (reply.deadline, reply.complete) == (None, False)
    reply.add("Two.", more=False)
    assert reply.next_sentence() == "Two."
    reply.voiced(bytes(4800), 5.0)
    assert [type(message) for message in reply.due(5.0)] == [SpokenText, Spoken]
    assert reply.complete
    assert reply.text == "One. Two."
