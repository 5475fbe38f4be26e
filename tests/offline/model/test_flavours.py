"""Each family of models in its own manner."""

from __future__ import annotations

import json
import re
from uuid import UUID

import pytest

from telephony_agent.offline.model.events import Close
from telephony_agent.offline.model.faculties import Decision, Say
from telephony_agent.offline.model.faults import RestsOnSearch
from telephony_agent.offline.model.faulty import SUGGESTIONS
from telephony_agent.offline.model.flavours import MODELS, flavour
from telephony_agent.offline.model.messages import Content, Function, Returned, Setup, Text, ToolResponse, Turn
from telephony_agent.offline.model.outgoing import Resumption, SetupComplete, TurnComplete, dump
from telephony_agent.offline.model.scripted import calls, scripted
from tests.offline.model.rehearsal import LOUD, QUIET, Rehearsal

DEVELOPER_2_5 = "models/gemini-2.5-flash-native-audio-preview-12-2025"
VERTEX = "projects/p/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio"
DEVELOPER_3_1 = "models/gemini-3.1-flash-live-preview"
DEVELOPER_3_8 = "models/gemini-3.8-live"
GREET = Content((Turn("user", "Greet."),), complete=True)


def session_of(model: str, *steps: Decision, transcripts: tuple[str, ...] = ()) -> Rehearsal:
    session = Rehearsal(scripted(*steps, transcripts=transcripts))
    session.tell(Setup(model, input_transcription=True, output_transcription=True))
    return session


def shapes(session: Rehearsal) -> list[str]:
    """What was sent, as short as the reference has it: A sound, W words, IT, GC, TC, T thought, call, {} nothing."""
    seen = []
    for _, message in session.sent:
        frame = json.loads(dump(message, session.session.flavour.spelling))
        content = frame.get("serverContent", {})
        parts = content.get("modelTurn", {}).get("parts", [])
        names = {
            "T": any(part.get("thought") for part in parts),
            "A": any("inlineData" in part for part in parts),
            "W": "outputTranscription" in content,
            "IT": "inputTranscription" in content,
            "GC": "generationComplete" in content,
            "TC": "turnComplete" in content,
            "call": "toolCall" in frame,
            "setup": "setupComplete" in frame,
            "{}": frame in ({}, {"serverContent": {}}),
        }
        seen.append("+".join(name for name, there in names.items() if there))
    session.sent.clear()
    return [name for name, after in zip(seen, [*seen[1:], ""], strict=True) if name != after]


def greeted(model: str) -> list[str]:
    session = session_of(model, Say("Hello."))
    session.tell(GREET)
    session.wait(3)
    return shapes(session)


@pytest.mark.parametrize(
    ("model", "turn"),
    [
        (DEVELOPER_2_5, ["setup", "T", "W", "A", "GC", "TC"]),
        (VERTEX, ["setup", "W", "A", "GC", "TC"]),
        (DEVELOPER_3_1, ["setup", "{}", "A+W", "A", "GC", "TC"]),
        (DEVELOPER_3_8, ["setup", "{}", "W", "A", "GC", "TC"]),
        ("models/offline", ["setup", "W", "A", "GC", "TC"]),
    ],
)
def test_a_turn_of_each(model: str, turn: list[str]) -> None:
    assert greeted(model) == turn


def test_vertex_says_all_words_before_the_sound_between_an_empty_piece_and_a_finished_one() -> None:
    session = session_of(VERTEX, Say("Good evening."))
    session.tell(GREET)
    session.wait(3)
    frames = [json.loads(dump(message, session.session.flavour.spelling)) for _, message in session.sent]
    contents = [frame.get("serverContent", {}) for frame in frames]
    pieces = [content["outputTranscription"] for content in contents if "outputTranscription" in content]
    assert pieces == [{}, {"text": "Good"}, {"text": " evening."}, {"finished": True}]


def test_a_call_of_vertex_is_a_turn_of_its_own_that_closes_when_the_answer_begins() -> None:
    session = session_of(VERTEX, calls("f"), Say("Done."))
    session.tell(GREET)
    (call,) = session.calls
    assert shapes(session) == ["setup", "W", "call"]
    session.answers(call, output=1)
    session.wait(3)
    assert shapes(session) == ["W", "GC", "TC", "W", "A", "GC", "TC"]


@pytest.mark.parametrize(
    ("model", "pattern"),
    [
        (DEVELOPER_2_5, r"function-call-\d{10,20}"),
        (VERTEX, r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"),
        (DEVELOPER_3_1, r"fc_\d{10,20}"),
        (DEVELOPER_3_8, r"call_1"),
    ],
)
def test_the_ids_of_calls(model: str, pattern: str) -> None:
    session = session_of(model, calls("f"))
    session.tell(GREET)
    (call,) = session.calls
    assert re.fullmatch(pattern, call.id)


def test_only_vertex_names_its_session() -> None:
    named = {model: session_of(model).sent[0][1] for model in (DEVELOPER_2_5, VERTEX, DEVELOPER_3_8)}
    assert [bool(isinstance(m, SetupComplete) and m.session_id) for m in named.values()] == [False, True, False]


def test_what_was_heard_begins_with_an_empty_message_on_3_8() -> None:
    session = session_of(DEVELOPER_3_8, Say("Yes."), transcripts=("Are you there?",))
    session.hears(0.6, LOUD)
    session.hears(0.6, QUIET)
    session.wait(2)
    assert shapes(session) == ["setup", "{}", "IT", "{}", "W", "A", "GC", "TC"]


def test_a_handle_is_a_uuid() -> None:
    session = Rehearsal(scripted())
    session.tell(Setup(DEVELOPER_3_8, resumption=True))
    (handle,) = [message.handle for _, message in session.sent if isinstance(message, Resumption)]
    assert str(UUID(handle)) == handle


@pytest.mark.parametrize("model", MODELS)
def test_the_models_that_are_listed_are_served(model: str) -> None:
    assert flavour(model) is not None


@pytest.mark.parametrize("model", ["models/gemini-2.5-flash", "models/gpt-5", "models/any"])
def test_a_model_that_does_not_speak_is_refused_in_googles_words(model: str) -> None:
    session = session_of(model)
    assert session.closed is not None
    assert session.closed.code == 1008
    assert session.closed.reason.startswith(f"{model} is not found for API version v1beta, or is not supported for")


def test_a_later_model_talks_like_the_latest_we_know() -> None:
    assert flavour("models/gemini-9-live") == flavour(DEVELOPER_3_8)


def test_extended_thinking_says_whether_there_is_more_to_come() -> None:
    session = session_of("models/gemini-3.8-live-extended-thinking", calls("f"), Say("I am looking."), Say("Found."))
    session.tell(GREET)
    session.wait(3)
    (call,) = session.calls
    session.tell(Text("And?"))
    session.wait(3)
    session.answers(call, output=1)
    session.wait(3)
    frames = [json.loads(dump(message, session.session.flavour.spelling)) for _, message in session.sent]
    contents = [frame.get("serverContent", {}) for frame in frames]
    statuses = [content["interactionStatus"] for content in contents if "interactionStatus" in content]
    assert statuses == ["IN_PROGRESS", "IN_PROGRESS", "IDLE"]


def test_extended_thinking_says_that_it_takes_a_moment_before_it_calls() -> None:
    session = session_of("models/gemini-3.8-live-extended-thinking", calls("f"), Say("Found."))
    session.tell(GREET)
    session.wait(3)
    assert session.spoken.startswith("One moment")
    assert shapes(session)[-4:] == ["GC", "TC", "{}", "call"]


def test_who_interrupts_that_moment_has_it_thought_about_again() -> None:
    session = session_of("models/gemini-3.8-live-extended-thinking", calls("f"), Say("Found."))
    session.tell(GREET)
    session.wait(0.2)
    session.tell(Text("Wait."))
    assert session.calls == []
    session.wait(3)
    assert [call.id for call in session.calls] == ["call_1"]


def test_extended_thinking_refuses_a_function_that_blocks() -> None:
    session = Rehearsal(scripted())
    session.tell(Setup("models/gemini-3.8-live-extended-thinking", functions=(Function("f", "", {}, "BLOCKING"),)))
    assert session.closed == Close(1007, "Request contains an invalid argument.")


@pytest.mark.parametrize("model", [DEVELOPER_2_5, VERTEX, DEVELOPER_3_1, DEVELOPER_3_8, "models/offline"])
def test_what_an_answer_rests_on_is_told_once_before_the_turn_is_complete(model: str) -> None:
    session = session_of(model, Say("Noon is at twelve."), Say("It is."))
    session.fail(RestsOnSearch("noon", "Noon", "https://a.example"))
    for _ in range(2):
        session.tell(GREET)
        session.wait(3)
    frames = [json.loads(dump(message, session.session.flavour.spelling)) for _, message in session.sent]
    contents = [frame.get("serverContent", {}) for frame in frames]
    (found,) = [index for index, content in enumerate(contents) if content.get("groundingMetadata")]
    assert contents[found]["groundingMetadata"] == {
        "webSearchQueries": ["noon"],
        "groundingChunks": [{"web": {"uri": "https://a.example", "title": "Noon"}}],
        "searchEntryPoint": {"renderedContent": SUGGESTIONS},
    }
    assert found < next(index for index, content in enumerate(contents) if "generationComplete" in content)


def test_on_vertex_the_turn_that_calls_a_function_has_a_bill_of_its_own() -> None:
    session = session_of(VERTEX, calls("hours", day="Monday"), Say("From nine."))
    session.tell(GREET)
    session.tell(ToolResponse((Returned("", "hours", {"result": "9"}),)))
    session.wait(3)
    call, answer = [message.usage for _, message in session.sent if isinstance(message, TurnComplete)]
    assert (call.response_text > 0, call.response_audio) == (True, 0)
    assert (answer.response_text, answer.response_audio > 0) == (0, True)
    assert answer.prompt_text > call.prompt_text + call.response_text
