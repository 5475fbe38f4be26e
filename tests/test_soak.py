"""Two hours on the telephone, on a virtual clock: a session lasts nine minutes at most, and may break at any time."""

from __future__ import annotations

import asyncio
import random

import pytest

from telephony_agent.live import messages as live
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.requests import Turns
from telephony_agent.live.setup import Setup
from telephony_agent.states import State
from telephony_agent.steps import Action, Connected, ToLive
from tests.ends import content, voice
from tests.line import DONE, STOP, a_call, in_virtual_time
from tests.story import BROKEN, MOMENT, STARTED, of, ringing

HOURS = 2 * 3600.0
BREAKS = 0.03  # of the caller's turns have the session break before the answer, as many again within it
REMEMBERED = 50  # facts: many more, and a fresh session is told of the first ones in summary
FRESH = Closing(Remedy.FRESH, "closed with 1008")
FORGET = Closing(Remedy.FORGET, "closed with 1007")


class Server:
    """What a Live server knows: what it was told, and by each handle what was known when it gave that."""

    def __init__(self) -> None:
        self.known = ""
        self.owes = False  # an answer to words of ours
        self._handles: dict[str, str] = {}

    def gets(self, actions: list[Action]) -> None:
        for action in of(ToLive, actions):
            match action.command:
                case Setup(resume=handle):
                    self.known = "" if handle is None else self._handles[handle]
                case Turns(turns):
                    self.known += " ".join(str(part) for turn in turns for part in turn.parts)
                case live.Tell(text):
                    self.known += text
                    self.owes = True
                case _:
                    pass

    def handle(self) -> live.Resumable:
        handle = f"handle {len(self._handles)}"
        self._handles[handle] = self.known
        return live.Resumable(handle)


class Talk:
    """A caller who tells a fact and has it answered, over and over, whatever becomes of the sessions."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._server = Server()
        self.story = ringing(model="models/gemini-3.8-live", longest_call=2 * HOURS, idle_after=HOURS)
        self.story.give(STARTED)
        self.sessions = 0
        self._began = self._goes_away = 0.0
        self._facts: list[str] = []

    def exchange(self) -> None:
        """What the server says it says only as long as it is there."""
        self._comes()
        self._tells(f"Fact {len(self._facts)}.")
        if self._breaks() or not self._waits(1):
            return
        if self._chance.random() < 0.2:
            self._server.gets(self.story.calls())
            if not self._waits(3):
                return
            self._server.gets(self.story.has())
        if not self._says("I see."):
            return
        self.story.give(self._server.handle())
        if self.story.now > self._goes_away:
            self.story.give(live.GoingAway(60))
        self._waits(self._chance.uniform(0.1, 20.0))

    def _says(self, words: str) -> bool:
        """Whether it has said them."""
        self._server.gets(self.story.says(2, words))
        if self._breaks() or not self._waits(2.1):
            return False
        self._server.gets(self.story.ends_its_turn() + self.story.echoes())
        return True

    def _tells(self, fact: str) -> None:
        self._server.known += fact
        self._facts.append(fact)
        self._server.gets(self.story.give(live.CallerSaid(fact)))

    def _waits(self, seconds: float) -> bool:
        """Whether the session is still there after that."""
        until = self.story.now + seconds
        while self.story.link == "ready" and self.story.now < until:
            self._server.gets(self.story.wait(0.1))
        return self.story.link == "ready"

    def _breaks(self) -> bool:
        if broke := self._chance.random() < BREAKS:
            stood = self.story.now - self._began > 30
            self._server.gets(
                self.story.loses_its_model(self._chance.choice([BROKEN, FRESH, FORGET if stood else BROKEN]))
            )
        return broke

    def _comes(self) -> None:
        while self.story.link != "ready":
            assert self.story.state is not State.OVER
            if self.story.link != "dialled":
                self._server.gets(self.story.wait(0.1))
                continue
            self._server.gets(self.story.give(Connected(MOMENT)))
            self._server.gets(self.story.wait(0.3))
            self._server.gets(self.story.give(live.Ready()))
            self.sessions += 1
            self._began = self.story.now
            self._goes_away = self._began + self._chance.uniform(60, 900)
            unknown = [fact for fact in self._facts[-REMEMBERED:] if fact not in self._server.known]
            assert not unknown, f"session {self.sessions} does not know {unknown}"
            if self._server.owes:
                self._server.owes = False
                self._says("Well.")


@pytest.mark.parametrize("seed", range(5))
def test_in_two_hours_no_session_begins_without_knowing_what_was_told(seed: int) -> None:
    """`Story` sees to the rest: eight dials in thirty seconds, seven seconds of waiting, nothing answered twice."""
    talk = Talk(seed)
    while talk.story.now < 100 + HOURS:
        talk.exchange()
    assert talk.story.state is State.TALKING
    assert talk.sessions > 20
    talk.story.to_the_end()


@in_virtual_time
async def test_half_an_hour_of_sessions_that_are_left_and_lost_leave_no_task_behind() -> None:
    chance = random.Random(0)
    async with a_call() as (line, caller):
        loop = asyncio.get_running_loop()
        end, tasks = loop.time() + HOURS / 4, len(asyncio.all_tasks())  # `Agent` ends a call after half an hour
        while loop.time() < end - 60:
            for _ in range(chance.randrange(1, 20)):
                line.model.says(content(inputTranscription={"text": "Go on."}), voice(1), *DONE)
                await asyncio.sleep(chance.uniform(2, 15))
            if chance.random() < 0.5:
                line.model.breaks()
            else:
                line.model.says({"goAway": {"timeLeft": "50s"}})
            await asyncio.sleep(5)
            assert line.state() is State.TALKING
            assert len(asyncio.all_tasks()) == tasks
            assert all(session.closed for session in line.models.sessions[:-1])
        assert len(line.models.sessions) > 10
        caller.says(STOP)
