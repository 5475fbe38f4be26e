"""The model's turns in one session: thinking, calling functions, talking, and what cuts it short; as a value too.

Whose state it is says `State`; what is to be done about it is gathered until the session takes it.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from telephony_agent.offline.model import messages, outgoing
from telephony_agent.offline.model.calling import Calling
from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.events import Action, Send, Speak, State, StopThinking
from telephony_agent.offline.model.faculties import Brain, Call, Calls, Say
from telephony_agent.offline.model.flavours import LATEST, Accent, Flavour, Saying
from telephony_agent.offline.model.mind import Mind
from telephony_agent.offline.model.reply import PIECE, Reply
from telephony_agent.offline.model.speaking import Speaking
from telephony_agent.offline.model.terms import Terms
from telephony_agent.offline.model.tokens import Tokens, standing

log = logging.getLogger(__name__)


class Turns:
    """`hears` says whether the caller speaks or is being understood; `tickets` numbers what is done in workers."""

    def __init__(
        self,
        brain: Brain,
        conversations: Conversations,
        terms: Terms,
        tickets: itertools.count[int],
        hears: Callable[[], bool],
    ) -> None:
        self.state = State.NEW
        self.setup = messages.Setup()
        self.flavour: Flavour = LATEST
        self.mind = Mind(brain, tickets)
        self.calling = Calling()
        self.tokens = Tokens()
        self.taken = 0  # messages of the client's, since its setup
        self._conversations, self._terms, self._tickets, self._hears = conversations, terms, tickets, hears
        self._accent = Accent()
        self._actions: list[Action] = []
        self._to_call: Calls = ()  # once it has been said that this takes a moment
        self._speaking: Speaking | None = None

    @property
    def deadline(self) -> float | None:
        """When it is to `talk` on."""
        return self._speaking.deadline if self._speaking else None

    def actions(self) -> list[Action]:
        """What is to be done now, in this order; nobody is told twice."""
        actions, self._actions = self._actions, []
        return actions

    def begin(self, setup: messages.Setup, flavour: Flavour, remembered: Brain) -> None:
        """As the client wants it, and the model that it named does it."""
        self.move(State.MEETING)
        self.setup, self.flavour = setup, flavour if self._terms.empty_messages else replace(flavour, empty=None)
        self._accent = Accent(self.flavour, setup.output_transcription)
        self.calling = Calling(flavour, setup.functions, self._accent.call_id)
        before = self._conversations.turns(setup.handle)
        self.tokens = Tokens(standing(setup), setup.window, self._terms.holds, before)
        self.mind = Mind(remembered, self._tickets)
        self.do(self.mind.learn(setup))

    def learn(self, update: messages.ContextUpdate) -> None:
        """Other instructions or functions, from now on."""
        self.setup = self.setup.updated(update)
        self.tokens.instructed(standing(self.setup))
        self.calling.declared(self.setup.functions)
        self.do(self.mind.learn(self.setup))

    def end(self) -> None:
        self.move(State.OVER)
        self._speaking = None

    # Thinking

    def consider(self) -> None:
        """Think about what is still open, but not while the caller speaks or is being understood."""
        idle = self.state in (State.LISTENING, State.THINKING)
        if idle and not self._hears() and (think := self.mind.think()):
            self.move(State.THINKING)
            self.do(think)

    def thought(self, ticket: int, brain: Brain, decision: Say | Call, now: float) -> None:
        if self._speaking and self._speaking.open and self.mind.counts(ticket):
            self.mind.brain, self._to_call = brain, self._speaking.add(decision)
            return self.talk(now)
        if self.state is not State.THINKING or not self.mind.counts(ticket):
            return
        self.move(State.LISTENING)
        if self.mind.meeting or self._hears():
            return
        if not self.mind.thought(brain):
            return self.consider()
        match decision:
            case Say(text, more):
                self._say(text, now, more)
            case Call(functions) if self.flavour.filler:
                self._to_call = functions
                self._say(self.flavour.filler, now)
            case Call(functions):
                self._call(functions)
            case never:
                assert_never(never)

    def _call(self, functions: Calls) -> None:
        call = self.calling.call(functions)
        self.tokens.called(functions)
        if self.flavour.closes_calls:
            call = replace(call, usage=self.tokens.turn(0.0))
        if self.calling.waiting:
            self.move(State.CALLING)
        self.send(call)
        self.resumable()  # nobody can take over in the middle of a call: without a handle
        self.consider()

    # Talking

    def _say(self, text: str, now: float, more: bool = False) -> None:
        if self.setup.as_text:
            return self._write(text)
        reply = Reply(text, self._terms.first_chunk, self.flavour.frames, self._terms.leading_silence, more)
        self._speaking = Speaking(reply, self._tickets)
        self.move(State.TALKING)
        if text.strip():
            self.resumable()
            self.send(Saying(text))
        self.talk(now)

    def _write(self, text: str) -> None:
        """The whole turn at once, without a sound."""
        for piece in PIECE.findall(text):
            self.send(outgoing.Written(piece))
        self.send(outgoing.GenerationComplete())
        self._end_turn(text)
        self._go_on()

    def voiced(self, ticket: int, pcm: bytes, more: bool, now: float) -> None:
        if self._speaking and self._speaking.voiced(ticket, pcm, more, now):
            self.talk(now)

    def talk(self, now: float) -> None:
        """Send what is due, have the next sentence voiced, and end the turn when it has been heard."""
        if not (speaking := self._speaking):
            return
        for due in speaking.go_on(now):
            if isinstance(due, Speak):
                self.do(due)
            else:
                self.send(due)
        if speaking.over(now):
            self._end_turn()
            self._go_on()

    def _go_on(self) -> None:
        """With what this turn was only the beginning of, or with what is still open."""
        functions, self._to_call = self._to_call, ()
        if functions:
            self._call(functions)
        else:
            self.consider()

    def interrupt(self) -> None:
        """The floor is the caller's (or the client's), whatever was going on."""
        if self.state is State.THINKING or (self._speaking and self._speaking.open):
            self.do(StopThinking())
        if self._to_call:
            self.mind.undo()
            self._to_call = ()
        if self.state is State.CALLING:
            self.mind.undo()
            self.send(outgoing.ToolCallCancellation(self.calling.cancel()))
        if self.state in (State.CALLING, State.TALKING):
            self.send(outgoing.Interrupted())
            self._end_turn()

    def _end_turn(self, written: str = "") -> None:
        self.move(State.LISTENING)
        usage = self.tokens.turn(self._speaking.seconds if self._speaking else 0.0, written)
        self.send(outgoing.TurnComplete(usage, self.calling.pending or bool(self._to_call)))
        self._speaking = None
        self.resumable()

    # Small things

    def resumable(self) -> None:
        """Say how to go on from here in another session, or that it can't be done now."""
        if self.setup.resumption:
            busy = self.state is State.TALKING or self.calling.pending
            handle = "" if busy else self._conversations.keep(self.mind.brain, self.tokens.kept)
            self.send(outgoing.Resumption(handle, self.taken if self.setup.transparent else None))

    def send(self, message: outgoing.ServerMessage | Saying) -> None:
        self._actions += map(Send, self._accent.tell(message))

    def do(self, action: Action) -> None:
        self._actions.append(action)

    def move(self, state: State) -> None:
        log.debug("= %s: %s", state.name, state.value)
        self.state = state
