"""YAML as people write it by hand, and what they get wrong."""

from __future__ import annotations

import msgspec
import pytest

from telephony_agent.offline.phone.plain_yaml import decode


class Line(msgspec.Struct, forbid_unknown_fields=True):
    says: str = ""
    loud: bool = False
    after: float = 0.0
    keys: list[int] = []


class Page(msgspec.Struct, forbid_unknown_fields=True):
    lines: list[Line]


def lines(text: str) -> list[Line]:
    return decode(text, Page).lines


@pytest.mark.parametrize(
    "words",
    ["no", "on", "0612", "+12025550177", "12:30", "2026-11-22", "1e3", "0x1F", "1_000", "null", "~", "42#", "=", "<<"],
)
def test_text_needs_no_quotes_whatever_it_looks_like(words: str) -> None:
    assert lines(f"lines:\n  - says: {words}\n  - says: '{words}'") == [Line(words), Line(words)]


def test_the_check_makes_numbers_and_truths_of_it() -> None:
    text = "# A comment.\nlines:\n- loud: true\n- {after: 2, keys: [1, 12200]}\n- says: |\n    two\n    lines\n"
    assert lines(text) == [Line(loud=True), Line(after=2.0, keys=[1, 12200]), Line("two\nlines\n")]


def test_nothing_in_quotes_is_no_mistake() -> None:
    assert lines("lines:\n- says: ''") == [Line()]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lines:\n- says: #", "line 2, column 3: says has no value; what starts with # wants quotes"),
        ("lines:\n- says:", "line 2, column 3: says has no value"),
        ("lines:\n- says: *", "line 2, column 10: .*quotes"),
        ("lines:\n- says: *1", r"line 2, column 9: \*1 stands for something else; .*starts with \* in quotes"),
        ("lines:\n- says: &1 a", "line 2, column 9: &1 is a name for later; .*starts with & in quotes"),
        ("lines:\n- &a {says: a}", "line 2, column 3: &a is a name for later"),
        ("lines:\n- says: !important", "line 2, column 9: !important is a tag; .*starts with ! in quotes"),
        ("!!python/object/apply:os.getcwd []", "line 1, column 1: .*is a tag"),
        ("lines:\n- !!set {says: a}", "line 2, column 3: .*is a tag"),
        ("lines:\n- says: @home", "line 2, column 9: found character '@'.*quotes"),
        (
            "lines:\n- says: Yes: one",
            "line 2, column 12: mapping values are not allowed here; put text that has a colon",
        ),
        ("lines:\n\t- says: a", "line 2, column 1: .*indent with spaces"),
        ("lines:\n- says: 'a", "line 2, column 11: found unexpected end of stream"),
        ("lines:\n- says: a\n  says: b", "line 3, column 3: says stands here twice; a step of its own starts with -"),
        ("lines: []\nlines: []", "line 2, column 1: lines stands here twice"),
        ("lines:\n- ? [says]\n  : a", "line 2, column 5: a key is a word, no list"),
        ("lines:\n- 1: a", "line 2: Object contains unknown field `1`"),
        ("lines:\n- loud: no", "line 2, loud: expected true or false, got text"),
        ("lines:\n- says: a\n- after: 1:30", "line 3, after: expected a number, got text"),
        ("lines:\n- keys:\n  - 1\n  - 0612", "line 4: expected a whole number, got text"),
        ("lines:\n- says: [a]", "line 2, says: expected text, got a list"),
        ("lines:\n- says: {a}", "line 2, column 10: a has no value"),
        ("lines: []\n---\nlines: []", "line 2, column 1: but found another document"),
        ('lines:\n- says: "\\uD800"', "line 2, column 9: half of a character is none; write the"),
        ('lines:\n- says: "\\U00110000"', r".*; take out the \\U or %YAML"),
        ('lines:\n- says: "\\UFFFFFFFF"', r".*; take out the \\U or %YAML"),
        ("lines:\n- says: \x07", r"line 2: U\+0007 is no character of a text"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_mend(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=rf"^{says}"):
        decode(text, Page)


def test_a_short_file_can_not_become_an_endless_one() -> None:
    billions = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(ValueError, match="line 1, column 4: &a is a name"):
        decode(billions, Page)
    with pytest.raises(ValueError, match="line 1, column 17: more than 10 levels"):
        decode("lines: " + "[" * 100_000, Page)
    with pytest.raises(ValueError, match="line 1, column 8: &a is a name"):
        decode("lines: &a [*a]", Page)
