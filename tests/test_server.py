"""The listening socket, and uvicorn on it."""

from __future__ import annotations

import logging
import socket

import pytest
from starlette.applications import Starlette

from telephony_agent import server
from telephony_agent.errors import ConfigError


def test_what_is_accepted_sends_small_messages_at_once() -> None:
    with server.listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_what_is_accepted_is_let_go_of_when_its_peer_reads_no_more() -> None:
    with server.listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == server.UNREAD * 1000


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_both_families_are_listened_on(host: str) -> None:
    with server.listen(host, 0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_port_that_is_taken_is_an_error_of_the_settings() -> None:
    with server.listen("127.0.0.1", 0) as listener, pytest.raises(ConfigError, match="PORT"):
        server.listen("127.0.0.1", listener.getsockname()[1])


@pytest.mark.anyio
async def test_a_service_that_cannot_start_says_so(caplog: pytest.LogCaptureFixture) -> None:
    def broken(app: Starlette) -> None:
        raise ConfigError("no such thing")

    with pytest.raises(ConfigError, match="could not start"):
        async with server.serving(Starlette(lifespan=broken), server.listen("127.0.0.1", 0)):  # type: ignore[arg-type]
            raise AssertionError("it has started")
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    caplog.clear()
