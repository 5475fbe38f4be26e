"""A call told as a story: what happens, event by event, on a clock that it moves; and the rules no call may break.

`Story.give` checks the rules after every event, so each story, and each random walk, is a test of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from telephony_agent.agent import Agent, IncomingCall, Order
from telephony_agent.call import Call
from telephony_agent.live import messages as live
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.link import TRIES, TRIES_WITHIN
from telephony_agent.live.setup import Setup
from telephony_agent.money.prices import Price
from telephony_agent.phone import messages as phone
from telephony_agent.phone.playback import Clip
from telephony_agent.record.entries import Began, Entry, Errand, Meet, Next, Outcome
from telephony_agent.states import MOVES, PATIENCE, State, Timer
from telephony_agent.steps import (
    Action,
    CloseStream,
    Connected,
    Consulted,
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
    StreamLost,
    TimeIsUp,
    ToLive,
    ToolDone,
    ToPhone,
)
from telephony_agent.toolbox.context import RestRequest

T = TypeVar("T")

GREETING = Agent(instructions="Any.").greeting
INCOMING = IncomingCall("CA" + "1" * 32, "AC" + "0" * 32, "+15550100001", "+15550100002", "inbound", "US")
STARTED = phone.Started("MZ" + "2" * 32, INCOMING.call_sid, INCOMING.account_sid, {})
MOMENT = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
FRAME = phone.Heard(b"\xff" * 160)  # 20 ms of a silent caller
BROKEN = Closing(Remedy.RESUME, "closed with 1011")

_steps = {(before, after) for (before, _), after in MOVES.items()} | {(state, state) for state in State}
WAYS = {(a, c) for a, b in _steps for b2, c in _steps if b is b2}  # an event may move a call twice


class Story:
    """`wild`: what happens may be impossible, as a second model's `Ready`; only the rules that hold even then do."""

    def __init__(
        self,
        model: str = "models/gemini-2.5-flash-native-audio",
        wild: bool = False,
        clip: Clip | None = None,
        incoming: IncomingCall = INCOMING,
        price: Price | None = None,
        **agent: Any,
    ) -> None:
        given = {"instructions": "You answer the phone of a bakery.", "disclosure": None, **agent}
        self.call = Call(Agent(**given), incoming, model, clip, price)
        self.now = 100.0
        self.marks: list[str] = []  # all that were sent
        self.hung_up: Outcome | None = None
        self.last: tuple[RestRequest, ...] = ()  # what is asked of Twilio after the end
        self.records: list[Entry] = []  # but the first, that it began
        self.link = "down"  # then dialled, connected, ready
        self.streaming = False
        self.asked: dict[str, str] = {}  # tool calls that the model waits for, and that run
        self.running: set[str] = set()
        self.wild = wild
        self._rang = False
        self._dials: list[float] = []
        self._waits_since: float | None = None  # the caller, for a model
        self._stale: float | None = None
        self._turn = False  # the model has said something of a turn that it has not completed

    def __repr__(self) -> str:
        return f"<{self.call.state.name} at {self.now:g}, the model {self.link}>"

    @property
    def state(self) -> State:
        return self.call.state

    # What happens.

    def give(self, *events: Event) -> list[Action]:
        return [action for event in events for action in self._one(event)]

    def wait(self, seconds: float) -> list[Action]:
        """Let time go by; each deadline is kept to the moment."""
        until, actions = self.now + seconds, []
        while (deadline := self.call.deadline) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            actions += self.give(TimeIsUp())
        self.now = until
        waited = until - self._waits_since if self._waits_since is not None else 0.0
        assert waited <= PATIENCE[Timer.SETUP] + 0.001, f"{self} has a caller wait for {waited:g} s"
        return actions

    def rings(self, prewarm: bool = False) -> list[Action]:
        return self.give(Rang(prewarm))

    def is_accepted(self) -> list[Action]:
        """The model's socket opens, and its setup is accepted."""
        return self.give(Connected(MOMENT), live.Ready())

    def answers(self) -> list[Action]:
        """The stream is there, then the model."""
        return self.give(STARTED) + self.is_accepted()

    def says(self, seconds: float, text: str = "") -> list[Action]:
        """The agent speaks, as fast as it can."""
        said = self.give(live.AgentSaid(text)) if text else []
        return said + self.give(live.Spoke(voice(seconds)))

    def waits(self) -> list[Action]:
        """The model says that it wants to hear more of the caller before it answers."""
        return self.give(live.TurnComplete("NEED_MORE_INPUT"))

    def ends_its_turn(self) -> list[Action]:
        return self.give(live.GenerationComplete(), live.TurnComplete())

    def calls(self, id: str = "call_1", name: str = "book") -> list[Action]:
        return self.give(live.ToolCall(id, name, {"day": "friday"}))

    def has(self, id: str = "call_1", hang_up: bool = False) -> list[Action]:
        """A tool has answered."""
        return self.give(ToolDone(id, {"result": "booked"}, hang_up))

    def echoes(self) -> list[Action]:
        """Twilio returns all marks that it was sent."""
        marks, self.marks = self.marks, []
        return self.give(*(phone.Played(mark) for mark in marks))

    def loses_its_model(self, closing: Closing = BROKEN) -> list[Action]:
        return self.give(Lost(closing))

    def to_the_end(self) -> None:
        """Nothing happens any more, but time: the call must end by itself, and soon enough."""
        for _ in range(4_000):  # music on hold is due every second
            if self.call.deadline is None:
                break
            self.now = max(self.now, self.call.deadline)
            self.give(TimeIsUp())
        assert self.hung_up is not None or not self._rang, self

    # The rules.

    def _one(self, event: Event) -> list[Action]:
        conversation = self.call.conversation
        before, was_over = self.state, self.hung_up is not None
        silenced = conversation.holding or conversation.plays_music
        self._happens(event)
        actions = self.call.handle(event, self.now)
        assert (before, self.state) in WAYS, f"{before.name} -> {self.state.name} by {event}"
        for action in actions:
            self._check(action)
        replies = [action for action in actions if isinstance(action, Reply)]
        assert len(replies) == isinstance(event, NextAsked | Consulted)
        for reply in replies:
            if isinstance(event, Consulted):
                assert reply.next in (Meet(INCOMING.call_sid), Next.HANG_UP)
            elif self.hung_up is None:
                assert reply.next is Next.CONNECT or isinstance(reply.next, Errand)
            else:
                assert reply.next == self.hung_up.next is not Next.CONNECT
        if was_over:
            assert self.state is State.OVER
            assert actions == replies
        assert (self.state is State.OVER) == (self.hung_up is not None)
        if self.state is not State.DIALLING:
            self._waits_since = None
        elif self._waits_since is None:
            self._waits_since = self.now
        self._check_deadline(event)
        if isinstance(event, live.Interrupted) and self.streaming and not was_over and not silenced:
            assert actions[0] == ToPhone(phone.Clear())
        return actions

    def _happens(self, event: Event) -> None:
        match event:
            case Rang():
                self._rang = True
            case phone.Started() if self.state is not State.OVER:
                self.streaming, self._stale = True, None
            case phone.Stopped() | StreamLost() | NextAsked() | Ended():
                self.streaming = False
            case Connected():
                self.link = "connected"
            case live.Ready():
                self.link = "ready"
            case Lost():
                self.link, self._stale = "down", None  # another session's sound is of no old turn
                self.asked.clear()
            case live.Spoke() | live.AgentSaid() if self.streaming:  # else it is said to nobody
                self._turn = True
            case live.Interrupted() if self._turn and not self.call.conversation.plays:  # a clip goes on
                self._stale, self._turn = self.now + PATIENCE[Timer.STALE], False
            case live.TurnComplete():
                self._stale, self._turn = None, False
            case live.ToolCall(id, name):
                self.asked[id] = name
                self._turn = False  # it waits for the answer before it says more
            case live.ToolCallsCancelled(ids):
                for id in ids:
                    self.asked.pop(id, None)
            case ToolDone(id):
                self.running.discard(id)
            case _:
                pass

    def _check(self, action: Action) -> None:
        match action:
            case ToPhone(command):
                assert self.streaming, f"{command} for no stream"
                if isinstance(command, phone.Say):
                    assert 0 < len(command.ulaw) <= 8_000
                    stale = self._stale is not None and self._stale > self.now
                    assert not stale or self.call.conversation.plays_music, "what an interruption made void is said"
                elif isinstance(command, phone.Mark):
                    self.marks.append(command.name)
            case ToLive(Setup()):
                assert self.wild or self.link == "connected", "a second setup, or one for no socket"
            case ToLive(command):
                assert self.wild or self.link == "ready", f"{command} before the model is ready"
                if isinstance(command, live.ToolResult):
                    assert self.asked.pop(command.id, None) == command.name, "answered twice, or unasked"
            case Dial():
                assert self.wild or self.link == "down", "dialled twice"
                self.link = "dialled"
                self._dials = [at for at in self._dials if at > self.now - TRIES_WITHIN] + [self.now]
                assert len(self._dials) <= TRIES, f"dialled at {self._dials}"
            case CloseStream():
                self.streaming = False
            case DropLive():
                self.link, self._stale = "down", None  # another session's sound is of no old turn
                self.asked.clear()
            case RunTool(call):
                assert self.wild or call.id in self.asked
                self.running.add(call.id)
            case Record(entry):
                self.records += [] if isinstance(entry, Began) else [entry]
            case HangUp(outcome, last):
                assert self.hung_up is None, "hung up twice"
                assert self.records[-1] is outcome
                self.last = last
                self.hung_up, self.streaming = outcome, False
            case _:
                pass

    def _check_deadline(self, event: Event) -> None:
        deadline = self.call.deadline
        if deadline is None:
            assert self.hung_up is not None or not self._rang, f"{self} would wait for ever after {event}"
        elif isinstance(event, TimeIsUp):
            assert deadline > self.now, f"{self} would turn for ever"


# What was done.


def at_rest(**agent: Any) -> Story:
    """The agent has greeted; nobody speaks, and nothing is owed."""
    story = talking(**agent)
    story.says(1, "Hello.")
    story.wait(1.1)
    story.ends_its_turn()
    story.echoes()
    return story


def ringing(**agent: Any) -> Story:
    story = Story(**agent)
    story.rings()
    return story


def talking(**agent: Any) -> Story:
    """The caller and the model are there; told to greet, it has chosen to wait for the caller."""
    story = Story(**agent)
    story.rings()
    story.answers()
    story.waits()
    assert story.state is State.TALKING
    return story


def calling_out(voicemail: str | None = "Your table is booked.", longest: float = 600.0, **agent: Any) -> Story:
    """Whom we have called has picked up, and the model is there; neither has said a word."""
    order = Order(INCOMING.caller, voicemail=voicemail, longest=longest)
    ours = replace(INCOMING, caller=INCOMING.called, called=INCOMING.caller, direction="outbound-api", order=order)
    story = Story(incoming=ours, **agent)
    story.rings(prewarm=True)
    story.is_accepted()
    story.give(STARTED)
    assert story.state is State.TALKING
    return story


def voice(seconds: float) -> bytes:
    """The model's, 24 kHz PCM: loud, and silent in its last 8 ms."""
    return (b"\x00\x10" * int(24_000 * seconds))[:-400] + bytes(400)


def told(actions: Iterable[Action]) -> list[str]:
    """The words of ours that the model got."""
    commands = [action.command for action in actions if isinstance(action, ToLive)]
    return [command.text for command in commands if isinstance(command, live.Tell | live.Type)]


def setups(actions: Iterable[Action]) -> list[Setup]:
    commands = [action.command for action in actions if isinstance(action, ToLive)]
    return [command for command in commands if isinstance(command, Setup)]


def spoken(actions: Iterable[Action]) -> int:
    """Bytes of mu-law for the caller's ear."""
    commands = [action.command for action in actions if isinstance(action, ToPhone)]
    return sum(len(command.ulaw) for command in commands if isinstance(command, phone.Say))


def forwarded(actions: Iterable[Action]) -> int:
    """Bytes of the caller's 16 kHz PCM for the model; one of mu-law becomes four."""
    commands = [action.command for action in actions if isinstance(action, ToLive)]
    return sum(len(command.pcm) for command in commands if isinstance(command, live.Hear))


def results(actions: Iterable[Action]) -> list[str]:
    """The ids of the tool calls that were answered."""
    commands = [action.command for action in actions if isinstance(action, ToLive)]
    return [command.id for command in commands if isinstance(command, live.ToolResult)]


def of(kind: type[T], things: Sequence[object]) -> list[T]:
    return [thing for thing in things if isinstance(thing, kind)]


CLEAR = ToPhone(phone.Clear())
