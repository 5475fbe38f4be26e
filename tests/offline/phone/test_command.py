"""`ring`, from the files to the exit code."""

from pathlib import Path

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.command import ring
from telephony_agent.offline.phone.recording import Recording

from .service import ORIGIN, Service, Stream, serving
from .test_phone import REPLY, TOKEN, answer_once
from .test_speech import tone, write

pytestmark = pytest.mark.anyio


def to(service: Service, out: Path | None = None) -> Ring:
    return Ring(f"{ORIGIN}/twilio/voice", auth_token=TOKEN, connect_to=service.address, out=out)


async def test_lines_are_said_in_turn_and_the_account_reads_as_a_call(tmp_path: Path) -> None:
    async def answer_twice(stream: Stream) -> None:
        await stream.receives_event("start")
        await stream.says(REPLY)
        for _ in range(3):
            await stream.receives_a_line()
            await stream.says(REPLY)

    path = write(tmp_path / "order.wav", tone(440, 16000), rate=16000)
    account: list[str] = []
    async with serving(answer_twice) as service:
        code = await ring(
            to(service, tmp_path / "out"), [path], ["Yes."], lambda text: tone(600, 24000), account.append
        )
    assert code == 0, account
    words = [line.split(maxsplit=1)[1] for line in account]
    assert words[1] == "answered"
    assert words[2] == "agent speaks for 0.4 s"
    assert words[3] == "caller order.wav"
    assert words[4].startswith("agent speaks for 0.4 s, 0.")
    assert words[5] == 'caller "Yes."'
    assert words[7] == "completed: the caller hung up"
    assert Recording.read(tmp_path / "out" / "call.wav").seconds > 3
    assert (tmp_path / "out" / "call.jsonl").exists()


async def test_a_goodbye_after_the_last_line_is_a_proper_end(tmp_path: Path) -> None:
    path = write(tmp_path / "bye.wav", tone(440, 8000))
    account: list[str] = []
    async with serving(answer_once) as service:
        assert await ring(to(service), [path], [], tell=account.append) == 0
    assert account[-1].endswith("completed: the service hung up")


async def test_a_call_that_ends_before_all_is_said_is_a_failure(tmp_path: Path) -> None:
    path = write(tmp_path / "bye.wav", tone(440, 8000))
    other = write(tmp_path / "more.wav", tone(440, 8000))
    account: list[str] = []
    async with serving(answer_once) as service:
        assert await ring(to(service), [path, other], [], tell=account.append) == 1
    assert any("left unsaid: more.wav" in line for line in account)


async def test_a_call_that_nobody_answers_is_a_failure() -> None:
    account: list[str] = []
    async with serving(answer_once, voice='<Response><Reject reason="busy"/></Response>') as service:
        assert await ring(to(service), [], [], tell=account.append) == 1
    assert account[-1].endswith("rejected: busy")


async def test_an_error_of_twilios_is_a_failure_and_told(tmp_path: Path) -> None:
    account: list[str] = []
    async with serving(answer_once, following="<Response><Dance/></Response>") as service:
        path = write(tmp_path / "bye.wav", tone(440, 8000))
        assert await ring(to(service), [path], [], tell=account.append) == 1
    assert "error 12200: <Dance>" in account[-1]


async def test_nothing_rings_for_a_line_that_cannot_be_said(tmp_path: Path) -> None:
    async with serving(answer_once) as service:
        with pytest.raises(ConfigError, match="synthetic voice"):
            await ring(to(service), [], ["Hello"])
        with pytest.raises(ConfigError, match="can't be read"):
            await ring(to(service), [tmp_path / "nowhere.wav"], [])
    assert service.requests == []
