"""What holds for every test: nothing leaves this machine, async ones run on asyncio, and an error in the log fails
the test that caused it.
"""

import logging
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

LOGGERS = ("uvicorn", "uvicorn.access", "uvicorn.error", "websockets")  # which a command, run by a test, sets up


def stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: neither Twilio nor Google is ever reached, whatever a test has forgotten to say."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
        if host != "localhost" and not ip_address(host).is_loopback:
            raise ConnectionRefusedError(f"tests stay on this machine: {host}")


sys.addaudithook(stay_here)


@pytest.fixture
def anyio_backend() -> str:
    """For `@pytest.mark.anyio`, from the plugin that anyio brings (Starlette needs anyio)."""
    return "asyncio"


@pytest.fixture(autouse=True)
def no_errors_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Servers and event loops log what they can't raise; a test that wants such an error clears `caplog` itself."""
    for name in LOGGERS:
        logging.getLogger(name).propagate = True
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    told = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not told, "\n".join(told)
