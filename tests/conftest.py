"""Fixtures of every test: asyncio as the loop, and no error that is only logged."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """`@pytest.mark.anyio` tests run on asyncio; the plugin comes with Starlette's anyio."""
    return "asyncio"


@pytest.fixture(autouse=True)
def no_errors_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What uvicorn, websockets and asyncio only log is a failure too; who expects an error clears `caplog`."""
    for name in ("uvicorn", "uvicorn.error", "websockets"):
        logging.getLogger(name).propagate = True
    yield
    errors = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, errors[0].getMessage()
