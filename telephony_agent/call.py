"""The decisions of a phone call: given an event and the time, what to do next.

A `Call` is a value: it owns no socket, starts no task and reads no clock, so a test is a list of events with times, and
an event is fully dealt with before the next one is looked at. It asks to be called again by its `deadline`. A timer is
known by its name, and `TimeIsUp` makes it look which ones are due.
"""

from __future__ import annotations

import logging
from typing import assert_never

from . import briefing, person, steps
from .asked import Asked
from .conversation import records
from .live import messages as live
from .live.closing import Closing, Remedy
from .phone import messages as phone
from .phone.playback import Source
from .record.entries import AgentTurn, Aside, Entry, Next, Noted
from .states import State, Timer
from .steps import OURS, Action, Event, Record
from .toolbox.context import Awaited, Fetch, Prompted, Wants

logger = logging.getLogger(__name__)

SILENT = b"\xff"  # mu-law
TRANSCRIPT = live.AgentSaid | live.CallerSaid


class Call(Asked):
    """What each event means; what is said and done while caller and model have each other."""

    def handle(self, event: Event, now: float) -> list[Action]:
        if isinstance(event, TRANSCRIPT):
            self._meter.transcribed(event.text)
        actions = self._decide(event, now)
        for action in actions:
            if isinstance(action, Record):
                self._remember(action.entry)
        return actions + self._disclose(now) if self._disclosure.is_missing else actions

    def _remember(self, entry: Entry) -> None:
        """What is recorded is what was heard."""
        self.conversation.remember(entry)
        if isinstance(entry, AgentTurn):
            self._disclosure.heard(entry.heard)

    def _decide(self, event: Event, now: float) -> list[Action]:
        if self._outcome is not None:
            return self._afterwards(event)
        match event:
            case phone.Heard(ulaw):
                return self._heard(ulaw, now)
            case live.Spoke() | live.AgentSaid():
                return self._speaks(event, now)
            case live.CallerSaid(text):
                self.conversation.understand(text, now)
                self._guards.understood(now)
                self._stir(now)
                self._pickup.speaks()
                if self._pickup.knows_us and person.is_asked_for(self.conversation.asked):
                    return self._over("the caller asks for a person", now, self._agent.person)
                return self._floor.understood(now)
            case live.Aside(kind, text):
                return [Record(Aside(now, kind, text))]
            case live.Interrupted():
                return self._interrupted(now)
            case live.GenerationComplete():
                return self._generated(now) + self._alarmed(self._guards.generated(), now)
            case live.TurnComplete():
                return self._turn_complete(event, now)
            case phone.Played(mark):
                return self._played(mark, now)
            case live.ToolCall():
                self._guards.calls(now)
                return self._at_rest(self.conversation.run(event, now), now)
            case live.ToolCallsCancelled(ids):
                return self._at_rest(self.conversation.cancel(ids, now), now) + self._let_go()
            case steps.ToolDone():
                return self._tool_done(event, now)
            case Prompted():
                return self._prompted(event, now)
            case Awaited(answer):
                self._floor.expect(answer)
            case Wants(kind):
                return [Record(Noted(now, kind, self._incoming.ends))]
            case live.Resumable(handle):
                self._live.resumable(handle)
            case live.GoingAway(time_left):
                self._live.going_away(time_left, now)
                self._rest(now)
            case phone.Pressed(key):
                return self._pressed(key, now)
            case steps.Requested(id, request):
                return self._requested(id, request, now)
            case steps.Arranged():
                return self._arranged(event, now)
            case steps.Consulted():
                return self._consulted(event, now)
            case steps.GaveUp(id):
                return self._gave_up(id, now)
            case live.Grounded():
                self._meter.grounded(event)
            case live.Usage():
                return self._billed(event, now)
            case steps.Connected(moment):
                return self._live.connected(moment, self.conversation.since)
            case live.Ready():
                return self._live.accepted(now) + self._talk(now)
            case steps.Lost(closing):
                return self._lost(closing, now)
            case steps.Rang(prewarm):
                return self._rang(prewarm, now)
            case phone.Started():
                return self._started(now)
            case steps.StreamLost():
                return self._stream_lost(now)
            case steps.NextAsked(dialled):
                return self._next(dialled, now)
            case phone.Stopped() if self._phone.stops_for_us(now):
                return self._stream_lost(now)
            case phone.Stopped():
                return self._over("the caller hung up", now)
            case steps.Ended(why, told):
                return self._over(why, now, fetch=told and self.state is State.AWAY)
            case steps.MachineAnswered(beeped):
                return self._machine_answered(beeped, now)
            case steps.TimeIsUp():
                return self._time_is_up(now)
            case _:
                assert_never(event)
        return []

    def _afterwards(self, event: Event) -> list[Action]:
        """The call is over; Twilio may still ask."""
        match event:
            case steps.NextAsked() if self._outcome is not None:
                return [steps.Reply(self._outcome.next)]
            case steps.Consulted():
                return [steps.Reply(Next.HANG_UP)]
            case _:
                return []

    # Who speaks.

    def _heard(self, ulaw: bytes, now: float) -> list[Action]:
        before = self._floor.caller_speaks
        secret = self._keypad.collects_secret or Timer.TONE in self._timers  # a key can be heard, too
        if secret or self.conversation.plays_music or self._pickup.records:  # and a machine's noises mean nothing
            ulaw = SILENT * len(ulaw)
        actions = self._floor.hear(ulaw, self._live.ready, now)
        if self._floor.caller_speaks is not before:
            self._pickup.speaks()
            self._find_quiet(now)
        return actions

    def _pressed(self, key: str, now: float) -> list[Action]:
        """As every telephone menu does, the agent falls silent."""
        self._stir(now)
        self._floor.hand_over(now)
        cut = self._floor.cut(now) if self._talks(now) and self._agent.options.turn_taking.interruptible else []
        return cut + self._keypad.press(key, self._taping.runs, now)

    def _keys_end(self, now: float) -> list[Action]:
        if self._keypad.collects:
            self._floor.hand_over(now)
        actions, keys = self._keypad.pause(now)
        actions += self._speak_up()
        if not keys:
            return actions
        if keys == person.KEY:
            return actions + self._over("the caller asks for a person, by key", now, self._agent.person)
        words = briefing.PRESSED.format(keys=keys)
        return actions + self._prompted(Prompted(words, interrupt=not self.conversation.errands), now)

    def _speaks(self, event: live.AgentSaid | live.Spoke, now: float) -> list[Action]:
        """The model does. When leaving, its first turn is the farewell."""
        if self._pickup.settles:
            self._pickup.answering = True
            return []
        if self.conversation.plays_music:
            self._on_hold.misses(event.text if isinstance(event, live.AgentSaid) else "")
            return []
        actions = self._floor.answers(now)
        if not self._floor.is_free() or self.state not in (State.TALKING, State.LEAVING):
            return actions
        self._pickup.is_spoken_to()
        turn, said, alarm = self._floor.say(event, now)
        if self.state is State.LEAVING:
            self._goodbye.said_in(turn, now)
        return actions + self._at_rest(said, now) + self._alarmed(alarm, now)

    def _turn_complete(self, complete: live.TurnComplete, now: float) -> list[Action]:
        self._timers.stop(Timer.STALE)
        self._pickup.answering = False
        self._on_hold.in_turn = False
        self._live.completed_turn(now)
        self._floor.turn_over = True
        actions = [*self.conversation.complete(now), *self._generated(now)]
        return actions + self._alarmed(self._guards.completes(complete, self.conversation.held(now), now), now)

    def _interrupted(self, now: float) -> list[Action]:
        self._pickup.answering = False
        if self.conversation.voice is None or self.conversation.plays_music:
            return []
        if not self._pickup.records and self._goodbye.interrupted() and self._move("interrupted"):
            self._goodbye.call_off()
        actions = self._floor.interrupted(now)
        self._stir(now)
        agreed = self.state is State.LEAVING and self._goodbye.is_agreed_to(self.conversation.held(now))
        return actions + (self._part(now) if agreed else [])

    def _played(self, mark: str, now: float) -> list[Action]:
        settled = self.conversation.played(mark, now)
        if settled:
            self._rest(now)
        opened = bool(self._agent.recording_notice) and any(turn.source is Source.CLIP for turn in settled)
        told = self._taping.told() if opened else []
        heard = any(self._goodbye.is_said_in(turn) for turn in settled)
        if heard or self._goodbye.is_all_heard(self.conversation.held(now)):
            return [*records(settled), *told, *self._part(now)]
        return [*records(settled), *told] + (self._tell_news(now) if settled else [])

    def _prompted(self, wish: Prompted, now: float) -> list[Action]:
        if self.state is not State.TALKING or not wish.interrupt or self.conversation.plays_music:
            self.conversation.add_news(wish.text)
            return self._tell_news(now)
        return self._interject(wish.text, now)

    def _disclose(self, now: float) -> list[Action]:
        """A caller has heard an agent that did not say what it is: it is reminded as soon as nobody speaks."""
        if self.state is not State.TALKING or self._floor.caller_speaks or self._pickup.records:  # the message says so
            return []
        quiet_at = self.conversation.quiet_at(now)
        if quiet_at is None or quiet_at > now or Timer.GUARD in self._timers:  # something of the model's is due
            return []
        logger.warning("%s the agent did not say that it is an AI: it is told to", self._incoming.call_sid)
        words = briefing.UNDISCLOSED.format(words=self._disclosure.remind())
        return [Record(Noted(now, "undisclosed", {})), *self._tell(words, now)]

    def _tool_done(self, done: steps.ToolDone, now: float) -> list[Action]:
        answer = self.conversation.answer(done, now)
        if answer is None:
            return []
        name, actions = answer
        self._rest(now)
        if not self.conversation.errands:
            self._guards.answered(self.conversation.held(now), now)
        if self.state is State.TALKING:
            actions += self._tell(self.conversation.news(), now)
        if done.hang_up:
            actions += self._leave(f"{name} ended the call", now, done.next)
        return actions + self._let_go()

    # Time.

    def _time_is_up(self, now: float) -> list[Action]:
        actions: list[Action] = []
        while (timer := self._timers.take(now)) is not None:
            actions += self._due(timer, now)
        return actions

    def _due(self, timer: Timer, now: float) -> list[Action]:
        match timer:
            case Timer.STREAM | Timer.AWAY:
                return self._astray(self._outing.why or timer.value, now)
            case Timer.FETCH:
                self._phone.is_fetched(now)
                return [steps.Arrange(OURS, Fetch())]
            case Timer.SETUP:
                return self._over(timer.value, now, self._agent.fallback)
            case Timer.ECHO:
                return self._part(now)
            case Timer.PREWARM:
                return self._drop(now)
            case Timer.REDIAL:
                return self._live.dial(now)
            case Timer.ANSWER:
                return self._live.leave(now) + self._lost(Closing(Remedy.RESUME, timer.value), now)
            case Timer.OLD:
                self._live.is_old()
                self._rest(now)
                return []
            case Timer.QUIET | Timer.ROTATE:
                return self._rotate(now)
            case Timer.STALE | Timer.TONE:
                return []
            case Timer.HOLD:
                return self._floor.go_on(now)
            case Timer.GUARD:
                return self._alarmed(self._guards.time_is_up(now), now)
            case Timer.FAREWELL:
                return self._last_words(now)
            case Timer.LONGEST:
                return self._no_longer(timer.value, now)
            case Timer.LAST_CHANCE:
                return self._over(self._goodbye.why, now)
            case Timer.KEYS:
                return self._keys_end(now)
            case Timer.MUSIC:
                return self._keep_on_hold(now)
            case Timer.QUESTION:
                return self._floor.keep_back(now)
            case Timer.UNPAUSED:
                return self._unpaused(now)
            case Timer.BEEP:
                return self._leave_message(now)
            case Timer.FIRST_WORD:
                return self._prompted(Prompted(briefing.CALLEE_SILENT, interrupt=False), now)
            case Timer.IDLE if self._floor.caller_speaks and self._idle.waits(now):
                return []
            case Timer.IDLE if self._idle.runs_out():
                return self._bid_farewell(timer.value, briefing.NOBODY_THERE, now)
            case Timer.IDLE:
                return self._tell(self._agent.idle_prompt, now)
            case _:
                assert_never(timer)
