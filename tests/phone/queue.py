"""Twilio's queue as its documents tell it, in whole microseconds, and a line to it: what `Playback` is compared with.

It plays 20 ms at a time on a clock of its own; a mark comes back at the end of the frame that it lies in, at once if
nothing plays; `clear` lets the frame that has begun play out, throws the rest away and returns all marks.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import strategies as st

from telephony_agent.phone.messages import Clear, Command, Mark, Say
from telephony_agent.phone.playback import BYTES_PER_SECOND, LAST_WORD, Playback, Source, Turn

SECOND = BYTES_PER_SECOND
FRAME = 20_000  # µs
FRAME_BYTES = 160
BYTE = 125  # µs
TOLERANCE = FRAME_BYTES + 2  # bytes: a frame, and a rounding on each side

delays = pytest.mark.parametrize("delay", [0, 80])
phases = pytest.mark.parametrize("phase", [0, 7, 19])

Step = tuple[str, int]  # what happens, and how long or how large it is
LOST: dict[str, Callable[[str], bool]] = {  # which marks never come back
    "none": lambda name: True,
    "all": lambda name: False,
    "even": lambda name: int(name) % 2 == 1,
}


NO_SIZE = st.just(0)


def step(what: str, sizes: st.SearchStrategy[int] = NO_SIZE) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(what), sizes)


LINES = {"delay": st.sampled_from([0, 80]), "phase": st.integers(0, 19), "lost": st.sampled_from(list(LOST))}


@dataclass(frozen=True)
class _Sounded:
    """Some bytes of a turn that were played from that time on."""

    since: int
    turn: int
    size: int


class Twilio:
    def __init__(self, phase: int, echoes: Callable[[int, str], None]) -> None:
        """`phase`: when its first frame begins; `echoes` is told when a mark leaves, and its name."""
        self._tick = phase
        self._echo = echoes
        self._queue: deque[list[int] | str] = deque()  # [turn, bytes] or a mark
        self._ending: list[str] = []  # marks in the frame that plays
        self._busy_until = 0
        self._sounded: list[_Sounded] = []

    def run(self, until: int) -> None:
        while self._tick <= until:
            self._frame()
            self._tick += FRAME

    def take(self, command: Command, turn: int, at: int) -> None:
        self.run(at)
        match command:
            case Say(ulaw):
                self._queue.append([turn, len(ulaw)])
            case Mark(name):
                if self._queue:
                    self._queue.append(name)
                elif at < self._busy_until:
                    self._ending.append(name)
                else:
                    self._echo(at, name)
            case Clear():
                for name in [*self._ending, *(each for each in self._queue if isinstance(each, str))]:
                    self._echo(at, name)
                self._queue.clear()
                self._ending.clear()

    def _frame(self) -> None:
        for name in self._ending:
            self._echo(self._tick, name)
        self._ending.clear()
        room = FRAME_BYTES
        while self._queue and (room or isinstance(self._queue[0], str)):
            first = self._queue[0]
            if isinstance(first, str):
                self._ending.append(first) if room < FRAME_BYTES else self._echo(self._tick, first)
                self._queue.popleft()
                continue
            turn, size = first[0], min(first[1], room)
            self._sounded.append(_Sounded(self._tick + (FRAME_BYTES - room) * BYTE, turn, size))
            self._busy_until = self._tick + FRAME
            room -= size
            first[1] -= size
            if not first[1]:
                self._queue.popleft()

    def played(self, at: int) -> Counter[int]:
        """Bytes of each turn that had sounded by then; not later than `run` has come."""
        played: Counter[int] = Counter()
        for each in self._sounded:
            played[each.turn] += max(0, min(each.size, (at - each.since) // BYTE))
        return played

    def queued(self, at: int) -> int:
        """Bytes not yet played."""
        begun = sum(each.size for each in self._sounded) - self.played(at).total()
        return begun + sum(each[1] for each in self._queue if not isinstance(each, str))


class Line:
    """A `Playback` and a Twilio with so many ms between them, each way. After each step the two are compared."""

    def __init__(self, delay: int, *, phase: int = 0, returns: Callable[[str], bool] = lambda name: True) -> None:
        """`phase`: ms; `returns`: whether that mark ever comes back."""
        self.playback = Playback()
        self.now = 1_000_000  # µs
        self.delay = delay * 1000
        self.settled: list[Turn] = []
        self.echoed: set[str] = set()
        self._before: Counter[int] = Counter()  # bytes of each turn that were heard before it went on
        self._again: Counter[int] = Counter()  # and those that were said again then
        self._unsure = 0
        self._returns = returns
        self._echoes: deque[tuple[int, str]] = deque()  # when they arrive here
        self._twilio = Twilio(self.now + phase * 1000, self._echo)

    @property
    def time(self) -> float:
        return self.now / 1_000_000

    def wait(self, ms: int) -> None:
        until = self.now + ms * 1000
        self._twilio.run(until + self.delay)
        while self._echoes and self._echoes[0][0] <= until:
            self.now, name = self._echoes.popleft()
            self._hear(name)
        self.now = until
        self._compare()

    def begin(self) -> Turn:
        return self.playback.begin(Source.MODEL, self.time)

    def say(self, ms: int) -> None:
        """So much sound of the turn; a new one if none has begun."""
        turn = self.playback.speaking or self.begin()
        self._send(self.playback.say(bytes(ms * 8), self.time), turn.id)

    def say_bytes(self, size: int) -> None:
        turn = self.playback.speaking or self.begin()
        self._send(self.playback.say(bytes(size), self.time), turn.id)

    def finish(self) -> None:
        self._send(self.playback.finish(self.time))

    def clear(self) -> list[Turn]:
        """Returns what was cut, compared with what had been heard when the `clear` came there."""
        position = self.playback.position(self.time)
        commands, cut = self.playback.clear(self.time)
        assert self.playback.position(self.time) == position
        heard = self._twilio.played(self.now + self.delay)
        self._send(commands)
        final = self._twilio.played(self.now + self.delay + FRAME)  # what it has begun, it plays
        for turn in cut:
            assert abs(turn.heard - self._really(turn, heard)) <= TOLERANCE + self._unsure, (turn, heard)
            assert abs(turn.heard - self._really(turn, final)) <= TOLERANCE + self._unsure, (turn, final)
        self.settled += cut
        return cut

    def hold(self) -> None:
        self._unsure += TOLERANCE  # where it falls silent is known to a frame, and so is what is said again
        if self.playback.holding:
            return
        for turn in self.playback._turns:  # what was to be said again, and now is not
            at = self.playback.position(self.time) - turn.start
            self._again[turn.id] -= max(0, self.playback.heard(turn, self.time) - max(0, at))
        self._send(self.playback.hold(self.time))

    def go_on(self) -> None:
        """Nothing is said again but the word in which it fell silent, and nothing is left out."""
        turns = [(turn, turn.heard) for turn in self.playback._turns]
        commands = self.playback.go_on(self.time)
        said = sum(len(command.ulaw) for command in commands if isinstance(command, Say))
        again = said - sum(turn.sent - heard for turn, heard in turns)
        assert 0 <= again <= LAST_WORD
        due: deque[list[int]] = deque()  # [turn, bytes]
        for turn, heard in turns:
            cut = 0 < heard < turn.sent
            due.append([turn.id, turn.sent - heard + (again if cut else 0)])
            self._before[turn.id] = max(self._before[turn.id], heard)
            self._again[turn.id] += again if cut else 0
        for command in commands:
            while len(due) > 1 and due[0][1] == 0:
                due.popleft()
            if isinstance(command, Say):
                due[0][1] -= len(command.ulaw)
            self._twilio.take(command, due[0][0] if due else 0, self.now + self.delay)
        assert all(left == 0 for _, left in due)
        self._compare()

    def tell(self, story: list[Step]) -> None:
        for what, size in story:
            match what:
                case "wait":
                    self.wait(size)
                case "say":
                    self.say_bytes(size)
                case "finish":
                    self.finish()
                case "clear":
                    self.clear()
                case "hold":
                    self.hold()
                case _ if self.playback.holding:
                    self.go_on()

    def plays_out(self) -> None:
        """Nothing more is said: each turn is settled once."""
        self.finish()
        self.wait(90_000)
        self.clear()
        begun = len({turn.id for turn in self.settled})
        assert begun == len(self.settled) == self.begin().id - 1

    def end(self, tolerance: int = TOLERANCE) -> list[Turn]:
        """We learn that the stream is gone. What left after its end is not played, and what came before it arrived."""
        lost = self.playback.end(self.time)
        heard = self._twilio.played(self.now - self.delay)
        for turn in lost:
            assert abs(turn.heard - self._really(turn, heard)) <= tolerance + self._unsure, (turn, heard)
        self.settled += lost
        return lost

    def _send(self, commands: list[Command], turn: int = 0) -> None:
        for command in commands:
            self._twilio.take(command, turn, self.now + self.delay)
        if not any(isinstance(command, Clear) for command in commands):
            self._compare()

    def _echo(self, at: int, name: str) -> None:
        if self._returns(name):
            self._echoes.append((at + self.delay, name))

    def _hear(self, name: str) -> None:
        self.echoed.add(name)
        heard = self._twilio.played(self.now - self.delay)
        for turn in self.playback.played(name, self.time):
            assert turn.heard == turn.sent, (turn, heard)
            assert abs(turn.heard - self._really(turn, heard)) <= self._unsure, (turn, heard)
            self.settled.append(turn)

    def _compare(self) -> None:
        heard = self._twilio.played(self.now + self.delay)
        for turn in self.playback._turns:
            assert abs(self.playback.heard(turn, self.time) - self._really(turn, heard)) <= TOLERANCE + self._unsure, (
                turn,
                heard,
            )
        assert abs(self.playback.queued(self.time) - self._twilio.queued(self.now + self.delay)) <= TOLERANCE

    def _really(self, turn: Turn, played: Counter[int]) -> int:
        """Bytes of its sound that were heard at least once."""
        return max(self._before[turn.id], played[turn.id] - self._again[turn.id])
