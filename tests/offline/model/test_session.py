"""One session, rehearsed: the order of what is sent, and who has the floor."""

import pytest

from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.events import (
    Close,
    State,
    Think,
    Transcribe,
)
from telephony_agent.offline.model.faculties import Answered, Asked, Call, Prompted, Say, Told
from telephony_agent.offline.model.messages import (
    AudioEnded,
    Content,
    Returned,
    Setup,
    Text,
    ToolResponse,
    Turn,
)
from telephony_agent.offline.model.outgoing import (
    GenerationComplete,
    Interrupted,
    Resumption,
    Spoken,
    SpokenText,
    ToolCallCancellation,
    TurnComplete,
)
from telephony_agent.offline.model.scripted import calls, scripted
from tests.offline.model.rehearsal import EVERYTHING, QUIET, Rehearsal

GREET = Content((Turn("user", "Greet the caller."),), complete=True)
LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen."


def rehearse(*steps: object, transcripts: tuple[str, ...] = (), **more: object) -> Rehearsal:
    session = Rehearsal(scripted(*steps, transcripts=transcripts), **more)  # type: ignore[arg-type]
    session.tell(EVERYTHING)
    return session


def test_setup_is_answered_and_can_be_resumed_at_once() -> None:
    session = rehearse()
    assert [type(message).__name__ for _, message in session.sent] == ["SetupComplete", "Resumption"]


def test_a_prompted_turn_is_words_with_sound_then_generation_complete_then_turn_complete() -> None:
    session = rehearse(Say("Good evening. How can I help?"))
    session.tell(GREET)
    session.wait(5)
    assert session.spoken == "Good evening. How can I help?"
    assert session.kinds() == ["SetupComplete", "Talk", "GenerationComplete", "TurnComplete"]


def test_what_the_caller_said_is_transcribed_before_the_answer() -> None:
    session = rehearse(Say("Hello."), transcripts=("Hi there, you.",))
    session.hears(0.6)
    session.hears(0.5, QUIET)
    session.wait(2)
    assert session.heard == " Hi there, you."
    assert session.kinds() == ["SetupComplete", "HeardText", "Talk", "GenerationComplete", "TurnComplete"]


def test_nobody_who_did_not_ask_gets_transcripts_or_handles() -> None:
    session = Rehearsal(scripted(Say("Hello."), transcripts=("Hi.",)))
    session.tell(Setup(model="models/offline"))
    session.hears(0.6)
    session.hears(0.5, QUIET)
    session.wait(2)
    assert session.kinds() == ["SetupComplete", "Talk", "GenerationComplete", "TurnComplete"]
    assert session.spoken == session.heard == ""


def test_sound_leaves_at_three_times_real_time_in_frames_of_200_ms() -> None:
    session = rehearse(Say("x" * 60))  # 3 s
    session.tell(GREET)
    session.wait(10)
    frames = [(at, message.pcm) for at, message in session.sent if isinstance(message, Spoken)]
    assert {len(pcm) for _, pcm in frames} == {9600}
    assert [round(at, 3) for at, _ in frames] == [round(number * 0.2 / 3, 3) for number in range(15)]


def test_a_turn_is_complete_when_it_has_been_heard_and_not_before() -> None:
    session = rehearse(Say("x" * 60))  # 3 s
    session.tell(GREET)
    session.wait(10)
    when = {type(message): at for at, message in session.sent}
    assert when[GenerationComplete] == pytest.approx(14 * 0.2 / 3)
    assert when[TurnComplete] == pytest.approx(3.0)


def test_words_come_with_the_sound_they_belong_to() -> None:
    session = rehearse(Say(LONG))
    session.tell(GREET)
    session.wait(1)
    before = len(LONG) * 0.05 / 3  # when it will all have left
    said = [at for at, message in session.sent if isinstance(message, SpokenText)]
    assert said == sorted(said)
    assert len(said) > 5
    assert said[-1] < before


def test_usage_is_25_tokens_a_second_and_counts_the_whole_conversation_again() -> None:
    session = rehearse(Say("x" * 40), Say("x" * 40), transcripts=("a", "b"))  # 2 s each
    for _ in range(2):
        session.hears(1.0)
        session.hears(1.0, QUIET)
        session.wait(4)
    first, second = (message.usage for _, message in session.sent if isinstance(message, TurnComplete))
    assert (first.response_audio, second.response_audio) == (50, 50)
    assert 30 <= first.prompt_audio <= 50
    assert second.prompt_audio == pytest.approx(first.prompt_audio + 50 + 32, abs=5), "silence costs nothing"


def test_a_function_call_is_silent_until_its_answer() -> None:
    session = rehearse(calls("opening_hours", day="Tuesday"), Say("From five."), transcripts=("When?",))
    session.hears(0.6)
    session.hears(1.0, QUIET)
    assert session.kinds() == ["SetupComplete", "HeardText", "ToolCall"]
    session.wait(60)
    assert session.kinds() == []
    assert session.session.state is State.CALLING


def test_while_a_function_runs_the_session_cannot_be_resumed() -> None:
    session = rehearse(calls("f"))
    session.tell(GREET)
    assert session.sent[-1][1] == Resumption("")


def test_the_answer_of_a_function_is_told_to_the_brain_and_spoken() -> None:
    told: list[Told] = []

    def report(what: Told) -> Say:
        told.append(what)
        return Say("Done.")

    session = rehearse(calls("book", people=4), report)
    session.tell(Text("Book."))
    (call,) = session.calls
    assert (call.name, call.args) == ("book", {"people": 4})
    session.answers(call, output="table 4")
    session.wait(2)
    assert told == [Answered((Returned(call.id, "book", {"output": "table 4"}),))]
    assert session.kinds()[-3:] == ["Talk", "GenerationComplete", "TurnComplete"]


def test_all_of_several_calls_must_be_answered() -> None:
    session = rehearse(Call((("f", {}), ("g", {}))), Say("Both."))
    session.tell(GREET)
    first, second = session.calls
    session.answers(second)
    session.wait(1)
    assert session.spoken == ""
    session.answers(first)
    session.wait(1)
    assert session.spoken == "Both."


def test_160_ms_of_speech_interrupt_and_there_is_no_generation_complete() -> None:
    session = rehearse(Say(LONG))
    session.tell(GREET)
    session.hears(0.14)
    assert "Interrupted" not in [type(message).__name__ for _, message in session.sent]
    session.hears(0.06)
    assert session.kinds() == ["SetupComplete", "Talk", "Interrupted", "TurnComplete"]
    session.hears(1)
    assert session.kinds() == []


def test_what_is_sent_but_not_heard_yet_can_be_interrupted() -> None:
    session = rehearse(Say(LONG))
    session.tell(GREET)
    session.wait(len(LONG) * 0.05 - 0.5)
    session.hears(0.2)
    assert session.kinds() == ["SetupComplete", "Talk", "GenerationComplete", "Interrupted", "TurnComplete"]


def test_after_the_last_word_was_heard_nothing_is_interrupted() -> None:
    session = rehearse(Say("Hello."), transcripts=("x",))
    session.tell(GREET)
    session.wait(5)
    session.hears(0.5)
    assert "Interrupted" not in session.kinds()


def test_the_caller_who_interrupts_is_answered() -> None:
    session = rehearse(Say(LONG), Say("Sorry."), transcripts=("Stop.",))
    session.tell(GREET)
    session.hears(0.5)
    session.sent.clear()
    session.hears(0.5, QUIET)
    session.wait(3)
    assert session.spoken == "Sorry."


def test_a_barge_in_cancels_the_calls_that_wait_and_the_mind_forgets_them() -> None:
    session = rehearse(calls("book"), Say("Then what?"), transcripts=("No wait.",))
    session.tell(GREET)
    (call,) = session.calls
    session.kinds()
    session.hears(0.3)
    assert session.kinds() == [], "it may be a cough"
    session.hears(0.5, QUIET)
    assert ToolCallCancellation((call.id,)) in [message for _, message in session.sent]
    session.answers(call, output="too late")  # it was on its way
    assert session.closed is None
    assert session.calls[-1].name == "book", "the step that was cancelled has not been taken"
    assert session.kinds() == ["ToolCallCancellation", "Interrupted", "TurnComplete", "HeardText", "ToolCall"]


def test_an_answer_to_a_call_that_nobody_made_ends_the_session() -> None:
    session = rehearse()
    session.tell(ToolResponse((Returned("function-call-9", "f", {}),)))
    assert session.closed == Close(1008, "Requested entity was not found.")


def test_a_question_in_two_breaths_is_one_question() -> None:
    told: list[Told] = []

    def listen(what: Told) -> Say:
        told.append(what)
        return Say("Yes.")

    session = rehearse(listen, listen, transcripts=("A table", "for four."), held_back=(Think,))
    session.hears(0.5)
    session.hears(0.4, QUIET)
    (first,) = session.held
    session.hears(0.2)  # goes on while the model thinks
    session.do(first)
    session.hears(0.4, QUIET)
    assert session.spoken == ""
    session.do(session.held[-1])
    session.wait(1)
    assert told == [Asked("A table"), Asked("A table for four.")]
    assert session.spoken == "Yes."


def test_a_cough_while_the_model_thinks_loses_nothing() -> None:
    session = rehearse(Say("Yes."), transcripts=("A table",), held_back=(Think,))
    session.hears(0.5)
    session.hears(0.4, QUIET)
    session.hears(0.2)
    session.do(session.held[0])
    session.hears(0.4, QUIET)
    session.do(session.held[-1])
    session.wait(1)
    assert session.spoken == "Yes."


def test_speech_without_words_is_no_turn() -> None:
    session = rehearse(Say("Yes."))
    session.hears(0.5)
    session.hears(1, QUIET)
    assert session.kinds() == ["SetupComplete"]


def test_recognising_ahead_in_the_pause_is_used_if_the_caller_stays_silent() -> None:
    session = Rehearsal(scripted(Say("Yes."), transcripts=("Hi.",), silence_ms=544), held_back=(Transcribe,))
    session.tell(EVERYTHING)
    session.hears(0.5)
    session.hears(0.25, QUIET)
    session.do(session.held[0])
    assert session.heard == "", "it is only a guess"
    session.hears(0.35, QUIET)
    assert session.heard == " Hi."
    assert len(session.held) == 1


def test_what_was_recognised_ahead_is_dropped_if_the_caller_goes_on() -> None:
    session = Rehearsal(scripted(Say("Yes."), transcripts=("Hi.",), silence_ms=544), held_back=(Transcribe,))
    session.tell(EVERYTHING)
    session.hears(0.5)
    session.hears(0.25, QUIET)
    session.hears(0.3)
    session.hears(0.6, QUIET)
    assert len(session.held) == 2, "one for each pause; the second is also the end"
    session.do(session.held[0])
    assert session.heard == ""
    session.do(session.held[1])
    assert session.heard == " Hi."


def test_turns_without_complete_are_kept_until_the_model_may_speak() -> None:
    told: list[Told] = []

    def listen(what: Told) -> Say:
        told.append(what)
        return Say("")

    session = rehearse(listen)
    session.tell(Content((Turn("user", "one"),)))
    session.tell(Content((Turn("model", "two"),)))
    assert told == []
    session.tell(Content(complete=True))
    assert told == [Prompted((Turn("user", "one"), Turn("model", "two")))]


def test_content_interrupts_what_is_being_said() -> None:
    session = rehearse(Say(LONG), Say("Bye."))
    session.tell(GREET)
    session.wait(0.3)
    session.tell(GREET)
    session.wait(2)
    assert session.kinds() == [
        *["SetupComplete", "Talk", "Interrupted", "TurnComplete"],
        *["Talk", "GenerationComplete", "TurnComplete"],
    ]


def test_the_end_of_the_audio_ends_the_utterance() -> None:
    session = rehearse(Say("Yes."), transcripts=("Hi.",))
    session.hears(0.5)
    session.tell(AudioEnded())
    assert session.heard == " Hi."


def test_a_known_handle_restores_the_mind() -> None:
    conversations = Conversations()
    first = rehearse(Say("One."), Say("Two."), conversations=conversations)
    first.tell(GREET)
    first.wait(5)
    handle = next(m.handle for _, m in reversed(first.sent) if isinstance(m, Resumption))
    second = Rehearsal(scripted(Say("Never said.")), conversations)
    # The memory is the mind's: here, how far it is in its script.
    second.tell(Setup(model="models/offline", output_transcription=True, resumption=True, handle=handle))
    second.tell(GREET)
    second.wait(5)
    assert second.spoken == "Two."


def test_an_interruption_says_so_once() -> None:
    session = rehearse(Say(LONG))
    session.tell(GREET)
    session.hears(2)
    assert sum(isinstance(message, Interrupted) for _, message in session.sent) == 1
