"""What is on the leash ends with who holds it, in whichever way they go."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from telephony_agent.tunnel.child import LEASH

PYTHON = (sys.executable, "-c")
SOON = 20  # seconds
SAYS_SO = "print('here', flush=True); import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SAYS_SO}"


@contextmanager
def held(*command: str) -> Iterator[subprocess.Popen[str]]:
    pipe, both = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen([*LEASH, *command], stdin=pipe, stdout=pipe, stderr=both, text=True) as leash:
        try:
            yield leash
        finally:
            leash.terminate()


def until_it_is_gone(leash: subprocess.Popen[str]) -> None:
    """Its stdout ends with the last process that has it."""
    assert leash.communicate(timeout=SOON)[0] == ""


def starts(leash: subprocess.Popen[str]) -> None:
    assert leash.stdout
    assert leash.stdout.readline() == "here\n"


@pytest.mark.parametrize("program", [SAYS_SO, STUBBORN])
def test_the_end_of_stdin_ends_the_program(program: str) -> None:
    with held(*PYTHON, program) as leash:
        starts(leash)
        until_it_is_gone(leash)  # `communicate` closes its stdin


def test_a_signal_to_stop_ends_the_program() -> None:
    with held(*PYTHON, SAYS_SO) as leash:
        starts(leash)
        leash.terminate()
        assert leash.wait(SOON) == 0
        until_it_is_gone(leash)


def test_a_program_that_ends_by_itself_takes_the_leash_along() -> None:
    with held(*PYTHON, "raise SystemExit(3)") as leash:
        assert leash.wait(SOON) == 3


def test_a_program_that_is_not_there_is_named() -> None:
    with held("/nowhere/cloudflared") as leash:
        assert leash.wait(SOON) == 127
        assert leash.stdout
        assert leash.stdout.read() == "/nowhere/cloudflared can't be started: No such file or directory\n"
