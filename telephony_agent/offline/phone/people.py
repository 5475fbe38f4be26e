"""Who is called: how somebody takes a call, and what Twilio's detection makes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from . import line as line_
from . import tones
from .call import ENDED, Call, Detection
from .levels import RATE

HUMAN_TAKES = 1.5  # seconds in which a short hello is told from a greeting
MACHINE_TAKES = 4.0  # seconds of talk after which it is a machine


@dataclass(frozen=True)
class Person:
    """`after`: seconds of ringing. `greeting`: what is said on picking up, mu-law; of a `machine`, before its beep.
    `talk` is what happens then: a program, which may drive the call by `Phone.at`."""

    does: Literal["answers", "busy", "no-answer", "failed"] = "answers"
    after: float = 0.5
    machine: bool = False
    greeting: bytes = b""
    talk: Callable[[Call], Awaitable[None]] | None = None

    @property
    def says(self) -> bytes:
        return self.greeting + (tones.beep() if self.machine else b"")

    def detected(self, detection: Detection) -> tuple[str, float]:
        """AnsweredBy, and the seconds until Twilio says so."""
        if not self.machine:
            return "human", HUMAN_TAKES
        if not detection.to_end:
            return "machine_start", MACHINE_TAKES
        heard = len(self.says) / RATE
        return ("machine_end_beep", heard) if heard <= detection.patience else ("unknown", detection.patience)


async def take(person: Person, call: Call) -> None:
    """The person's part, from picking up."""
    await call.until(lambda: call.answered is not None or call.status in ENDED)
    if call.answered is None:
        return
    if person.says:
        await _speak(call, person.says, call.answered)
    if person.talk is not None:
        await person.talk(call)


async def _speak(call: Call, sound: bytes, since: float) -> None:
    """What is said before there is a stream, nobody hears."""
    left = len(sound) / RATE - (call.now - since)
    await call.until(lambda: call.stream is not None or call.status in ENDED, left)
    if call.stream is not None:
        missed = round((call.now - since) * RATE)
        call.stream.feed(line_.Speak(sound[missed:]))
