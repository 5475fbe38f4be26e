"""Asks the questions, one after the other, each within its time; whatever happens, there is an answer to each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ..live.providers import Dialler
from ..settings import Settings
from .answers import Answer, Outcome, undecided
from .interview import Interview, NoWay, Refused
from .question import Question
from .questions import mistakes, sessions, turns
from .report import Asked

QUESTIONS = (*mistakes.QUESTIONS, *turns.QUESTIONS, *sessions.QUESTIONS)


async def ask_all(questions: Sequence[Question], settings: Settings, tell: Callable[[Asked], None]) -> None:
    """`tell` gets each answer as soon as it is there. Raises ConfigError if there are no credentials."""
    dialler = await asyncio.to_thread(Dialler, settings)
    async with dialler.running():
        for question in questions:
            tell(await ask_one(question, settings, dialler))


async def ask_one(question: Question, settings: Settings, dialler: Dialler) -> Asked:
    interview = Interview(settings, dialler)
    answer = await _answer(question, interview)
    return Asked(question.name, question.asks, question.believed, answer, interview.journal)


async def _answer(question: Question, interview: Interview) -> Answer:
    if interview.settings.provider not in question.providers:
        return Answer(Outcome.NOT_ASKED, f"it is about {', '.join(question.providers)}")
    try:
        async with asyncio.timeout(question.limit):
            return await question.ask(interview)
    except TimeoutError:
        return undecided(f"it took longer than {question.limit:g} s")
    except Refused as refused:
        return undecided(f"no session: {refused}")
    except NoWay as error:
        return undecided(f"the server could not be asked: {error}")
