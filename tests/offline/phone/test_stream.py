"""Whole calls in virtual time: what was heard, to the frame, with and without a delay on the network."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.levels import ear_latency, silent_after
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.offline.phone.recording import Recording
from tests.virtual import run

from .in_memory import InMemory, ServiceEnd
from .service import CONNECT, HANGUP, ORIGIN

LINE = b"\x80\x00" * 4000  # 1 s of a caller at full scale
REPLY = b"\x90\x10" * 1600  # 0.4 s of an agent
LONG = b"\x90\x10" * 20000  # 5 s

Talk = Callable[[ServiceEnd], Awaitable[None]]


def call(talk: Talk, script: Callable[[Phone, InMemory], Awaitable[None]], **details: Any) -> None:
    """A call of the script's with a service that does `talk`."""

    async def both() -> None:
        async with asyncio.TaskGroup() as tasks:
            network = InMemory({"/twilio/voice": CONNECT, "/twilio/voice/next": HANGUP}, talk, tasks)
            async with Phone(Ring(f"{ORIGIN}/twilio/voice", **details), network) as phone:
                await script(phone, network)

    run(both())


async def yield_to_the_caller(service: ServiceEnd) -> None:
    """Talks for 5 s, stops when the caller does speak, and answers the line."""
    await service.receives("start")
    await service.says(LONG)
    await service.marks("end")
    await service.receives_speech(True)
    await service.sends("clear")
    await service.returned("end")
    await service.receives_speech(False)
    await service.says(REPLY)
    await service.marks("answer")
    await service.returned("answer")


@pytest.mark.parametrize("delay", [0.0, 0.08])
def test_a_barge_in_is_heard_to_the_frame(delay: float, tmp_path: Path) -> None:
    async def script(phone: Phone, network: InMemory) -> None:
        await phone.until_speaking()
        await phone.until_queued(2.0)
        line = await phone.says(LINE)
        assert phone.queued == 0
        answer = await phone.hears()
        ending = await phone.ended()
        assert ending.reason == "the service hung up"
        assert answer.ulaw == REPLY
        assert [(mark.name, mark.outcome) for mark in phone.marks] == [("end", "dropped"), ("answer", "played")]
        (clear,) = phone.clears
        heard = phone.lines[0].heard_of(0, clear.offset)
        assert heard + clear.dropped == len(LONG)
        # one frame until the caller's first one is complete, the way there and back, and the frame that plays then
        assert clear.at - line.began == pytest.approx(0.02 + 2 * delay)
        recording = Recording.read(tmp_path / "call.wav")
        assert recording == phone.recording
        silent = silent_after(recording.agent_levels, line.began, answer.began)
        assert silent == pytest.approx(clear.at - line.began + 0.02)
        assert answer.latency == pytest.approx(0.06 + 2 * delay, abs=0.021)
        latency = ear_latency(recording.caller_levels, recording.agent_levels, line.began, line.ended)
        assert latency == pytest.approx(answer.latency)

    call(yield_to_the_caller, script, delay=delay, out=tmp_path)


def test_a_minute_of_the_agent_takes_a_minute() -> None:
    async def talk(service: ServiceEnd) -> None:
        await service.receives("start")
        for _ in range(60):
            await service.says(b"\x90\x10" * 4000)
        await service.marks("end")
        await service.returned("end")

    async def script(phone: Phone, network: InMemory) -> None:
        turn = await phone.hears(within=70)
        assert turn.ended - turn.began == pytest.approx(60)
        assert phone.marks[0].echoed == pytest.approx(turn.ended)

    call(talk, script)


def test_messages_keep_their_order_on_a_slow_network() -> None:
    got: list[str] = []

    async def talk(service: ServiceEnd) -> None:
        start = await service.receives("start")
        got.append(start["sequenceNumber"])
        for _ in range(100):
            got.append((await service.receives("media"))["sequenceNumber"])

    async def script(phone: Phone, network: InMemory) -> None:
        await phone.ended()

    call(talk, script, delay=0.3)
    assert got == [str(number) for number in range(1, 102)]


def test_a_call_that_moves_on_keeps_one_axis_of_time() -> None:
    async def talk(service: ServiceEnd) -> None:
        await service.receives("start")
        await service.says(REPLY)
        await service.marks("end")
        await service.returned("end")

    async def script(phone: Phone, network: InMemory) -> None:
        network.documents["/twilio/voice/next"] = f"<Response><Pause length='2'/>{CONNECT[10:]}"
        first = await phone.hears()
        network.documents["/twilio/voice/next"] = HANGUP
        second = await phone.hears()
        await phone.ended()
        assert second.began - first.ended == pytest.approx(2.0, abs=0.05)
        assert len({line.start.stream_sid for line in phone.lines}) == 2
        assert phone.recording.seconds == pytest.approx(second.ended, abs=0.03)
        paths = [path for path, form in network.posted if "StreamEvent" not in form]
        assert paths == ["/twilio/voice", "/twilio/voice/next", "/twilio/voice/next"]

    call(talk, script)


def test_a_service_that_hangs_up_after_its_last_word_is_waited_for() -> None:
    async def talk(service: ServiceEnd) -> None:
        await service.receives("start")
        await service.says(REPLY)
        await service.marks("end")
        await service.returned("end")

    async def script(phone: Phone, network: InMemory) -> None:
        assert (await phone.hears(pause=0.2)).ulaw == REPLY
        ending = await phone.hangs_up()
        assert (ending.status, ending.by) == ("completed", "service")

    call(talk, script)


def test_a_service_that_breaks_the_stream_off_is_a_31921() -> None:
    async def talk(service: ServiceEnd) -> None:
        await service.receives("media")
        await service.close(1012)

    async def script(phone: Phone, network: InMemory) -> None:
        assert (await phone.ended()).status == "completed"
        assert [(fault.code, fault.reason[-4:]) for fault in phone.report] == [(31921, "1012")]

    call(talk, script)


def test_an_agent_that_never_speaks_is_waited_for_in_vain() -> None:
    async def talk(service: ServiceEnd) -> None:
        await service.receives("stop")

    async def script(phone: Phone, network: InMemory) -> None:
        with pytest.raises(TimeoutError, match=r"waited 30\.0 s in vain for the agent"):
            await phone.hears()
        assert phone.now == pytest.approx(30, abs=0.1)

    call(talk, script)
