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
    (folder / "scenario.toml").write_text(text)
    write(folder / "line.wav", tone(440, 8000))
    account: list[str] = []

    async def whole() -> int:
        async with asyncio.TaskGroup() as tasks:
            pages = {"/twilio/voice": CONNECT, "/twilio/voice/next": TRANSFER, "/twilio/whisper": WHISPER}
            pages |= {f"/twilio/{name}": document for name, document in documents.items()}
            async with Exchange(Ring(f"{ORIGIN}/twilio/voice"), InMemory(pages, greet, tasks)) as exchange:
                stage = Stage(scenario.read(folder / "scenario.toml"), lambda words: tone(300, 24000), account.append)
                exchange.people = stage.people
                return await stage.play(exchange, exchange.template)

    code = run(whole())
    return code, [line.split(maxsplit=1)[1] for line in account]


ASKS = "[[caller]]\nhears = true\n[[caller]]\nrecording = 'line.wav'\n"


def human(step: str) -> str:
    return f"[[person]]\nnumber = '{HUMAN}'\nafter = 1\nstep = [{{ told = 'table' }}, {step}]\n"


def test_a_caller_is_put_through_to_one_who_accepts(tmp_path: Path) -> None:
    text = ASKS + "[[caller]]\nput_through = true\n[[caller]]\nwaits = 2\n[[caller]]\nhangs_up = true\n"
    code, told = played(text + human("{ presses = '1' }"), tmp_path, key="<Response/>")
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
    text = ASKS + "[[caller]]\ntold = 'nobody'\n[[caller]]\nended = 'service'\n"
    sorry = "<Response><Say>There is nobody.</Say></Response>"
    code, told = played(text + human("{ hangs_up = true }"), tmp_path, dialled=sorry)
    assert code == 0, told


def test_what_does_not_come_is_a_failure_and_named(tmp_path: Path) -> None:
    text = ASKS + "[[caller]]\nended = 'caller'\n"
    code, told = played(
        text + human("{ presses = '1' }"), tmp_path, whisper="<Response><Hangup/></Response>", dialled=""
    )
    assert code == 1
    assert any("caller, step 3 (ended): the service ended the call" in line for line in told)
    assert any(f"{HUMAN}, step 1 (told)" in line for line in told)
    assert any("expected was completed" in line for line in told)
    assert any("errors [12100]; expected were []" in line for line in told)


def test_who_is_in_a_scenario_and_is_never_called_is_a_failure(tmp_path: Path) -> None:
    text = ASKS + "[[caller]]\nended = 'service'\n"
    busy = "[[person]]\nnumber = '+12025550178'\ndoes = 'busy'\n"
    code, told = played(text + busy, tmp_path, next="<Response><Hangup/></Response>")
    assert (code, told[-1]) == (1, "nobody has called +12025550178")


def test_the_example_is_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "example.toml").write_text(scenario.EXAMPLE)
    found = scenario.read(tmp_path / "example.toml")
    assert [step.what for step in found.caller] == ["hears", "says", "put_through", "hangs_up"]
    assert found.words == {"A person, please."}
    assert found.people[0].after == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("caller = 1", "caller"),
        ("[[caller]]\nsings = true", "sings"),
        ("[[caller]]\n", "step 1 does nothing"),
        ("[[caller]]\nhears = true\nsays = 'a'", "says and hears"),
        ("[[caller]]\npresses = 'x'", "presses"),
        ("[[caller]", "not TOML"),
        ("[[caller]]\nhears = true\n[[person]]\nnumber = '555'", "number"),
    ],
)
def test_what_is_no_scenario_is_refused_by_name(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(text)
    with pytest.raises(ConfigError, match=says):
        scenario.read(tmp_path / "wrong.toml")
    with pytest.raises(ConfigError, match="can't be read"):
        scenario.read(tmp_path / "nowhere.toml")


def test_words_without_a_voice_are_refused_before_anything_rings(tmp_path: Path) -> None:
    (tmp_path / "example.toml").write_text(scenario.EXAMPLE)
    with pytest.raises(ConfigError, match="synthetic voice"):
        Stage(scenario.read(tmp_path / "example.toml"), None, print)
