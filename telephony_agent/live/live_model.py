"""A model that a program talks with by itself, without a telephone: by text, by voice, or by both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from .. import briefing
from ..agent import Agent, IncomingCall
from ..offline.model.process import OfflineModel
from ..settings import Settings
from . import fitting, providers
from .channel import Dial
from .requests import Turn
from .session import LiveSession
from .setup import Setup

NOBODY = IncomingCall("", "", "", "", "")  # calls


@dataclass(frozen=True, slots=True)
class LiveModel:
    """`async with LiveModel(Agent(instructions="Be brief.")).connect() as session: ...`

    The agent is the one that also answers the telephone: instructions, voice, language, functions, `options`; what it
    greets with is the telephone's. Raises ConfigError, when made, for what the settings or the model do not allow.
    """

    agent: Agent
    settings: Settings | None = None
    """None: from the environment. LIVE_PROVIDER=offline without a LIVE_URL starts a model of our own."""
    _: KW_ONLY
    model: str = ""
    """Its id; empty: the settings'."""
    modality: Literal["AUDIO", "TEXT"] = "AUDIO"
    """What it answers in; TEXT is known to few models. `LiveSession.ask` has words of either."""
    manual: bool = False
    """The program tells when the user speaks (`start_activity`); else the model listens for it."""

    def __post_init__(self) -> None:
        settings = self.settings or Settings.read(serves=False)
        object.__setattr__(self, "settings", replace(settings, live_model=self.model or settings.live_model))
        fitting.check(self.setup())

    @property
    def configured(self) -> Settings:
        assert self.settings is not None
        return self.settings

    def setup(self) -> Setup:
        """What a session that begins now is told."""
        zone = ZoneInfo(self.agent.timezone) if self.agent.timezone else None
        moment = datetime.now(zone).astimezone(zone)
        setup = briefing.setup(self.agent, NOBODY, providers.model(self.configured), moment, None)
        return msgspec.structs.replace(setup, modality=self.modality, manual=self.manual)

    @asynccontextmanager
    async def connect(self, *, resume: str | None = None, history: Sequence[Turn] = ()) -> AsyncIterator[LiveSession]:
        """A session, closed when the block is left; nothing of it remains then.

        `resume`: the handle of a session that this one goes on. `history`: what was said before, in text, for a session
        that is new. Raises ConnectionLost if there is none to be had.
        """
        failure: Exception | None = None
        async with AsyncExitStack() as stack:
            group = await stack.enter_async_context(asyncio.TaskGroup())
            try:
                session = LiveSession(self.setup(), self.agent, await self._dial(stack), group)
                try:
                    await session.open(resume, history)
                    yield session
                finally:
                    await session.close()
                session.raise_failure()
            except Exception as error:  # it goes past the groups of tasks, which would wrap it
                failure = error
        if failure is not None:
            raise failure

    async def _dial(self, stack: AsyncExitStack) -> Dial:
        settings = self.configured
        dialler = providers.Dialler(settings)
        await stack.enter_async_context(dialler.running())
        if settings.provider != "offline" or settings.live_url is not None:
            return dialler.dial
        offline = OfflineModel()
        await stack.enter_async_context(offline.running())
        await offline.started()
        return lambda: dialler.dial(offline.url)
