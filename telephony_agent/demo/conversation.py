"""The caller's part of a demo: line by line, each after the agent has finished, or over it where the script says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..offline.phone.levels import FRAME, SPEECH
from ..offline.phone.phone import Phone, Turn
from ..record.entries import AgentTurn
from .account import Account
from .script import Line

PAUSE = 1.0  # seconds of silence after which the agent has finished its turn
MARGIN = 0.3  # seconds more than needed that are queued when the caller draws breath to interrupt
FIRST_WORD = 10.0  # seconds to wait for an agent that may leave the first word to the caller


@dataclass
class Exchange:
    """A line of the caller's, and what was heard of the agent next. Times in seconds since the ring."""

    line: Line | None  # None: the greeting
    said: Turn | None
    heard: Turn
    texts: list[AgentTurn]
    queued: float = 0.0  # seconds of the agent that Twilio held when the line began
    recognised: str = ""

    @property
    def text(self) -> str:
        """What the agent said, as far as it was heard to its end."""
        return " ".join(turn.text for turn in self.texts if turn.heard_ms == turn.sent_ms)


@dataclass
class Conversation:
    exchanges: list[Exchange] = field(default_factory=list)
    trouble: str | None = None

    def add(self, line: Line | None, said: Turn | None, heard: Turn, account: Account, queued: float = 0.0) -> None:
        """With the agent's turns that were recorded since the last one."""
        turns = [entry for entry in account.entries if isinstance(entry, AgentTurn)]
        known = sum(len(each.texts) for each in self.exchanges)
        self.exchanges.append(Exchange(line, said, heard, turns[known:], queued))

    def calls_for(self, line: Line) -> bool:
        """Whether the agent's last words are such that the line is said."""
        last = self.exchanges[-1].text.lower() if self.exchanges else ""
        return line.only_if is None or line.only_if.lower() in last


async def converse(
    phone: Phone, sounds: Sequence[tuple[Line, bytes]], account: Account, greeted: bool | None = True
) -> Conversation:
    """Says all lines; what keeps the caller from it is the conversation's `trouble`.

    `sounds`: the lines with their mu-law. `greeted`: whether the agent speaks first; None: it may.
    """
    conversation = Conversation()
    try:
        await phone.answered()
        await _greeting(phone, sounds[0][0], account, conversation, greeted)
        for index, (line, ulaw) in enumerate(sounds):
            if not conversation.calls_for(line):
                continue
            queued = phone.queued
            account.says(account.epoch + phone.now, line.words, line.voice)
            said = await phone.says(ulaw)
            heard = await _hears(phone, sounds[index + 1][0] if index + 1 < len(sounds) else None)
            account.latency(account.epoch + phone.now, heard.latency)
            conversation.add(line, said, heard, account, queued)
    except (TimeoutError, ConnectionError) as error:
        conversation.trouble = str(error)
        account.tell(f"{phone.now:7.2f}  trouble   {error}")
    return conversation


async def _greeting(
    phone: Phone, following: Line, account: Account, conversation: Conversation, greeted: bool | None
) -> None:
    if greeted is False:
        return
    try:
        if greeted is None:
            await phone.until_speaking(FIRST_WORD)
    except TimeoutError:
        return  # it leaves the first word to the caller
    conversation.add(None, None, await _hears(phone, following), account)


async def _hears(phone: Phone, following: Line | None) -> Turn:
    """The agent's turn, as far as the caller lets it speak."""
    if following is None or following.interrupts is None:
        return await phone.hears(pause=PAUSE)
    began = await phone.until_speaking()
    voiced = [sound.slot for sound in phone.spoken if sound.level > SPEECH]
    latency = round(began - (voiced[-1] + 1) * FRAME, 2) if voiced else None
    await phone.until_queued(following.interrupts + MARGIN)
    return Turn(began, phone.now, b"", latency)
