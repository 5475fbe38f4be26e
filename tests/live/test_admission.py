"""What we hold back and what the offline model would turn away, compared: neither has read the other's table."""

from __future__ import annotations

from typing import Any

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.live.catalogue import CATALOGUE
from telephony_agent.live.fitting import check
from telephony_agent.live.messages import dump
from telephony_agent.live.models import declared, pinned
from telephony_agent.live.options import Generation, Options, Thinking, Transcript, Translation, TurnTaking
from telephony_agent.live.profiles import Offer, Profile
from telephony_agent.live.setup import Setup
from telephony_agent.offline.model import messages
from telephony_agent.offline.model.admission import admitted, refused
from telephony_agent.offline.model.door import Door, Service
from telephony_agent.offline.model.flavours import Flavour
from telephony_agent.offline.model.messages import ContextUpdate, Text

VERTEX = "projects/p/locations/us-central1/publishers/google/models/"
DECLARATION = {"name": "hours", "description": "When we are open."}
TALKING = [row for row in CATALOGUE if "AUDIO" in row.modalities and not row.translates]


def label(row: Profile) -> str:
    return f"{row.id}, {row.backend}"


def setup_for(row: Profile, **fields: Any) -> Setup:
    prefix = VERTEX if row.backend == "vertex" else "models/"
    return Setup(**({"model": prefix + row.id, "instructions": "Be brief."} | fields))


def we_take(setup: Setup) -> bool:
    try:
        check(setup)
    except ConfigError:
        return False
    return True


def they_take(row: Profile, setup: Setup) -> bool:
    """The setup, and the first words after it: some of it is noticed only then."""
    (parsed,) = messages.parse(dump(setup))
    assert isinstance(parsed, messages.Setup)
    door = Door(Service.VERTEX) if row.backend == "vertex" else Door()
    return isinstance(admitted(parsed, door), Flavour) and refused(Text("Hello?"), parsed) is None


def wish(**options: Any) -> dict[str, Any]:
    return {"options": Options(**options)}


WISHES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "the last of the thirty voices": {"voice": "Sulafat"},
    "a voice of the latest": {"voice": "en-us-zeno"},
    "a voice of nobody's": {"voice": "puck"},
    "writing": {"modality": "TEXT"},
    "thoughts": wish(thinking=Thinking(include_thoughts=True)),
    "no thinking": wish(thinking=Thinking(budget=0)),
    **{f"thinking: {level}": wish(thinking=Thinking(level=level)) for level in ("minimal", "low", "high", "xhigh")},
    "affective dialog": wish(affective_dialog=True),
    "proactive audio": wish(proactive_audio=True),
    "signals": wish(turn_taking=TurnTaking(signals=True)),
    "the rest": {
        "search": True,
        "manual": True,
        "seeded": True,
        "resume": "h",
        **wish(
            generation=Generation(temperature=1, top_k=40, media_resolution="low", seed=1),
            turn_taking=TurnTaking(
                start_sensitivity="low", prefix_padding_ms=20, interruptible=False, coverage="all input"
            ),
            safety={"HARM_CATEGORY_HARASSMENT": "OFF"},
            labels={"team": "sales"},
        ),
    },
}
# The offline model has one version of its API for all, so it can't tell what only another one takes.
BY_VERSION = ("affective dialog", "proactive audio")


@pytest.mark.parametrize("name", WISHES)
@pytest.mark.parametrize("row", TALKING, ids=label)
def test_both_take_the_same(row: Profile, name: str) -> None:
    setup = setup_for(row, **WISHES[name])
    held_back = row.affective is Offer.ALPHA and name in BY_VERSION
    assert they_take(row, setup) == (we_take(setup) or held_back)


@pytest.mark.parametrize("row", TALKING, ids=label)
def test_functions_are_declared_and_a_language_is_pinned_as_the_offline_model_wants_it(row: Profile) -> None:
    code, sentence = pinned("de-DE", row)
    setup = setup_for(row, language=code, instructions=sentence or "-", declarations=declared([DECLARATION], row))
    assert we_take(setup)
    assert they_take(row, setup)


@pytest.mark.parametrize("row", [row for row in CATALOGUE if row not in TALKING], ids=label)
def test_a_model_for_something_else_takes_what_it_is_for(row: Profile) -> None:
    translation = Translation(target_language="de") if row.translates else None
    transcript = Transcript(languages=["de-DE"], diarization=True) if row.transcribes else None
    setup = setup_for(
        row,
        modality=row.modalities[0],
        options=Options(translation=translation, caller_transcript=transcript, agent_transcript=None),
    )
    assert we_take(setup)
    assert they_take(row, setup)


@pytest.mark.parametrize("row", TALKING, ids=label)
def test_both_know_who_learns_anew_within_a_session(row: Profile) -> None:
    (parsed,) = messages.parse(dump(setup_for(row)))
    assert isinstance(parsed, messages.Setup)
    assert (refused(ContextUpdate(), parsed) is None) == row.context_update
