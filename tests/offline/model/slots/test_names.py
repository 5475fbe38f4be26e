"""Names, places and choices: from the transcript itself."""

import pytest

from telephony_agent.offline.model.slots.names import choice, email, name, place


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("My name is Anna Miller.", "Anna Miller"),
        ("A table for four under the name Miller, please.", "Miller"),
        ("Book it in the name of O'Brien.", "O'Brien"),
        ("This is Mr. Patel speaking.", "Patel"),
        ("This is Tuesday.", None),
        ("I'm Calling about a table.", None),
        ("My name is Miller and I want a table.", "Miller"),
        ("S-M-I-T-H", "Smith"),
        ("a table on Friday", None),
        ("Miller.", None),
        ("My name is Schmidt, S-C-H-M-I-D-T.", "Schmidt"),
        ("My name is Miler, that's M-I-L-L-E-R.", "Miller"),
        ("First name Anna, last name Miller.", "Anna Miller"),
        ("m i l l e r", None),
        ("Is it a b c?", None),
    ],
)
def test_a_name_said_of_oneself(transcript: str, expected: str | None) -> None:
    assert name(transcript) == expected


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("Miller.", "Miller"),
        ("Miller, please.", "Miller"),
        ("uh, it's miller, thank you", "Miller"),
        ("Anna Miller.", "Anna Miller"),
        ("What do you need that for?", None),
        ("Do you allow dogs", None),
        ("On Friday I would like to come", None),
        ("Yes.", None),
        ("That's M-I-L-L-E-R.", "Miller"),
        ("Miller, M I L L E R", "Miller"),
        ("m i l l e r", "Miller"),
        ("M.I.L.L.E.R.", "Miller"),
        ("M I double L E R", "Miller"),
        ("M as in Mike, I, L, L, E, R", "Miller"),
        ("Anna Miler, that's M-I-L-L-E-R", "Anna Miller"),
        ("Miller with two l's", "Miller"),
        ("Jean-Luc O'Brien", "Jean-Luc O'Brien"),
        ("I'm not sure", None),
        ("I don't know", None),
        ("I am calling about my bill", None),
        ("the date", None),
        ("The Hendersons", "Hendersons"),
        ("Smith, with a y, S M Y T H", "Smyth"),
    ],
)
def test_a_name_that_was_asked_for(transcript: str, expected: str | None) -> None:
    assert name(transcript, asked=True) == expected


def test_a_place_follows_a_preposition() -> None:
    assert place("What is the weather in New York?") == "New York"
    assert place("What is the weather on Friday in the morning?") is None
    assert place("Boston, please.", asked=True) == "Boston"


@pytest.mark.parametrize(
    ("transcript", "asked", "expected"),
    [
        ("A taxi to the airport at five.", False, "the airport"),
        ("A taxi to the main station, please.", False, "the main station"),
        ("To the station.", True, "the station"),
        ("at the bridge by the old mill", True, "the bridge by the old mill"),
        ("I want to go", False, None),
    ],
)
def test_a_destination_needs_no_name(transcript: str, asked: bool, expected: str | None) -> None:
    assert place(transcript, asked, "destination") == expected


@pytest.mark.parametrize(
    ("of", "expected"), [("origin", "Rome"), ("to city", "Athens"), ("destination", "Athens"), ("city", "Rome")]
)
def test_the_way_there_has_two_ends(of: str, expected: str) -> None:
    assert place("A ticket from Rome to Athens.", of=of) == expected


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("anna.smith@example.com", "anna.smith@example.com"),
        ("It's Anna dot Smith at example dot com.", "anna.smith@example.com"),
        ("My email address is j o e at example dot org, please.", "joe@example.org"),
        ("I am at home.", None),
    ],
)
def test_an_address_is_written_with_marks(transcript: str, expected: str | None) -> None:
    assert email(transcript) == expected


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("A large pizza.", "large"),
        ("extra-large, please", "extra_large"),
        ("a medum one", "medium"),
        ("the green one", None),
        ("not the large, the small one", "small"),
        ("small instead of large", "small"),
        ("small or large", None),
    ],
)
def test_a_choice(transcript: str, expected: str | None) -> None:
    assert choice(transcript, ["small", "medium", "large", "extra_large"]) == expected


@pytest.mark.parametrize(
    ("transcript", "options", "expected"),
    [
        ("vegitarian please", ["vegan", "vegetarian", "meat"], "vegetarian"),
        ("a sweet for two", ["single", "double", "suite"], "suite"),
        ("the feeling", ["root_canal", "filling"], "filling"),
        ("chequing", ["checking", "savings"], "checking"),
        ("a dubble room", ["single", "double"], "double"),
        ("a mountain byke", ["city_bike", "mountain_bike"], "mountain_bike"),
        ("a checkup", ["check_up", "cleaning"], "check_up"),
        ("the second one, please", ["red", "blue"], "blue"),
        ("the last one", ["red", "green", "blue"], "blue"),
        ("the third", ["red", "blue"], None),
        ("I want to come", ["some", "home"], None),
        ("for two please", ["four", "five"], None),
        ("tomorrow at half past three", ["dog", "cat"], None),
        ("half past three", ["pizza", "pasta"], None),
        ("", ["red", "blue"], None),
    ],
)
def test_a_choice_by_sound_and_by_place(transcript: str, options: list[str], expected: str | None) -> None:
    assert choice(transcript, options) == expected
