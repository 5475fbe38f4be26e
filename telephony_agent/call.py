"""The decisions of a phone call: given an event and the time, what to do next.

A `Call` is a value: it owns no socket, starts no task and reads no clock, so a test is a list of events with times, and
an event is fully dealt with before the next one is looked at. It asks to be called again by its `deadline`.

Rules: only `_move` changes the state; a timer is known by its name, and `TimeIsUp` makes it look which ones are due;
`Conversation`, `PhoneEnd`, `LiveEnd`, `Guards` and `Goodbye` are told what happened, and what that means in the state
that the call is in is decided here.
"""

from __future__ import annotations

import logging
from typing import assert_never

from . import briefing, person, steps
from .agent import Agent, IncomingCall
from .conversation import Conversation, records
from .floor import Floor
from .goodbye import Goodbye
from .guards import Alarm, Cure, Guards, Trouble
from .idle import Idle
from .keypad import Keypad
from .live import messages as live
from .live.closing import Closing, Remedy
from .live_end import LiveEnd
from .outing import Outing
from .phone import messages as phone
from .phone.playback import Clip
from .phone_end import PhoneEnd
from .record.entries import Aside, Began, Errand, Follows, Next, Noted, Outcome, PressDigits
from .states import LAST_CHANCE, MOVES, State, Timer, Timers
from .steps import Action, Event, Record
from .toolbox.context import Awaited, CollectDigits, Consult, Prompted, Request

logger = logging.getLogger(__name__)

MACHINE = "a machine answered"

SILENT = b"\xff"  # mu-law
CURABLE = ((State.TALKING, False), (State.TALKING, True), (State.DIALLING, True))  # where; whether it is the fallback


class Call:
    """`model`: its full name, as the provider wants it in the setup; `clip`: the agent's `opening`, if recorded."""

    def __init__(self, agent: Agent, incoming: IncomingCall, model: str, clip: Clip | None = None) -> None:
        self.state = State.RINGING
        greeting = "" if incoming.outbound else briefing.greeting(agent, clip is not None)
        self.conversation = Conversation(greeting, local=agent.turns == "local")
        self._clip = clip
        self._agent = agent
        self._incoming = incoming
        self._model = model
        self._timers = Timers()
        self._phone = PhoneEnd(agent.longest_call, self._timers)
        self._live = LiveEnd(agent, incoming, model, self._timers, clip is not None)
        self._goodbye = Goodbye(self._timers)
        slow = agent.search or agent.options.thinking is not None
        self._guards = Guards(self._timers, agent.language, slow, agent.options.proactive_audio)
        interruptible = agent.options.turn_taking.interruptible
        self._floor = Floor(self.conversation, self._guards, self._goodbye, self._timers, interruptible)
        self._outcome: Outcome | None = None
        self._idle = Idle(agent.idle_after, self._timers)
        self._keypad = Keypad(self._timers)
        self._outing = Outing(self._timers)

    @property
    def deadline(self) -> float | None:
        """When `TimeIsUp` is due."""
        return self._timers.deadline

    def handle(self, event: Event, now: float) -> list[Action]:
        actions = self._decide(event, now)
        self.conversation.remember(actions)
        return actions

    def _decide(self, event: Event, now: float) -> list[Action]:
        if self._outcome is not None:
            return [steps.Reply(self._outcome.next)] if isinstance(event, steps.NextAsked) else []
        match event:
            case phone.Heard(ulaw):
                return self._heard(ulaw, now)
            case live.Spoke() | live.AgentSaid():
                return self._speaks(event, now)
            case live.CallerSaid(text):
                self.conversation.understand(text, now)
                self._guards.understood(now)
                self._stir(now)
                if person.is_asked_for(self.conversation.asked):
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
                self._guards.calls()
                return self._at_rest(self.conversation.run(event, now), now)
            case live.ToolCallsCancelled(ids):
                return self._at_rest(self.conversation.cancel(ids, now), now)
            case steps.ToolDone():
                return self._tool_done(event, now)
            case Prompted():
                return self._prompted(event, now)
            case Awaited(answer):
                self._floor.expect(answer)
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
            case steps.Consulted(takes_it):
                return self._outing.decided(takes_it)
            case steps.GaveUp(id):
                self._keypad.give_up(id)
                self._outing.give_up(id)
            case live.Usage():
                self.conversation.bill(event)
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
            case phone.Stopped():
                return self._over("the caller hung up", now)
            case steps.Ended(why):
                return self._over(why, now)
            case steps.MachineAnswered(beeped):
                return self._machine_answered(beeped, now)
            case steps.TimeIsUp():
                return self._time_is_up(now)
            case _:
                assert_never(event)
        return []

    # The caller's end.

    def _rang(self, prewarm: bool, now: float) -> list[Action]:
        self._timers.wait(Timer.STREAM, now)
        ring, agent = self._incoming, self._agent.name
        began = Record(Began(now, ring.account_sid, ring.direction, ring.caller, ring.called, agent, self._model))
        if not prewarm:
            return [began]
        self._timers.wait(Timer.PREWARM, now)
        return [began, *self._live.dial(now)]

    def _started(self, now: float) -> list[Action]:
        if self.state is State.LEAVING:
            return []
        actions = self.conversation.begin_stream(now) + self._outing.is_back()
        if self.state is State.RINGING and self._clip is not None:
            actions += self.conversation.play(self._clip, now)
        self._move("started")
        self._phone.is_there(now)
        self._live.is_missed(now)
        return actions + (self._live.dial(now) if self._live.down else self._talk(now))

    def _stream_lost(self, now: float) -> list[Action]:
        if self.state is State.LEAVING:
            return self._part(now)
        actions = self.conversation.end_stream(now)
        self._guards.stop()
        if self._move("away"):
            self._timers.wait(Timer.AWAY, now)
            self._live.is_not_missed()
            self._rest(now)
        return actions

    def _next(self, dialled: str, now: float) -> list[Action]:
        """Twilio has no stream and asks what to do."""
        if self._phone.asks_next(now):
            actions = self._stream_lost(now)
        else:
            actions = self._over("the stream was lost too often", now, self._agent.fallback)
        if self._outcome is not None:
            return [*actions, steps.Reply(self._outcome.next)]
        if (errand := self._outing.announce()) is not None:
            return [*actions, steps.Reply(errand)]
        if news := self._outing.end(dialled):
            self.conversation.add_news(news)
        self._phone.gets_another(now)
        return [*actions, steps.Reply(Next.CONNECT)]

    # The model's end.

    def _talk(self, now: float) -> list[Action]:
        """To be called when either end has come: if the other one is there too, they talk."""
        if not self._live.ready or not self._move("ready"):
            return []
        self._live.is_there()
        self._rest(now)
        self._guards.begin(now)
        return self._tell(self.conversation.news(), now)

    def _tell(self, words: str, now: float) -> list[Action]:
        """Words of ours that make the model speak."""
        if not words:
            return []
        self.conversation.tell(words, now)
        self._guards.told(now)
        return self._at_rest(self._live.tell(words), now)

    def _lost(self, closing: Closing, now: float) -> list[Action]:
        logger.warning("%s lost the model: %s", self._incoming.call_sid, closing.why)
        worth_it = self._live.lost(closing, now)
        self._guards.leave()
        actions = self.conversation.end_session(now, replay=closing.remedy is not Remedy.FORGET)
        if self.state is State.LEAVING:
            return actions + self._last_words(now)
        if not worth_it:
            busy = self._agent.busy if closing.remedy is Remedy.WAIT else None
            return actions + self._over(f"the model is gone: {closing.why}", now, busy or self._agent.fallback)
        if self.state in (State.RINGING, State.AWAY):
            return actions  # dialled again when a stream is there
        return actions + self._dial_again(now)

    def _rotate(self, now: float) -> list[Action]:
        """Leave a session whose server is about to close it, for one that goes on where it was."""
        if self.state is not State.TALKING:
            return []
        return self._drop(now) + self._dial_again(now)

    def _dial_again(self, now: float) -> list[Action]:
        self._move("lost")
        self._live.is_missed(now)
        return self._live.dial(now)

    def _drop(self, now: float) -> list[Action]:
        self._guards.leave()
        return [*self.conversation.end_session(now), *self._live.leave(now)]

    def _alarmed(self, alarm: Alarm | None, now: float) -> list[Action]:
        """Something has gone wrong without an error: do about it what the alarm says."""
        if alarm is None or (self.state, alarm.cure is Cure.FALLBACK) not in CURABLE:
            return []
        logger.warning("%s: %s; %s", self._incoming.call_sid, alarm.trouble.value, alarm.cure.value)
        if alarm.cure is Cure.NONE:
            return self._generated(now) if alarm.trouble is Trouble.ENDLESS else []
        if alarm.cure is Cure.FALLBACK:
            return self._over(alarm.trouble.value, now, self._agent.fallback)
        actions = self._floor.cut(now)
        words = briefing.nudge(alarm.trouble, self._agent.language)
        if alarm.cure is Cure.NUDGE:
            return actions + self._tell(words, now)
        if alarm.cure is Cure.FRESH:
            self._live.forget()
        actions += self._rotate(now)
        self.conversation.add_news(words)
        return actions

    # Who speaks.

    def _heard(self, ulaw: bytes, now: float) -> list[Action]:
        before = self._floor.caller_speaks
        if self._keypad.secret:  # a key can be heard, too
            ulaw = SILENT * len(ulaw)
        actions = self._floor.hear(ulaw, self._live.ready, now)
        if self._floor.caller_speaks is not before:
            self._find_quiet(now)
        return actions

    def _pressed(self, key: str, now: float) -> list[Action]:
        """As every telephone menu does, the agent falls silent."""
        self._stir(now)
        talks = self.state is State.TALKING and self.conversation.held(now) > 0 and not self.conversation.plays
        cut = self._floor.cut(now) if talks and self._agent.options.turn_taking.interruptible else []
        return cut + self._keypad.press(key, now)

    def _keys_end(self, now: float) -> list[Action]:
        actions, keys = self._keypad.pause(now)
        if not keys:
            return actions
        if keys == person.KEY:
            return actions + self._over("the caller asks for a person, by key", now, self._agent.person)
        words = briefing.PRESSED.format(keys=keys)
        return actions + self._prompted(Prompted(words, interrupt=not self.conversation.errands), now)

    def _speaks(self, event: live.AgentSaid | live.Spoke, now: float) -> list[Action]:
        """The model does. When leaving, its first turn is the farewell."""
        actions = self._floor.answers(now)
        if not self._floor.is_free() or self.state not in (State.TALKING, State.LEAVING):
            return actions
        turn, said, alarm = self._floor.say(event, now)
        if self.state is State.LEAVING:
            self._goodbye.said_in(turn, now)
        return actions + self._at_rest(said, now) + self._alarmed(alarm, now)

    def _generated(self, now: float) -> list[Action]:
        """The turn's last sound has come. If it was the farewell, we leave once that is heard."""
        voice = self.conversation.voice
        farewell = voice is not None and self._goodbye.is_said_in(voice.turn)
        return self._at_rest(self.conversation.finish(now), now) + (self._last_words(now) if farewell else [])

    def _turn_complete(self, complete: live.TurnComplete, now: float) -> list[Action]:
        self._timers.stop(Timer.STALE)
        self._live.completed_turn(now)
        self._floor.turn_over = True
        actions = [*self.conversation.complete(now), *self._generated(now)]
        return actions + self._alarmed(self._guards.completes(complete, self.conversation.held(now), now), now)

    def _interrupted(self, now: float) -> list[Action]:
        if self.conversation.voice is None:
            return []
        if self._goodbye.interrupted() and self._move("interrupted"):
            self._goodbye.call_off()
        actions = self._floor.interrupted(now)
        self._stir(now)
        agreed = self.state is State.LEAVING and self._goodbye.is_agreed_to(self.conversation.held(now))
        return actions + (self._part(now) if agreed else [])

    def _played(self, mark: str, now: float) -> list[Action]:
        settled = self.conversation.played(mark, now)
        if settled:
            self._rest(now)
        heard = any(self._goodbye.is_said_in(turn) for turn in settled)
        if heard or self._goodbye.is_all_heard(self.conversation.held(now)):
            return [*records(settled), *self._part(now)]
        return records(settled) + (self._tell_news(now) if settled else [])

    def _prompted(self, wish: Prompted, now: float) -> list[Action]:
        if self.state is not State.TALKING or not wish.interrupt:
            self.conversation.add_news(wish.text)
            return self._tell_news(now)
        return self._floor.cut(now) + self._tell(wish.text, now)

    def _tell_news(self, now: float) -> list[Action]:
        """If nobody speaks; else when the agent's last words have been heard, or the functions have answered."""
        quiet = self.state is State.TALKING and self._floor.is_quiet(now)
        return self._tell(self.conversation.news(), now) if quiet else []

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
        return actions + (self._leave(f"{name} ended the call", now, done.next) if done.hang_up else [])

    # What a function asks for.

    def _requested(self, id: int, request: Request, now: float) -> list[Action]:
        match request:
            case CollectDigits():
                return self._keypad.collect(id, request, self.conversation.held(now), now)
            case PressDigits():
                return self._press(id, request, now)
            case Consult():
                return self._outing.consult(id) or [steps.Arrange(id, request)]
            case _:
                return [steps.Arrange(id, request)]

    def _arranged(self, done: steps.Arranged, now: float) -> list[Action]:
        facts = {"sid": done.sid} if done.sid else {"error": done.error}
        noted = Record(Noted(now, type(done.request).__name__, facts))
        if done.sid and isinstance(done.request, Consult):
            return [noted]  # the function waits for what they say
        self._outing.give_up(done.id)
        return [noted, steps.Settle(done.id, done.sid, done.error)]

    def _press(self, id: int, errand: PressDigits, now: float) -> list[Action]:
        """As soon as what the agent is saying has been heard."""
        if self.state is not State.TALKING or not self._move("leave"):
            return [steps.Settle(id, error="no keys can be pressed now: nobody is on the line")]
        self._guards.stop()
        self._outing.is_wanted_by(id)
        self._goodbye.begin("keys were to be pressed", now, errand)
        return self._last_words(now)

    # The end.

    def _leave(self, why: str, now: float, next: Follows = Next.HANG_UP) -> list[Action]:
        """Hang up, or what follows instead, once the model has said goodbye: its next turn is the farewell."""
        if self.state is State.AWAY:
            return self._over(why, now, next)  # to nobody
        if not self._move("leave"):
            return []
        self._guards.stop()
        self._goodbye.begin(why, now, next)
        return self.conversation.finish(now)

    def _machine_answered(self, beeped: bool, now: float) -> list[Action]:
        """Leave the message that there may be, as our last words; what was said to its greeting, nobody needs."""
        order = self._incoming.order
        if order is None:
            return []
        if order.voicemail is None:
            return self._over(MACHINE, now)
        words = briefing.VOICEMAIL.format(message=order.voicemail)
        if not beeped:
            return []
        if self.state is not State.TALKING:
            self.conversation.add_news(words)
            return []
        return self._floor.cut(now) + self._bid_farewell(MACHINE, words, now)

    def _last_words(self, now: float) -> list[Action]:
        """The farewell is said, or will not be: hang up when what Twilio holds has been heard."""
        actions = self.conversation.finish(now)
        heard = self._goodbye.is_heard(self.conversation.held(now) + self._floor.pause, now)
        return actions + (self._part(now) if heard else [])

    def _part(self, now: float) -> list[Action]:
        """The last words have been heard, or nobody is there to hear them."""
        why, next = self._goodbye.why, self._goodbye.next
        if not isinstance(next, Errand):
            return self._over(why, now, next)
        self._goodbye.call_off()
        self._move("away")
        self._outing.begin(next, why, now)
        self._live.is_not_missed()
        return [*self.conversation.end_stream(now), steps.CloseStream()]

    def _over(self, why: str, now: float, next: Follows = Next.HANG_UP) -> list[Action]:
        self._move("over")
        self._timers.stop_all()
        self._outcome = Outcome(why, next, self._phone.lasted(now), *self.conversation.tokens)
        mishaps = self._guards.mishaps(self._floor.silenced, self._floor.went_on)
        return [*self.conversation.end(now), Record(mishaps), Record(self._outcome), steps.HangUp(self._outcome)]

    # Time.

    def _stir(self, now: float) -> None:
        """The caller is there."""
        self._idle.stir()
        self._rest(now)

    def _rest(self, now: float) -> None:
        """Wind up the idle clock, which stands while a tool runs; find the moment to leave a session that is old."""
        self._find_quiet(now)
        idle = self.state is State.TALKING and not self.conversation.errands
        self._idle.wind_up(now + self.conversation.held(now) if idle else None)

    def _find_quiet(self, now: float) -> None:
        """In which nobody speaks, and an old session may be left."""
        speaking = self.state is not State.TALKING or self._floor.caller_speaks
        self._live.expect_quiet(None if speaking else self.conversation.quiet_at(now))

    def _at_rest(self, actions: list[Action], now: float) -> list[Action]:
        """The idle clock starts anew after these."""
        self._rest(now)
        return actions

    def _time_is_up(self, now: float) -> list[Action]:
        actions: list[Action] = []
        while (timer := self._timers.take(now)) is not None:
            actions += self._due(timer, now)
        return actions

    def _due(self, timer: Timer, now: float) -> list[Action]:
        match timer:
            case Timer.STREAM | Timer.AWAY:
                return self._over(self._outing.why or timer.value, now)
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
            case Timer.STALE:
                return []
            case Timer.HOLD:
                return self._floor.go_on(now)
            case Timer.GUARD:
                return self._alarmed(self._guards.time_is_up(now), now)
            case Timer.FAREWELL:
                return self._last_words(now)
            case Timer.LONGEST if self._goodbye.why == timer.value:
                return self._over(timer.value, now)  # the caller talked over the goodbye
            case Timer.LONGEST:
                self._goodbye.why = timer.value  # also if we are leaving: a farewell may go on and on
                self._timers.start(timer, now + LAST_CHANCE)
                return self._bid_farewell(timer.value, briefing.TIME_IS_UP, now)
            case Timer.KEYS:
                return self._keys_end(now)
            case Timer.IDLE if self._idle.runs_out():
                return self._bid_farewell(timer.value, briefing.NOBODY_THERE, now)
            case Timer.IDLE:
                return self._tell(self._agent.idle_prompt, now)
            case _:
                assert_never(timer)

    def _bid_farewell(self, why: str, words: str, now: float) -> list[Action]:
        """Leave of our own accord: the model is told to say goodbye."""
        actions = self._leave(why, now)
        return actions + (self._tell(words, now) if self._live.ready and self._outcome is None else [])

    def _move(self, why: str) -> bool:
        """Go where `MOVES` says; whether it says anything for this state and reason."""
        if (self.state, why) not in MOVES:
            return False
        before, self.state = self.state, MOVES[self.state, why]
        if before is not self.state:
            logger.info("%s: %s, now %s", self._incoming.call_sid, why, self.state.name)
        return True
