"""What a setup may ask of which model."""

from __future__ import annotations

from typing import Any

import pytest

from telephony_agent.offline.model.admission import VOICES, admitted, refused, takes
from telephony_agent.offline.model.door import Door, Service
from telephony_agent.offline.model.flavours import MODELS, Flavour
from telephony_agent.offline.model.messages import (
    Audio,
    Content,
    ContextUpdate,
    Function,
    Setup,
    Text,
    Thinking,
    Window,
)

NATIVE = "models/gemini-2.5-flash-native-audio-preview-12-2025"
VERTEX = "models/gemini-live-2.5-flash-native-audio"
CASCADE = "models/gemini-2.0-flash-live-001"
LIVE_3_1 = "models/gemini-3.1-flash-live-preview"
LIVE_3_8 = "models/gemini-3.8-live"
EXTENDED = "models/gemini-3.8-live-extended-thinking"
VAGUE = (1007, "Request contains an invalid argument.")


def answer(model: str, door: Door | None = None, **wishes: Any) -> tuple[int, str] | None:
    """How the session would be closed; None if it would begin."""
    found = admitted(Setup(model, **wishes), door)
    return None if isinstance(found, Flavour) else found


@pytest.mark.parametrize("model", ["offline", *MODELS])
def test_who_asks_for_nothing_is_let_in(model: str) -> None:
    assert answer(f"models/{model}") is None


@pytest.mark.parametrize(
    ("model", "wishes"),
    [
        (NATIVE, {"thinking": Thinking(budget=0), "voice": "Sulafat", "affective": True, "proactive": True}),
        (VERTEX, {"language": "de-DE", "thinking": Thinking(budget=-1)}),
        (CASCADE, {"as_text": True, "language": "en-US"}),
        (LIVE_3_1, {"thinking": Thinking(level="MINIMAL")}),
        (LIVE_3_8, {"voice": "en-us-tavi", "proactive": True, "language": "en-US", "affective": True}),
        (EXTENDED, {"thinking": Thinking(level="HIGH"), "functions": (Function("f", "", {}, "NON_BLOCKING"),)}),
        ("models/offline", {"as_text": True, "thinking": Thinking(5, "LOW"), "voice": "Puck", "proactive": False}),
    ],
)
def test_what_a_model_takes(model: str, wishes: dict[str, Any]) -> None:
    assert answer(model, **wishes) is None


@pytest.mark.parametrize(
    ("model", "wishes"),
    [
        (NATIVE, {"voice": "puck"}),
        (LIVE_3_1, {"voice": "en-us-tavi"}),
        (NATIVE, {"thinking": Thinking(level="LOW")}),
        (LIVE_3_1, {"thinking": Thinking(budget=100)}),
        (LIVE_3_8, {"thinking": Thinking()}),
        (EXTENDED, {"thinking": Thinking(level="MINIMAL")}),
        (CASCADE, {"thinking": Thinking(budget=0)}),
        (LIVE_3_1, {"affective": True}),
        (LIVE_3_1, {"proactive": True}),
        (LIVE_3_8, {"proactive": False}),
        (EXTENDED, {"functions": (Function("f", "", {}, "BLOCKING"),)}),
    ],
)
def test_what_it_does_not_take_is_an_invalid_argument(model: str, wishes: dict[str, Any]) -> None:
    assert answer(model, **wishes) == VAGUE


def test_a_language_is_refused_by_its_name() -> None:
    assert answer(NATIVE, language="de-DE") == (1007, f"Unsupported language code 'de-DE' for model {NATIVE}")


@pytest.mark.parametrize("model", [NATIVE, VERTEX, LIVE_3_1, LIVE_3_8, EXTENDED])
def test_native_audio_does_not_write(model: str) -> None:
    assert answer(model, as_text=True) == (1007, "Cannot extract voices from a non-audio request.")


def test_there_are_thirty_voices() -> None:
    assert len(VOICES) == 30
    assert len(takes(LIVE_3_8).voices) == 41


def test_a_model_that_nobody_serves_is_not_found_in_that_version() -> None:
    code, reason = answer("models/gpt-5", Door(version="v1")) or (0, "")
    assert code == 1008
    assert reason.startswith("models/gpt-5 is not found for API version v1, or is not supported")


def test_a_name_of_another_service_is_not_found() -> None:
    code, _ = answer(LIVE_3_8, Door(Service.VERTEX)) or (0, "")
    assert code == 1008


def test_only_vertex_tells_who_speaks_and_what_was_taken() -> None:
    vertex, model = Door(Service.VERTEX), "publishers/google/models/gemini-3.8-live"
    assert answer(LIVE_3_8, Door(), transparent=True) == VAGUE
    code, reason = answer(LIVE_3_8, Door(), vad_signal=True) or (0, "")
    assert (code, 'Unknown name "explicit_vad_signal"' in reason) == (1007, True)
    assert answer(model, vertex, transparent=True, vad_signal=True) is None


@pytest.mark.parametrize(
    ("window", "well"),
    [(Window(), True), (Window(5_000, 0), True), (Window(4_999), False), (Window(128_001), False)],
)
def test_on_vertex_a_window_slides_within_bounds(window: Window, well: bool) -> None:
    model = "publishers/google/models/gemini-3.8-live"
    assert answer(model, Door(Service.VERTEX), window=window) == (None if well else VAGUE)
    assert answer(LIVE_3_8, Door(), window=window) is None


def test_who_wants_to_know_the_thoughts_is_told_them() -> None:
    silent, open_ = (admitted(Setup(LIVE_3_1, thinking=Thinking(level="LOW", told=told))) for told in (False, True))
    assert isinstance(silent, Flavour)
    assert isinstance(open_, Flavour)
    assert (silent.thinks, open_.thinks) == (False, True)


def test_vertex_counts_and_names_in_its_own_way() -> None:
    here = admitted(Setup(LIVE_3_8), Door())
    there = admitted(Setup("publishers/google/models/gemini-3.8-live"), Door(Service.VERTEX))
    assert isinstance(here, Flavour)
    assert isinstance(there, Flavour)
    assert (here.spelling.output_tokens, there.spelling.output_tokens) == ("response", "candidates")
    assert (here.names_session, there.names_session) == (False, True)
    assert (here.ids, there.ids) == (True, False)
    assert there.empty is here.empty


@pytest.mark.parametrize("message", [Audio(b""), Text("Hello?"), Content()])
def test_who_asks_3_8_for_affection_is_refused_once_something_is_said(message: object) -> None:
    assert refused(message, Setup(LIVE_3_8, affective=True)) == VAGUE
    assert refused(message, Setup(NATIVE, affective=True)) is None
    assert refused(message, Setup(LIVE_3_8)) is None


def test_only_3_8_learns_anew_within_a_session() -> None:
    assert refused(ContextUpdate(), Setup(LIVE_3_8)) is None
    code, reason = refused(ContextUpdate(), Setup(LIVE_3_1)) or (0, "")
    assert (code, 'Unknown name "context_update"' in reason) == (1007, True)
