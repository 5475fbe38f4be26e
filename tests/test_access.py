"""Who is let in besides Twilio: every rule, on requests as Starlette would hand them over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import Response

from telephony_agent.access import LONGEST_VISIT, PAUSE, TRIES, VISITS, Operator, Tries, is_direct
from telephony_agent.settings import Settings
from tests import virtual

TOKEN = "an-operator-s-token-of-the-tests"
SITE = "https://agent.example.com"
HERE = "127.0.0.1:8080"

Test = Callable[..., Coroutine[Any, Any, None]]


def in_virtual_time(test: Test) -> Callable[..., None]:
    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        virtual.run(test(*args, **kwargs), limit=100_000)

    return run


def request(method: str = "GET", peer: str = "127.0.0.1", host: str = HERE, **headers: str) -> HTTPConnection:
    """`method` is WS for a WebSocket. Names of headers with underscores."""
    lines = {"host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope: dict[str, Any] = {
        "type": "websocket" if method == "WS" else "http",
        "path": "/",
        "client": (peer, 50_000),
        "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
    }
    return HTTPConnection(scope if method == "WS" else scope | {"method": method})


def alone() -> Operator:
    """Of a service for this machine, without a token."""
    return Operator(Settings())


def public(**settings: Any) -> Operator:
    given = {"public_url": SITE, "auth_tokens": ("t",), "provider": "offline", "operator_token": TOKEN}
    return Operator(Settings(**(given | settings)))


def cookie_of(operator: Operator) -> str:
    response = Response()
    assert operator.enter(TOKEN, response)
    return response.headers["set-cookie"].partition(";")[0]


# Without a token.


@in_virtual_time
async def test_without_a_token_this_machine_is_the_operator() -> None:
    for host in ("127.0.0.1", "127.0.0.1:9", "localhost:8080", "[::1]:8080"):
        for method in ("GET", "POST", "WS"):
            assert alone().meets(request(method, host=host))
            assert alone().is_in(request(method, host=host))


@in_virtual_time
async def test_without_a_token_nobody_else_is() -> None:
    others = [
        request(peer="192.0.2.1"),
        request(host="agent.example.com"),
        request(host=""),
        request(host="["),
        request(forwarded="for=192.0.2.1"),
        request(x_forwarded_for="127.0.0.1"),
        request(x_forwarded_proto="https"),
        request(cf_ray="1"),
    ]
    for other in others:
        assert not alone().meets(other)
        assert not alone().is_in(other)


@in_virtual_time
@pytest.mark.parametrize("reach", [{"public_url": SITE}, {"host": "0.0.0.0"}], ids=["public", "all interfaces"])
async def test_without_a_token_a_service_that_others_reach_has_no_operator(reach: dict[str, Any]) -> None:
    operator = Operator(Settings(auth_tokens=("t",), provider="offline", **reach))
    assert not operator.meets(request())
    assert not operator.is_in(request())


@in_virtual_time
@pytest.mark.parametrize("method", ["POST", "WS"])
async def test_without_a_token_the_page_of_another_site_is_not_served(method: str) -> None:
    assert alone().is_in(request(method, origin=f"http://{HERE}"))
    for origin in ("https://evil.example.com", "http://127.0.0.1:9999", "null", ""):
        assert not alone().is_in(request(method, origin=origin)), origin


def test_a_direct_request_names_this_machine_and_no_proxy() -> None:
    assert is_direct(request())
    assert not is_direct(request(x_forwarded_host="x"))
    assert not is_direct(request(host="agent.example.com"))


# With one.


@in_virtual_time
async def test_the_token_opens_from_everywhere_as_bearer() -> None:
    for method in ("GET", "POST", "WS"):
        there = {"peer": "192.0.2.1", "host": "agent.example.com"}
        assert public().is_in(request(method, **there, authorization=f"Bearer {TOKEN}"))
        for wrong in ("", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ö"):
            assert not public().is_in(request(method, **there, authorization=wrong)), wrong


@in_virtual_time
async def test_with_a_token_being_near_is_not_enough() -> None:
    operator = Operator(Settings(operator_token=TOKEN))
    assert operator.meets(request())
    assert not operator.is_in(request())


@in_virtual_time
async def test_the_cookie_opens_pages_and_for_our_own_pages_the_rest() -> None:
    operator = public()
    cookie = cookie_of(operator)
    there = {"peer": "192.0.2.1", "host": "agent.example.com", "cookie": cookie}
    assert operator.is_in(request("GET", **there))
    for method in ("POST", "WS"):
        assert operator.is_in(request(method, **there, origin=SITE))
        assert not operator.is_in(request(method, **there))
        for origin in ("http://agent.example.com", f"{SITE}:8443", "https://example.com", "null", "https://["):
            assert not operator.is_in(request(method, **there, origin=origin)), origin


@in_virtual_time
async def test_the_cookie_also_opens_around_the_proxy() -> None:
    operator = public()
    assert operator.is_in(request("POST", cookie=cookie_of(operator), origin=f"http://{HERE}"))
    assert not operator.is_in(request("POST", cookie=cookie_of(operator), origin="http://127.0.0.1:1"))


@in_virtual_time
async def test_the_port_that_a_browser_leaves_out_may_stand_in_the_url() -> None:
    operator = public(public_url=f"{SITE}:443")
    assert operator.is_in(request("WS", host="agent.example.com", cookie=cookie_of(operator), origin=SITE))


@in_virtual_time
async def test_a_wrong_token_or_cookie_opens_nothing() -> None:
    operator = public()
    response = Response()
    assert not operator.enter("wrong", response)
    assert "set-cookie" not in response.headers
    assert not operator.is_in(request(cookie="operator=wrong"))
    assert not operator.is_in(request(cookie="operator="))
    assert not operator.is_in(request())


@in_virtual_time
async def test_a_cookie_is_for_no_script_no_other_site_and_half_a_day() -> None:
    response = Response()
    operator = public(public_url=f"{SITE}/line")
    operator.enter(TOKEN, response)
    given = response.headers["set-cookie"]
    for word in ("HttpOnly", "SameSite=strict", "Secure", "Path=/line", f"Max-Age={LONGEST_VISIT}"):
        assert word in given
    assert TOKEN not in given
    cookie = given.partition(";")[0]
    await asyncio.sleep(LONGEST_VISIT - 1)
    assert operator.is_in(request(cookie=cookie))
    await asyncio.sleep(1)
    assert not operator.is_in(request(cookie=cookie))


@in_virtual_time
async def test_a_cookie_without_https_is_for_this_machine() -> None:
    response = Response()
    Operator(Settings(operator_token=TOKEN)).enter(TOKEN, response)
    assert "Secure" not in response.headers["set-cookie"]


@in_virtual_time
async def test_one_visit_too_many_puts_the_oldest_out() -> None:
    operator = public()
    cookies = [cookie_of(operator) for _ in range(VISITS + 1)]
    assert [operator.is_in(request(cookie=cookie)) for cookie in cookies] == [False] + VISITS * [True]


# Guesses.


def test_wrong_tries_run_out_and_come_back_slowly() -> None:
    tries = Tries()
    for _ in range(TRIES):
        assert tries.open(0.0)
        tries.fail()
    assert not tries.open(PAUSE - 0.1)
    assert tries.open(PAUSE)
    tries.fail()
    assert not tries.open(PAUSE + 0.1)
    assert tries.open(100 * PAUSE)


@in_virtual_time
async def test_whoever_guesses_waits() -> None:
    operator = public()
    for _ in range(TRIES):
        assert operator.may_try(request("POST", origin=SITE))
        operator.enter("a guess", Response())
    assert not operator.may_try(request("POST", origin=SITE))
    await asyncio.sleep(PAUSE)
    assert operator.may_try(request("POST", origin=SITE))


@in_virtual_time
async def test_another_site_s_page_may_not_try() -> None:
    assert not public().may_try(request("POST", origin="https://evil.example.com"))
