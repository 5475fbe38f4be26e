"""The requests that measure the brain are those that were written before it was tuned."""

import hashlib

from tests.benchmarks.routing import FROZEN, REQUESTS


def test_the_requests_are_frozen() -> None:
    assert hashlib.sha256(REQUESTS.read_bytes()).hexdigest() == FROZEN
