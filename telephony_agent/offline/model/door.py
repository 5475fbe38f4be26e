"""Which of Google's services a request means, by its path, and with which credentials it comes.

https://ai.google.dev/api/live, https://cloud.google.com/vertex-ai/generative-ai/docs/live-api; Firebase's stands in
front of both. Paths are taken as their clients send them: two slashes, any version, a dot or a slash before the method.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs, urlsplit

METHOD = re.compile(r"[./]BidiGenerateContent(?P<constrained>Constrained)?(?:/locations/(?P<location>[^/]+))?$")
VERSION = re.compile(r"\.(v\d[0-9a-z]*)\.")
UNWANTED = "global"  # the one location that has no Live API

PROJECT = r"projects/[^/]+/"
PUBLISHED = r"publishers/google/models/[^/]+"


class Service(Enum):
    """The value is what a model's name looks like there."""

    DEVELOPER = r"models/[^/]+"
    VERTEX = rf"(?:{PROJECT}locations/[^/]+/)?{PUBLISHED}"  # without a project for who comes with a key
    FIREBASE = rf"{PROJECT}models/[^/]+"
    FIREBASE_VERTEX = rf"{PROJECT}locations/[^/]+/{PUBLISHED}"

    @property
    def is_vertex(self) -> bool:
        return self in (Service.VERTEX, Service.FIREBASE_VERTEX)


@dataclass(frozen=True)
class Door:
    """`key` is an API key, `token` what an Authorization says, each empty if there is none.

    `constrained`: the token stands for a setup that was agreed on before. `location` is named by Firebase's path only.
    """

    service: Service = Service.DEVELOPER
    version: str = "v1beta"
    constrained: bool = False
    location: str = ""
    key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    def knows(self, model: str) -> bool:
        """The name of a model is one that this service could have."""
        return bool(re.fullmatch(self.service.value, model)) and f"/locations/{UNWANTED}/" not in model


def door(target: str, headers: Mapping[str, str]) -> Door | None:
    """The door at which a request with this target knocks; None if it leads to no Live session.

    `headers` finds names in any case.
    """
    url = urlsplit("/" + target.lstrip("/"))
    method = METHOD.search(url.path)
    if not method:
        return None
    version = VERSION.search(url.path)
    key, token = credentials(url.query, headers)
    return Door(
        _service(url.path), version[1] if version else "", bool(method[1]), method["location"] or "", key, token
    )


def credentials(query: str, headers: Mapping[str, str]) -> tuple[str, str]:
    """The API key and the token of a request, wherever they stand."""
    given = parse_qs(query)
    key = headers.get("x-goog-api-key", "") or given.get("key", [""])[0]
    _, _, token = headers.get("Authorization", "").partition(" ")
    return key, token.strip() or given.get("access_token", [""])[0]


def _service(path: str) -> Service:
    firebase, vertex = "google.firebase." in path, ".LlmBidiService" in path
    match firebase, vertex:
        case True, True:
            return Service.FIREBASE_VERTEX
        case True, False:
            return Service.FIREBASE
        case False, True:
            return Service.VERTEX
        case _:
            return Service.DEVELOPER
