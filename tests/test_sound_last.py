"""Who is served first, where many are ready."""

from __future__ import annotations

import asyncio
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from selectors import EVENT_READ, EVENT_WRITE

import pytest

from telephony_agent import server
from telephony_agent.sound_last import LESS, TURN, Loop, SoundLast, carries_sound, new_loop, run

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="the selector is for Linux")
CALLS = 5 * TURN


@pytest.fixture
def loop() -> Iterator[Loop]:
    """Run by hand, turn by turn."""
    with ExitStack() as stack:
        loop = new_loop()
        stack.callback(loop.close)
        assert isinstance(loop, Loop)
        yield loop


@pytest.fixture
def pair() -> Iterator[Callable[[], tuple[socket.socket, socket.socket]]]:
    with ExitStack() as stack:

        def make() -> tuple[socket.socket, socket.socket]:
            ends = socket.socketpair()
            for end in ends:
                stack.enter_context(end)
                end.setblocking(False)
            return ends

        yield make


def turn(loop: Loop) -> None:
    loop.call_soon(loop.stop)
    loop.run_forever()


def watch(loop: Loop, end: socket.socket, name: str, seen: list[str]) -> None:
    def read() -> None:
        end.recv(100)
        seen.append(name)

    loop.add_reader(end, read)


def test_what_rings_is_read_before_all_sound(
    loop: Loop, pair: Callable[[], tuple[socket.socket, socket.socket]]
) -> None:
    seen: list[str] = []
    for number in range(CALLS):
        ours, theirs = pair()
        loop.sound_last.put_last(ours)
        watch(loop, ours, f"sound {number}", seen)
        theirs.send(b"frame")
    ours, theirs = pair()
    watch(loop, ours, "ring", seen)
    turn(loop)
    before = [f"sound {number}" for number in range(LESS)]
    assert seen == before, "the loop had something else to do: to stop"
    theirs.send(b"ring")
    turn(loop)
    assert seen[LESS:] == ["ring", *[f"sound {number}" for number in range(LESS, 2 * LESS)]]


def test_of_sound_alone_some_is_read_in_each_turn(pair: Callable[[], tuple[socket.socket, socket.socket]]) -> None:
    with SoundLast() as selector:
        for number in range(CALLS):
            ours, theirs = pair()
            selector.put_last(ours)
            selector.register(ours, EVENT_READ, number)
            theirs.send(b"frame")
        read: list[int] = []
        while ready := selector.select(0.001):
            assert len(ready) == TURN
            for key, _ in ready:
                read.append(key.data)
                selector.unregister(key.fd)
    assert read == list(range(CALLS)), "in the order in which it came"


def test_one_whose_reading_was_paused_is_last_still(
    loop: Loop, pair: Callable[[], tuple[socket.socket, socket.socket]]
) -> None:
    seen: list[str] = []
    (ours, theirs), (other, ring) = pair(), pair()
    loop.sound_last.put_last(ours)
    watch(loop, ours, "sound", seen)
    loop.remove_reader(ours)
    theirs.send(b"frame")
    turn(loop)
    assert not seen
    watch(loop, ours, "sound", seen)
    watch(loop, other, "ring", seen)
    ring.send(b"ring")
    turn(loop)
    assert seen == ["ring", "sound"]


def test_the_number_of_a_socket_that_is_closed_is_anothers(
    loop: Loop, pair: Callable[[], tuple[socket.socket, socket.socket]]
) -> None:
    seen: list[str] = []
    closed, peer = socket.socketpair()
    number = closed.fileno()
    loop.sound_last.put_last(closed)
    watch(loop, closed, "closed", seen)
    loop.remove_reader(closed)
    peer.close()
    closed.close()
    ends = sorted(pair(), key=lambda end: end.fileno() != number)
    assert ends[0].fileno() == number
    for _ in range(TURN):
        ours, theirs = pair()
        loop.sound_last.put_last(ours)
        watch(loop, ours, "sound", seen)
        theirs.send(b"frame")
    turn(loop)
    watch(loop, ends[0], "ring", seen)
    ends[1].send(b"ring")
    turn(loop)
    assert seen == [*["sound"] * LESS, "ring", *["sound"] * LESS]


def test_a_socket_that_is_closed_by_now_is_put_nowhere() -> None:
    """As that of a caller who rings off while we look up who it is."""
    gone, peer = socket.socketpair()
    with SoundLast() as selector, peer:
        gone.close()
        selector.put_last(gone)
        selector.register(peer, EVENT_WRITE)
        assert [key.fileobj for key, _ in selector.select(0)] == [peer]


def test_those_who_ring_in_numbers_take_no_more_turns_than_sound_does(
    loop: Loop, pair: Callable[[], tuple[socket.socket, socket.socket]]
) -> None:
    seen: list[str] = []
    for number in range(2 * CALLS):
        ours, theirs = pair()
        if number % 2:
            loop.sound_last.put_last(ours)
        watch(loop, ours, "sound" if number % 2 else "ring", seen)
        theirs.send(b"frame")
    turn(loop)
    turn(loop)
    assert seen == ["ring"] * CALLS + ["sound"] * CALLS


def test_it_is_a_selector_as_any_other(pair: Callable[[], tuple[socket.socket, socket.socket]]) -> None:
    ours, theirs = pair()
    with SoundLast() as selector:
        selector.put_last(ours)
        key = selector.register(ours, EVENT_READ, "who")
        assert selector.get_key(ours.fileno()) == key
        assert not selector.select(0)
        theirs.send(b"frame")
        assert selector.select(1) == [(key, EVENT_READ)]
        key = selector.modify(ours, EVENT_READ | EVENT_WRITE, "both")
        assert selector.select(1) == [(key, EVENT_READ | EVENT_WRITE)]
        key = selector.modify(ours, EVENT_WRITE, "write")
        assert selector.select(None) == [(key, EVENT_WRITE)]
        assert selector.unregister(ours) == key
        assert not selector.select(0)
        with pytest.raises(KeyError):
            selector.get_key(ours.fileno())
        with pytest.raises(KeyError):
            selector.unregister(ours)


def test_a_transport_that_carries_sound_is_written_too_when_its_peer_reads_again() -> None:
    size = 4_000_000

    async def talk() -> int:
        class Ours(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                carries_sound(transport)
                assert isinstance(transport, asyncio.Transport)
                transport.write(bytes(size))  # more than the system takes at once
                transport.close()

        with server.listen("127.0.0.1", 0) as listener:
            serving = await asyncio.get_running_loop().create_server(Ours, sock=listener)
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            async with asyncio.timeout(20):
                got = await reader.read()
            writer.close()
            await writer.wait_closed()
            serving.close()
            return len(got)

    assert run(talk()) == size


def test_where_the_loop_is_the_hosts_own_nothing_is_changed() -> None:
    async def talk() -> None:
        with server.listen("127.0.0.1", 0) as listener:
            serving = await asyncio.get_running_loop().create_server(asyncio.Protocol, sock=listener)
            _, writer = await asyncio.open_connection(*listener.getsockname())
            carries_sound(writer.transport)
            writer.close()
            serving.close()

    asyncio.run(talk())


def test_a_thread_that_computes_holds_the_loop_up_for_less_than_by_default() -> None:
    over = threading.Event()

    def compute() -> None:
        while not over.is_set():
            sum(range(1_000))

    def read() -> None:
        for _ in range(50):
            time.sleep(50e-6)  # a system call, as reading a socket is: the thread goes on meanwhile

    async def talk() -> float:
        began = time.perf_counter()
        read()
        return time.perf_counter() - began

    computing = threading.Thread(target=compute)
    before = sys.getswitchinterval()
    computing.start()
    try:
        took, by_default = run(talk()), asyncio.run(talk())
    finally:
        over.set()
        computing.join()
    assert took < by_default / 3
    assert sys.getswitchinterval() == before
