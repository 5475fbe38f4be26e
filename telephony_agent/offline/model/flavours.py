"""How the models differ in what they send, by their ids: one order of things, told in the manner of each family.

The session says what happens; an `Accent` says it as that model would. What was recorded of each: a model of 2.5 tells
its thoughts, Vertex sends all words before the sound and closes the turn of a call, 3.1 sends words and sound in one
message, 3.8 sends empty messages in between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import assert_never
from uuid import NAMESPACE_OID, uuid5

from telephony_agent.offline.model.outgoing import (
    USUAL,
    GenerationComplete,
    HeardText,
    Interrupted,
    Nothing,
    ServerMessage,
    SetupComplete,
    Spelling,
    Spoken,
    SpokenText,
    ThoughtText,
    ToolCall,
    TurnComplete,
    Usage,
)
from telephony_agent.offline.model.reply import WORD

THOUGHT = "**Considering the Answer**\n\nI know what is wanted, and will say it in a few words.\n\n\n"
THOUGHT_TOKENS = 28
SPREAD = 0x9E3779B97F4A7C15  # odd, so that multiples of it are all different in 64 bits

VERTEX = Spelling(rate=False, output_tokens="candidates", grounding=True)
SERVED = re.compile(r"live|native-audio|streaming|^offline$")  # in the id of any model that speaks, and ours


class Words(Enum):
    """When what is said comes as text."""

    BESIDE = "just before its sound"
    BEFORE = "all before the first sound"
    WITHIN = "in the message of its sound"


@dataclass(frozen=True)
class Flavour:
    """`call_id` is a format of two numbers: the call's in the session, and one that looks random.

    `empty`: messages without content, None, False for `{}`, True for an empty serverContent. `waits`: a function that
    does not say so is BLOCKING; `only`: the one behaviour there is. `ids`: an answer to a call needs its id, the name
    is not enough. `filler`: what is said before a function is called. `frames`: seconds of sound in the first message
    of a turn and in each further one.
    """

    call_id: str
    spelling: Spelling = USUAL
    words: Words = Words.BESIDE
    empty: bool | None = None
    thinks: bool = False
    names_session: bool = False
    waits: bool = True
    only: str = ""
    ids: bool = True
    filler: str = ""
    frames: tuple[float, float] = (0.2, 0.2)

    @property
    def closes_calls(self) -> bool:
        """The turn that calls a function is completed when the next one begins, and has a bill of its own."""
        return self.words is Words.BEFORE


LATEST = Flavour("call_{0}", empty=False, waits=False)
ON_VERTEX = Flavour("{2}", VERTEX, Words.BEFORE, names_session=True, ids=False, frames=(0.2, 0.24))
THINKING = replace(LATEST, spelling=Spelling(status=True), only="NON_BLOCKING", filler="One moment, please.")

# By the start of the model's id, the longest that fits.
FLAVOURS = {
    "offline": Flavour("call_{0}"),  # ours, plain
    "gemini-2.0-flash-live": ON_VERTEX,
    "gemini-live-2.5-flash": ON_VERTEX,
    "gemini-2.5-flash": Flavour("function-call-{1}", Spelling(role=False), thinks=True, frames=(0.065, 0.065)),
    "gemini-3.1-flash-live": Flavour("fc_{1}", words=Words.WITHIN, empty=True, only="BLOCKING", frames=(0.19, 0.19)),
    "gemini-3.8-live": LATEST,
    "gemini-3.8-live-extended-thinking": THINKING,
}
MODELS = (
    "gemini-2.5-flash-native-audio-preview-12-2025",
    "gemini-live-2.5-flash-native-audio",
    "gemini-3.1-flash-live-preview",
    "gemini-3.8-live",
    "gemini-3.8-live-extended-thinking",
)


def flavour(model: str) -> Flavour | None:
    """That of a model by its id, with or without a path before it; None if nobody serves such a model."""
    id = model.rpartition("/")[2]
    if not SERVED.search(id):
        return None
    known = max((start for start in FLAVOURS if id.startswith(start)), key=len, default=None)
    return FLAVOURS[known] if known else LATEST


def on_vertex(flavour: Flavour) -> Flavour:
    """The same model, where it is Vertex that serves it."""
    spelling = replace(flavour.spelling, output_tokens=VERTEX.output_tokens)
    return replace(flavour, spelling=spelling, names_session=True, ids=False)


@dataclass(frozen=True)
class Saying:
    """A turn of the model begins, which will say this."""

    text: str


class Accent:
    """What a session says, as its model says it. `transcribes`: the client wants the words."""

    def __init__(self, flavour: Flavour = LATEST, transcribes: bool = False) -> None:
        self._flavour, self._transcribes = flavour, transcribes
        self._words = ""  # that go with the next sound
        self._hears = False
        self._called: Usage | None = None  # what the turn cost that called a function, and is to be closed

    def call_id(self, number: int) -> str:
        random = number * SPREAD % 2**63
        return self._flavour.call_id.format(number, random, uuid5(NAMESPACE_OID, str(random)))

    def tell(self, message: ServerMessage | Saying) -> list[ServerMessage]:
        hears, self._hears = self._hears, isinstance(message, HeardText)
        match message:
            case Saying(text):
                return self._begin(text)
            case SetupComplete() if self._flavour.names_session:
                return [SetupComplete(str(uuid5(NAMESPACE_OID, "session")))]
            case HeardText() if not hears:
                return [*self._between(), message]
            case SpokenText():
                return self._word(message) if self._transcribes else []
            case Spoken(pcm) if self._words:
                words, self._words = self._words, ""
                return [Spoken(pcm, words)]
            case ToolCall():
                self._called = message.usage
                return [*self._opening(), message]
            case Interrupted():
                self._words, self._called = "", None
                return [message]
            case TurnComplete(usage) if self._flavour.thinks:
                return [replace(message, usage=replace(usage, thoughts=THOUGHT_TOKENS))]
            case _:
                return [message]

    def _begin(self, text: str) -> list[ServerMessage]:
        """Before the first sound. On Vertex the turn that made a call is closed only now."""
        begun: list[ServerMessage] = []
        if self._called:
            finished = [SpokenText(finished=True)] if self._transcribes else []
            begun += [*finished, GenerationComplete(), TurnComplete(self._called)]
            self._called = None
        begun += self._opening()
        if self._flavour.words is Words.BEFORE and self._transcribes:
            begun += [*(SpokenText(word) for word in WORD.findall(text)), SpokenText(finished=True)]
        return begun

    def _opening(self) -> list[ServerMessage]:
        if self._flavour.thinks:
            return [ThoughtText(THOUGHT)]
        if self._flavour.words is Words.BEFORE:
            return [SpokenText()] if self._transcribes else []
        return [] if self._flavour.empty is None else [Nothing(self._flavour.empty)]

    def _word(self, message: SpokenText) -> list[ServerMessage]:
        match self._flavour.words:
            case Words.BESIDE:
                return [*self._between(), message]
            case Words.WITHIN:
                self._words += message.text
                return []
            case Words.BEFORE:
                return []
            case never:
                assert_never(never)

    def _between(self) -> list[ServerMessage]:
        return [Nothing()] if self._flavour.empty is False else []
