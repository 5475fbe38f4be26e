"""Callers that are written down."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.offline.phone import scenario
from telephony_agent.offline.phone.acting import Stage
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.exchange import Exchange
from tests.virtual import run

from .in_memory import InMemory, ServiceEnd
from .service import CONNECT, ORIGIN
from .test_speech import tone, write

REPLY = b"\x90\x10" * 1600  # 0.4 s of an agent
HUMAN = "+12025550177"
TRANSFER = f"""<Response><Dial action='/twilio/dialled'><Number url='/twilio/whisper'>{HUMAN}</Number></Dial>
</Response>"""
WHISPER = """<Response><Gather action='/twilio/key' numDigits='1'><Say>It is about a table.</Say></Gather><Hangup/>
</Response>"""


async def greet(service: ServiceEnd) -> None:
    """Answers one line, and leaves."""
    await service.receives("start")
    await service.says(REPLY)
    await service.receives_speech(True)
    await service.receives_speech(False)


def played(text: str, folder: Path, **documents: str) -> tuple[int, list[str]]:
    """The exit code, and what was told without its times. `documents`: by the last word of their paths."""
    (folder / "scenario.yaml").write_text(text)
    write(folder / "line.wav", tone(440, 8000))
    account: list[str] = []

    async def whole() -> int:
        async with asyncio.TaskGroup() as tasks:
            pages = {"/twilio/voice": CONNECT, "/twilio/voice/next": TRANSFER, "/twilio/whisper": WHISPER}
            pages |= {f"/twilio/{name}": document for name, document in documents.items()}
            async with Exchange(Ring(f"{ORIGIN}/twilio/voice"), InMemory(pages, greet, tasks)) as exchange:
                stage = Stage(scenario.read(folder / "scenario.yaml"), lambda words: tone(300, 24000), account.append)
                exchange.people = stage.people
                return await stage.play(exchange, exchange.template)

    code = run(whole())
    return code, [line.split(maxsplit=1)[1] for line in account]


ASKS = "caller:\n  - hears: true\n  - recording: line.wav\n"


def human(step: str) -> str:
    return f"people:\n  - number: {HUMAN}\n    after: 1\n    steps: [told: table, {step}]\n"


def test_a_caller_is_put_through_to_one_who_accepts(tmp_path: Path) -> None:
    text = ASKS + "  - put_through: true\n  - waits: 2\n  - hangs_up: true\n"
    code, told = played(text + human("presses: 1"), tmp_path, key="<Response/>")
    assert code == 0, told
    assert [line.split()[:2] for line in told if "CA" not in line] == [
        ["caller", "hears"],
        ["caller", "recording"],
        [HUMAN, "told"],
        [HUMAN, "presses"],
        ["caller", "waits"],
        ["caller", "hangs_up"],
        ["completed:", "the"],
    ]


def test_a_caller_whom_nobody_wants_is_told_so(tmp_path: Path) -> None:
    text = ASKS + "  - told: nobody\n  - ended: service\n"
    sorry = "<Response><Say>There is nobody.</Say></Response>"
    code, told = played(text + human("hangs_up: true"), tmp_path, dialled=sorry)
    assert code == 0, told


def test_what_does_not_come_is_a_failure_and_named(tmp_path: Path) -> None:
    text = ASKS + "  - ended: caller\n"
    code, told = played(text + human("presses: 1"), tmp_path, whisper="<Response><Hangup/></Response>", dialled="")
    assert code == 1
    assert any("caller, step 3 (ended): the service ended the call" in line for line in told)
    assert any(f"{HUMAN}, step 1 (told)" in line for line in told)
    assert any("expected was completed" in line for line in told)
    assert any("errors [12100]; expected were []" in line for line in told)


def test_who_is_in_a_scenario_and_is_never_called_is_a_failure(tmp_path: Path) -> None:
    text = ASKS + "  - ended: service\n"
    busy = "people:\n  - number: +12025550178\n    does: busy\n"
    code, told = played(text + busy, tmp_path, next="<Response><Hangup/></Response>")
    assert (code, told[-1]) == (1, "nobody has called +12025550178")


def test_what_somebody_was_to_do_after_the_caller_has_gone_is_a_failure_too(tmp_path: Path) -> None:
    text = ASKS + "  - put_through: true\n  - hangs_up: true\n"
    code, told = played(text + human("presses: 1, waits: 3, told: more"), tmp_path, key="<Response/>")
    assert code == 1, told
    assert told[-1].startswith(f"{HUMAN}, step 4 (told): the call is over")


def test_who_is_called_and_does_not_come_to_their_steps_is_a_failure(tmp_path: Path) -> None:
    text = ASKS + "  - waits: 2\n  - hangs_up: true\n"
    code, told = played(text + human("hangs_up: true").replace("after: 1", "after: 20"), tmp_path)
    assert code == 1, told
    assert told[-1] == f"{HUMAN} was called, and the call was over before their first step"


def test_the_example_is_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "example.yaml").write_text(scenario.EXAMPLE)
    found = scenario.read(tmp_path / "example.yaml")
    assert [step.what for step in found.caller] == ["hears", "says", "put_through", "hangs_up"]
    assert found.words == {"A person, please."}
    assert found.people[0].after == 2


def test_what_looks_like_something_else_is_still_what_stands_there(tmp_path: Path) -> None:
    steps = "[says: no, says: on, says: 12:30, says: 42, says: null, presses: 0612, presses: 1, presses: 42#, waits: 3]"
    (tmp_path / "words.yaml").write_text(
        f"caller: {steps}\npeople: [number: +12025550177]\nexpect: {{faults: [11200]}}"
    )
    found = scenario.read(tmp_path / "words.yaml")
    assert [step.says for step in found.caller[:5]] == ["no", "on", "12:30", "42", "null"]
    assert [step.presses for step in found.caller[5:8]] == ["0612", "1", "42#"]
    assert found.caller[8].waits == 3
    assert (found.people[0].number, found.expected.faults) == ("+12025550177", [11200])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("caller: 1", "line 1, caller: expected a list, got text"),
        ("caller: []", "line 1, caller: expected a list of length >= 1"),
        ("people: []", "line 1: Object missing required field `caller`"),
        ("", "line 1: expected keys with values, got nothing"),
        ("- hears: true", "line 1: expected keys with values, got a list"),
        ("caller:\n  - hears: true\n  - sings: true", "line 3: Object contains unknown field `sings`"),
        ("caller:\n  - hears: true\n  - {}", "line 3: a step does nothing; give it one thing"),
        ("caller:\n  - hears: true\n    says: a", "line 2: a step does says and hears; give it one thing"),
        ("caller:\n  - presses: x", "line 2: nobody presses 'x'; keys are 0-9"),
        ("caller:\n  - presses: 1_000", "line 2: nobody presses '1_000'"),
        ("caller:\n  - hears: yes", "line 2, hears: expected true or false, got text"),
        ("caller:\n  - waits: 12:30", "line 2, waits: expected a number, got text"),
        ("caller:\n  - waits: inf", "line 2, waits: expected a number <= 14400"),
        ("caller:\n  - waits: -1", "line 2, waits: expected a number >= 0"),
        (
            "caller:\n  - hears: true\npeople:\n  - number: 12025550177",
            "line 4: '12025550177' is no number; give one as",
        ),
        ("caller:\n  - hears: true\npeople:\n  - number: +1 202 555", r"line 4: '\+1 202 555' is no number"),
        ("caller:\n  - recording: line.mp3", "line 2: recording 'line.mp3' is no .wav file; words are"),
        (f"caller: [hears: true]\npeople:\n  - number: {HUMAN}\n  - number: {HUMAN}", r"line 1: \+12025550177 stands"),
        (
            f"caller: [hears: true]\npeople:\n  - number: {HUMAN}\n    does: busy\n    steps: [hangs_up: true]",
            r"line 3: \+12025550177 does busy, so nobody is there for its steps",
        ),
    ],
)
def test_what_is_no_scenario_is_refused_with_its_line(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(text)
    with pytest.raises(ConfigError, match=rf"^--scenario .*wrong\.yaml: {says}.*--help` shows one"):
        scenario.read(tmp_path / "wrong.yaml")


def test_what_can_not_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml can't be read: No such file"):
        scenario.read(tmp_path / "nowhere.yaml")
    (tmp_path / "old.yaml").write_bytes(b"caller: [says: caf\xe9]")
    with pytest.raises(ConfigError, match=r"old\.yaml is not UTF-8: .* save it as that"):
        scenario.read(tmp_path / "old.yaml")
    (tmp_path / "old.toml").write_text("[[caller]]\nhears = true\n")
    with pytest.raises(ConfigError, match=r"old\.toml: line 2, column 1: .*--help` shows one"):
        scenario.read(tmp_path / "old.toml")


def test_words_without_a_voice_are_refused_before_anything_rings(tmp_path: Path) -> None:
    (tmp_path / "example.yaml").write_text(scenario.EXAMPLE)
    with pytest.raises(ConfigError, match="synthetic voice"):
        Stage(scenario.read(tmp_path / "example.yaml"), None, print)
