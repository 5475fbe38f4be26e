"""Twilio's recording of the call: never before the caller was told, and not of what is secret."""

from __future__ import annotations

import enum

from .steps import OURS, Action, Arrange, Arranged, Settle
from .toolbox.context import PauseRecording, RecordCall, ResumeRecording

UNTOLD = "the caller was not told that the call is recorded: give record(notice=...) or Agent(recording_notice=...)"
CUT = "the line was cut before the caller was told that the call is recorded"
RECORDED = "the call is being recorded already, or about to be"
SECRET = "the caller is pressing keys that must not be recorded; ask again when they have"


class Stage(enum.Enum):
    OFF = "nothing is recorded"
    BEGINS = "Twilio was asked to record"
    ON = "the call is recorded"
    PAUSED = "a function has paused it"
    HUSHES = "Twilio was asked to pause it for something secret"
    HUSHED = "it is paused for something secret"


class Taping:
    """`agreed`: the caller has done so in another way, and needs not be told."""

    def __init__(self, agreed: bool = False) -> None:
        self._stage = Stage.OFF
        self._told = agreed  # the caller has heard that the call is recorded
        self._secret = False  # what is to be heard now is not to be
        self._wanted: tuple[int, RecordCall] | None = None  # as soon as the caller was told

    def record(self, id: int, request: RecordCall) -> list[Action]:
        """Empty: the caller has to be told before."""
        if self._stage is not Stage.OFF or self._wanted is not None:
            return [Settle(id, error=RECORDED)]
        if self._secret:
            return [Settle(id, error=SECRET)]
        self._wanted = id, request
        return self.told() if self._told else []

    @property
    def is_hushed(self) -> bool:
        return self._secret

    @property
    def runs(self) -> bool:
        """Whether what is heard now may be in the recording: Twilio's answer to a wish of ours takes a moment."""
        return self._stage in (Stage.BEGINS, Stage.ON, Stage.HUSHES)

    @property
    def notice(self) -> str | None:
        """What the function that waits would have the caller told; None: no function waits."""
        return self._wanted[1].notice if self._wanted else None

    def told(self) -> list[Action]:
        """The caller has been."""
        self._told = True
        if self._wanted is None:
            return []
        (id, request), self._wanted = self._wanted, None
        self._stage = Stage.BEGINS
        return [Arrange(id, request)]

    def refuse(self, why: str = UNTOLD) -> list[Action]:
        """The caller can't be told now."""
        if self._wanted is None:
            return []
        (id, _), self._wanted = self._wanted, None
        return [Settle(id, error=why)]

    def give_up(self, id: int) -> None:
        if self._wanted is not None and self._wanted[0] == id:
            self._wanted = None

    def hush(self) -> list[Action]:
        """What follows is secret."""
        self._secret = True
        if self._stage is not Stage.ON:
            return []
        self._stage = Stage.HUSHES
        return [Arrange(OURS, PauseRecording())]

    def speak_up(self) -> list[Action]:
        """And no longer."""
        self._secret = False
        if self._stage is not Stage.HUSHED:
            return []
        self._stage = Stage.ON
        return [Arrange(OURS, ResumeRecording())]

    def resume(self, id: int) -> list[Action]:
        """For a function; what is secret is to be over before."""
        if not self._secret or self._stage is not Stage.PAUSED:
            return [Arrange(id, ResumeRecording())]
        self._stage = Stage.HUSHED
        return [Settle(id, "")]

    def arranged(self, done: Arranged) -> list[Action]:
        """Twilio has done it, or not."""
        match done.request:
            case RecordCall():
                self._stage = Stage.ON if done.sid else Stage.OFF
            case PauseRecording() if done.id == OURS:
                self._stage = Stage.HUSHED if done.sid else Stage.ON
                return [] if self._secret else self.speak_up()
            case PauseRecording() if done.sid:
                self._stage = Stage.PAUSED
            case ResumeRecording() if done.sid:
                self._stage = Stage.ON
            case _:
                return []
        return self.hush() if self._secret else []
