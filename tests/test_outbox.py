"""Messages that wait: in order, sound bounded, control never dropped."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony_agent.outbox import Outbox

Message = int | str  # bytes of sound, or control


def outbox(limit: int = 100) -> Outbox[Message]:
    return Outbox(limit, lambda message: message if isinstance(message, int) else 0)


async def drained(box: Outbox[Message]) -> list[Message]:
    """All that waits."""
    box.put("the end")
    messages: list[Message] = []
    async with asyncio.timeout(5):
        while (message := await box.get()) != "the end":
            messages.append(message)
    return messages


@pytest.mark.anyio
async def test_messages_come_out_in_order() -> None:
    box = outbox()
    for message in (10, "mark", 20, "clear"):
        box.put(message)
    assert await drained(box) == [10, "mark", 20, "clear"]
    assert box.dropped == 0


@pytest.mark.anyio
async def test_over_the_limit_the_oldest_sound_goes_and_control_stays_in_its_place() -> None:
    box = outbox(100)
    for message in (40, "a", 41, "b", 42, "c", 10):
        box.put(message)
    assert await drained(box) == ["a", 41, "b", 42, "c", 10]
    assert box.dropped == 40


@pytest.mark.anyio
async def test_a_message_over_the_limit_by_itself_is_dropped() -> None:
    box = outbox(100)
    box.put("a")
    box.put(101)
    assert await drained(box) == ["a"]
    assert box.dropped == 101


@pytest.mark.anyio
async def test_control_alone_has_no_limit() -> None:
    box = outbox(0)
    for number in range(1000):
        box.put(str(number))
    assert await drained(box) == [str(number) for number in range(1000)]


@pytest.mark.anyio
async def test_what_was_taken_makes_room() -> None:
    box = outbox(100)
    for _ in range(10):
        box.put(100)
        assert await box.get() == 100
    assert box.dropped == 0


@pytest.mark.anyio
async def test_silence_takes_out_all_sound_and_makes_room() -> None:
    box = outbox(100)
    for message in (60, "a", 40, "b"):
        box.put(message)
    box.silence()
    box.put(100)
    assert await drained(box) == ["a", "b", 100]
    assert box.dropped == 0


@pytest.mark.anyio
async def test_get_waits_for_the_next_message() -> None:
    box = outbox()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        first = group.create_task(box.get())
        await asyncio.sleep(0)
        assert not first.done()
        box.put("a")
    assert first.result() == "a"


@pytest.mark.anyio
async def test_after_silence_get_waits_again() -> None:
    box = outbox()
    box.put(10)
    box.silence()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        first = group.create_task(box.get())
        await asyncio.sleep(0)
        box.put(20)
    assert first.result() == 20


@given(st.lists(st.integers(1, 60) | st.text("abc", min_size=1, max_size=2)), st.integers(0, 150))
def test_what_waits_is_within_the_limit_and_the_newest(messages: list[Message], limit: int) -> None:
    box = outbox(limit)
    for message in messages:
        box.put(message)
    left = asyncio.run(drained(box))
    sound = [message for message in messages if isinstance(message, int)]
    kept = [message for message in left if isinstance(message, int)]
    assert [each for each in left if isinstance(each, str)] == [each for each in messages if isinstance(each, str)]
    assert kept == sound[len(sound) - len(kept) :]
    assert sum(kept) <= limit
    assert box.dropped == sum(sound) - sum(kept)


@pytest.mark.anyio
async def test_what_is_taken_at_once_does_not_wait_and_overtakes_nothing() -> None:
    taken: list[Message] = []
    willing = True

    def take(message: Message) -> bool:
        if willing:
            taken.append(message)
        return willing

    box = outbox()
    box.put("setup")
    box.taken_by(take)
    box.put(10)
    assert taken == [], "the setup waits before it"
    assert await drained(box) == ["setup", 10]
    getting = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put(20)
    willing = False
    box.put(30)
    willing = True
    box.put(40)
    assert taken == [20]
    assert await getting == 30
    assert await drained(box) == [40]
    assert box.dropped == 0


@pytest.mark.anyio
async def test_what_is_still_being_sent_is_not_overtaken() -> None:
    """The socket may be ready again before whoever waits to send on it has noticed."""
    taken: list[Message] = []
    box = outbox()
    box.put(10)
    assert await box.get() == 10

    def take(message: Message) -> bool:
        taken.append(message)
        return True

    box.taken_by(take)
    box.put("clear")
    assert taken == [], "10 may not be there yet"
    assert await box.get() == "clear"
    sent = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put(20)
    assert taken == [20]
    sent.cancel()
