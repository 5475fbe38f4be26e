"""What we say to the model besides the operator's instructions. Plain sentences: the model reads nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from .agent import Agent, IncomingCall
from .errors import ConfigError
from .guards import Trouble
from .live import fitting
from .live.languages import NAMES
from .live.messages import ToolCall
from .live.models import declared, pinned, profile
from .live.setup import Setup
from .record.entries import AgentTurn

FIRST = 'Begin with this, in the language that you speak: "{words}"'
FIRST_EVER = 'The first thing that you say in the call, in the language that you speak, is this: "{words}"'
UNDISCLOSED = (
    'You have not told the caller yet what you are. Say this now, in the language that you speak: "{words}" '
    "Then go on where you were."
)
OPENED = 'The call has begun with a recording of your voice, which said: "{words}" Do not say that again.'
WELCOMED = f"{OPENED} Do not greet the caller either; wait until they speak."
UNHEARD = 'The line was cut for a moment and is back. The caller did not hear this: "{missed}". Say it again in short.'
NOT_HEARD = (
    "Because they spoke over you, the caller did not hear all that you said. {turns} Do not count on these words."
)
HEARD_PARTLY = "The caller heard “{heard}”, and nothing of “{missed}”."
HEARD_NOTHING = "The caller heard nothing of “{missed}”."
QUOTED = 40  # words at most of what was heard, the last ones, and of what was not, the first
UNHEARD_ON_HOLD = 'The caller was on hold and is back. They did not hear this: "{missed}". Say it again if it matters.'
CUT_OFF = 'Your connection broke while you were speaking. You had said: "{said}". Go on from there.'
UNANSWERED = 'Your connection broke before you answered. The caller had said: "{asked}". Answer that now.'
LATE_RESULT = "The function {name} that you called before your connection broke has answered: {response}"
NOT_REACHED = "The caller is back: {who} could not be reached ({why}). Say so, and ask how else you can help."
COLLEAGUE_GONE = NOT_REACHED.format(who="your colleague", why="they took the call, and are gone again")
PRESSED = "The caller pressed {keys} on the telephone's keypad."
NOBODY_THERE = "The caller has been silent for too long. Say goodbye in one short sentence; the call ends after it."
TIME_IS_UP = (
    "The call has lasted as long as it may. Say so and say goodbye in one short sentence; the call ends after it."
)

OUR_CALL = (
    "You have placed this call, to {called}: where you are told of a caller, it is the person you have called."
    " Wait until they have answered with a word; then say who you are and why you call."
)
CALLEE_SILENT = "Whoever has answered says nothing. Speak first: say who you are and why you call."
VOICEMAIL = "A machine has answered and records from now on. Say this message, nothing else, once: {message}"

# What the model is told when something has gone wrong quietly.
NUDGES = {
    Trouble.NEAR_SILENT: "The caller could not hear your last answer: there was no sound. Say it again.",
    Trouble.EMPTY: "You have said nothing, and the caller waits. Answer now.",
    Trouble.REJECTED: "Your last answer was not let through. Answer in other words, or say that you cannot.",
    Trouble.STALL: "The caller waits for your answer. Answer now; if you did not understand, ask.",
    Trouble.TOOL_STALL: "The function has answered, and the caller waits. Say now what came of it.",
    Trouble.IGNORED: "The caller has just said something very short, as yes or no. Ask in a few words what it was.",
    Trouble.ENDLESS: "The caller heard only a part of your last answer. Say the rest of it.",
    Trouble.BROKEN_OFF: "Your last sentence broke off. Say the rest of it, nothing else.",
    Trouble.OTHER_LANGUAGE: "Your last answer was in the wrong language. Say it again in {language}.",
}


def nudge(trouble: Trouble, language: str | None) -> str:
    """The words for it. `language`: a BCP-47 code."""
    return NUDGES[trouble].format(language=NAMES.get((language or "").partition("-")[0], language))


def greeting(agent: Agent, opened: bool) -> str:
    """What the model is told so that it speaks first; empty: the caller does. `opened`: a recording did its part."""
    own = "" if agent.welcome else agent.greeting or ""
    first = _first(agent)
    if opened or not first or not (agent.welcome or own):
        return own
    return " ".join(filter(None, (FIRST.format(words=first), own and f"Then do this: {own}")))


def setup(
    agent: Agent,
    incoming: IncomingCall,
    model: str,
    moment: datetime,
    resume: str | None,
    seeded: bool = False,
    opened: bool = False,
) -> Setup:
    """The first message of a session. `model`: its full name; `resume`: the handle of the session that it goes on;
    `seeded`: history follows; `opened`: the call has begun with a recording of the agent's `opening`.

    Raises ConfigError if the model does not speak the agent's language.
    """
    known = profile(model)
    code, sentence = pinned(agent.language, known) if agent.language else (None, "")
    return Setup(
        model=model,
        instructions="\n\n".join(
            filter(None, (text(agent, incoming, moment), _opening(agent, incoming, opened), sentence))
        ),
        voice=agent.voice,
        language=code,
        declarations=declared([tool.declaration for tool in agent.declared], known),
        search=agent.search,
        options=agent.options,
        resume=resume,
        seeded=seeded,
        manual=agent.turns == "local",
    )


def check(agent: Agent, model: str, moment: datetime) -> None:
    """Raises ConfigError that names all of the agent that this model would refuse, before anybody calls."""
    if misfits := dict.fromkeys(_misfits(agent, model, moment)):
        raise ConfigError(*misfits)


def _misfits(agent: Agent, model: str, moment: datetime) -> Iterator[str]:
    known = profile(model)
    if agent.tells_unheard and known.known and not known.context_update:
        yield f"Agent's tells_unheard: whatever {known.id} is told makes it speak; leave that out"
    anybody = IncomingCall("", "", "", "+15550100000", "inbound", "US")
    try:
        wanted = setup(agent, anybody, model, moment, None)
    except ConfigError as error:  # its language; without one the rest can be looked at
        yield from error.problems
        wanted = setup(replace(agent, language=None), anybody, model, moment, None)
    yield from fitting.misfits(wanted)
    if isinstance(agent.closed, Agent):
        yield from _misfits(agent.closed, model, moment)


def text(agent: Agent, incoming: IncomingCall, moment: datetime) -> str:
    """The system instruction: the operator's own, then what is known of this call. `moment` has a time zone."""
    zone = moment.tzname() or ""
    facts = [f"It is {moment:%A}, {moment.day} {moment:%B %Y}, {moment:%H:%M} ({zone}) where you are."]
    if incoming.outbound:
        return "\n\n".join((agent.instructions.strip(), " ".join(facts), *_of_our_call(incoming)))
    if incoming.called:
        facts.append(f"The caller dialled {incoming.called}.")
    if incoming.country:
        facts.append(f"The caller's country is {incoming.country}.")
    return "\n\n".join((agent.instructions.strip(), " ".join(facts)))


def _opening(agent: Agent, incoming: IncomingCall, opened: bool) -> str:
    """What the model must know of how the call begins, if it is not told so in time."""
    if opened:
        return (WELCOMED if agent.welcome else OPENED).format(words=agent.opening)
    first = _first(agent)
    return FIRST_EVER.format(words=first) if first and (incoming.outbound or not greeting(agent, opened)) else ""


def _first(agent: Agent) -> str:
    """What the model has to say first if there is no recording: Twilio says the notice."""
    return " ".join(filter(None, (agent.disclosed, agent.welcome)))


def _of_our_call(incoming: IncomingCall) -> Iterator[str]:
    yield OUR_CALL.format(called=incoming.called)
    if incoming.order is not None and incoming.order.context:
        yield "\n".join(["About this call:", *(f"{name}: {value}" for name, value in incoming.order.context.items())])


def not_heard(turns: Sequence[AgentTurn]) -> str:
    """What the caller missed of these turns, all of which were cut; empty if there are none."""
    return NOT_HEARD.format(turns=" ".join(map(_missed, turns))) if turns else ""


def _missed(turn: AgentTurn) -> str:
    heard, missed = turn.heard.split(), turn.text.removeprefix(turn.heard).split()
    words = {"heard": " ".join(heard[-QUOTED:]), "missed": " ".join(missed[:QUOTED])}
    return (HEARD_PARTLY if heard else HEARD_NOTHING).format(**words)


def late_result(call: ToolCall, response: object) -> str:
    return LATE_RESULT.format(name=call.name, response=json.dumps(response, default=str))
