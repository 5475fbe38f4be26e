"""What a session thinks with: a brain, what it has been told, and what it has still to think about."""

from __future__ import annotations

from collections.abc import Iterator

from telephony_agent.offline.model.events import Meet, Think
from telephony_agent.offline.model.faculties import Answered, Asked, Brain, Prompted, Told
from telephony_agent.offline.model.messages import Returned, Setup, Turn
from telephony_agent.offline.model.questions import Questions


class Mind:
    """`tickets` numbers its thoughts; only the last one counts."""

    def __init__(self, brain: Brain, tickets: Iterator[int]) -> None:
        self.brain = brain
        self.meeting = False  # it is learning what it is to know, and thinks of nothing else
        self._before = brain  # as it was before it called the functions that now run
        self._tickets = tickets
        self._ticket = 0
        self._questions = Questions()
        self._question: Told | None = None  # the last that was thought about
        self._cut: Told | None = None  # one whose functions were called, and cancelled
        self._again: Told | None = None  # the last of these that was taken up again
        self._background: tuple[Turn, ...] = ()  # turns told without asking for an answer

    def learn(self, setup: Setup) -> Meet:
        self.meeting = True
        return Meet(self.brain, setup)

    def met(self, brain: Brain) -> None:
        self.brain = self._before = brain
        self.meeting = False

    def remember(self, turns: tuple[Turn, ...]) -> None:
        """For when it is asked."""
        self._background += turns

    def ask(self, text: str) -> None:
        """The caller said this."""
        self.tell(Asked(text, self._told_before()))

    def prompt(self) -> None:
        """It is to speak, upon all that it was told."""
        self.tell(Prompted(self._told_before()))

    def _told_before(self) -> tuple[Turn, ...]:
        """What is in its mind besides, a question first whose functions were cancelled."""
        told, self._background = self._background, ()
        cut, self._cut = self._cut, None
        if isinstance(cut, Answered):
            self.tell(cut)
            return told
        return (*cut.turns, *told) if cut else told

    def go_on(self) -> None:
        """Nobody said anything after all: a question that was cut short is open again, but once only, or a noisy line
        would have a function run again and again.
        """
        if self._cut and self._cut is not self._again:
            self.tell(self._cut)
            self._again = self._cut
        self._cut = None

    def tell(self, told: Told) -> None:
        self._questions.add(told)

    def wait(self, result: Returned) -> None:
        """What a function gave that nobody waited for: to be thought about when there is nothing else."""
        silent, urgent = (result.scheduling == wish for wish in ("SILENT", "INTERRUPT"))
        self._questions.wait(Answered((result,)), silent, first=urgent)

    def think(self) -> Think | None:
        """What to think about now, if there is anything."""
        question = None if self.meeting else self._questions.next()
        if question is None:
            return None
        self._question = question
        self._ticket = next(self._tickets)
        return Think(self._ticket, self.brain, question)

    def counts(self, ticket: int) -> bool:
        """It is the last thought."""
        return ticket == self._ticket

    def thought(self, brain: Brain) -> bool:
        """The question is settled, and this is the mind that has thought about it; whether something is to be said."""
        self._before, self.brain = self.brain, brain
        return self._questions.settled()

    def undo(self) -> None:
        """The functions that it called last never ran; the question stays in its mind."""
        self.brain, self._cut = self._before, self._question
