"""Who answers a call that comes in: an agent, Twilio by our words, or nobody."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from . import briefing
from .agent import OUR_FAULT, SORRY, Agent, ChooseAgent, IncomingCall, Switchboard, TurnedAway
from .errors import ConfigError
from .toolbox.run import Pool, is_cancelled

logger = logging.getLogger(__name__)

PATIENCE = 1.5  # seconds to choose an agent: the phone is ringing


class Choosing:
    """`agent`: what the operator gave; `model`: its full name; a function that is not async runs in a thread of `pool`.

    `clock` tells the time, with a zone.
    """

    def __init__(
        self,
        agent: Agent | ChooseAgent,
        model: str,
        pool: Pool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._agent = agent
        self._model = model
        self._pool = pool
        self._clock = clock

    async def choose(self, incoming: IncomingCall) -> Agent | TurnedAway | None:
        """None: the call is to be refused. Whatever an operator's function does, there is an answer.

        Hours and callers are for calls that come in: whom we call, the operator has chosen.
        """
        if incoming.order is not None and incoming.order.agent is not None:
            return _calling(incoming.order.agent)
        agent = self._agent if isinstance(self._agent, Agent) else await self._chosen(self._agent, incoming)
        if agent is None:
            logger.info("%s has no agent", incoming.call_sid)
            return None
        if incoming.outbound:
            return _calling(agent)
        answer = agent.answering(incoming, self._clock())
        if answer is not agent:
            who = answer.name if isinstance(answer, Agent) else "nobody"
            logger.info("%s is not for %s: %s answers", incoming.call_sid, agent.name, who)
        return answer

    async def _chosen(self, choose: ChooseAgent, incoming: IncomingCall) -> Agent | None:
        """An operator's function may fail like a tool: then the switchboard's other agent answers."""
        otherwise = choose.otherwise if isinstance(choose, Switchboard) else None
        try:
            async with asyncio.timeout(PATIENCE):
                agent = await self._asked(choose, incoming)
            if agent is not None:
                briefing.check(agent, self._model, self._clock())
        except TimeoutError:
            logger.warning("%s: no agent was chosen in %g s", incoming.call_sid, PATIENCE)
            return otherwise
        except ConfigError as error:
            logger.error("%s: the agent for it does not fit: %s", incoming.call_sid, error)
            return otherwise
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and is_cancelled():
                raise
            logger.warning("%s: no agent could be chosen", incoming.call_sid, exc_info=True)
            return otherwise
        return agent

    async def _asked(self, choose: ChooseAgent, incoming: IncomingCall) -> Agent | None:
        function = choose.choose if isinstance(choose, Switchboard) else choose
        if inspect.iscoroutinefunction(function):
            chosen = await function(incoming)
        else:
            answer = await self._pool.run(lambda: function(incoming))
            chosen = await answer if inspect.isawaitable(answer) else answer
        if chosen is not None and not isinstance(chosen, Agent):
            raise TypeError(f"the function that chooses an agent returned {chosen!r:.60}; return an Agent or None")
        return chosen


def _calling(agent: Agent) -> Agent:
    """As it is when we call: where it can't be had, that is no fault of theirs, and they need not call again."""
    return replace(agent, fallback=OUR_FAULT) if agent.fallback == SORRY else agent
