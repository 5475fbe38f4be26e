"""What holds for every test: async ones run on asyncio, and an error in the log fails the test that caused it."""

import logging
from collections.abc import Iterator

import pytest

LOGGERS = ("uvicorn", "uvicorn.error", "websockets")  # they may have been told not to propagate


@pytest.fixture
def anyio_backend() -> str:
    """For `@pytest.mark.anyio`, from the plugin that anyio brings (Starlette needs anyio)."""
    return "asyncio"


@pytest.fixture(autouse=True)
def no_errors_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Servers and event loops log what they can't raise; a test that wants such an error clears `caplog` itself."""
    for name in LOGGERS:
        logging.getLogger(name).propagate = True
    yield
    told = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not told, "\n".join(told)
