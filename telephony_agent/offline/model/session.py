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
from typing import assert_never

from telephony_agent.offline.model import messages, outgoing
from telephony_agent.offline.model.admission import admitted, refused
from telephony_agent.offline.model.calling import AllAnswered, Late, NoSuchCall
from telephony_agent.offline.model.closings import INVALID, NO_SUCH_THING, VAGUE
from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.door import Door
from telephony_agent.offline.model.events import (
    Action,
    Close,
    Event,
    Met,
    Nonsense,
    State,
    Thought,
    TimeIsUp,
    Transcribe,
    Transcribed,
    Voiced,
)
from telephony_agent.offline.model.faculties import Answered, Brain, Faculties
from telephony_agent.offline.model.flavours import Flavour
from telephony_agent.offline.model.hearing import Began, Hearing, Hears, OutOfPlace, Understood, pieces
from telephony_agent.offline.model.lifetime import Lifetime
from telephony_agent.offline.model.terms import Terms
from telephony_agent.offline.model.turns import Turns


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
        self._faculties = faculties
        self._conversations = conversations
        self._terms = terms or Terms()
        self._door = door
        self._tickets = itertools.count(1)
        self._turns = Turns(faculties.brain, conversations, self._terms, self._tickets, lambda: self.hears)
        self._lifetime: Lifetime | None = None
        self._hearing: Hearing | None = None
        self._seeding = False  # what is told is history
        self._caller_spoke = False

    def handle(self, event: Event, now: float) -> list[Action]:
        """What to do about it. Raises nothing."""
        if self.state is not State.OVER:
            self._take(event, now)
        return self._turns.actions()

    @property
    def state(self) -> State:
        return self._turns.state

    @property
    def flavour(self) -> Flavour:
        """The ways of the model that the client named."""
        return self._turns.flavour

    @property
    def deadline(self) -> float | None:
        """When `TimeIsUp` is wanted."""
        parts = (self._lifetime, self._turns)
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
                self._turns.thought(ticket, brain, decision, now)
            case Voiced(ticket, pcm, more):
                self._turns.voiced(ticket, pcm, more, now)
            case TimeIsUp():
                self._time(now)
            case messages.Setup():
                self._begin(event)
            case _ if self._hearing is None:
                if not isinstance(event, Transcribed):
                    self._close(INVALID, VAGUE)
            case _ if refusal := refused(event, self._turns.setup):
                self._close(*refusal)
            case _:
                self._turns.taken += isinstance(event, messages.ClientMessage)
                self._take_begun(event, self._hearing)

    def _take_begun(self, event: Event, hearing: Hearing) -> None:
        """What makes sense after the setup only."""
        match event:
            case messages.Audio(pcm, rate):
                heard = hearing.hear(pcm, rate, self.state in (State.TALKING, State.CALLING))
                self._turns.tokens.heard(len(pcm) / 2 / rate, self._turns.setup.all_input or hearing.caller_speaks)
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
                    self._turns.tokens.text(json.dumps(response.response))
                    self._answered(response)
            case messages.ContextUpdate():
                self._turns.learn(event)
        if self._turns.tokens.overflow and self.state is not State.OVER:
            self._close(INVALID, VAGUE)

    # The beginning and the end

    def _begin(self, setup: messages.Setup) -> None:
        remembered = self._conversations.find(setup.handle) if setup.handle else self._turns.mind.brain
        kind = admitted(setup, self._door) if self.state is State.NEW else (INVALID, VAGUE)
        if not isinstance(kind, Flavour):
            return self._close(*kind)
        if remembered is None:
            return self._close(*NO_SUCH_THING)
        self._seeding = setup.seeded
        self._turns.begin(setup, kind, remembered)

    def _met(self, brain: Brain, now: float) -> None:
        self._turns.mind.met(brain)
        if self._hearing is not None:
            return self._turns.consider()
        self._hearing = Hearing(
            self._faculties.ear(self._turns.setup), self._tickets, self._turns.setup.manual_activity
        )
        self._lifetime = Lifetime(self._terms, now)
        self._turns.move(State.LISTENING)
        self._turns.send(outgoing.SetupComplete())
        self._turns.resumable()

    def _time(self, now: float) -> None:
        match self._lifetime and self._lifetime.due(now):
            case Close(code, reason):
                return self._close(code, reason)
            case outgoing.GoAway() as warning:
                self._turns.send(warning)
        self._turns.talk(now)

    def _close(self, code: int, reason: str) -> None:
        self._turns.end()
        self._lifetime = None
        self._turns.do(Close(code, reason))

    # What comes in

    def _heard(self, hears: Hears) -> None:
        self._signal()
        for heard in hears:
            match heard:
                case Began():
                    if self._turns.setup.interruptible and not self._waits_for_words:
                        self._turns.interrupt()
                case Transcribe():
                    self._turns.do(heard)
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
            if self._turns.setup.vad_signal:
                self._turns.send(outgoing.VoiceActivity(speaks, self._turns.tokens.listened))

    def _understood(self, text: str) -> None:
        if text and self._turns.setup.interruptible and self._waits_for_words:
            self._turns.interrupt()
        if text and self._turns.setup.input_transcription:
            for piece in pieces(text):
                self._turns.send(outgoing.HeardText(piece))
        if text:
            self._turns.mind.ask(text)
        else:
            self._turns.mind.go_on()
        self._turns.consider()

    @property
    def _waits_for_words(self) -> bool:
        """A function runs and nobody speaks: a cough, which our ear may take for speech, is no reason to cancel it."""
        return self.state is State.CALLING and not self._turns.setup.manual_activity

    def _told(self, turns: tuple[messages.Turn, ...], complete: bool) -> None:
        self._turns.interrupt()
        self._remember(turns)
        if complete:
            self._turns.mind.prompt()
            self._turns.consider()

    def _remember(self, turns: tuple[messages.Turn, ...]) -> None:
        self._turns.mind.remember(turns)
        for turn in turns:
            self._turns.tokens.text(turn.text)

    def _answered(self, response: messages.Returned) -> None:
        match self._turns.calling.answered(response):
            case None:
                pass
            case NoSuchCall():
                self._close(*NO_SUCH_THING)
            case AllAnswered(results):
                self._turns.move(State.LISTENING)
                self._turns.mind.tell(Answered(results))
                self._turns.consider()
            case Late(result):
                self._answered_late(result)
            case never:
                assert_never(never)

    def _answered_late(self, result: messages.Returned) -> None:
        self._turns.mind.wait(result)
        talks_over = self._hearing is not None and self._hearing.caller_speaks
        if result.scheduling == "INTERRUPT" and not talks_over:
            self._turns.interrupt()
        self._turns.consider()
