"""One Live session, the server's side, as a value: what happened in, what to do out. Its order of messages is Google's:

    inputTranscription*, (outputTranscription | audio)*, generationComplete, and once it has been heard turnComplete
    inputTranscription*, toolCall, (the client's toolResponse), then as above: nothing is said while a function runs
    interrupted, turnComplete: the caller spoke over it, and there is no generationComplete

`flavours` says it as the model would. What the caller says while an answer is still being found belongs to the same
question, and is answered with it.
"""

from __future__ import annotations

import itertools
import json
import logging
from dataclasses import replace
from typing import assert_never

from telephony_agent.offline.model import messages, outgoing
from telephony_agent.offline.model.admission import admitted, refused
from telephony_agent.offline.model.calling import AllAnswered, Calling, Late, NoSuchCall
from telephony_agent.offline.model.closings import INVALID, NO_SUCH_THING, VAGUE
from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.door import Door
from telephony_agent.offline.model.events import (
    Action,
    Close,
    Event,
    Met,
    Nonsense,
    Send,
    Speak,
    State,
    StopThinking,
    Thought,
    TimeIsUp,
    Transcribe,
    Transcribed,
    Voiced,
)
from telephony_agent.offline.model.faculties import Answered, Brain, Call, Calls, Faculties, Say
from telephony_agent.offline.model.flavours import LATEST, Accent, Flavour, Saying
from telephony_agent.offline.model.hearing import Began, Hearing, Hears, OutOfPlace, Understood, pieces
from telephony_agent.offline.model.lifetime import Lifetime
from telephony_agent.offline.model.mind import Mind
from telephony_agent.offline.model.reply import PIECE, Reply
from telephony_agent.offline.model.speaking import Speaking
from telephony_agent.offline.model.terms import Terms
from telephony_agent.offline.model.tokens import Tokens, standing

log = logging.getLogger(__name__)


class Session:
    """`handle` what happened, do what it returns in that order, and feed it `TimeIsUp` when `deadline` has come.

    `now` is any clock in seconds that never goes back. After a `Close` nothing matters any more.
    """

    def __init__(
        self,
        faculties: Faculties,
        conversations: Conversations,
        terms: Terms | None = None,
        door: Door | None = None,
    ) -> None:
        self.state = State.NEW
        self.flavour: Flavour = LATEST
        self._faculties = faculties
        self._conversations = conversations
        self._terms = terms or Terms()
        self._door = door
        self._actions: list[Action] = []
        self._tickets = itertools.count(1)
        self._setup = messages.Setup()
        self._accent = Accent()
        self._tokens = Tokens()
        self._lifetime: Lifetime | None = None
        self._hearing: Hearing | None = None
        self._mind = Mind(faculties.brain, self._tickets)
        self._seeding = False  # what is told is history
        self._calling = Calling()
        self._to_call: Calls = ()  # once it has been said that this takes a moment
        self._speaking: Speaking | None = None
        self._caller_spoke = False
        self._taken = 0  # messages of the client's, since its setup

    def handle(self, event: Event, now: float) -> list[Action]:
        """What to do about it. Raises nothing."""
        if self.state is not State.OVER:
            self._take(event, now)
        actions, self._actions = self._actions, []
        return actions

    @property
    def deadline(self) -> float | None:
        """When `TimeIsUp` is wanted."""
        parts = (self._lifetime, self._speaking)
        times = [part.deadline for part in parts if part is not None]
        return min((time for time in times if time is not None), default=None)

    @property
    def speaks(self) -> bool:
        """A turn of the model's has begun, and has not been heard to its end."""
        return self.state is State.TALKING

    @property
    def hears(self) -> bool:
        """The caller speaks, or is being understood."""
        return self._hearing is not None and self._hearing.busy

    def _take(self, event: Event, now: float) -> None:
        match event:
            case Nonsense(code, reason):
                self._close(code, reason)
            case Met(brain):
                self._met(brain, now)
            case Thought(ticket, brain, decision):
                self._thought(ticket, brain, decision, now)
            case Voiced(ticket, pcm):
                self._voiced(ticket, pcm, now)
            case TimeIsUp():
                self._time(now)
            case messages.Setup():
                self._begin(event)
            case _ if self._hearing is None:
                if not isinstance(event, Transcribed):
                    self._close(INVALID, VAGUE)
            case _ if refusal := refused(event, self._setup):
                self._close(*refusal)
            case _:
                self._taken += isinstance(event, messages.ClientMessage)
                self._take_begun(event, self._hearing)

    def _take_begun(self, event: Event, hearing: Hearing) -> None:
        """What makes sense after the setup only."""
        match event:
            case messages.Audio(pcm, rate):
                heard = hearing.hear(pcm, rate, self.state in (State.TALKING, State.CALLING))
                self._tokens.heard(len(pcm) / 2 / rate, self._setup.all_input or hearing.caller_speaks)
                self._heard(heard)
            case messages.AudioEnded():
                self._heard(hearing.finish())
            case messages.ActivityStarted():
                self._heard(hearing.start())
            case messages.ActivityEnded():
                self._heard(hearing.end())
            case Transcribed(ticket, text):
                self._heard(hearing.transcribed(ticket, text))
            case messages.Text(text):
                self._told((messages.Turn("user", text),), True)
            case messages.Content(turns, complete) if self._seeding:
                self._remember(turns)
                self._seeding = not complete
            case messages.Content(turns, complete):
                self._told(turns, complete)
            case messages.ToolResponse(responses):
                for response in responses:
                    self._tokens.text(json.dumps(response.response))
                    self._answered(response)
            case messages.ContextUpdate():
                self._learn(event)
        if self._tokens.overflow and self.state is not State.OVER:
            self._close(INVALID, VAGUE)

    # The beginning and the end

    def _begin(self, setup: messages.Setup) -> None:
        remembered = self._conversations.find(setup.handle) if setup.handle else self._mind.brain
        kind = admitted(setup, self._door) if self.state is State.NEW else (INVALID, VAGUE)
        if not isinstance(kind, Flavour):
            return self._close(*kind)
        if remembered is None:
            return self._close(*NO_SUCH_THING)
        self._move(State.MEETING)
        self._setup, self.flavour = setup, kind if self._terms.empty_messages else replace(kind, empty=None)
        self._accent = Accent(self.flavour, setup.output_transcription)
        self._calling = Calling(kind, setup.functions, self._accent.call_id)
        self._tokens = Tokens(standing(setup), setup.window, self._terms.holds, self._conversations.turns(setup.handle))
        self._seeding = setup.seeded
        self._mind = Mind(remembered, self._tickets)
        self._actions.append(self._mind.learn(setup))

    def _met(self, brain: Brain, now: float) -> None:
        self._mind.met(brain)
        if self._hearing is not None:
            return self._consider()
        self._hearing = Hearing(self._faculties.ear(self._setup), self._tickets, self._setup.manual_activity)
        self._lifetime = Lifetime(self._terms, now)
        self._move(State.LISTENING)
        self._send(outgoing.SetupComplete())
        self._resumable()

    def _learn(self, update: messages.ContextUpdate) -> None:
        """Other instructions or functions, from now on."""
        self._setup = self._setup.updated(update)
        self._tokens.instructed(standing(self._setup))
        self._calling.declared(self._setup.functions)
        self._actions.append(self._mind.learn(self._setup))

    def _time(self, now: float) -> None:
        match self._lifetime and self._lifetime.due(now):
            case Close(code, reason):
                return self._close(code, reason)
            case outgoing.GoAway() as warning:
                self._send(warning)
        self._talk(now)

    def _close(self, code: int, reason: str) -> None:
        self._move(State.OVER)
        self._lifetime = self._speaking = None
        self._actions.append(Close(code, reason))

    # What comes in

    def _heard(self, hears: Hears) -> None:
        self._signal()
        for heard in hears:
            match heard:
                case Began():
                    if self._setup.interruptible and not self._waits_for_words:
                        self._interrupt()
                case Transcribe():
                    self._actions.append(heard)
                case Understood(text):
                    self._understood(text)
                case OutOfPlace():
                    return self._close(INVALID, VAGUE)
                case never:
                    assert_never(never)

    def _signal(self) -> None:
        """Say when the caller begins and ends to speak, to who asked for it."""
        speaks = self._hearing is not None and self._hearing.caller_speaks
        if speaks != self._caller_spoke:
            self._caller_spoke = speaks
            if self._setup.vad_signal:
                self._send(outgoing.VoiceActivity(speaks, self._tokens.listened))

    def _understood(self, text: str) -> None:
        if text and self._setup.interruptible and self._waits_for_words:
            self._interrupt()
        if text and self._setup.input_transcription:
            for piece in pieces(text):
                self._send(outgoing.HeardText(piece))
        if text:
            self._mind.ask(text)
        else:
            self._mind.go_on()
        self._consider()

    @property
    def _waits_for_words(self) -> bool:
        """A function runs and nobody speaks: a cough, which our ear may take for speech, is no reason to cancel it."""
        return self.state is State.CALLING and not self._setup.manual_activity

    def _told(self, turns: tuple[messages.Turn, ...], complete: bool) -> None:
        self._interrupt()
        self._remember(turns)
        if complete:
            self._mind.prompt()
            self._consider()

    def _remember(self, turns: tuple[messages.Turn, ...]) -> None:
        self._mind.remember(turns)
        for turn in turns:
            self._tokens.text(turn.text)

    def _answered(self, response: messages.Returned) -> None:
        match self._calling.answered(response):
            case None:
                pass
            case NoSuchCall():
                self._close(*NO_SUCH_THING)
            case AllAnswered(results):
                self._move(State.LISTENING)
                self._mind.tell(Answered(results))
                self._consider()
            case Late(result):
                self._answered_late(result)
            case never:
                assert_never(never)

    def _answered_late(self, result: messages.Returned) -> None:
        self._mind.wait(result)
        talks_over = self._hearing is not None and self._hearing.caller_speaks
        if result.scheduling == "INTERRUPT" and not talks_over:
            self._interrupt()
        self._consider()

    # Thinking

    def _consider(self) -> None:
        """Think about what is still open, but not while the caller speaks or is being understood."""
        idle = self.state in (State.LISTENING, State.THINKING)
        if idle and not self.hears and (think := self._mind.think()):
            self._move(State.THINKING)
            self._actions.append(think)

    def _thought(self, ticket: int, brain: Brain, decision: Say | Call, now: float) -> None:
        if self._speaking and self._speaking.open and self._mind.counts(ticket):
            self._mind.brain, self._to_call = brain, self._speaking.add(decision)
            return self._talk(now)
        if self.state is not State.THINKING or not self._mind.counts(ticket):
            return
        self._move(State.LISTENING)
        if self._mind.meeting or self.hears:
            return
        if not self._mind.thought(brain):
            return self._consider()
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
        call = self._calling.call(functions)
        self._tokens.called(functions)
        if self.flavour.closes_calls:
            call = replace(call, usage=self._tokens.turn(0.0))
        if self._calling.waiting:
            self._move(State.CALLING)
        self._send(call)
        self._resumable()  # nobody can take over in the middle of a call: without a handle
        self._consider()

    # Talking

    def _say(self, text: str, now: float, more: bool = False) -> None:
        if self._setup.as_text:
            return self._write(text)
        reply = Reply(text, self._terms.first_chunk, self.flavour.frames, self._terms.leading_silence, more)
        self._speaking = Speaking(reply, self._tickets)
        self._move(State.TALKING)
        if text.strip():
            self._resumable()
            self._send(Saying(text))
        self._talk(now)

    def _write(self, text: str) -> None:
        """The whole turn at once, without a sound."""
        for piece in PIECE.findall(text):
            self._send(outgoing.Written(piece))
        self._send(outgoing.GenerationComplete())
        self._end_turn(text)
        self._go_on()

    def _voiced(self, ticket: int, pcm: bytes, now: float) -> None:
        if self._speaking and self._speaking.voiced(ticket, pcm, now):
            self._talk(now)

    def _talk(self, now: float) -> None:
        """Send what is due, have the next sentence voiced, and end the turn when it has been heard."""
        if not (speaking := self._speaking):
            return
        for due in speaking.go_on(now):
            if isinstance(due, Speak):
                self._actions.append(due)
            else:
                self._send(due)
        if speaking.over(now):
            self._end_turn()
            self._go_on()

    def _go_on(self) -> None:
        """With what this turn was only the beginning of, or with what is still open."""
        functions, self._to_call = self._to_call, ()
        if functions:
            self._call(functions)
        else:
            self._consider()

    def _interrupt(self) -> None:
        """The floor is the caller's (or the client's), whatever was going on."""
        if self.state is State.THINKING or (self._speaking and self._speaking.open):
            self._actions.append(StopThinking())
        if self._to_call:
            self._mind.undo()
            self._to_call = ()
        if self.state is State.CALLING:
            self._mind.undo()
            self._send(outgoing.ToolCallCancellation(self._calling.cancel()))
        if self.state in (State.CALLING, State.TALKING):
            self._send(outgoing.Interrupted())
            self._end_turn()

    def _end_turn(self, written: str = "") -> None:
        self._move(State.LISTENING)
        usage = self._tokens.turn(self._speaking.seconds if self._speaking else 0.0, written)
        self._send(outgoing.TurnComplete(usage, self._calling.pending or bool(self._to_call)))
        self._speaking = None
        self._resumable()

    # Small things

    def _resumable(self) -> None:
        """Say how to go on from here in another session, or that it can't be done now."""
        if self._setup.resumption:
            busy = self.state is State.TALKING or self._calling.pending
            handle = "" if busy else self._conversations.keep(self._mind.brain, self._tokens.kept)
            self._send(outgoing.Resumption(handle, self._taken if self._setup.transparent else None))

    def _send(self, message: outgoing.ServerMessage | Saying) -> None:
        self._actions += map(Send, self._accent.tell(message))

    def _move(self, state: State) -> None:
        log.debug("= %s: %s", state.name, state.value)
        self.state = state
