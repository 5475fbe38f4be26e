"""One Live session, the server's side, as a value: what happened in, what to do out. Its order of messages is Google's:

    inputTranscription*, (outputTranscription | audio)*, generationComplete, and once it has been heard turnComplete
    inputTranscription*, toolCall, (the client's toolResponse), then as above: nothing is said while a function runs
    interrupted, turnComplete: the caller spoke over it, and there is no generationComplete

`flavours` says it as the model would. What the caller says while an answer is still being found belongs to the same
question, and is answered with it.
"""

from __future__ import annotations

import itertools
import logging
from dataclasses import replace
from enum import Enum
from typing import assert_never

from telephony_agent.offline.model.calling import AllAnswered, Calling, Late, NoSuchCall
from telephony_agent.offline.model.closings import NO_SUCH_THING
from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.events import (
    Action,
    Close,
    Event,
    Meet,
    Met,
    Nonsense,
    Send,
    Speak,
    Think,
    Thought,
    TimeIsUp,
    Transcribe,
    Transcribed,
    Voiced,
)
from telephony_agent.offline.model.faculties import Answered, Asked, Brain, Call, Faculties, Prompted, Say, Told
from telephony_agent.offline.model.flavours import LATEST, Accent, Flavour, Saying
from telephony_agent.offline.model.hearing import Began, Hearing, Hears, OutOfPlace, Understood
from telephony_agent.offline.model.messages import (
    INVALID,
    VAGUE,
    ActivityEnded,
    ActivityStarted,
    Audio,
    AudioEnded,
    Content,
    ContextUpdate,
    Returned,
    Setup,
    Text,
    ToolResponse,
    Turn,
)
from telephony_agent.offline.model.outgoing import (
    FunctionCall,
    GenerationComplete,
    GoAway,
    HeardText,
    Interrupted,
    Resumption,
    ServerMessage,
    SetupComplete,
    ToolCall,
    ToolCallCancellation,
    TurnComplete,
)
from telephony_agent.offline.model.questions import Questions
from telephony_agent.offline.model.reply import WORD, Reply
from telephony_agent.offline.model.terms import WARNING, Terms, admitted
from telephony_agent.offline.model.tokens import Tokens

log = logging.getLogger(__name__)


class State(Enum):
    NEW = "waits for the setup"
    MEETING = "reads the setup"
    LISTENING = "the floor is the caller's"
    THINKING = "finds an answer"
    CALLING = "waits for the client's functions"
    TALKING = "speaks, or is still being heard"
    OVER = "closed"


class Session:
    """`handle` what happened, do what it returns in that order, and feed it `TimeIsUp` when `deadline` has come.

    `now` is any clock in seconds that never goes back. After a `Close` nothing matters any more.
    """

    def __init__(self, faculties: Faculties, conversations: Conversations, terms: Terms | None = None) -> None:
        self.state = State.NEW
        self.flavour: Flavour = LATEST
        self._faculties = faculties
        self._conversations = conversations
        self._terms = terms or Terms()
        self._actions: list[Action] = []
        self._tickets = itertools.count(1)
        self._setup = Setup()
        self._accent = Accent()
        self._tokens = Tokens()
        self._hearing: Hearing | None = None
        self._warn_at: float | None = None
        self._end_at: float | None = None

        self._brain: Brain = faculties.brain
        self._meeting = False  # it is learning what it is to know
        self._questions = Questions()
        self._background: tuple[Turn, ...] = ()  # turns told without asking for an answer
        self._seeding = False  # what is told is history

        self._thinking = 0  # the ticket of the thought that counts
        self._unthought: Brain = faculties.brain  # the mind as it was before the calls now pending
        self._calling = Calling(self._waits)
        self._call_numbers = itertools.count(1)
        self._reply: Reply | None = None
        self._speaking = 0  # the ticket of the sentence that is being voiced
        self._generated = False

    def handle(self, event: Event, now: float) -> list[Action]:
        """What to do about it. Raises nothing."""
        if self.state is not State.OVER:
            self._take(event, now)
        actions, self._actions = self._actions, []
        return actions

    @property
    def deadline(self) -> float | None:
        """When `TimeIsUp` is wanted."""
        times = [self._warn_at, self._end_at]
        if self._reply:
            times.append(self._reply.plays_until if self._generated else self._reply.deadline)
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
            case Setup():
                self._begin(event)
            case _ if self._hearing is None:
                if not isinstance(event, Transcribed):
                    self._close(INVALID, VAGUE)
            case _:
                self._take_begun(event, self._hearing, now)

    def _take_begun(self, event: Event, hearing: Hearing, now: float) -> None:
        """What makes sense after the setup only."""
        match event:
            case Audio(pcm, rate):
                self._tokens.heard(len(pcm) / 2 / rate)
                self._heard(hearing.hear(pcm, rate, self.state in (State.TALKING, State.CALLING)), now)
            case AudioEnded():
                self._heard(hearing.finish(), now)
            case ActivityStarted():
                self._heard(hearing.start(), now)
            case ActivityEnded():
                self._heard(hearing.end(), now)
            case Transcribed(ticket, text):
                self._heard(hearing.transcribed(ticket, text), now)
            case Text(text):
                self._told((Turn("user", text),), True, now)
            case Content(turns, complete) if self._seeding:
                self._remember(turns)
                self._seeding = not complete
            case Content(turns, complete):
                self._told(turns, complete, now)
            case ToolResponse(responses):
                for response in responses:
                    self._answered(response, now)
            case ContextUpdate():
                self._learn(event)
        if self._tokens.overflow and self.state is not State.OVER:
            self._close(INVALID, VAGUE)

    # The beginning and the end

    def _begin(self, setup: Setup) -> None:
        remembered = self._conversations.find(setup.handle) if setup.handle else self._brain
        kind = admitted(setup) if self.state is State.NEW else (INVALID, VAGUE)
        if not isinstance(kind, Flavour):
            return self._close(*kind)
        if remembered is None:
            return self._close(*NO_SUCH_THING)
        self._move(State.MEETING)
        self._setup, self.flavour = setup, kind
        self._accent = Accent(kind, setup.output_transcription)
        self._tokens = Tokens(setup.instructions, setup.window, self._terms.holds)
        self._seeding = setup.seeded
        self._actions.append(Meet(remembered, setup))

    def _met(self, brain: Brain, now: float) -> None:
        self._brain, self._meeting = brain, False
        if self._hearing is not None:
            self._unthought = brain
            return self._consider()
        self._hearing = Hearing(self._faculties.ear(self._setup), self._tickets, self._setup.manual_activity)
        self._end_at = now + self._terms.lifetime
        self._warn_at = self._end_at - self._terms.lifetime * WARNING
        self._move(State.LISTENING)
        self._send(SetupComplete())
        self._resumable()

    def _learn(self, update: ContextUpdate) -> None:
        """Other instructions or functions, from now on."""
        known = self._setup
        instructions = known.instructions if update.instructions is None else update.instructions
        functions = known.functions if update.functions is None else update.functions
        self._setup = replace(known, instructions=instructions, functions=functions)
        self._tokens.instructed(instructions)
        self._meeting = True
        self._actions.append(Meet(self._brain, self._setup))

    def _time(self, now: float) -> None:
        if self._end_at is not None and now >= self._end_at:
            return self._close(*self._terms.ending)
        if self._warn_at is not None and self._end_at is not None and now >= self._warn_at:
            self._warn_at = None
            self._send(GoAway(self._end_at - now))
        self._talk(now)

    def _close(self, code: int, reason: str) -> None:
        self._move(State.OVER)
        self._warn_at = self._end_at = self._reply = None
        self._actions.append(Close(code, reason))

    # What comes in

    def _heard(self, hears: Hears, now: float) -> None:
        for heard in hears:
            match heard:
                case Began():
                    if self._setup.interruptible:
                        self._interrupt(now)
                case Transcribe():
                    self._actions.append(heard)
                case Understood(text):
                    self._understood(text)
                case OutOfPlace():
                    return self._close(INVALID, VAGUE)
                case never:
                    assert_never(never)

    def _understood(self, text: str) -> None:
        if text and self._setup.input_transcription:
            for piece in WORD.findall(text):
                self._send(HeardText(" " + piece.strip()))
        if not text:
            return self._consider()
        told, self._background = self._background, ()
        self._consider(Prompted((*told, Turn("user", text))) if told else Asked(text))

    def _told(self, turns: tuple[Turn, ...], complete: bool, now: float) -> None:
        self._interrupt(now)
        self._remember(turns)
        if complete:
            told, self._background = self._background, ()
            self._consider(Prompted(told))

    def _remember(self, turns: tuple[Turn, ...]) -> None:
        self._background += turns
        for turn in turns:
            self._tokens.text(turn.text)

    def _answered(self, response: Returned, now: float) -> None:
        match self._calling.answered(response):
            case None:
                pass
            case NoSuchCall():
                self._close(*NO_SUCH_THING)
            case AllAnswered(results):
                self._move(State.LISTENING)
                self._consider(Answered(results))
            case Late(result):
                self._answered_late(result, now)
            case never:
                assert_never(never)

    def _answered_late(self, result: Returned, now: float) -> None:
        urgent = result.scheduling == "INTERRUPT"
        self._questions.wait(Answered((result,)), silent=result.scheduling == "SILENT", first=urgent)
        if urgent and self._hearing and not self._hearing.caller_speaks:  # the model does not talk over the caller
            self._interrupt(now)
        self._consider()

    # Thinking

    def _consider(self, told: Told | None = None) -> None:
        """Think about this and what is still open, but not while the caller speaks or is being understood."""
        if told is not None:
            self._questions.add(told)
        idle = self.state in (State.LISTENING, State.THINKING)
        if not idle or self._meeting or self.hears:
            return
        if (question := self._questions.next()) is not None:
            self._thinking = next(self._tickets)
            self._move(State.THINKING)
            self._actions.append(Think(self._thinking, self._brain, question))

    def _thought(self, ticket: int, brain: Brain, decision: Say | Call, now: float) -> None:
        if ticket != self._thinking or self.state is not State.THINKING:
            return
        self._move(State.LISTENING)
        if self._meeting or self.hears:
            return
        self._unthought, self._brain = self._brain, brain
        if not self._questions.settled():
            return self._consider()
        match decision:
            case Say(text):
                self._say(text, now)
            case Call(functions):
                self._call(functions)
            case never:
                assert_never(never)

    def _call(self, functions: tuple[tuple[str, dict[str, object]], ...]) -> None:
        calls = tuple(FunctionCall(self._accent.call_id(next(self._call_numbers)), *call) for call in functions)
        self._calling.call(calls)
        if self._calling.waiting:
            self._move(State.CALLING)
        self._send(ToolCall(calls))
        self._resumable()  # nobody can take over in the middle of a call: without a handle
        self._consider()

    def _waits(self, name: str) -> bool:
        declared = next((one.behavior for one in self._setup.functions if one.name == name), "BLOCKING")
        behavior = self.flavour.only or declared or ("BLOCKING" if self.flavour.waits else "NON_BLOCKING")
        return behavior == "BLOCKING"

    # Talking

    def _say(self, text: str, now: float) -> None:
        self._reply, self._generated = Reply(text, self._terms.first_chunk), False
        self._move(State.TALKING)
        if text.strip():
            self._resumable()
            self._send(Saying(text))
        self._talk(now)

    def _voiced(self, ticket: int, pcm: bytes, now: float) -> None:
        if self._reply and ticket == self._speaking:
            self._reply.voiced(pcm, now)
            self._talk(now)

    def _talk(self, now: float) -> None:
        """Send what is due, have the next sentence voiced, and end the turn when it has been heard."""
        if not (reply := self._reply):
            return
        for message in reply.due(now):
            self._send(message)
        if (sentence := reply.next_sentence()) is not None:
            self._speaking = next(self._tickets)
            self._actions.append(Speak(self._speaking, sentence))
        if reply.complete and not self._generated:
            self._generated = True
            self._send(GenerationComplete())
        if self._generated and now >= reply.plays_until:
            self._end_turn()
            self._consider()

    def _interrupt(self, now: float) -> None:
        """The floor is the caller's (or the client's), whatever was going on."""
        if self.state is State.CALLING:
            self._brain = self._unthought
            self._send(ToolCallCancellation(self._calling.cancel()))
        if self.state in (State.CALLING, State.TALKING):
            self._send(Interrupted())
            self._end_turn()

    def _end_turn(self) -> None:
        self._move(State.LISTENING)
        usage = self._tokens.turn(self._reply.seconds if self._reply else 0.0)
        self._send(TurnComplete(usage, self._calling.pending))
        self._reply = None
        self._resumable()

    # Small things

    def _resumable(self) -> None:
        """Say how to go on from here in another session, or that it can't be done now."""
        if self._setup.resumption:
            busy = self.state is State.TALKING or self._calling.pending
            self._send(Resumption("" if busy else self._conversations.keep(self._brain)))

    def _send(self, message: ServerMessage | Saying) -> None:
        self._actions += map(Send, self._accent.tell(message))

    def _move(self, state: State) -> None:
        log.debug("= %s: %s", state.name, state.value)
        self.state = state
