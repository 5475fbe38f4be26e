"""Twilio's recording of the call: never before the caller was told, and not of what is secret."""

from __future__ import annotations

import enum

from .steps import OURS, Action, Arrange, Arranged, Settle
from .toolbox.context import PauseRecording, RecordCall, RestRequest, ResumeRecording

UNTOLD = "the caller was not told that the call is recorded: give record(notice=...) or Agent(recording_notice=...)"
CUT = "the line was cut before the caller was told that the call is recorded"
RECORDED = "the call is being recorded already, or about to be"
SECRET = "the caller is pressing keys that must not be recorded; ask again when they have"

TRIES = 3  # at having Twilio go on: what it does not record is lost


class Stage(enum.Enum):
    OFF = "nothing is recorded"
    BEGINS = "Twilio was asked to record"
    ON = "what is heard is recorded, or may be"
    PAUSED = "Twilio has paused it, and was asked nothing since"


class Taping:
    """`agreed`: the caller has done so in another way, and needs not be told.

    Twilio is asked for one thing at a time: it might do two that are under way in another order.
    """

    def __init__(self, agreed: bool = False) -> None:
        self._stage = Stage.OFF
        self._told = agreed  # the caller has heard that the call is recorded
        self._secret = False  # what is to be heard now is not to be
        self._by_hand = False  # a function has paused it, and none has let it go on
        self._wanted: tuple[int, RecordCall] | None = None  # as soon as the caller was told
        self._asks: list[tuple[int, RestRequest]] = []  # that Twilio is not free for
        self._doing: tuple[int, RestRequest] | None = None  # what it was asked last, and has not answered
        self._failed = 0  # times in a row that it did not go on

    def record(self, id: int, request: RecordCall) -> list[Action]:
        """As soon as the caller was told."""
        if self._stage is not Stage.OFF or self._wanted is not None:
            return [Settle(id, error=RECORDED)]
        if self._secret:
            return [Settle(id, error=SECRET)]
        self._wanted = id, request
        return self._go_on()

    @property
    def is_hushed(self) -> bool:
        return self._secret

    @property
    def runs(self) -> bool:
        """Whether what is heard now may be in the recording: Twilio's answer to a wish of ours takes a moment."""
        return self._stage in (Stage.BEGINS, Stage.ON)

    @property
    def waits_for_notice(self) -> bool:
        """Whether the caller has to be told before."""
        return self._wanted is not None and not self._told

    @property
    def notice(self) -> str | None:
        """What the function that waits would have the caller told; None: no function waits."""
        return self._wanted[1].notice if self._wanted else None

    def told(self) -> list[Action]:
        """The caller has been."""
        self._told = True
        return self._go_on()

    def refuse(self, why: str = UNTOLD) -> list[Action]:
        """The caller can't be told now."""
        if self._wanted is None:
            return []
        (id, _), self._wanted = self._wanted, None
        return [Settle(id, error=why)]

    def give_up(self, id: int) -> None:
        self._asks = [ask for ask in self._asks if ask[0] != id]
        if self._wanted is not None and self._wanted[0] == id:
            self._wanted = None

    def hush(self) -> list[Action]:
        """What follows is secret."""
        self._secret = True
        return self._go_on()

    def speak_up(self) -> list[Action]:
        """And no longer."""
        self._secret = False
        return self._go_on()

    def pause(self, id: int) -> list[Action]:
        """For a function: until one resumes it, whatever is secret meanwhile."""
        self._asks.append((id, PauseRecording()))
        return self._go_on()

    def resume(self, id: int) -> list[Action]:
        """For a function; what is secret is to be over before."""
        if self._secret and self._stage is not Stage.OFF:
            self._by_hand = False
            return [Settle(id, "")]
        self._asks.append((id, ResumeRecording()))
        return self._go_on()

    def arranged(self, done: Arranged) -> list[Action]:
        """Twilio has done it, or not."""
        match done.request:
            case RecordCall():
                self._stage = Stage.ON if done.sid else Stage.OFF
            case PauseRecording() if done.sid:
                self._stage = Stage.PAUSED
                self._by_hand |= done.id != OURS
            case PauseRecording() if done.id == OURS:
                self._secret = False  # it will not be told, then
                if not self._by_hand:  # whether Twilio has paused it all the same, nobody knows
                    self._asks.insert(0, (OURS, ResumeRecording()))
            case ResumeRecording() if done.sid:
                self._by_hand, self._failed = False, 0
            case ResumeRecording() if done.id == OURS and not self._secret:
                self._failed = (self._failed + 1) % TRIES
                if self._failed:
                    self._asks.insert(0, (OURS, ResumeRecording()))
            case PauseRecording() | ResumeRecording():
                pass
            case _:
                return []
        self._doing = None
        return self._go_on()

    def end(self) -> list[RestRequest]:
        """The caller is somebody else's from now on: what is still to be asked, so that they are recorded there."""
        paused = self._stage is Stage.PAUSED or self._doing == (OURS, PauseRecording())
        return [ResumeRecording()] if paused and not self._by_hand else []

    def _go_on(self) -> list[Action]:
        """What is next, if Twilio is free."""
        if self._doing is not None:
            return []
        if self._wanted is not None and self._told and not self._secret:
            self._doing, self._wanted = self._wanted, None
            self._stage = Stage.BEGINS
        elif self._asks:
            self._doing = self._asks.pop(0)
        elif self._stage is Stage.ON and self._secret:
            self._doing = OURS, PauseRecording()
        elif self._stage is Stage.PAUSED and not (self._secret or self._by_hand):
            self._doing = OURS, ResumeRecording()
        else:
            return []
        if self._stage is Stage.PAUSED and isinstance(self._doing[1], ResumeRecording):
            self._stage = Stage.ON
        return [Arrange(*self._doing)]
