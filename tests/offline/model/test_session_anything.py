"""Whatever a client sends and whatever goes wrong, in any order: a session neither breaks nor speaks after its end."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_agent.offline.model.events import Event, Nonsense, State
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.faults import (
    Closes,
    CutShort,
    DuplicateCall,
    EarlyTurnComplete,
    EmptyTurn,
    GoesAway,
    InSession,
    NearSilence,
    NothingInterrupted,
    NoTurnComplete,
    OtherLanguage,
    RejectedTurn,
    RestsOnSearch,
    Silence,
    Stalls,
    Storm,
    ThinksAloud,
    Unheard,
)
from telephony_agent.offline.model.flavours import MODELS
from telephony_agent.offline.model.messages import (
    ActivityEnded,
    ActivityStarted,
    AudioEnded,
    Content,
    ContextUpdate,
    Function,
    Returned,
    Setup,
    Text,
    ToolResponse,
    Turn,
    Window,
)
from telephony_agent.offline.model.outgoing import dump
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.model.terms import Terms
from tests.offline.model.rehearsal import LOUD, QUIET, Rehearsal

FUNCTIONS = (Function("wait", "", {}), Function("free", "", {}, "NON_BLOCKING"))
STEPS: list[Say | Call] = [
    Say("One. Two."),
    Call((("wait", {}),)),
    Say(""),
    Call((("free", {}), ("wait", {}))),
    Call((("free", {}),)),
]

setups = st.builds(
    Setup,
    st.sampled_from(["models/offline", *MODELS]),
    functions=st.just(FUNCTIONS),
    input_transcription=st.booleans(),
    output_transcription=st.booleans(),
    resumption=st.booleans(),
    manual_activity=st.booleans(),
    interruptible=st.booleans(),
    seeded=st.booleans(),
    window=st.sampled_from([None, Window(), Window(50, 20)]),
    as_text=st.booleans(),
    transparent=st.booleans(),
    vad_signal=st.booleans(),
)
returned = st.builds(
    Returned,
    st.sampled_from(["call_1", "call_2", "call_3"]),
    st.just("f"),
    st.just({}),
    st.sampled_from(["", "SILENT", "INTERRUPT", "WHEN_IDLE"]),
    st.booleans(),
)
events = st.one_of(
    st.builds(Text, st.just("And?")),
    st.builds(Content, st.just((Turn("user", "Hello."),)), st.booleans()),
    st.builds(ToolResponse, st.lists(returned, max_size=2).map(tuple)),
    st.just(AudioEnded()),
    st.just(ActivityStarted()),
    st.just(ActivityEnded()),
    st.builds(ContextUpdate, st.none() | st.just("Be kind."), st.none() | st.just(())),
    st.just(Nonsense(1007, "x")),
)
faults = st.sampled_from(
    [
        *[Closes(1011, "x", "call"), Closes(1006, "", "turn"), GoesAway(0.5), Silence(0.5), NearSilence(), Stalls()],
        *[NoTurnComplete(), EarlyTurnComplete(), DuplicateCall(), NothingInterrupted(), Storm(3)],
        *[Stalls("reply"), Stalls("answer"), EmptyTurn(), RejectedTurn(), CutShort(), OtherLanguage(), Unheard()],
        *[ThinksAloud(), NoTurnComplete(generated=False), NothingInterrupted("reply"), GoesAway(0.5, silent=True)],
        RestsOnSearch(),
    ]
)
steps = st.lists(st.one_of(events, faults, st.sampled_from([0.1, 1.0, 5.0, LOUD, QUIET])), max_size=25)


@settings(max_examples=200, deadline=None)
@given(setup=setups, steps=steps)
def test_nothing_breaks_a_session(setup: Setup, steps: list[Event | InSession | float | bytes]) -> None:
    session = Rehearsal(scripted(*(STEPS * 3), transcripts=["Yes."] * 20, a_letter=0.02), terms=Terms(holds=400))
    session.tell(setup)
    for step in steps:
        over = session.closed
        session.sent.clear()
        match step:
            case float():
                session.wait(step)
            case bytes():
                session.hears(0.4, step)
            case Closes() | GoesAway() | Silence() | NearSilence() | Stalls() | NoTurnComplete() | Storm():
                session.fail(step)
            case EarlyTurnComplete() | DuplicateCall() | NothingInterrupted() | EmptyTurn() | RejectedTurn():
                session.fail(step)
            case CutShort() | OtherLanguage() | Unheard() | ThinksAloud() | RestsOnSearch():
                session.fail(step)
            case _:
                session.tell(step)  # type: ignore[arg-type]
        for _, message in session.sent:
            dump(message, session.session.flavour.spelling)
        assert over is None or session.sent == [], "nothing comes after a close"
    session.wait(10)
    if session.closed is None:
        assert session.session.state not in (State.THINKING, State.TALKING), "thoughts take no time here, and turns end"
