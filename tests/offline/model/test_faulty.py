"""What goes wrong with a session that otherwise does as it should."""

from __future__ import annotations

import json

import numpy as np
import pytest

from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.events import Close, Think
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.faults import (
    Closes,
    CutShort,
    DuplicateCall,
    EarlyTurnComplete,
    EmptyTurn,
    GoesAway,
    HandleRefused,
    InSession,
    NearSilence,
    NothingInterrupted,
    NoTurnComplete,
    OtherLanguage,
    RejectedTurn,
    Silence,
    SlowSetup,
    Stalls,
    Storm,
    ThinksAloud,
    Unheard,
)
from telephony_agent.offline.model.messages import Content, Setup, Turn
from telephony_agent.offline.model.outgoing import (
    CodeResult,
    ExecutableCode,
    GoAway,
    SetupComplete,
    Spoken,
    ToolCall,
    TurnComplete,
    dump,
)
from telephony_agent.offline.model.scripted import calls, scripted
from tests.offline.model.rehearsal import EVERYTHING, LOUD, QUIET, Rehearsal

GREET = Content((Turn("user", "Greet."),), complete=True)
LONG = "One two three four five six seven eight nine ten."
TURN = ["Talk", "GenerationComplete", "TurnComplete"]
INTERNAL = Close(1011, "Internal error encountered.")


def failing(*faults: InSession, steps: tuple[Say | Call, ...] = (Say(LONG), Say("Two."))) -> Rehearsal:
    session = Rehearsal(scripted(*steps), faults=faults)
    session.tell(EVERYTHING)
    return session


def greeted(fault: InSession, *steps: Say | Call) -> Rehearsal:
    """A session that takes a turn after this was asked for."""
    session = failing(steps=steps) if steps else failing()
    session.kinds()
    session.fail(fault)
    session.tell(GREET)
    session.wait(5)
    return session


def again(session: Rehearsal) -> list[str]:
    session.kinds()
    session.tell(GREET)
    session.wait(5)
    return session.kinds()


def test_without_a_fault_nothing_is_wrong() -> None:
    session = failing()
    session.kinds()
    assert again(session) == TURN


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        ("sound", ["ToolCall", "Talk"]),
        ("call", ["ToolCall"]),
        ("turn", ["ToolCall", *TURN]),
    ],
)
def test_a_session_closes_at_a_moment(at: str, sent: list[str]) -> None:
    session = failing(Closes(1008, "as told", at), steps=(calls("f"), Say(LONG)))  # type: ignore[arg-type]
    session.kinds()
    session.tell(GREET)
    if session.closed is None:
        session.answers(next(m for _, m in session.sent if isinstance(m, ToolCall)).calls[0])
    session.wait(5)
    assert session.closed == Close(1008, "as told")
    assert session.kinds() == sent


def test_a_session_closes_instead_of_beginning() -> None:
    session = failing(Closes(1008, "Your API key was reported as leaked.", "setup"))
    assert session.closed == Close(1008, "Your API key was reported as leaked.")
    assert session.sent == []


def test_a_session_closes_now_and_says_nothing_more() -> None:
    session = failing()
    session.tell(GREET)
    session.fail(Closes())
    assert session.closed == INTERNAL
    session.kinds()
    session.wait(10)
    assert session.kinds() == []


def test_it_goes_away_after_a_warning() -> None:
    session = failing()
    session.fail(GoesAway(2.0, 1011, "gone"))
    assert session.sent[-1][1] == GoAway(2.0)
    session.wait(1.9)
    assert session.closed is None
    session.wait(0.2)
    assert session.closed == Close(1011, "gone")


@pytest.mark.parametrize(
    ("fault", "sent", "closed"),
    [
        (GoesAway(0.5), ["SetupComplete", "GoAway"], Close(1000, "")),
        (Storm(3), ["SetupComplete", "Nothing"], None),
        (NothingInterrupted(), ["SetupComplete", "Interrupted"], None),
        (Closes(), ["SetupComplete"], INTERNAL),
    ],
)
def test_what_goes_wrong_at_no_moment_in_particular_waits_for_the_session(
    fault: InSession, sent: list[str], closed: Close | None
) -> None:
    session = failing(fault)
    session.wait(1)
    assert session.kinds() == sent
    assert session.closed == closed


def test_nothing_comes_for_a_while_and_then_all_of_it() -> None:
    session = failing()
    session.kinds()
    session.fail(Silence(4.0))
    session.tell(GREET)
    session.wait(3.9)
    assert session.kinds() == []
    session.wait(1)
    assert session.kinds() == TURN


def test_the_next_turn_can_hardly_be_heard() -> None:
    session = greeted(NearSilence())
    loudest = [int(np.abs(np.frombuffer(m.pcm, "<i2")).max()) for _, m in session.sent if isinstance(m, Spoken)]
    assert 0 < max(loudest) <= 8
    session.kinds()
    session.tell(GREET)
    session.wait(0.01)
    assert max(np.frombuffer(m.pcm, "<i2").max() for _, m in session.sent if isinstance(m, Spoken)) > 5000


def test_a_turn_stalls_after_its_first_sound_and_the_next_does_not() -> None:
    session = greeted(Stalls())
    assert sum(isinstance(message, Spoken) for _, message in session.sent) == 1
    assert session.kinds() == ["Talk"]
    assert again(session) == TURN


def test_a_turn_that_stalls_can_be_interrupted() -> None:
    session = failing()
    session.kinds()
    session.fail(Stalls())
    session.tell(GREET)
    session.hears(0.5)
    assert session.kinds() == ["Talk", "Interrupted", "TurnComplete"]


def test_nothing_comes_of_a_turn_though_an_answer_is_owed() -> None:
    session = failing(Stalls("reply"), steps=(Say(LONG), Say("Two.")))
    session.kinds()
    assert again(session) == []
    assert again(session) == TURN


def test_a_nudge_ends_a_stall() -> None:
    session = failing(Stalls("reply"))
    session.kinds()
    session.tell(GREET)
    session.wait(1)
    session.tell(GREET)
    session.wait(5)
    assert session.kinds() == ["Interrupted", "TurnComplete", *TURN]


def test_nothing_comes_of_what_a_function_gave() -> None:
    session = failing(Stalls("answer"), steps=(calls("f"), Say(LONG), Say("Two.")))
    session.kinds()
    session.tell(GREET)
    session.answers(session.calls[0])
    session.wait(10)
    assert session.kinds() == ["ToolCall"]
    assert again(session) == TURN


def test_two_faults_of_a_kind_happen_to_two_turns() -> None:
    session = failing(Stalls("reply"), Stalls("reply"), steps=(Say(LONG), Say("Two."), Say("Three.")))
    session.kinds()
    assert [again(session), again(session), again(session)] == [[], [], TURN]


def test_a_turn_is_complete_without_a_word() -> None:
    session = greeted(EmptyTurn())
    assert session.kinds() == ["GenerationComplete", "TurnComplete"]
    assert again(session) == TURN


def test_a_turn_is_rejected_for_a_reason() -> None:
    session = greeted(RejectedTurn("PROHIBITED_INPUT_CONTENT"))
    (complete,) = [message for _, message in session.sent if isinstance(message, TurnComplete)]
    assert complete.reason == "PROHIBITED_INPUT_CONTENT"
    assert b'"turnCompleteReason": "PROHIBITED_INPUT_CONTENT"' in dump(complete)
    assert session.kinds() == ["TurnComplete"]
    assert again(session) == TURN


def test_a_turn_ends_in_the_middle_of_its_sentence_and_sounds_so() -> None:
    session = greeted(CutShort())
    assert session.spoken == "One two three four five"
    seconds = sum(len(m.pcm) for _, m in session.sent if isinstance(m, Spoken)) / 48_000
    assert seconds == pytest.approx(len("One two three four five") * 0.05, abs=0.01)
    assert session.kinds() == TURN


def test_a_turn_is_spoken_in_another_language() -> None:
    assert greeted(OtherLanguage()).spoken.startswith("Es tut mir leid")
    assert greeted(OtherLanguage("すみません。")).spoken == "すみません。"


def test_what_the_caller_says_is_not_understood_once() -> None:
    session = Rehearsal(scripted(Say("Fine."), transcripts=["Yes.", "Yes!"]), faults=(Unheard(),))
    session.tell(EVERYTHING)
    session.kinds()
    for sent in ([], ["HeardText", *TURN]):
        session.hears(0.5)
        session.hears(0.5, QUIET)
        session.wait(3)
        assert session.kinds() == sent


def test_a_guess_in_a_pause_is_not_all_that_is_not_understood() -> None:
    session = Rehearsal(scripted(Say("Fine."), transcripts=["Yes."], silence_ms=900), faults=(Unheard(),))
    session.tell(EVERYTHING)
    session.kinds()
    for chunk in (LOUD, QUIET, LOUD, QUIET, QUIET):
        session.hears(0.5, chunk)
    session.wait(3)
    assert session.kinds() == []


def test_a_turn_that_comes_too_late_to_be_spoken_is_not_the_one_that_fails() -> None:
    session = Rehearsal(scripted(Say("One."), Say(LONG)), held_back=(Think,), faults=(CutShort(),))
    session.tell(EVERYTHING)
    session.tell(GREET)
    session.tell(GREET)
    for think in session.held:
        session.do(think)
    session.wait(5)
    assert session.spoken == "One"


def test_thoughts_and_code_come_before_the_voice() -> None:
    session = greeted(ThinksAloud())
    assert session.kinds() == ["ThoughtText", "ExecutableCode", "CodeResult", *TURN]


def test_code_is_spelt_as_google_spells_it() -> None:
    code, result = (json.loads(dump(m))["serverContent"] for m in (ExecutableCode("print(1)"), CodeResult("1")))
    assert code["modelTurn"]["parts"] == [{"executableCode": {"language": "PYTHON", "code": "print(1)"}}]
    assert result["modelTurn"]["parts"] == [{"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}]


def test_a_turn_is_never_complete() -> None:
    session = greeted(NoTurnComplete())
    assert session.kinds() == ["Talk", "GenerationComplete"]
    assert again(session) == TURN


def test_a_turn_is_not_even_said_to_be_generated() -> None:
    session = greeted(NoTurnComplete(generated=False))
    assert session.kinds() == ["Talk"]
    assert again(session) == TURN


def test_a_turn_is_complete_too_early() -> None:
    assert greeted(EarlyTurnComplete()).kinds() == ["Talk", "TurnComplete", *TURN]


def test_a_call_comes_twice_with_the_same_id() -> None:
    session = greeted(DuplicateCall(), calls("f"))
    first, second = session.calls
    assert first == second
    session.answers(first)
    session.answers(second)
    assert session.closed is None


def test_it_is_interrupted_though_nothing_is_said() -> None:
    session = failing()
    session.kinds()
    session.fail(NothingInterrupted())
    assert session.kinds() == ["Interrupted"]


def test_a_turn_is_interrupted_before_it_begins() -> None:
    assert greeted(NothingInterrupted("reply")).kinds() == ["Interrupted", "TurnComplete", *TURN]


def test_it_goes_silent_before_it_goes_away() -> None:
    session = failing()
    session.kinds()
    session.fail(GoesAway(2.0, silent=True))
    session.tell(GREET)
    session.wait(3)
    assert session.kinds() == ["GoAway"]
    assert session.closed == Close(1000, "")


def test_what_the_client_sends_is_refused_instead_of_taken() -> None:
    session = failing(Closes(1007, "Request contains an invalid argument.", "input"))
    session.kinds()
    session.tell(GREET)
    assert session.closed == Close(1007, "Request contains an invalid argument.")
    assert session.kinds() == []


def test_a_storm_of_nothing() -> None:
    session = failing()
    session.sent.clear()
    session.fail(Storm(500))
    assert len(session.sent) == 500
    assert set(session.kinds()) == {"Nothing"}


def test_a_good_handle_is_refused_once() -> None:
    conversations = Conversations()
    handle = conversations.keep(scripted().brain)
    for faults, refused in [((HandleRefused(),), True), ((), False)]:
        session = Rehearsal(scripted(), conversations, faults=faults)
        session.tell(Setup("models/offline", handle=handle))
        assert (session.closed == Close(1008, "Requested entity was not found.")) == refused


def test_who_brings_no_handle_is_not_refused() -> None:
    assert failing(HandleRefused()).closed is None


def test_the_setup_takes_its_time() -> None:
    session = failing(SlowSetup(3.0))
    session.wait(2.9)
    assert session.sent == []
    session.wait(0.2)
    (at, message), *_ = session.sent
    assert isinstance(message, SetupComplete)
    assert at == pytest.approx(3.0)


def test_a_close_in_a_silence_is_the_end_of_it() -> None:
    session = failing()
    session.kinds()
    session.fail(Silence(60))
    session.tell(GREET)
    session.fail(Closes())
    session.wait(100)
    assert session.kinds() == []
    assert session.closed == INTERNAL
