"""What we say to the model besides the operator's instructions. Plain sentences: the model reads nothing else."""

from __future__ import annotations

import json
from datetime import datetime

from .agent import Agent, IncomingCall
from .live.messages import Setup, ToolCall
from .live.models import declared, profile

UNHEARD = 'The line was cut for a moment and is back. The caller did not hear this: "{missed}". Say it again in short.'
CUT_OFF = 'Your connection broke while you were speaking. You had said: "{said}". Go on from there.'
LATE_RESULT = "The function {name} that you called before your connection broke has answered: {response}"
NOBODY_THERE = "The caller has been silent for too long. Say goodbye in one short sentence; the call ends after it."
TIME_IS_UP = (
    "The call has lasted as long as it may. Say so and say goodbye in one short sentence; the call ends after it."
)


def setup(agent: Agent, incoming: IncomingCall, model: str, moment: datetime, resume: str | None) -> Setup:
    """The first message of a session. `model`: its full name; `resume`: the handle of the session that it goes on."""
    declarations = declared([tool.declaration for tool in agent.declared], profile(model))
    instructions = text(agent, incoming, moment)
    return Setup(model=model, voice=agent.voice, instructions=instructions, declarations=declarations, resume=resume)


def text(agent: Agent, incoming: IncomingCall, moment: datetime) -> str:
    """The system instruction: the operator's own, then what is known of this call. `moment` has a time zone."""
    zone = moment.tzname() or ""
    facts = [f"It is {moment:%A}, {moment.day} {moment:%B %Y}, {moment:%H:%M} ({zone}) where you are."]
    if incoming.called:
        facts.append(f"The caller dialled {incoming.called}.")
    if incoming.country:
        facts.append(f"The caller's country is {incoming.country}.")
    return "\n\n".join((agent.instructions.strip(), " ".join(facts)))


def late_result(call: ToolCall, response: object) -> str:
    return LATE_RESULT.format(name=call.name, response=json.dumps(response, default=str))
