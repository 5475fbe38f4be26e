"""Programs that talk with a model: ours that is scripted, or one played by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any

from telephony_agent import Agent, CallContext, LiveModel, tool
from telephony_agent.live.session import LiveSession
from telephony_agent.offline.model.faculties import Faculties
from telephony_agent.offline.model.server import LiveServer, serving
from telephony_agent.settings import Settings
from tests.parties import Model, Party, modelling

NOTHING: Mapping[str, Any] = MappingProxyType({})
LIMIT = 20.0  # seconds that a test may take


@tool
async def hours(day: Annotated[str, "A weekday"]) -> str:
    """Tell the opening hours."""
    return f"On {day} from five to eleven."


@tool
def goodbye(call: CallContext) -> str:
    """Say goodbye, and end the conversation."""
    call.hang_up()
    return "Goodbye."


AGENT = Agent(instructions="You are brief.", disclosure=None, tools=[hours, goodbye])


def model_at(url: str, model: str = "gemini-3.8-live", agent: Agent = AGENT, **options: Any) -> LiveModel:
    return LiveModel(agent, Settings(provider="offline", live_url=url, live_model=model), **options)


@asynccontextmanager
async def scripted_session(
    faculties: Faculties, model: str = "gemini-3.8-live", agent: Agent = AGENT, **options: Any
) -> AsyncIterator[tuple[LiveSession, LiveServer]]:
    async with serving(faculties, time_limit=LIMIT) as server:
        async with model_at(server.url, model, agent, **options).connect() as session:
            yield session, server


@dataclass
class Played:
    """A session, and the model's end of it in the hands of a test."""

    session: LiveSession
    server: Party
    model: Model
    setup: dict[str, Any]


@asynccontextmanager
async def played_session(
    model: str = "gemini-3.8-live",
    agent: Agent = AGENT,
    connecting: Mapping[str, Any] = MappingProxyType({}),
    **options: Any,
) -> AsyncIterator[Played]:
    """`connecting`: for `connect`; `options`: for the `LiveModel`."""
    async with asyncio.timeout(LIMIT), modelling() as played:
        accepting = asyncio.create_task(accept(played))
        async with model_at(played.url, model, agent, **options).connect(**connecting) as session:
            server, setup = await accepting
            yield Played(session, server, played, setup)


async def accept(model: Model) -> tuple[Party, dict[str, Any]]:
    server = await model.session()
    setup = (await server.hears())["setup"]
    await server.says({"setupComplete": {}})
    return server, setup
