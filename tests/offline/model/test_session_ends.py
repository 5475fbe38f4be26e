"""How a session ends, and every event in every state of it."""

import pytest

from telephony_agent.offline.model.events import (
    Close,
    Event,
    Meet,
    Met,
    Nonsense,
    State,
    Think,
    Thought,
    TimeIsUp,
    Transcribed,
    Voiced,
)
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.messages import (
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
)
from telephony_agent.offline.model.outgoing import (
    GoAway,
)
from telephony_agent.offline.model.scripted import Script, Tones, calls, scripted
from telephony_agent.offline.model.terms import Terms
from tests.offline.model.rehearsal import EVERYTHING, QUIET, Rehearsal
from tests.offline.model.test_session import GREET, LONG, rehearse


def test_an_unknown_handle_is_refused() -> None:
    session = Rehearsal(scripted())
    session.tell(Setup(model="models/offline", resumption=True, handle="never-heard-of"))
    assert session.closed == Close(1008, "Requested entity was not found.")


@pytest.mark.parametrize("event", [Audio(QUIET), Text("hi"), GREET, AudioEnded(), ToolResponse(())])
def test_the_first_message_must_be_the_setup(event: Event) -> None:
    session = Rehearsal(scripted())
    session.tell(event)
    assert session.closed == Close(1007, "Request contains an invalid argument.")


def test_a_second_setup_is_refused() -> None:
    session = rehearse()
    session.tell(EVERYTHING)
    assert session.closed == Close(1007, "Request contains an invalid argument.")


def test_nonsense_closes_with_its_own_reason() -> None:
    session = rehearse()
    session.tell(Nonsense(1007, "Invalid JSON payload received."))
    assert session.closed == Close(1007, "Invalid JSON payload received.")


def test_a_session_says_a_minute_ahead_that_it_ends() -> None:
    session = rehearse(terms=Terms(lifetime=100.0))
    session.wait(99)
    assert (90.0, GoAway(10.0)) in session.sent
    session.wait(2)
    assert session.closed == Close(1000, "The operation was cancelled.")


def in_state(state: State) -> Rehearsal:
    session = Rehearsal(scripted(calls("f") if state is State.CALLING else Say(LONG)), held_back=(Think,))
    if state is State.NEW:
        return session
    if state is State.MEETING:
        session = Rehearsal(scripted(), held_back=(Meet,))
    session.tell(EVERYTHING)
    if state in (State.THINKING, State.CALLING, State.TALKING):
        session.tell(GREET)
    if state in (State.CALLING, State.TALKING):
        session.do(session.held[0])
    if state is State.OVER:
        session.tell(Nonsense(1007, "x"))
    assert session.session.state is state
    return session


EVENTS: list[Event] = [
    EVERYTHING,
    GREET,
    Content(),
    Audio(b"\1" * 641),
    Audio(QUIET, 8000),
    Text("hi"),
    AudioEnded(),
    ActivityStarted(),
    ActivityEnded(),
    ContextUpdate("Be kind."),
    ToolResponse((Returned("function-call-1", "f", {}),)),
    ToolResponse(()),
    Nonsense(1007, "x"),
    Met(Script(())),
    Transcribed(99, "late"),
    Thought(99, Script(()), Say("late")),
    Voiced(99, Tones().say("late")),
    TimeIsUp(),
]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_in_every_state(state: State, event: Event) -> None:
    session = in_state(state)
    if isinstance(event, Met) and state in (State.NEW, State.OVER):
        return  # nobody was asked to meet anyone
    session.tell(event)
    session.hears(0.3)
    session.wait(20)
    assert (session.session.state is State.OVER) == (session.closed is not None)
    assert session.closed is None or session.session.deadline is None
