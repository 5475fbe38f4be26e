"""One phone call, without its sockets.

`Call.handle` takes what happened and returns what to do, in order. Nothing in this file waits, so nothing can happen
between an event and its consequences. The clock comes in as an argument; `deadline` says when to come back.

Only `_move` changes the state. Timers have names; what is due when `TimeIsUp` comes is looked up, not told.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from typing import assert_never

from . import briefing
from .agent import Agent, IncomingCall
from .audio import Uplink
from .live import messages as live
from .live.closing import Closing
from .live.link import Link
from .live.models import declared, profile
from .phone import messages as phone
from .phone.playback import BYTES_PER_SECOND, Turn
from .record.entries import CallerTurn, Next, Outcome, ToolRun
from .states import (
    AWAY_PATIENCE,
    ECHO_PATIENCE,
    FAREWELL_PATIENCE,
    GO_AWAY_MARGIN,
    LAST_CHANCE,
    MOVES,
    PREWARM_PATIENCE,
    ROUNDS,
    ROUNDS_WITHIN,
    SETUP_PATIENCE,
    STALE_PATIENCE,
    STREAM_PATIENCE,
    State,
    Timer,
)
from .steps import (
    Action,
    Connected,
    Dial,
    DropLive,
    Ended,
    Event,
    HangUp,
    Lost,
    NextAsked,
    Rang,
    Record,
    Reply,
    RunTool,
    StopTool,
    StreamLost,
    TimeIsUp,
    ToLive,
    ToolDone,
    ToPhone,
)
from .voice import Voice, entry

logger = logging.getLogger(__name__)

BACKLOG = 2 * BYTES_PER_SECOND  # bytes of the caller's sound kept while the model is away


class Call:
    """`model`: its full name, as the provider wants it in the setup."""

    def __init__(self, agent: Agent, incoming: IncomingCall, model: str) -> None:
        self.state = State.RINGING
        self.link = Link()
        self.voice: Voice | None = None  # on the stream that is attached
        self.dropped = 0  # bytes of mu-law, of either side, that found no room
        self._agent = agent
        self._incoming = incoming
        self._model = model
        self._profile = profile(model)
        self._timers: dict[Timer, float] = {}
        self._began: float | None = None
        self._outcome: Outcome | None = None
        self._uplink = Uplink()
        self._backlog: deque[bytes] = deque()  # the caller's sound that the model has not got
        self._caller: tuple[float, str] | None = None  # the caller's turn so far: since when, what
        self._tools: dict[str, tuple[live.ToolCall, float]] = {}  # asked for, and since when
        self._orphans: set[str] = set()  # those of them that were asked by a session that is gone
        self._news: list[str] = []  # what the model must be told when both ends are there again
        self._greeted = False
        self._reminded = False
        self._farewell: Turn | None = None  # the turn that we hang up after
        self._leaving = ""  # why
        self._rounds: list[float] = []

    @property
    def deadline(self) -> float | None:
        """When `TimeIsUp` is due."""
        return min(self._timers.values(), default=None)

    def handle(self, event: Event, now: float) -> list[Action]:
        if self._outcome is not None:
            return [Reply(self._outcome.next)] if isinstance(event, NextAsked) else []
        match event:
            case phone.Heard(ulaw):
                return self._hear(ulaw)
            case live.Spoke(pcm):
                return self._say(pcm, now)
            case live.AgentSaid(text):
                return self._note(text, now)
            case live.CallerSaid(text):
                return self._caller_said(text, now)
            case live.Interrupted():
                return self._interrupted(now)
            case live.GenerationComplete():
                return self._generated(now)
            case live.TurnComplete():
                return self._turn_complete(now)
            case phone.Played(mark):
                return self._played(mark, now)
            case live.ToolCall():
                return self._run(event, now)
            case live.ToolCallsCancelled(ids):
                return [action for id in ids for action in self._cancel(id, now)]
            case ToolDone():
                return self._tool_done(event, now)
            case live.Resumable(handle):
                self.link.handle = handle
            case live.GoingAway(time_left):
                self._timers[Timer.ROTATE] = now + max(0.0, time_left - GO_AWAY_MARGIN)
            case phone.Pressed():
                self._stir(now)
            case live.Usage():
                pass
            case Connected(moment):
                return [ToLive(self._setup(briefing.text(self._agent, self._incoming, moment)))]
            case live.Ready():
                self.link.accepted(now)
                return self._talk(now)
            case Lost(closing):
                return self._lost(closing, now)
            case Rang(prewarm):
                return self._rang(prewarm, now)
            case phone.Started():
                return self._started(now)
            case StreamLost():
                return self._stream_lost(now)
            case NextAsked():
                return self._next(now)
            case phone.Stopped():
                return self._over("the caller hung up", now)
            case Ended(why):
                return self._over(why, now)
            case TimeIsUp():
                return self._time_is_up(now)
            case _:
                assert_never(event)
        return []

    # The caller's end.

    def _rang(self, prewarm: bool, now: float) -> list[Action]:
        self._timers[Timer.STREAM] = now + STREAM_PATIENCE
        if not prewarm:
            return []
        self._timers[Timer.PREWARM] = now + PREWARM_PATIENCE
        return self._dial()

    def _started(self, now: float) -> list[Action]:
        if self.state is State.LEAVING:
            return []
        actions = self._stream_ends(now)  # a newer stream replaces an older one
        self._move("started")
        self._stop(Timer.STREAM, Timer.PREWARM, Timer.AWAY)
        if self._began is None:
            self._began = now
            self._timers[Timer.LONGEST] = now + self._agent.longest_call
        self.voice = Voice()
        self._timers.setdefault(Timer.SETUP, now + SETUP_PATIENCE)
        return actions + (self._dial() if self.link.down else self._talk(now))

    def _hear(self, ulaw: bytes) -> list[Action]:
        self._backlog.append(ulaw)
        if not self.link.ready:
            while sum(map(len, self._backlog)) > BACKLOG:
                self.dropped += len(self._backlog.popleft())
            return []
        # What was kept goes out at no more than twice real time: two pieces for each one that comes.
        pieces = [self._backlog.popleft() for _ in range(min(2, len(self._backlog)))]
        return [ToLive(live.Hear(self._uplink.feed(b"".join(pieces))))]

    def _stream_lost(self, now: float) -> list[Action]:
        if self.state is State.LEAVING:
            return self._over(self._leaving, now)
        actions = self._stream_ends(now)
        if self._move("away"):
            self._timers[Timer.AWAY] = now + AWAY_PATIENCE
            self._stop(Timer.IDLE, Timer.SETUP, Timer.REDIAL)
        return actions

    def _stream_ends(self, now: float) -> list[Action]:
        """What Twilio held is gone; what of it was not heard, the model is told when the stream is back."""
        if self.voice is None:
            return []
        turns, self.voice = self.voice.playback.end(now), None
        missed = " ".join(turn.text.removeprefix(turn.text_heard).strip() for turn in turns).strip()
        if missed:
            self._news.append(briefing.UNHEARD.format(missed=missed))
        return _records(turns)

    def _next(self, now: float) -> list[Action]:
        """Twilio has no stream and asks what to do."""
        self._rounds = [at for at in self._rounds if at > now - ROUNDS_WITHIN] + [now]
        if len(self._rounds) > ROUNDS:
            actions = self._over(f"{len(self._rounds)} streams in {ROUNDS_WITHIN:g} s", now, Next.APOLOGISE)
        else:
            actions = self._stream_lost(now)
        if self._outcome is not None:
            return [*actions, Reply(self._outcome.next)]
        self._timers[Timer.STREAM if self.state is State.RINGING else Timer.AWAY] = now + STREAM_PATIENCE
        return [*actions, Reply(Next.CONNECT)]

    # The model's end.

    def _dial(self) -> list[Action]:
        self._stop(Timer.REDIAL)
        self.link.dialled()
        return [Dial()]

    def _setup(self, instructions: str) -> live.Setup:
        return live.Setup(
            model=self._model,
            voice=self._agent.voice,
            instructions=instructions,
            declarations=declared([tool.declaration for tool in self._agent.declared], self._profile),
            resume=self.link.handle,
        )

    def _talk(self, now: float) -> list[Action]:
        """To be called when either end has come: if the other one is there too, they talk."""
        if not self.link.ready or not self._move("ready"):
            return []
        self._stop(Timer.SETUP)
        self._rest(now)
        words = " ".join(self._news) if self._greeted else self._agent.greeting
        self._greeted = True
        self._news.clear()
        return self._tell(words) if words else []

    def _tell(self, words: str) -> list[Action]:
        return [ToLive(self._profile.tell(words))]

    def _lost(self, closing: Closing, now: float) -> list[Action]:
        logger.info("%s lost the model: %s", self._incoming.call_sid, closing.why)
        wait = self.link.lost(closing, now)
        actions = self._session_ends(now)
        if self.state is State.LEAVING:
            return actions + self._last_words(now)
        if wait is None:
            return actions + self._over(f"the model is gone: {closing.why}", now, Next.APOLOGISE)
        if self.state in (State.RINGING, State.AWAY):
            return actions  # dialled again when a stream is there
        if self.state is State.TALKING:
            self._move("lost")
        self._timers.setdefault(Timer.SETUP, now + SETUP_PATIENCE)
        self._timers[Timer.REDIAL] = now + wait
        return actions

    def _rotate(self, now: float) -> list[Action]:
        """Leave a session whose server is about to close it, for one that goes on where it was."""
        self._stop(Timer.ROTATE)
        if self.state is not State.TALKING:
            return []
        actions = self._drop(now)
        self._move("lost")
        self._timers[Timer.SETUP] = now + SETUP_PATIENCE
        return actions + self._dial()

    def _drop(self, now: float) -> list[Action]:
        self.link.dropped()
        return [*self._session_ends(now), DropLive()]

    def _session_ends(self, now: float) -> list[Action]:
        """What the model was doing, nobody will finish. What Twilio holds plays on."""
        self._orphans |= self._tools.keys()
        if self.voice is not None and self.voice.turn is not None:
            self._news.append(briefing.CUT_OFF.format(said=self.voice.turn.text))
        actions = self._finish(now)
        self._stop(Timer.IDLE, Timer.ROTATE, Timer.STALE)
        return actions

    # The agent's voice.

    def _say(self, pcm: bytes, now: float) -> list[Action]:
        if (voice := self._mouth(now)) is None:
            return []
        commands = voice.say(pcm, now)
        self._rest(now)
        if Timer.FAREWELL in self._timers:
            self._timers[Timer.FAREWELL] = now + FAREWELL_PATIENCE
        return _to_phone(commands)

    def _note(self, text: str, now: float) -> list[Action]:
        if voice := self._mouth(now):
            voice.begun(now).note(text)
        return []

    def _mouth(self, now: float) -> Voice | None:
        """The voice, with a turn begun; None if what the model says is for nobody."""
        if self.voice is None or self.state not in (State.TALKING, State.LEAVING) or Timer.STALE in self._timers:
            return None
        turn = self.voice.begun(now)
        if self.state is State.LEAVING and self._farewell is None:
            self._farewell = turn
        return self.voice

    def _finish(self, now: float) -> list[Action]:
        """Nothing more belongs to the turn that is being sent."""
        if self.voice is None or self.voice.turn is None:
            return []
        commands = self.voice.finish(now)
        self._rest(now)
        return _to_phone(commands)

    def _generated(self, now: float) -> list[Action]:
        """The turn's last sound has come. If it was the farewell, we leave once that is heard."""
        farewell = self._farewell is not None and self.voice is not None and self.voice.turn is self._farewell
        return self._finish(now) + (self._last_words(now) if farewell else [])

    def _turn_complete(self, now: float) -> list[Action]:
        self._stop(Timer.STALE)
        actions = [*self._caller_done(), *self._generated(now)]
        return actions + (self._rotate(now) if Timer.ROTATE in self._timers and not self._tools else [])

    def _interrupted(self, now: float) -> list[Action]:
        if self.voice is None:
            return []
        # Who speaks over the goodbye is not hung up on; but telling the model that time is up interrupts it, too.
        told = self._leaving == Timer.LONGEST.value and self._farewell is None
        if not told and self._move("interrupted"):
            self._farewell = None
            self._stop(Timer.FAREWELL, Timer.ECHO)
        commands, cut = self.voice.clear(now)
        self._timers[Timer.STALE] = now + STALE_PATIENCE
        self._stir(now)
        return [*_to_phone(commands), *self._caller_done(), *_records(cut)]

    def _played(self, mark: str, now: float) -> list[Action]:
        if self.voice is None:
            return []
        settled = self.voice.playback.played(mark, now)
        if settled:
            self._rest(now)
        over = self._farewell is not None and any(turn is self._farewell for turn in settled)
        return [*_records(settled), *(self._over(self._leaving, now) if over else ())]

    def _caller_said(self, text: str, now: float) -> list[Action]:
        began, said = self._caller or (now, "")
        self._caller = (began, said + text)
        self._stir(now)
        return []

    def _caller_done(self) -> list[Action]:
        """The caller's turn is known in full, as far as we can tell."""
        if self._caller is None:
            return []
        (began, said), self._caller = self._caller, None
        return [Record(CallerTurn(began, said.strip()))]

    # The tools.

    def _run(self, call: live.ToolCall, now: float) -> list[Action]:
        if call.id in self._tools and call.id not in self._orphans:
            return []  # asked twice, answered once
        actions = self._cancel(call.id, now)  # a new session may count from 1 again
        self._tools[call.id] = (call, now)
        self._stop(Timer.IDLE)
        return [*actions, *self._caller_done(), RunTool(call)]

    def _cancel(self, id: str, now: float) -> list[Action]:
        if id not in self._tools:
            return []
        call, began = self._tools.pop(id)
        self._orphans.discard(id)
        self._rest(now)
        run = ToolRun(began, now - began, call.name, call.arguments, {"error": "cancelled"}, answered=False)
        return [StopTool(id), Record(run)]

    def _tool_done(self, done: ToolDone, now: float) -> list[Action]:
        if done.id not in self._tools:
            return []  # cancelled
        call, began = self._tools.pop(done.id)
        orphan = done.id in self._orphans
        self._orphans.discard(done.id)
        self._rest(now)
        run = ToolRun(began, now - began, call.name, call.arguments, done.response, answered=not orphan)
        actions: list[Action] = [Record(run)]
        if not orphan:
            actions.append(ToLive(live.ToolResult(call.id, call.name, done.response)))
        elif self.state is State.TALKING:
            actions += self._tell(briefing.late_result(call, done.response))
        else:
            self._news.append(briefing.late_result(call, done.response))
        return actions + (self._leave(f"{call.name} ended the call", now) if done.hang_up else [])

    # The end.

    def _leave(self, why: str, now: float) -> list[Action]:
        """Hang up once the model has said goodbye: its next turn is the farewell."""
        if self.state is State.AWAY:
            return self._over(why, now)  # to nobody
        if not self._move("leave"):
            return []
        self._leaving = why
        self._stop(Timer.IDLE, Timer.SETUP, Timer.REDIAL)
        self._timers[Timer.FAREWELL] = now + FAREWELL_PATIENCE
        return self._finish(now)

    def _last_words(self, now: float) -> list[Action]:
        """The farewell is said, or will not be: hang up when what Twilio holds has been heard."""
        self._stop(Timer.FAREWELL)
        actions = self._finish(now)
        held = self.voice.playback.queued(now) if self.voice else 0
        if held == 0 and self._farewell is None:
            return actions + self._over(self._leaving, now)
        self._timers[Timer.ECHO] = now + held / BYTES_PER_SECOND + ECHO_PATIENCE
        return actions

    def _over(self, why: str, now: float, next: Next = Next.HANG_UP) -> list[Action]:
        self._move("over")
        self._timers.clear()
        turns = self.voice.playback.end(now) if self.voice else []
        tools = [action for id in list(self._tools) for action in self._cancel(id, now)]
        lasted = now - self._began if self._began is not None else 0.0
        self._outcome = Outcome(why, next, lasted)
        return [*self._caller_done(), *_records(turns), *tools, Record(self._outcome), HangUp(self._outcome)]

    # Time.

    def _stir(self, now: float) -> None:
        """The caller is there."""
        self._reminded = False
        self._rest(now)

    def _rest(self, now: float) -> None:
        """Wind up the idle clock: it runs from when the agent's last words have been heard, not while a tool runs."""
        if self.state is not State.TALKING or self._tools:
            self._stop(Timer.IDLE)
            return
        held = self.voice.playback.queued(now) if self.voice else 0
        self._timers[Timer.IDLE] = now + held / BYTES_PER_SECOND + self._agent.idle_after

    def _time_is_up(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for timer in [timer for timer, at in self._timers.items() if at <= now]:
            if timer in self._timers:  # an earlier one may have stopped it
                del self._timers[timer]
                actions += self._due(timer, now)
        return actions

    def _due(self, timer: Timer, now: float) -> list[Action]:
        match timer:
            case Timer.STREAM | Timer.AWAY:
                return self._over(timer.value, now)
            case Timer.SETUP:
                return self._over(timer.value, now, Next.APOLOGISE)
            case Timer.ECHO:
                return self._over(self._leaving, now)
            case Timer.PREWARM:
                return self._drop(now)
            case Timer.REDIAL:
                return self._dial()
            case Timer.ROTATE:
                return self._rotate(now)
            case Timer.STALE:
                return []
            case Timer.FAREWELL:
                return self._last_words(now)
            case Timer.LONGEST if self._leaving == timer.value:
                return self._over(timer.value, now)  # the caller talked over the goodbye
            case Timer.LONGEST:
                self._timers[timer] = now + LAST_CHANCE
                return self._bid_farewell(timer.value, briefing.TIME_IS_UP, now)
            case Timer.IDLE if self._reminded:
                return self._bid_farewell(timer.value, briefing.NOBODY_THERE, now)
            case Timer.IDLE:
                self._rest(now)
                self._reminded = True
                return self._tell(self._agent.idle_prompt)
            case _:
                assert_never(timer)

    def _bid_farewell(self, why: str, words: str, now: float) -> list[Action]:
        """Leave of our own accord: the model is told to say goodbye."""
        ready = self.state is State.TALKING
        return self._leave(why, now) + (self._tell(words) if ready else [])

    def _stop(self, *timers: Timer) -> None:
        for timer in timers:
            self._timers.pop(timer, None)

    def _move(self, why: str) -> bool:
        """The one place where the state changes; False if it may not."""
        after = MOVES.get((self.state, why))
        if after is None:
            logger.debug("%s %s while %s: no move", self._incoming.call_sid, why, self.state.name)
            return False
        if after is not self.state:
            logger.info("%s %s -> %s (%s)", self._incoming.call_sid, self.state.name, after.name, why)
        self.state = after
        return True


def _to_phone(commands: Sequence[phone.Command]) -> list[Action]:
    return [ToPhone(command) for command in commands]


def _records(turns: Sequence[Turn]) -> list[Action]:
    return [Record(entry(turn)) for turn in turns]
