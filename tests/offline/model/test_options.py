"""What the options of `offline-model` ask for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from telephony_agent.errors import ConfigError
from telephony_agent.offline.model.faults import Closes, Fault, Stalls, given, menu
from telephony_agent.offline.model.options import knobs, wanted
from telephony_agent.offline.model.process import COMMAND
from telephony_agent.offline.model.terms import Terms
from tests.offline.model.test_door import DEVELOPER


def asked(*arguments: str) -> tuple[Terms, list[Fault]]:
    got: list[tuple[Terms, list[Fault]]] = []

    def note(**options: object) -> None:
        keep: Callable[..., tuple[Terms, list[Fault]]] = wanted
        got.append(keep(**options))

    result = CliRunner().invoke(click.command()(knobs(note)), arguments)
    if result.exception:
        raise result.exception
    return got[0]


def test_nothing_is_asked_for() -> None:
    assert asked() == (Terms(), [])


def test_everything_is() -> None:
    options = "--lifetime 20 --ending cut --first-chunk 300 --leading-silence 150 --key k --no-empty"
    terms, faults = asked(*options.split(), "--fault", "stall?at=answer", "--fault", "quota?at=setup")
    assert terms == Terms(20.0, (1006, ""), 0.3, 0.15, key="k", empty_messages=False)
    quota = "You exceeded your current quota, please check your plan and billing details."
    assert faults == [Stalls("answer"), Closes(1011, quota, "setup")]


def test_a_fault_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigError, match="--faults lists"):
        asked("--fault", "fire")


def test_the_menu_can_be_ordered_from() -> None:
    for text, what in menu()[:-1]:
        assert what
        given(text)


def test_the_menu_is_printed() -> None:
    result = CliRunner().invoke(click.command()(knobs(lambda **_: None)), ["--faults"])
    assert result.exit_code == 0
    assert "stall?at=sound\n" in result.output
    assert "slow_pong?seconds=30.0\n" in result.output


@pytest.mark.anyio
async def test_the_real_one_fails_as_it_is_told() -> None:
    pipe = asyncio.subprocess.PIPE
    async with asyncio.timeout(60):
        arguments = ("offline-model", "--key", "k", "--fault", "quota?at=setup")
        child = await asyncio.create_subprocess_exec(*COMMAND[:-1], *arguments, stdin=pipe, stdout=pipe, stderr=pipe)
        assert child.stdout
        port = json.loads(await child.stdout.readline())["port"]
        for query, words in (("?key=k", "exceeded your current quota"), ("", "unregistered callers")):
            async with connect(f"ws://127.0.0.1:{port}{DEVELOPER}{query}", compression=None, proxy=None) as socket:
                await socket.send(json.dumps({"setup": {"model": "models/offline"}}))
                with pytest.raises(ConnectionClosedError, match=words):
                    await socket.recv()
        child.terminate()
        await child.communicate()
