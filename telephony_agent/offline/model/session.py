"""One Live session, the server's side, as a value: what happened in, what to do out. Its order of messages is Google's:

    inputTranscription*, (outputTranscription | audio)*, generationComplete, and once it has been heard turnComplete
    inputTranscription*, toolCall, (the client's toolResponse), then as above: nothing is said while a function runs
    interrupted, turnComplete: the caller spoke over it, and there is no generationComplete

What the caller says while an answer is still being found belongs to the same question, and is answered with it.
"""

from __future__ import annotations

import itertools
import logging
from enum import Enum
from typing import assert_never

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
from telephony_agent.offline.model.faculties import (
    Answered,
    Asked,
    Brain,
    Call,
    Ear,
    Faculties,
    Prompted,
    Say,
    Sound,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    Told,
)
from telephony_agent.offline.model.messages import (
    INVALID,
    VAGUE,
    Audio,
    AudioEnded,
    Content,
    FunctionCall,
    GenerationComplete,
    GoAway,
    HeardText,
    Interrupted,
    Resumption,
    Returned,
    ServerMessage,
    Setup,
    SetupComplete,
    Spoken,
    Text,
    ToolCall,
    ToolCallCancellation,
    ToolResponse,
    Turn,
    TurnComplete,
)
from telephony_agent.offline.model.reply import WORD, Reply
from telephony_agent.offline.model.tokens import Tokens

LIFETIME = 600.0  # seconds a connection lasts at Google's
WARNING = 60.0  # seconds before its end that it says so
NO_SUCH_THING = (1008, "Requested entity was not found.")  # an unknown handle, an answer to a call that nobody made
UNSUPPORTED = (1008, "Operation is not implemented, or supported, or enabled.")
EXPIRED = (1000, "The operation was cancelled.")

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

    def __init__(self, faculties: Faculties, conversations: Conversations, lifetime: float = LIFETIME) -> None:
        self.state = State.NEW
        self._faculties = faculties
        self._conversations = conversations
        self._lifetime = lifetime
        self._actions: list[Action] = []
        self._tickets = itertools.count(1)
        self._setup = Setup()
        self._brain: Brain = faculties.brain
        self._ear: Ear | None = None
        self._tokens = Tokens()
        self._warn_at: float | None = None
        self._end_at: float | None = None

        self._caller_speaks = False
        self._draft: tuple[int, str | None] | None = None  # ticket and text of what was said up to the pause
        self._recognising: set[int] = set()  # tickets of finished utterances
        self._open: Told | None = None  # what has not been answered yet
        self._background: tuple[Turn, ...] = ()  # turns told without asking for an answer

        self._thinking = 0  # the ticket of the thought that counts
        self._unthought: Brain = faculties.brain  # the mind as it was before the calls now pending
        self._calls: dict[str, Returned | None] = {}
        self._dropped: set[str] = set()  # ids whose answers no longer matter
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

    def _take(self, event: Event, now: float) -> None:
        match event:
            case Nonsense(code, reason):
                self._close(code, reason)
            case Met(brain):
                self._met(brain, now)
            case Transcribed(ticket, text):
                self._transcribed(ticket, text)
            case Thought(ticket, brain, decision):
                self._thought(ticket, brain, decision, now)
            case Voiced(ticket, pcm):
                self._voiced(ticket, pcm, now)
            case TimeIsUp():
                self._time(now)
            case Setup():
                self._begin(event)
            case _ if self.state in (State.NEW, State.MEETING):
                self._close(INVALID, VAGUE)
            case Audio(pcm, rate):
                self._hear(pcm, rate, now)
            case AudioEnded():
                assert self._ear
                self._sounds(self._ear.finish(), now)
            case Text(text):
                self._told((Turn("user", text),), True, now)
            case Content(turns, complete):
                self._told(turns, complete, now)
            case ToolResponse(responses):
                self._answered(responses)
            case never:
                assert_never(never)

    # The beginning and the end

    def _begin(self, setup: Setup) -> None:
        remembered = self._conversations.find(setup.handle) if setup.handle else self._brain
        if self.state is not State.NEW:
            self._close(INVALID, VAGUE)
        elif remembered is None:
            self._close(*NO_SUCH_THING)
        elif setup.manual_activity:
            self._close(*UNSUPPORTED)
        else:
            self._move(State.MEETING)
            self._setup = setup
            self._tokens.text(setup.instructions)
            self._actions.append(Meet(remembered, setup))

    def _met(self, brain: Brain, now: float) -> None:
        self._brain = brain
        self._ear = self._faculties.ear(self._setup)
        self._warn_at, self._end_at = now + max(0.0, self._lifetime - WARNING), now + self._lifetime
        self._move(State.LISTENING)
        self._send(SetupComplete())
        self._resumable()

    def _time(self, now: float) -> None:
        if self._end_at is not None and now >= self._end_at:
            return self._close(*EXPIRED)
        if self._warn_at is not None and self._end_at is not None and now >= self._warn_at:
            self._warn_at = None
            self._send(GoAway(round(self._end_at - now, 3)))
        self._talk(now)

    def _close(self, code: int, reason: str) -> None:
        self._move(State.OVER)
        self._warn_at = self._end_at = self._reply = None
        self._actions.append(Close(code, reason))

    # What comes in

    def _hear(self, pcm: bytes, rate: int, now: float) -> None:
        assert self._ear
        self._tokens.heard(len(pcm) / 2 / rate)
        self._sounds(self._ear.hear(pcm, rate, self.state in (State.TALKING, State.CALLING)), now)

    def _sounds(self, sounds: list[Sound], now: float) -> None:
        assert self._ear
        for sound in sounds:
            match sound:
                case SpeechStarted():
                    self._caller_speaks = True
                    self._interrupt(now)
                case SpeechPaused(utterance):
                    self._draft = (next(self._tickets), None)
                    self._actions.append(Transcribe(self._draft[0], self._ear, utterance))
                case SpeechResumed():
                    self._draft = None
                case SpeechEnded(utterance):
                    self._caller_speaks = False
                    ticket, text = self._draft or (next(self._tickets), None)
                    if self._draft is None:
                        self._actions.append(Transcribe(ticket, self._ear, utterance))
                    self._draft = None
                    self._recognising.add(ticket)
                    if text is not None:
                        self._transcribed(ticket, text)
                case never:
                    assert_never(never)

    def _transcribed(self, ticket: int, text: str) -> None:
        if self._draft and self._draft[0] == ticket:
            self._draft = (ticket, text)
        if ticket not in self._recognising:
            return
        self._recognising.remove(ticket)
        if text and self._setup.input_transcription:
            for piece in WORD.findall(text):
                self._send(HeardText(" " + piece.strip()))
        self._consider(Asked(text) if text else None)

    def _told(self, turns: tuple[Turn, ...], complete: bool, now: float) -> None:
        self._interrupt(now)
        self._background += turns
        for turn in turns:
            self._tokens.text(turn.text)
        if complete:
            told, self._background = self._background, ()
            self._consider(Prompted(told))

    def _answered(self, responses: tuple[Returned, ...]) -> None:
        for response in responses:
            if response.id in self._dropped:
                log.warning("< an answer to a call that no longer waits for one")
            elif response.id not in self._calls:
                return self._close(*NO_SUCH_THING)
            else:
                self._calls[response.id] = response
        results = [result for result in self._calls.values() if result is not None]
        if self._calls and len(results) == len(self._calls):
            self._dropped.update(self._calls)
            self._calls = {}
            self._consider(Answered(tuple(results)))

    # Thinking

    def _consider(self, told: Told | None) -> None:
        """Think about this and what is still open, but not while the caller speaks or is being understood."""
        self._open = _together(self._open, told)
        if self._open is None or self._caller_speaks or self._recognising:
            return
        self._thinking = next(self._tickets)
        self._move(State.THINKING)
        self._actions.append(Think(self._thinking, self._brain, self._open))

    def _thought(self, ticket: int, brain: Brain, decision: Say | Call, now: float) -> None:
        if ticket != self._thinking or self.state is not State.THINKING:
            return
        if self._caller_speaks or self._recognising:
            self._move(State.LISTENING)
            return
        self._open = None
        self._unthought, self._brain = self._brain, brain
        match decision:
            case Say(text):
                self._reply, self._generated = Reply(text), False
                self._move(State.TALKING)
                self._talk(now)
            case Call(functions):
                calls = tuple(FunctionCall(f"function-call-{next(self._call_numbers)}", *call) for call in functions)
                self._calls = {call.id: None for call in calls}
                self._move(State.CALLING)
                self._send(ToolCall(calls))
                if self._setup.resumption:
                    self._send(Resumption())  # without a handle: nobody can take over in the middle of a call
            case never:
                assert_never(never)

    # Talking

    def _voiced(self, ticket: int, pcm: bytes, now: float) -> None:
        if self._reply and ticket == self._speaking:
            self._reply.voiced(pcm, now)
            self._talk(now)

    def _talk(self, now: float) -> None:
        """Send what is due, have the next sentence voiced, and end the turn when it has been heard."""
        if not (reply := self._reply):
            return
        for message in reply.due(now):
            if self._setup.output_transcription or isinstance(message, Spoken):
                self._send(message)
        if (sentence := reply.next_sentence()) is not None:
            self._speaking = next(self._tickets)
            self._actions.append(Speak(self._speaking, sentence))
        if reply.complete and not self._generated:
            self._generated = True
            self._send(GenerationComplete())
        if self._generated and now >= reply.plays_until:
            self._end_turn()

    def _interrupt(self, now: float) -> None:
        """The floor is the caller's (or the client's), whatever was going on."""
        if self.state is State.CALLING:
            waiting = tuple(name for name, result in self._calls.items() if result is None)
            self._dropped.update(self._calls)
            self._calls = {}
            self._brain = self._unthought
            self._send(ToolCallCancellation(waiting))
        if self.state in (State.CALLING, State.TALKING):
            self._send(Interrupted())
            self._end_turn()

    def _end_turn(self) -> None:
        self._move(State.LISTENING)
        self._send(TurnComplete(self._tokens.turn(self._reply.seconds if self._reply else 0.0)))
        self._reply = None
        self._resumable()

    # Small things

    def _resumable(self) -> None:
        if self._setup.resumption:
            self._send(Resumption(self._conversations.keep(self._brain)))

    def _send(self, message: ServerMessage) -> None:
        self._actions.append(Send(message))

    def _move(self, state: State) -> None:
        log.debug("= %s: %s", state.name, state.value)
        self.state = state


def _together(earlier: Told | None, later: Told | None) -> Told | None:
    """A question asked in two breaths is one question; otherwise what came last is what matters."""
    if isinstance(earlier, Asked) and isinstance(later, Asked):
        return Asked(f"{earlier.text} {later.text}")
    return later or earlier
