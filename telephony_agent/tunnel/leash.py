"""Runs a program that ends when whoever started us is gone, however they went: then our stdin has an end.

It is run by its path, in an interpreter of its own that loads nothing else. Linux's own way (`prctl`) would end the
program with the thread that started it, not with the process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

GOODBYE = 4.0  # seconds it has to end; less than those that we have


def hold(command: list[str]) -> int:
    """Its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    threading.Thread(target=_wait_for_the_end, daemon=True).start()
    try:
        program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        print(f"{command[0]} can't be started: {error.strerror}", file=sys.stderr)
        return 127
    try:
        return program.wait()
    finally:
        program.terminate()
        try:
            program.wait(GOODBYE)
        except subprocess.TimeoutExpired:
            program.kill()


def _wait_for_the_end() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(hold(sys.argv[1:]))
