"""The scenarios of this folder, each played against our service with an agent that does what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telephony_agent import Agent
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone import scenario
from telephony_agent.offline.phone.acting import Stage
from telephony_agent.offline.phone.exchange import Exchange
from tests import virtual
from tests.house import RING, calling
from tests.offline.phone.test_speech import tone
from tests.rest import Rest
from tests.scenarios.agent import agent, fetch_colleague, fetch_person, take_message, warm

Wanted = tuple[Agent, Callable[..., Any] | None]  # who answers, and the function that the caller wants
WANTED: dict[str, Wanted] = {
    **dict.fromkeys(("transfer_accepted", "transfer_busy", "transfer_unanswered"), (agent, fetch_person)),
    **dict.fromkeys(("warm_transfer", "warm_transfer_declined", "warm_transfer_unanswered"), (warm, fetch_colleague)),
    "voicemail": (agent, take_message),
    "inbound": (agent, None),
}
FILES = sorted(Path(__file__).parent.glob("*.yaml"))


def test_the_scenarios_are_found() -> None:
    assert {file.stem for file in FILES} == WANTED.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_ends_as_it_says(file: Path) -> None:
    account: list[str] = []
    who, wanted = WANTED[file.stem]

    async def call() -> int:
        steps: list[Say | Call] = [
            Say("Hello!"),
            *([calls(wanted.__name__)] if wanted else []),
            Say("One moment."),
            Say("Nobody is there."),
            Say("Goodbye."),
        ]
        faculties = scripted(*steps, transcripts=["The caller's wish."] * 3)
        async with calling(who, faculties) as (own, house):
            await own.hangs_up()
            async with Exchange(RING, house) as exchange:
                stage = Stage(scenario.read(file), lambda words: tone(800, 24000), account.append)
                exchange.people = stage.people
                house.calls._control = Rest(exchange)
                return await stage.play(exchange, RING)

    assert virtual.run(call()) == 0, "\n".join(account)
