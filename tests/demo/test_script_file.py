"""Scripts of operators: the example, and what can be wrong with one, named by file, key and mend."""

from __future__ import annotations

import datetime as dt
import wave
from pathlib import Path

import pytest

from telephony_agent.demo.script import Expected, Line
from telephony_agent.demo.script_file import EXAMPLE, check_tools, read_script
from telephony_agent.errors import ConfigError

TODAY = dt.date(2026, 5, 29)  # a Friday


def written(folder: Path, text: str) -> Path:
    (folder / "call.toml").write_text(text)
    return folder / "call.toml"


def recorded(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(800))


def test_the_example_of_the_help_is_read(tmp_path: Path) -> None:
    recorded(tmp_path / "yes.wav")
    script = read_script(written(tmp_path, EXAMPLE), TODAY)
    assert script.hangs_up == "agent"
    assert script.lines == (
        Line("When are you open on Sunday?", answer=("noon", "nine")),
        Line("Wait, can I park there?", interrupts=1.5),
        Line("Yes, please.", tmp_path / "yes.wav", only_if="shall I"),
    )
    assert script.tools == (Expected("opening_hours", {"day": "sunday"}),)


def test_days_and_times_are_written_as_the_model_writes_them(tmp_path: Path) -> None:
    text = """
    line = [{ words = "Hello.", answer = "hi" }]
    [[tool]]
    name = "book"
    arguments = { day = "{friday}", from = "{tomorrow}", now = "{today}", time = 19:30:00, on = 2026-06-01, people = 4 }
    """
    script = read_script(written(tmp_path, text), TODAY)
    assert script.hangs_up == "caller"
    assert script.lines[0].answer == ("hi",)
    (tool,) = script.tools
    assert {name: str(value) for name, value in tool.arguments.items()} == {
        "day": "2026-06-05",
        "from": "2026-05-30",
        "now": "2026-05-29",
        "time": "19:30",
        "on": "2026-06-01",
        "people": "4",
    }


HELLO = '[[line]]\nwords = "Hello."\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[[line", ["not TOML"]),
        ("", ["line"]),
        ("line = []", ["line", "length >= 1"]),
        ('[[line]]\nword = "Hello."', ["[[line]] number 1", "word"]),
        (f"{HELLO}[[line]]\nwords = 4", ["[[line]] number 2, words", "str"]),
        ('[[line]]\nwords = " "', ["[[line]] number 1, words"]),
        (f"{HELLO}interrupts = 0", ["[[line]] number 1, interrupts"]),
        (f'{HELLO}interrupts = 1\nonly_if = "x"', ["[[line]] number 1", "interrupts and only_if"]),
        (f'{HELLO}only_if = "x"\n{HELLO}interrupts = 1', ["[[line]] number 2, interrupts", "only_if"]),
        (f'{HELLO}recording = "no.wav"', ["[[line]] number 1, recording", "no.wav"]),
        (f'hangs_up = "model"\n{HELLO}', ["hangs_up", "model"]),
        (f'{HELLO}[[tool]]\nname = "a"\narguments = {{ day = "{{noday}}" }}', ["[[tool]] number 1, arguments.day"]),
        (f'{HELLO}[[tool]]\nname = "a"\narguments = {{ day = "{{" }}', ["[[tool]] number 1, arguments.day"]),
        (f'{HELLO}[[tool]]\narguments = {{ day = "x" }}', ["[[tool]] number 1", "name"]),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, named: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        read_script(written(tmp_path, text), TODAY)
    assert all(each in str(caught.value) for each in ["call.toml", *named]), str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml can't be read"):
        read_script(tmp_path / "none.toml", TODAY)
    (tmp_path / "call.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"call\.toml is not TOML"):
        read_script(tmp_path / "call.toml", TODAY)


def test_a_tool_that_the_agent_does_not_have_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, f'{HELLO}[[tool]]\nname = "book"')
    script = read_script(path, TODAY)
    check_tools(path, script, ["book", "cancel"])
    with pytest.raises(ConfigError, match=r"\[\[tool\]\] number 1, name: the agent has no 'book'; it has: cancel"):
        check_tools(path, script, ["cancel"])
