"""The course of a call: how its two ends come and go, and how it comes to its own.

Rules: only `_move` changes the state; `Conversation`, `PhoneEnd`, `LiveEnd`, `Guards` and `Goodbye` are told what
happened, and what that means in the state that the call is in is decided here and in `call`.
"""

from __future__ import annotations

import logging
import math

from . import briefing, steps
from .agent import Agent, IncomingCall
from .consulting import Consulting
from .conversation import Conversation
from .disclosure import Disclosure
from .floor import Floor
from .goodbye import Goodbye
from .guards import Alarm, Cure, Guards, Trouble
from .idle import Idle
from .keypad import Keypad
from .live import messages as live
from .live.closing import Closing, Remedy
from .live_end import LiveEnd
from .money.meter import Meter, unkept
from .money.prices import Price
from .on_hold import OnHold
from .outing import Outing
from .phone.playback import Clip
from .phone_end import PhoneEnd
from .pickup import MACHINE, MESSAGE, Pickup
from .record.entries import Began, Errand, Follows, Meet, Next, Outcome
from .states import MOVES, State, Timer, Timers
from .steps import Action, Record
from .taping import CUT, Taping
from .toolbox.context import Fetch

logger = logging.getLogger(__name__)

TAKING_LEAVE = 20.0  # seconds before Twilio ends a call of ours, in which we say goodbye

TOO_DEAR = "the call has cost as much as it may"

CURABLE = ((State.TALKING, False), (State.TALKING, True), (State.DIALLING, True))  # where; whether it is the fallback


class Course:
    """`model`: its full name, as the provider wants it in the setup; `clip`: the agent's `opening`, if recorded;
    `price`: of the model, None if nobody knows it.
    """

    def __init__(
        self,
        agent: Agent,
        incoming: IncomingCall,
        model: str,
        clip: Clip | None = None,
        price: Price | None = None,
    ) -> None:
        self.state = State.RINGING
        greeting = "" if incoming.outbound else briefing.greeting(agent, clip is not None)
        self.conversation = Conversation(greeting, local=agent.turns == "local")
        self._clip = clip
        self._agent = agent
        self._incoming = incoming
        self._model = model
        self._timers = Timers()
        self._phone = PhoneEnd(_longest(agent, incoming), self._timers)
        self._live = LiveEnd(agent, incoming, model, self._timers, clip is not None)
        self._goodbye = Goodbye(self._timers)
        thinking = agent.options.thinking
        slow = agent.search or (thinking is not None and thinking.takes_time)
        self._guards = Guards(self._timers, agent.language, slow, agent.options.proactive_audio)
        interruptible = agent.options.turn_taking.interruptible
        self._floor = Floor(self.conversation, self._live, self._guards, self._goodbye, self._timers, interruptible)
        self._outcome: Outcome | None = None
        self._price = price
        self._meter = Meter(price)
        self._idle = Idle(agent.idle_after, self._timers)
        told = clip is not None or agent.options.agent_transcript is None  # or there is no telling
        self._disclosure = Disclosure("" if told else agent.disclosed)
        self._keypad = Keypad(self._timers)
        self._outing = Outing(self._timers)
        self._pickup = Pickup(incoming.outbound, self._timers)
        self._taping = Taping(agent.recording_agreed)
        self._on_hold = OnHold()
        self._consulting = Consulting(incoming.call_sid)

    @property
    def deadline(self) -> float | None:
        """When `TimeIsUp` is due."""
        return self._timers.deadline

    # The caller's end.

    def _rang(self, prewarm: bool, now: float) -> list[Action]:
        self._timers.wait(Timer.STREAM, now)
        ring, agent = self._incoming, self._agent.name
        if problem := unkept(self._agent, self._price):
            logger.warning("%s: %s", ring.call_sid, problem)
        began = Record(Began(now, ring.account_sid, ring.direction, ring.caller, ring.called, agent, self._model))
        if not prewarm:
            return [began]
        self._timers.wait(Timer.PREWARM, now)
        return [began, *self._live.dial(now)]

    def _started(self, now: float) -> list[Action]:
        if self.state is State.LEAVING:
            return []
        actions = self.conversation.begin_stream(now) + self._outing.is_back()
        if self.state is State.RINGING:
            actions += self._open(now)
        if self._on_hold:
            self._timers.start(Timer.MUSIC, now)
        self._move("started")
        self._phone.is_there(now)
        self._pickup.is_there(now)
        self._live.is_missed(now)
        return actions + (self._live.dial(now) if self._live.down else self._talk(now))

    def _open(self, now: float) -> list[Action]:
        """With the recording of what comes first. Without one, Twilio has said the notice before there was a stream."""
        if self._clip is not None:
            return self.conversation.play(self._clip, now)
        return self._taping.told() if self._agent.recording_notice else []

    def _stream_lost(self, now: float) -> list[Action]:
        if self.state is State.LEAVING:
            return self._part(now)
        actions = self.conversation.end_stream(now)
        self._guards.stop()
        if self._move("away"):
            self._timers.wait(Timer.AWAY, now)
            self._timers.wait(Timer.FETCH, now)
            self._live.is_not_missed()
            self._rest(now)
            actions += self._taping.refuse(CUT)
        return actions

    def _next(self, dialled: str, now: float) -> list[Action]:
        """Twilio has no stream and asks what to do."""
        if self._outing.was_talk(dialled, now):
            actions = self._over("the caller was put through", now)
        elif self._outing.too_often(now):
            actions = self._over("the call was left for keys or people too often", now, self._agent.fallback)
        elif self._outing.goes_on or self._phone.asks_next(now):
            actions = self._stream_lost(now)
            self._timers.stop(Timer.FETCH)
        else:
            actions = self._over("the stream was lost too often", now, self._agent.fallback)
        if self._outcome is not None:
            return [*actions, steps.Reply(self._outcome.next)]
        if (errand := self._outing.announce(dialled, now)) is not None:
            if isinstance(errand, Meet):
                self._consulting.meets()
            return [*actions, steps.Reply(errand)]
        if self._outing.was_told:
            actions += self._taping.told()
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
        silence = max(self._live.missed_since or now, self.conversation.silent_since)
        return self._tell(self.conversation.news(), now, silence)

    def _tell(self, words: str, now: float, silence: float | None = None) -> list[Action]:
        """Words of ours that make the model speak. `silence`: since when the caller hears none, if not from now on."""
        if not words:
            return []
        self.conversation.tell(words, now)
        self._guards.told(now, silence)
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
        logger.info("%s leaves the session for a new one", self._incoming.call_sid)
        return self._drop(now) + self._dial_again(now)

    def _dial_again(self, now: float) -> list[Action]:
        self._move("lost")
        self._live.is_missed(now)
        return self._live.dial(now)

    def _drop(self, now: float) -> list[Action]:
        self._guards.leave()
        return [*self.conversation.end_session(now), *self._live.leave(now)]

    def _interject(self, words: str, now: float) -> list[Action]:
        """At once, if caller and model have each other."""
        if self.state is State.TALKING:
            return self._floor.cut(now) + self._tell(words, now)
        self.conversation.add_news(words)
        return []

    def _alarmed(self, alarm: Alarm | None, now: float) -> list[Action]:
        """Something has gone wrong without an error: do about it what the alarm says."""
        unheard = self._pickup.records or self.conversation.plays_music
        if alarm is None or unheard or (self.state, alarm.cure is Cure.FALLBACK) not in CURABLE:
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

    # The end.

    def _leave(self, why: str, now: float, next: Follows = Next.HANG_UP) -> list[Action]:
        """Hang up, or what follows instead, once the model has said goodbye: its next turn is the farewell."""
        if isinstance(next, Meet) and not self._consulting.waits:
            return self._interject(briefing.COLLEAGUE_GONE, now)
        if self.state is State.AWAY:
            return self._astray(why, now, next)  # to nobody
        if not self._move("leave"):
            return []
        self._on_hold.let_all_go()
        actions = self._off_hold(now)
        self._guards.stop()
        self._goodbye.begin(why, now, next)
        return actions + self.conversation.finish(now)

    def _off_hold(self, now: float) -> list[Action]:
        """The music stops; what still comes of the agent's turn that began in it is for nobody."""
        self._timers.stop(Timer.MUSIC)
        if self._on_hold.in_turn:
            self._timers.wait(Timer.STALE, now)
        if missed := self._on_hold.missed():
            self.conversation.add_news(briefing.UNHEARD_ON_HOLD.format(missed=missed))
        return self._at_rest(self.conversation.stop_music(now), now)

    def _tell_news(self, now: float) -> list[Action]:
        """If nobody speaks; else when the agent's last words have been heard, or the functions have answered."""
        quiet = self.state is State.TALKING and self._floor.is_quiet(now)
        return self._tell(self.conversation.news(), now) if quiet else []

    def _machine_answered(self, beeped: bool, now: float) -> list[Action]:
        """Leave the message that there may be, as our last words; what was said to its greeting, nobody needs.

        Twilio says it where there is no model, or that fails before it has.
        """
        order = self._incoming.order
        if not self._incoming.outbound or self._pickup.records:
            return []
        if order is None or order.voicemail is None:
            return self._astray(MACHINE, now) if self.state is State.AWAY else self._over(MACHINE, now)
        if not beeped:
            return []
        self._pickup.beeped(self._agent.disclosed, order.voicemail, self._agent.language or "", now)
        if self.state is State.LEAVING:  # it took its leave of the greeting
            self._goodbye.call_off()
            self._move("interrupted")
        return self._floor.cut(now) if self.state is State.TALKING else self._leave_message(now)

    def _leave_message(self, now: float) -> list[Action]:
        if self.state is State.AWAY:
            return self._astray(MESSAGE, now, self._pickup.message)
        if self.state is not State.TALKING:
            return self._over(MESSAGE, now, self._pickup.message)
        if self._pickup.answering:
            self._timers.wait(Timer.STALE, now)
        words = briefing.VOICEMAIL.format(message=self._pickup.message.text)
        return self._bid_farewell(MESSAGE, words, now)

    def _bid_farewell(self, why: str, words: str, now: float) -> list[Action]:
        """Leave of our own accord: the model is told to say goodbye."""
        actions = self._leave(why, now)
        return actions + (self._tell(words, now) if self._live.ready and self._outcome is None else [])

    def _no_longer(self, why: str, now: float) -> list[Action]:
        """The call has come to one of its limits: it ends as soon as the model has said goodbye, whoever speaks."""
        self._goodbye.insist(why, now)
        return self._bid_farewell(why, briefing.TIME_IS_UP, now)

    def _billed(self, usage: live.Usage, now: float) -> list[Action]:
        """What a turn of the model's cost, which may have been the last that the call could afford."""
        actions: list[Action] = [Record(entry) for entry in self._meter.turn(usage, now)]
        limit = self._agent.dearest_call
        if limit is None or self._meter.spent < limit or self.state is not State.TALKING or self._goodbye.insists:
            return actions
        return actions + self._no_longer(TOO_DEAR, now)

    def _generated(self, now: float) -> list[Action]:
        """The turn's last sound has come. If it was the farewell, we leave once that is heard."""
        voice = self.conversation.voice
        farewell = voice is not None and self._goodbye.is_said_in(voice.turn)
        if farewell:
            self._pickup.is_said()
        return self._at_rest(self.conversation.finish(now), now) + (self._last_words(now) if farewell else [])

    def _last_words(self, now: float) -> list[Action]:
        """The farewell is said, or will not be: hang up when what Twilio holds has been heard."""
        actions = self.conversation.finish(now)
        heard = self._goodbye.is_heard(self.conversation.held(now) + self._floor.pause, now)
        return actions + (self._part(now) if heard else [])

    def _part(self, now: float) -> list[Action]:
        """The last words have been heard, or nobody is there to hear them."""
        why, next = self._goodbye.why, self._goodbye.next
        if not isinstance(next, Errand):
            return self._over(why, now, self._pickup.follows(self._goodbye.words) if self._pickup.records else next)
        self._goodbye.call_off()
        self._move("away")
        self._outing.begin(next, why, now)
        self._timers.wait(Timer.FETCH, now)
        self._live.is_not_missed()
        return [*self.conversation.end_stream(now), steps.CloseStream()]

    def _astray(self, why: str, now: float, next: Follows = Next.HANG_UP) -> list[Action]:
        """There is no stream: Twilio may not ask what follows, unless it is told to."""
        return self._over(why, now, next, fetch=not self._outing.is_elsewhere)

    def _over(self, why: str, now: float, next: Follows = Next.HANG_UP, fetch: bool = False) -> list[Action]:
        self._move("over")
        self._timers.stop_all()
        left = [] if isinstance(next, Meet) else self._consulting.let_go()
        last = [] if next is Next.HANG_UP else self._taping.end()
        last += [each.request for each in left if isinstance(each, steps.Arrange)] + [Fetch()] * fetch
        looked_up = [Record(entry) for entry in self._meter.end(now)]
        self._outcome = Outcome(why, next, self._phone.lasted(now), self._meter.bill)
        mishaps = self._guards.mishaps(self._floor.silenced, self._floor.went_on)
        records = [*looked_up, Record(mishaps), Record(self._outcome)]
        return [*self.conversation.end(now), *records, steps.HangUp(self._outcome, tuple(last))]

    # Rest.

    def _stir(self, now: float) -> None:
        """The caller is there."""
        self._idle.stir()
        self._rest(now)

    def _rest(self, now: float) -> None:
        """Wind up the idle clock, which stands while a tool runs; find the moment to leave a session that is old."""
        self._find_quiet(now)
        idle = self.state is State.TALKING and not (self.conversation.errands or self._on_hold)
        self._idle.wind_up(now + self.conversation.held(now) if idle else None)

    def _find_quiet(self, now: float) -> None:
        """In which nobody speaks, and an old session may be left."""
        speaking = self.state is not State.TALKING or self._floor.caller_speaks
        self._live.expect_quiet(None if speaking else self.conversation.quiet_at(now))

    def _at_rest(self, actions: list[Action], now: float) -> list[Action]:
        """The idle clock starts anew after these."""
        self._rest(now)
        return actions

    def _move(self, why: str) -> bool:
        """Go where `MOVES` says; whether it says anything for this state and reason."""
        if (self.state, why) not in MOVES:
            return False
        before, self.state = self.state, MOVES[self.state, why]
        if before is not self.state:
            logger.info("%s: %s, now %s", self._incoming.call_sid, why, self.state.name)
        return True


def _longest(agent: Agent, incoming: IncomingCall) -> float:
    """Seconds after which the agent says goodbye: before Twilio breaks a call of ours off."""
    end = math.inf if incoming.order is None else incoming.order.longest
    return min(agent.longest_call, max(end - TAKING_LEAVE, end / 2))
