"""`ring`, from the files to the exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.command import ring
from telephony_agent.offline.phone.recording import Recording
from tests.virtual import run

from .in_memory import InMemory, ServiceEnd
from .service import CONNECT, HANGUP, ORIGIN
from .test_speech import tone, write

REPLY = b"\x90\x10" * 1600  # 0.4 s of an agent
URL = f"{ORIGIN}/twilio/voice"


async def greet_and_answer(service: ServiceEnd) -> None:
    await service.receives("start")
    await service.says(REPLY)
    await answer(service)


async def answer(service: ServiceEnd) -> None:
    """Every line, 100 ms after its end."""
    while True:
        await service.receives_speech(True)
        await service.receives_speech(False)
        await asyncio.sleep(0.1)
        await service.says(REPLY)


async def greet_answer_and_hang_up(service: ServiceEnd) -> None:
    await service.receives("start")
    await service.says(REPLY)
    await service.receives_speech(True)
    await service.receives_speech(False)
    await service.says(REPLY)
    await service.marks("goodbye")
    await service.returned("goodbye")


def rings(
    talk: Callable[[ServiceEnd], Awaitable[None]],
    say: Sequence[Path] = (),
    text: Sequence[str] = (),
    *,
    out: Path | None = None,
    voice: str = CONNECT,
    following: str = HANGUP,
) -> tuple[int, list[str]]:
    """The exit code and the account, without its times."""
    account: list[str] = []

    async def both() -> int:
        async with asyncio.TaskGroup() as tasks:
            network = InMemory({"/twilio/voice": voice, "/twilio/voice/next": following}, talk, tasks)
            return await ring(
                Ring(URL, out=out),
                say,
                text,
                voice=lambda words: tone(600, 24000),
                tell=account.append,
                network=network,
            )

    code = run(both())
    return code, [line.split(maxsplit=1)[1] for line in account]


def test_lines_are_said_in_turn_and_the_account_reads_as_a_call(tmp_path: Path) -> None:
    path = write(tmp_path / "order.wav", tone(440, 16000), rate=16000)
    code, account = rings(greet_and_answer, [path], ["Yes."], out=tmp_path / "out")
    assert code == 0
    assert account == [
        "https://agent.example.com/twilio/voice",
        "answered",
        "agent speaks for 0.4 s",
        "caller order.wav",
        account[4],
        'caller "Yes."',
        account[6],
        "completed: the caller hung up",
        f"{tmp_path}/out/call.wav, {tmp_path}/out/call.jsonl",
    ]
    assert account[4].startswith("agent speaks for 0.4 s, 0.1")
    assert Recording.read(tmp_path / "out" / "call.wav").seconds > 3


def test_an_agent_may_leave_the_first_word_to_the_caller(tmp_path: Path) -> None:
    code, account = rings(answer, [write(tmp_path / "hello.wav", tone(440, 8000))])
    assert code == 0
    assert account[2:4] == ["the agent leaves the first word to the caller", "caller hello.wav"]


def test_a_goodbye_after_the_last_line_is_a_proper_end(tmp_path: Path) -> None:
    code, account = rings(greet_answer_and_hang_up, [write(tmp_path / "bye.wav", tone(440, 8000))])
    assert (code, account[-1]) == (0, "completed: the service hung up")


def test_a_call_that_ends_before_all_is_said_is_a_failure(tmp_path: Path) -> None:
    paths = [write(tmp_path / name, tone(440, 8000)) for name in ("bye.wav", "more.wav")]
    code, account = rings(greet_answer_and_hang_up, paths)
    assert code == 1
    assert account[-2].endswith("left unsaid: more.wav")


def test_an_agent_that_does_not_answer_is_a_failure(tmp_path: Path) -> None:
    async def greet_only(service: ServiceEnd) -> None:
        await service.receives("start")
        await service.says(REPLY)
        await service.receives("stop")

    code, account = rings(greet_only, [write(tmp_path / "hello.wav", tone(440, 8000))])
    assert code == 1
    assert "in vain for the agent" in account[-2]


def test_a_call_that_nobody_answers_is_a_failure() -> None:
    code, account = rings(answer, voice='<Response><Reject reason="busy"/></Response>')
    assert (code, account[-1]) == (1, "rejected: busy")


def test_an_error_of_twilios_is_a_failure_and_told(tmp_path: Path) -> None:
    path = write(tmp_path / "bye.wav", tone(440, 8000))
    code, account = rings(greet_answer_and_hang_up, [path], following="<Response><Dance/></Response>")
    assert code == 1
    assert account[-1].startswith("error 12200: <Dance>")


def test_what_twilios_own_voice_would_have_said_is_told() -> None:
    code, account = rings(answer, voice="<Response><Say>All lines are busy.</Say></Response>")
    assert code == 1
    assert account[-1].endswith("voice would have said: All lines are busy.")


def test_nothing_rings_for_a_line_that_cannot_be_said(tmp_path: Path) -> None:
    account: list[str] = []
    with pytest.raises(ConfigError, match="synthetic voice"):
        run(ring(Ring(URL), [], ["Hello"], tell=account.append))
    with pytest.raises(ConfigError, match=r"'\.\.\.' has no sound; give the synthetic voice English words"):
        run(ring(Ring(URL), [], ["..."], lambda words: b"", account.append))
    with pytest.raises(ConfigError, match="can't be read"):
        run(ring(Ring(URL), [tmp_path / "nowhere.wav"], [], tell=account.append))
    assert account == []
