"""A scenario, acted: the caller's steps against a service, the people's when it calls them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from .call import Call, Ring
from .exchange import Exchange
from .people import Person
from .phone import Phone
from .scenario import WAV, Scenario, Someone, Step
from .speech import read_line, spoken_line

LINGER = 1.0  # seconds for a service to hang up after the last step

Tell = Callable[[str], None]
Voice = Callable[[str], bytes]


class Stage:
    """Lines are made before anything rings: a text or file that can't be said raises ConfigError here."""

    def __init__(self, scenario: Scenario, voice: Voice | None, tell: Tell) -> None:
        """`voice` makes 24 kHz s16 PCM of a text. `tell` gets the account, line by line."""
        self._scenario = scenario
        self._tell = tell
        self._failed: list[str] = []
        self._talking: dict[asyncio.Task[None], str] = {}  # the numbers of those who have picked up
        self._lines: Mapping[str, bytes] = {words: _line(words, scenario.folder, voice) for words in scenario.words}

    @property
    def people(self) -> dict[str, Person]:
        return {someone.number: self._person(someone) for someone in self._scenario.people}

    def _person(self, someone: Someone) -> Person:
        async def talk(call: Call) -> None:
            acting = asyncio.create_task(self._act(someone.number, Phone.at(call), someone.steps))
            self._talking[acting] = someone.number
            await acting

        greeting = self._lines[someone.greeting] if someone.greeting else b""
        return Person(someone.does, someone.after, someone.machine, greeting, talk)

    async def play(self, exchange: Exchange, ring: Ring) -> int:
        """Rings, as the caller; the exit code is 0 only if every step was possible, the people's, too, everybody was
        called who is in it, and the call ended as expected."""
        expected = self._scenario.expected
        phone = Phone.at(exchange.ring(ring))
        await self._act("caller", phone, self._scenario.caller)
        try:
            ending = await phone.ended(within=LINGER)
        except TimeoutError:
            ending = await phone.hangs_up(within=60)
        self._tell(f"{phone.now:7.2f}   {ending.status}: {ending.reason}")
        if self._talking:
            await asyncio.wait(self._talking)
        for fault in phone.report:
            self._tell(f"{fault.at:7.2f}   {'warning' if fault.warning else 'error'} {fault.code}: {fault.reason}")
        faults = [fault.code for fault in phone.report if not fault.warning]
        if ending.status != expected.status:
            self._failed.append(f"the call is {ending.status}; expected was {expected.status}")
        if faults != expected.faults:
            self._failed.append(f"errors {faults}; expected were {expected.faults}")
        called = {call.ring.to_number for call in exchange.calls.values()}
        for someone in self._scenario.people:
            if someone.number not in called:
                self._failed.append(f"nobody has called {someone.number}")
            elif someone.steps and someone.number not in self._talking.values():
                self._failed.append(f"{someone.number} was called, and the call was over before their first step")
        for failure in self._failed:
            self._tell(f"failed    {failure}")
        return 1 if self._failed else 0

    async def _act(self, who: str, phone: Phone, steps: list[Step] | tuple[Step, ...]) -> None:
        for number, step in enumerate(steps, 1):
            try:
                said = await self._do(phone, step)
            except (TimeoutError, ConnectionError) as error:
                self._failed.append(f"{who}, step {number} ({step.what}): {error}")
                return
            self._tell(f"{phone.now:7.2f}   {who} {step.what} {said}".rstrip())

    async def _do(self, phone: Phone, step: Step) -> str:
        """What is to be told of it."""
        match step.what:
            case "says" | "recording":
                await phone.says(self._lines[step.says or step.recording])
                return step.says or step.recording
            case "leaves":
                await phone.leaves(self._lines[step.leaves])
                return step.leaves
            case "presses":
                phone.press(step.presses)
                return step.presses
            case "told":
                return await phone.is_told(step.told)
            case "hears":
                turn = await phone.hears()
                return f"the agent for {turn.ended - turn.began:.1f} s"
            case "put_through":
                return f"to {await phone.is_put_through()}"
            case "waits":
                await asyncio.sleep(step.waits)
                return f"{step.waits:g} s"
            case "hangs_up":
                return (await phone.hangs_up()).reason
            case _:
                ending = await phone.ended()
                if ending.by != step.ended:
                    raise ConnectionError(f"the {ending.by} ended the call, not the {step.ended}")
                return ending.reason


def _line(words: str, folder: Path, voice: Voice | None) -> bytes:
    if words.endswith(WAV):
        return read_line(folder / words)
    return spoken_line(words, voice)
