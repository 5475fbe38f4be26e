"""How a call that we placed is taken: by somebody whose first word is waited for, or by a machine that records."""

from __future__ import annotations

from .disclosure import is_said
from .record.entries import Apology, Follows, Next
from .states import Timer, Timers

MACHINE = "a machine answered"  # why such a call is over
MESSAGE = "a machine answered, and has the message"

FIRST_WORD = 4.0  # seconds after picking up, in which people say hello; who does not waits to be spoken to
SETTLES = 1.5  # seconds after the beep, in which the model finds that the greeting is over, and begins to answer it
ENOUGH = 0.5  # of the message's sounds, to be found in what was said: numbers may be spelt in another way


class Pickup:
    """`ours`: whether we placed the call; of any other there is nothing to wait for. `timers` are the call's."""

    def __init__(self, ours: bool, timers: Timers) -> None:
        self.knows_us = not ours
        """Whether the agent has spoken: before that, nothing that is said there is meant for it."""
        self.records = False
        """Whether a machine does: nobody is there, and what comes from there means nothing."""
        self.answering = False
        """Whether the model is saying something to the greeting."""
        self.message = Apology()
        """What is to be left, as Twilio would say it."""
        self._disclosed, self._text = "", ""  # what that is made of
        self._said = False
        self._waits = ours
        self._timers = timers

    def is_there(self, now: float) -> None:
        """There is a stream: somebody has picked up."""
        if self._waits:
            self._waits = False
            self._timers.start(Timer.FIRST_WORD, now + FIRST_WORD)

    def speaks(self) -> None:
        """Whoever has picked up."""
        self._timers.stop(Timer.FIRST_WORD)

    def is_spoken_to(self) -> None:
        self.knows_us = True
        self._timers.stop(Timer.FIRST_WORD)

    def beeped(self, disclosed: str, text: str, language: str, now: float) -> None:
        """It is a machine, and its greeting is over. `disclosed`: what goes before the text; empty: nothing."""
        self.records, self._disclosed, self._text = True, disclosed, text
        self.message = Apology(f"{disclosed} {text}".strip(), language)
        self._timers.stop(Timer.FIRST_WORD)
        self._timers.start(Timer.BEEP, now + SETTLES)

    @property
    def settles(self) -> bool:
        """Whether what the model says is for nobody: it was not told yet that this is a machine."""
        return Timer.BEEP in self._timers

    def is_said(self) -> None:
        """All of the turn that should have the message in it."""
        self._said = True

    def follows(self, words: str) -> Follows:
        """After a turn with these words, if it has a transcript: Twilio says the message if that was something else."""
        return Next.HANG_UP if self._said and self._is_left(words) else self.message

    def _is_left(self, words: str) -> bool:
        if not words.strip():
            return True
        return _is_in(self._text, words) and (not self._disclosed or is_said(words, self._disclosed))


def _is_in(message: str, words: str) -> bool:
    """By what any three letters in a row share, so in any language."""
    wanted = _threes(message)
    return len(wanted & _threes(words)) >= ENOUGH * len(wanted)


def _threes(text: str) -> set[str]:
    letters = "".join(filter(str.isalnum, text.lower()))
    return {letters[at : at + 3] for at in range(max(1, len(letters) - 2))}
