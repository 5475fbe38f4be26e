"""One turn of a session's speech: which sentence is voiced, what leaves when, and when all of it has been heard."""

from __future__ import annotations

from collections.abc import Iterator

from telephony_agent.offline.model.events import Speak
from telephony_agent.offline.model.faculties import Call, Calls, Say
from telephony_agent.offline.model.flavours import Saying
from telephony_agent.offline.model.outgoing import GenerationComplete, Spoken, SpokenText
from telephony_agent.offline.model.reply import Reply


class Speaking:
    """`tickets` numbers its sentences. Call `go_on` when it begins, when it is `voiced` and at its `deadline`."""

    def __init__(self, reply: Reply, tickets: Iterator[int]) -> None:
        self._reply = reply
        self._tickets = tickets
        self._ticket = 0  # of the sentence that is being voiced
        self._generated = False
        self._begun: list[Saying] = []  # further parts that nobody has been told of

    @property
    def seconds(self) -> float:
        """Of sound that has left."""
        return self._reply.seconds

    @property
    def deadline(self) -> float | None:
        return self._reply.plays_until if self._generated else self._reply.deadline

    @property
    def open(self) -> bool:
        """There is more to come."""
        return self._reply.open

    def add(self, decision: Say | Call) -> Calls:
        """What comes next; the functions to be called when all has been said."""
        text, more = (decision.text, decision.more) if isinstance(decision, Say) else ("", False)
        self._reply.add(text, more)
        if text.strip():
            self._begun.append(Saying(text))
        return decision.functions if isinstance(decision, Call) else ()

    def voiced(self, ticket: int, pcm: bytes, more: bool, now: float) -> bool:
        """Sound of a sentence; whether it is one that was waited for."""
        if ticket != self._ticket:
            return False
        self._reply.voiced(pcm, now, more)
        return True

    def go_on(self, now: float) -> Iterator[Saying | SpokenText | Spoken | GenerationComplete | Speak]:
        """What is due: words and sound, the next sentence to be voiced, and at the end that it is the end."""
        begun, self._begun = self._begun, []
        yield from begun
        yield from self._reply.due(now)
        if (sentence := self._reply.next_sentence()) is not None:
            self._ticket = next(self._tickets)
            yield Speak(self._ticket, sentence)
        if self._reply.complete and not self._generated:
            self._generated = True
            yield GenerationComplete()

    def over(self, now: float) -> bool:
        """All of it has been heard, if it was played as it came."""
        return self._generated and now >= self._reply.plays_until
