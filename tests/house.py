"""The whole house without a socket: the offline phone, our calls, the offline model, on one virtual clock.

A call of a minute runs in a fraction of a second, and always in the same way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import assert_never
from urllib.parse import urlsplit

from telephony_agent import Agent, IncomingCall
from telephony_agent.agent import Order
from telephony_agent.calls import Calls
from telephony_agent.live import closing
from telephony_agent.money import price_file
from telephony_agent.money.prices import find
from telephony_agent.offline.model import events, messages
from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.faculties import Brain, Faculties, Say, Told
from telephony_agent.offline.model.faults import HandlesForgotten, InSession, UpgradeRefused, is_of_setup
from telephony_agent.offline.model.faulty import Faulty
from telephony_agent.offline.model.session import Session
from telephony_agent.offline.model.terms import Terms
from telephony_agent.offline.phone.call import Ring, new_sid
from telephony_agent.offline.phone.network import Socket
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.offline.phone.webhook import Answer
from telephony_agent.phone.messages import Started
from telephony_agent.phone.reading import Reader
from telephony_agent.phone.webhooks import document
from telephony_agent.record.entries import Entry
from telephony_agent.steps import Action, Event, Record
from tests.offline.phone.in_memory import ServiceEnd, Wire

URL = "https://agent.example.com"
RING = Ring(f"{URL}/voice")
PRICES = price_file.known(None)
SETUP_TAKES = 0.3  # seconds; Google's, about


class ModelEnd:
    """A LiveSocket to a Session of the offline model, which thinks in no time."""

    def __init__(self, session: Faulty, faculties: Faculties) -> None:
        self._session, self._faculties = session, faculties
        self._loop = asyncio.get_running_loop()
        self._to_us: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._timer: asyncio.TimerHandle | None = None
        self._close = (1006, "")

    @property
    def closing(self) -> closing.Closing:
        return closing.of_socket(*self._close)

    async def receive(self) -> bytes | None:
        return await self._to_us.get()

    async def send(self, text: str) -> None:
        for message in messages.parse(text):
            self._feed(message)

    def send_now(self, text: str) -> bool:
        return False

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def drop(self, code: int, reason: str = "") -> None:
        """The server closes."""
        self._close = (code, reason)
        self._to_us.put_nowait(None)

    def fail(self, fault: InSession) -> None:
        """Let this go wrong."""
        self._act(self._session.fail(fault, self._loop.time()))

    def _feed(self, event: events.Event) -> None:
        self._act(self._session.handle(event, self._loop.time()))

    def _act(self, actions: list[events.Action]) -> None:
        for action in actions:
            self._do(action)
        if self._timer is not None:
            self._timer.cancel()
        deadline = self._session.deadline
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._feed, events.TimeIsUp())

    def _do(self, action: events.Action) -> None:
        match action:
            case events.Send(message):
                self._to_us.put_nowait(messages.dump(message, self._session.spelling))
            case events.Close(code, reason):
                self.drop(code, reason)
            case events.Meet(brain, setup):
                self._loop.call_later(SETUP_TAKES, lambda: self._feed(events.Met(brain.meet(setup))))
            case events.Transcribe(ticket, ear, utterance):
                self._soon(lambda: events.Transcribed(ticket, ear.transcribe(utterance)))
            case events.StopThinking():
                pass  # these brains think in no time
            case events.Think(ticket, brain, told):
                self._loop.call_soon(self._think, ticket, brain, told)
            case events.Speak(ticket, sentence):
                self._soon(lambda: events.Voiced(ticket, b"".join(self._faculties.voice.speak(sentence))))
            case _:
                assert_never(action)

    def _think(self, ticket: int, brain: Brain, told: Told) -> None:
        """What follows a `Say` with `more` is said or done in the same breath."""
        more = True
        while more:
            brain, decision = brain.think(told)
            self._feed(events.Thought(ticket, brain, decision))
            more = isinstance(decision, Say) and decision.more

    def _soon(self, job: Callable[[], events.Event]) -> None:
        self._loop.call_soon(lambda: self._feed(job()))


class House:
    """Our service between the two; a `Network` for the offline phone. `entries`: what was recorded.

    `model` is an id: the offline model talks as that model does.
    """

    def __init__(self, agent: Agent, faculties: Faculties, tasks: asyncio.TaskGroup, model: str, terms: Terms) -> None:
        self._faculties, self._terms = faculties, terms
        self._conversations = Conversations()
        self._to_come: list[InSession] = []  # what goes wrong with the next session
        self._refusals: list[int] = []  # HTTP statuses that the next dials get
        self._tasks = tasks
        self.entries: list[Entry] = []
        self.steps: list[tuple[float, Event | Action]] = []
        self.sessions: list[ModelEnd] = []
        self.streams: list[Wire] = []
        self.orders: dict[str, Order] = {}  # by the CallSid of calls that we place
        self.calls = Calls(
            agent=agent,
            model=f"models/{model}",
            dial=self._live,
            max_calls=10,
            prewarm=True,
            observe=self._observe,
            price=find(PRICES, model, "gemini") or find(PRICES, model, "vertex"),
        )

    def _observe(self, call_sid: str, now: float, step: Event | Action) -> None:
        self.steps.append((now, step))
        if isinstance(step, Record):
            self.entries.append(step.entry)

    def fail(self, fault: InSession | HandlesForgotten | UpgradeRefused, next_session: bool = False) -> None:
        """Let this go wrong in the last session there is, or in the next one: at its beginning, or if that is meant."""
        if isinstance(fault, HandlesForgotten):
            self._conversations.forget()
        elif isinstance(fault, UpgradeRefused):
            self._refusals += [fault.status] * fault.times
        elif next_session or not self.sessions or is_of_setup(fault):
            self._to_come.append(fault)
        else:
            self.sessions[-1].fail(fault)

    async def _live(self) -> ModelEnd | closing.Closing:
        if self._refusals:
            return closing.of_upgrade(self._refusals.pop(0))
        faults, self._to_come = self._to_come, []
        session = Session(self._faculties, self._conversations, self._terms)
        self.sessions.append(ModelEnd(Faulty(session, faults), self._faculties))
        return self.sessions[-1]

    # A Network.

    async def post(self, url: str, form: dict[str, str]) -> Answer:
        path = urlsplit(url).path
        sid, numbers = form["CallSid"], (form.get("From", ""), form.get("To", ""))
        direction = form.get("Direction", "inbound")
        incoming = IncomingCall(sid, form["AccountSid"], *numbers, direction, "", form, self.orders.get(sid))
        if path == "/voice":
            answer = await self.calls.ring(incoming)
        elif path == "/twilio/voice/next":
            answer = await self.calls.next(incoming)
        elif path == "/twilio/amd":
            await self.calls.answered_by(sid, form["AnsweredBy"])
            return Answer(204, "text/plain", "")
        elif path.startswith("/twilio/colleague/"):
            takes_it = form.get("Digits") == "1" and form["CallStatus"] == "in-progress"
            decided = await self.calls.decide(path.rpartition("/")[2], form["CallSid"], takes_it)
            return Answer(200, "text/xml", document(decided, URL))
        else:
            return Answer(204, "text/plain", "")
        return Answer(200, "text/xml", document(answer, URL))

    async def dial(self, url: str) -> Socket:
        wire = Wire()
        self.streams.append(wire)
        self._tasks.create_task(self._serve(wire.service))
        return wire

    async def _serve(self, end: ServiceEnd) -> None:
        reader = Reader()
        while (message := await end.receive()) is not None:
            event = reader.read(message)
            if isinstance(event, Started):
                bridge = await self.calls.admit(event)
                assert bridge is not None, "the token is the one that we gave"
                await bridge.attach(end, reader, event)
                return


@asynccontextmanager
async def calling(
    agent: Agent,
    faculties: Faculties,
    delay: float = 0.0,
    model: str = "offline",
    terms: Terms | None = None,
    ring: Ring = RING,
    faults: Iterable[InSession] = (),
) -> AsyncIterator[tuple[Phone, House]]:
    """A call; `delay`: seconds on the way between phone and service, each way; `ring`: all else about the phone;
    `faults`: of its first session. On leaving, everything has ended."""
    async with asyncio.TaskGroup() as tasks:
        house = House(agent, faculties, tasks, model, terms or Terms())
        for fault in faults:
            house.fail(fault, next_session=True)
        async with house.calls.running(), Phone(replace(ring, delay=delay, call_sid=new_sid("CA")), house) as phone:
            yield phone, house
