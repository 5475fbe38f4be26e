"""Which model is meant, and what is to be known of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.live.catalogue import CATALOGUE
from telephony_agent.live.messages import Tell, Type
from telephony_agent.live.models import declared, notices, pinned, profile, resolve
from telephony_agent.live.profiles import CAUTIOUS, Backend, Profile, Seeding

VERTEX = "projects/p/locations/us-central1/publishers/google/models/"
CASCADE = "gemini-2.0-flash-live-preview-04-09"
AUTUMN = dt.date(2025, 11, 1)


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: f"{row.id}, {row.backend}")
def test_a_model_is_found_by_its_full_name(row: Profile) -> None:
    prefixes = [VERTEX, "publishers/google/models/"] if row.backend == "vertex" else ["models/", "projects/p/models/"]
    assert all(profile(prefix + row.id) == row for prefix in prefixes)


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: f"{row.id}, {row.backend}")
def test_a_row_does_not_contradict_itself(row: Profile) -> None:
    assert row.known
    assert len({(each.id, each.backend) for each in CATALOGUE}) == len(CATALOGUE)
    assert len(set(row.voices)) == len(row.voices)
    assert "Puck" in row.voices
    assert not row.free_tier or row.backend == "gemini"
    assert not row.locations or row.backend == "vertex"
    assert row.retired is None or (row.since is not None and row.since < row.retired)
    assert resolve(row.id, row.backend) == row.id


def test_a_model_of_one_backend_is_found_under_the_other_s_name_too() -> None:
    """The offline model talks as any of them, and has the Developer API's names."""
    assert profile("models/gemini-live-2.5-flash-native-audio").backend == "vertex"
    assert profile("models/gemini-3.8-live").backend == profile("gemini-3.8-live").backend == "gemini"


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gemini-3.8-live-preview-11-2026", "gemini-3.8-live"),
        ("gemini-3.8-live-extended-thinking-002", "gemini-3.8-live-extended-thinking"),
        ("gemini-2.5-flash-native-audio-preview-03-2027", "gemini-2.5-flash-native-audio-preview-12-2025"),
        ("gemini-3.1-flash-live", "gemini-3.1-flash-live-preview"),
        ("gemini-live-2.5-flash-native-audio-002", "gemini-live-2.5-flash-native-audio"),
        ("gemini-live-2.5-flash-preview-native-audio-12-2026", "gemini-live-2.5-flash-native-audio"),
        ("gemini-live-2.5-flash-002", "gemini-live-2.5-flash"),
        ("gemini-2.0-flash-live-002", "gemini-2.0-flash-live-preview-04-09"),
    ],
)
def test_a_later_version_is_taken_for_the_newest_of_its_family(model: str, family: str) -> None:
    assert profile(model) == replace(profile(family), id=model, known=False)
    assert resolve(model) == model
    (notice,) = notices(f"models/{model}", AUTUMN)
    assert f"the model {model} is not one that we know; taken for a later gemini-" in notice


def test_the_latest_is_the_one_that_google_means_by_it() -> None:
    assert profile("models/gemini-2.5-flash-native-audio-latest").alias == "2.5-native-audio"


@pytest.mark.parametrize("model", ["gemini-9-live", "", "offline", "gemini-2.5-flash"])
def test_a_model_nobody_knows_gets_no_field_that_a_known_one_rejects(model: str) -> None:
    assert profile(model) == CAUTIOUS
    assert (CAUTIOUS.behavior, CAUTIOUS.tell, CAUTIOUS.seeding) == (None, Tell, Seeding.TURNS)
    assert not CAUTIOUS.language_field
    assert not CAUTIOUS.known
    (notice,) = notices(model, AUTUMN)
    assert "is not one that we know; whether it takes the fields that you set" in notice


@pytest.mark.parametrize(
    ("model", "behavior", "tell"),
    [
        ("gemini-2.5-flash-native-audio-preview-12-2025", "BLOCKING", Tell),
        ("gemini-live-2.5-flash-native-audio", None, Tell),
        ("gemini-3.1-flash-live-preview", None, Type),
        ("gemini-3.8-live", "BLOCKING", Tell),
        ("gemini-3.8-live-extended-thinking", "NON_BLOCKING", Tell),
    ],
)
def test_how_functions_are_declared_and_the_model_is_told(
    model: str, behavior: str | None, tell: type[Tell | Type]
) -> None:
    assert (profile(model).behavior, profile(model).tell) == (behavior, tell)


# What operators call a model.


@pytest.mark.parametrize(
    ("short", "backend", "id"),
    [
        ("2.5-native-audio", "gemini", "gemini-2.5-flash-native-audio-preview-12-2025"),
        ("2.5-native-audio", "vertex", "gemini-live-2.5-flash-native-audio"),
        ("2.5-native-audio", None, "gemini-2.5-flash-native-audio-preview-12-2025"),
        ("3.1", "gemini", "gemini-3.1-flash-live-preview"),
        ("3.8", "gemini", "gemini-3.8-live"),
        ("3.8", "vertex", "gemini-3.8-live"),
        ("3.8-extended-thinking", "gemini", "gemini-3.8-live-extended-thinking"),
        ("models/x", "gemini", "models/x"),
    ],
)
def test_a_short_name_is_the_backend_s_model(short: str, backend: Backend | None, id: str) -> None:
    assert resolve(short, backend) == id


def test_a_short_name_that_the_backend_has_no_model_for() -> None:
    with pytest.raises(ConfigError, match=r"'3\.1' is one that only the Gemini Developer API has; choose another"):
        resolve("3.1", "vertex")


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("gemini-3.8-liv", "gemini-3.8-live"),
        ("gemini-38-live", "gemini-3.8-live"),
        ("Gemini-3.8-Live", "gemini-3.8-live"),
        ("gemini-3.8-lives", "gemini-3.8-live"),
        ("gemini-3.8-live-extended-thinkin", "gemini-3.8-live-extended-thinking"),
        ("gemini-2.5-flash-native-audio-previw-12-2025", "gemini-2.5-flash-native-audio-preview-12-2025"),
        ("2.5-nativ-audio", "2.5-native-audio"),
    ],
)
def test_a_misspelt_id_is_refused_with_what_was_meant(misspelt: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=f"'{misspelt}' is none that anybody knows; did you mean {meant}\\?"):
        resolve(misspelt)


@pytest.mark.parametrize("model", ["gemini-3.9-live", "gemini-4-live", "gemma-live", "offline"])
def test_another_version_is_no_spelling_mistake(model: str) -> None:
    assert resolve(model) == model


# What the operator should know.


@pytest.mark.parametrize(
    ("today", "notice"),
    [
        (dt.date(2025, 10, 9), None),
        (dt.date(2025, 10, 10), "will be switched off on 2025-12-09 (days left: 60); set LIVE_MODEL to another"),
        (dt.date(2025, 12, 8), "will be switched off on 2025-12-09 (days left: 1); set LIVE_MODEL to another"),
        (dt.date(2025, 12, 9), "was switched off on 2025-12-09; set LIVE_MODEL to another"),
    ],
)
def test_a_model_s_end_is_told_sixty_days_ahead(today: dt.date, notice: str | None) -> None:
    told = list(notices("models/gemini-2.0-flash-live-001", today, "gemini"))
    assert told == ([f"the model gemini-2.0-flash-live-001 {notice}"] if notice else [])


def test_a_private_model_and_one_of_the_other_backend_are_told_of_where_google_answers() -> None:
    private, elsewhere = f"{VERTEX}gemini-live-2.5-flash", "models/gemini-live-2.5-flash-native-audio"
    assert [*notices(private, AUTUMN, "vertex")] == [
        "the model gemini-live-2.5-flash is private: it answers only projects that Google has let in"
    ]
    assert [*notices(elsewhere, AUTUMN, "gemini")] == [
        "the model gemini-live-2.5-flash-native-audio is known at Vertex AI, not at the Gemini Developer API, which "
        "may refuse it"
    ]
    assert not [*notices(private, AUTUMN), *notices(elsewhere, AUTUMN)]


def test_a_model_that_only_one_location_has() -> None:
    near, far = (f"{VERTEX}gemini-2.0-flash-live-preview-04-09".replace("central1", at) for at in ("central1", "east5"))
    assert not [*notices(near, AUTUMN, "vertex")]
    assert [*notices(far, AUTUMN, "vertex")] == [
        "the model gemini-2.0-flash-live-preview-04-09 is known in us-central1, not in us-east5; set another location"
    ]


@pytest.mark.parametrize(("model", "named"), [(f"{VERTEX}gemini-3.8-live", False), (f"{VERTEX}{CASCADE}", True)])
def test_a_model_that_firebase_does_not_name(model: str, named: bool) -> None:
    told = [*notices(model, AUTUMN, "vertex", firebase=True)]
    assert told == (
        []
        if named
        else ["the model gemini-3.8-live is not among those that Firebase AI Logic names, which may refuse it"]
    )


def test_of_a_model_that_is_as_it_should_be_there_is_nothing_to_tell() -> None:
    assert not [*notices("models/gemini-3.8-live", dt.date(2026, 11, 22), "gemini")]


# Functions and languages.


def test_declarations_say_their_behaviour_where_the_model_has_the_field() -> None:
    declaration = {"name": "f", "description": "d"}
    blocking = replace(CAUTIOUS, behavior="BLOCKING")
    assert declared([declaration], blocking) == [{**declaration, "behavior": "BLOCKING"}]
    assert declared([declaration], CAUTIOUS) == [declaration]
    assert declared([], blocking) == []
    assert declaration == {"name": "f", "description": "d"}


GERMAN = "RESPOND IN GERMAN. YOU MUST RESPOND UNMISTAKABLY IN GERMAN."


@pytest.mark.parametrize(
    ("model", "language", "expected"),
    [
        ("gemini-2.5-flash-native-audio-preview-12-2025", "de-DE", (None, GERMAN)),
        ("gemini-3.1-flash-live-preview", "de", (None, GERMAN)),
        ("gemini-9-live", "de-AT", (None, GERMAN)),
        ("gemini-9-live", "tlh", (None, GERMAN.replace("GERMAN", "TLH"))),
        ("gemini-3.8-live", "de-AT", ("de-AT", "")),
        ("gemini-3.8-live", "he-IL", ("he-IL", "")),
        (f"{VERTEX}gemini-3.8-live", "de-DE", ("de-DE", "")),
        (f"{VERTEX}gemini-3.8-live", "de", ("de-DE", "")),
        ("gemini-live-2.5-flash-native-audio", "uk", ("uk-UA", "")),
    ],
)
def test_a_language_is_pinned_by_the_field_or_by_a_sentence(
    model: str, language: str, expected: tuple[str | None, str]
) -> None:
    assert pinned(language, profile(model)) == expected


@pytest.mark.parametrize(
    ("model", "language", "choice"),
    [
        ("gemini-live-2.5-flash-native-audio", "en", "choose one of en-IN, en-US$"),
        ("gemini-live-2.5-flash-native-audio", "en-GB", "choose one of en-IN, en-US$"),
        ("gemini-live-2.5-flash-native-audio", "cs-CZ", "choose one of ar-EG, bn-BD"),
        ("gemini-3.8-live", "tlh", "choose one of af, ak"),
    ],
)
def test_a_language_that_the_model_does_not_speak(model: str, language: str, choice: str) -> None:
    with pytest.raises(ConfigError, match=f"{model} does not speak the language '{language}'; {choice}"):
        pinned(language, profile(model))
