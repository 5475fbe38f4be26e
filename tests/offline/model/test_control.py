"""What plain HTTP is answered."""

import pytest
from websockets.datastructures import Headers

from telephony_agent.offline.model.control import Answer, Fail, Give, asked, refusal
from telephony_agent.offline.model.faults import Closes, Stalls

HERE = ("127.0.0.1", Headers(Host="127.0.0.1:8000"))


@pytest.mark.parametrize("version", ["v1", "v1beta", "v1alpha"])
def test_the_models_are_listed_as_google_lists_them(version: str) -> None:
    answer = asked(f"/{version}/models?pageSize=50", "GET", "192.0.2.1", Headers(Host="example.com"))
    assert isinstance(answer, Answer)
    assert answer.status == 200
    described = {model["name"]: model["supportedGenerationMethods"] for model in answer.content["models"]}
    assert described["models/gemini-3.8-live"] == ["bidiGenerateContent"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "localhost:1"])
def test_this_machine_may_let_things_go_wrong(host: str) -> None:
    assert asked("/control/close?code=1008&reason=x", "POST", "127.0.0.1", Headers(Host=host)) == Fail(
        Closes(1008, "x")
    )


@pytest.mark.parametrize(
    ("peer", "host", "origin"),
    [
        ("192.0.2.1", "127.0.0.1", None),
        ("127.0.0.1", "model.example.com", None),
        ("127.0.0.1", "127.0.0.1", "https://example.com"),
        ("127.0.0.1", "", None),
        ("", "127.0.0.1", None),
    ],
)
def test_nobody_else_may(peer: str, host: str, origin: str | None) -> None:
    headers = {"Host": host} | ({"Origin": origin} if origin else {})
    answer = asked("/control/close", "POST", peer, Headers(headers))
    assert isinstance(answer, Answer)
    assert answer.status == 403


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [("/control/fire", "POST", 400), ("/control/close", "GET", 405), ("/chat", "GET", 404), ("/", "POST", 404)],
)
def test_what_can_t_be_answered_says_why(target: str, method: str, status: int) -> None:
    answer = asked(target, method, *HERE)
    assert isinstance(answer, Answer)
    assert answer.status == status
    assert answer.content["error"]["message"]


def test_the_next_session_can_be_meant() -> None:
    assert asked("/control/next/stall?at=reply", "POST", *HERE) == Fail(Stalls("reply"), next_session=True)


def test_a_refusal_speaks_google_s_words() -> None:
    status, content = refusal(429)
    assert status == 429
    assert content["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert content["error"]["message"].startswith("You exceeded your current quota")


@pytest.mark.parametrize("path", ["/v1alpha/auth_tokens", "/v1beta/models"])
@pytest.mark.parametrize(
    ("key", "status", "words"),
    [("", 403, "unregistered callers"), ("?key=other", 400, "API key not valid"), ("?key=k", 200, "")],
)
def test_who_wants_something_of_google_brings_the_key(path: str, key: str, status: int, words: str) -> None:
    answer = asked(path + key, "GET", "192.0.2.1", Headers(), "k")
    if isinstance(answer, Give):
        assert (path, status) == ("/v1alpha/auth_tokens", 200)
    else:
        assert isinstance(answer, Answer)
        assert answer.status == status
        assert words in str(answer.content)
