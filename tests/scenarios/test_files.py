"""The scenarios of this folder, each played against our service with an agent that does what is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from telephony_agent import Agent, CallContext, tool
from telephony_agent.offline.model.faculties import Call, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone import scenario
from telephony_agent.offline.phone.acting import Stage
from telephony_agent.offline.phone.exchange import Exchange
from tests import virtual
from tests.house import RING, calling
from tests.offline.phone.test_speech import tone

FILES = sorted(Path(__file__).parent.glob("*.toml"))
PERSON = "+12025550177"


@tool
async def fetch_person(call: CallContext) -> str:
    """Put the caller through to a person."""
    call.transfer(PERSON)
    return "I put you through."


@tool
async def take_message(call: CallContext) -> str:
    """Let the caller leave a message."""
    call.take_message()
    return "You may leave one."


AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None, tools=[fetch_person, take_message])


def test_the_scenarios_are_found() -> None:
    assert {file.stem for file in FILES} >= {"transfer_accepted", "transfer_busy", "transfer_unanswered", "voicemail"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_ends_as_it_says(file: Path) -> None:
    account: list[str] = []
    wanted = "take_message" if file.stem == "voicemail" else "fetch_person"

    async def call() -> int:
        steps: list[Say | Call] = [
            Say("Hello!"),
            calls(wanted),
            Say("One moment."),
            Say("Nobody is there."),
            Say("Goodbye."),
        ]
        faculties = scripted(*steps, transcripts=["The caller's wish."] * 3)
        async with calling(AGENT, faculties) as (own, house):
            await own.hangs_up()
            async with Exchange(RING, house) as exchange:
                stage = Stage(scenario.read(file), lambda words: tone(800, 24000), account.append)
                exchange.people = stage.people
                return await stage.play(exchange, RING)

    assert virtual.run(call()) == 0, "\n".join(account)
