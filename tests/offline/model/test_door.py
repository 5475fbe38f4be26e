"""Whose door a client knocks at, and with what in its hand."""

from __future__ import annotations

import pytest
from websockets.datastructures import Headers

from telephony_agent.offline.model.door import Door, Service, door

DEVELOPER = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
FIREBASE = "/ws/google.firebase.vertexai.v1beta.GenerativeService/BidiGenerateContent"
FIREBASE_VERTEX = "/ws/google.firebase.vertexai.v1beta.LlmBidiService/BidiGenerateContent/locations/us-central1"


def knock(target: str, **headers: str) -> Door:
    found = door(target, Headers({name.replace("_", "-"): value for name, value in headers.items()}))
    assert found
    return found


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (DEVELOPER, Door()),
        ("/" + DEVELOPER.replace("v1beta", "v1"), Door(version="v1")),
        (DEVELOPER + "Constrained", Door(constrained=True)),
        (VERTEX, Door(Service.VERTEX, "v1beta1")),
        (FIREBASE, Door(Service.FIREBASE)),
        (FIREBASE_VERTEX, Door(Service.FIREBASE_VERTEX, location="us-central1")),
    ],
)
def test_the_path_says_whose_it_is(target: str, expected: Door) -> None:
    assert knock(target) == expected


@pytest.mark.parametrize("target", ["/", "/chat", DEVELOPER + "/more", "/v1beta/models", DEVELOPER[:-1]])
def test_another_path_leads_nowhere(target: str) -> None:
    assert door(target, Headers()) is None


@pytest.mark.parametrize(
    ("target", "headers", "key", "token"),
    [
        (DEVELOPER + "?key=k", {}, "k", ""),
        (DEVELOPER, {"x_goog_api_key": "k"}, "k", ""),
        (DEVELOPER + "Constrained?access_token=auth_tokens/t", {}, "", "auth_tokens/t"),
        (DEVELOPER + "Constrained", {"Authorization": "Token auth_tokens/t"}, "", "auth_tokens/t"),
        (VERTEX, {"authorization": "Bearer t"}, "", "t"),
        (FIREBASE + "?key=k", {"Authorization": "Firebase id"}, "k", "id"),
        (DEVELOPER, {}, "", ""),
    ],
)
def test_credentials_may_stand_in_many_places(target: str, headers: dict[str, str], key: str, token: str) -> None:
    knocked = knock(target, **headers)
    assert (knocked.key, knocked.token) == (key, token)
    assert not key or key not in repr(knocked)


@pytest.mark.parametrize(
    ("target", "known", "unknown"),
    [
        (DEVELOPER, "models/m", "m"),
        (DEVELOPER, "models/m", "projects/p/models/m"),
        (FIREBASE, "projects/p/models/m", "models/m"),
        (VERTEX, "projects/p/locations/us-central1/publishers/google/models/m", "models/m"),
        (VERTEX, "publishers/google/models/m", "projects/p/locations/global/publishers/google/models/m"),
        (FIREBASE_VERTEX, "projects/p/locations/l/publishers/google/models/m", "publishers/google/models/m"),
    ],
)
def test_each_calls_its_models_otherwise(target: str, known: str, unknown: str) -> None:
    assert knock(target).knows(known)
    assert not knock(target).knows(unknown)
