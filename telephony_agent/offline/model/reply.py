"""One reply on its way out: its sentences, their sound in frames, their words beside it, and when each may leave.

Google's audio comes at about three times real time, in frames of 65 to 240 ms; the words of a frame go just before it.
"""

from __future__ import annotations

import re
from collections import deque

from telephony_agent.offline.model.outgoing import Spoken, SpokenText

RATE = 24_000  # Hz, of all speech that a Live model sends
FRAMES = (0.2, 0.2)  # seconds of sound in the first message of a turn and in each further one
PACE = 3.0  # times real time
LETTERS = 18  # a second, roughly, of the voice

OPENING = 45  # letters of a first sentence that are not too long to be waited for: to voice one takes about half a ms
CLAUSE = 60  # letters of it that are taken rather than cut where there is no comma
AT_LEAST = 10  # letters of it
DIGIT = 3  # letters that one is as long as

SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)\s+(?=[A-Z0-9\"'“])")
BREATH = re.compile(
    r"[,;:]\s+|\s+(?=(?:and|or|but|so|if|when|while|where|whether|because|until|after|before|between|at|for|from|to|in|on|"
    r"of|with|without|by|is|are|was|were|has|have|had|will|would|should)\s)"
)
WORD = re.compile(r"\s*\S+")
PIECE = re.compile(r"(?:\s*\S+){1,8}")  # of what is written


def sentences(text: str) -> list[str]:
    """The text cut where a speaker would breathe. A long first sentence is cut once more, so that its beginning can be
    spoken while the rest is voiced.
    """
    whole = [sentence for sentence in SENTENCE_END.split(text.strip()) if sentence]
    return [*_opened(whole[0]), *whole[1:]] if whole else []


def _opened(sentence: str) -> list[str]:
    if _lasts(sentence) <= OPENING:
        return [sentence]
    ends = [breath.end() for breath in BREATH.finditer(sentence) if breath.end() >= AT_LEAST]
    lasts = {end: _lasts(sentence[:end]) for end in ends}
    commas = [end for end in ends if lasts[end] <= CLAUSE and sentence[:end].rstrip()[-1] in ",;:"]
    soon = [end for end in ends if lasts[end] <= OPENING]
    end = max([end for end in commas if end in soon] or commas[:1] or soon or ends[:1], default=len(sentence))
    return [part for part in (sentence[:end].rstrip(), sentence[end:]) if part]


def _lasts(text: str) -> int:
    """In letters, as it is said."""
    return len(text) + (DIGIT - 1) * sum(map(str.isdigit, text))


class Reply:
    """The sound of one turn of the model, voiced one sentence ahead of what is being sent."""

    def __init__(
        self,
        text: str,
        first_chunk: float = 0.0,
        frames: tuple[float, float] = FRAMES,
        leading_silence: float = 0.0,
        more: bool = False,
    ) -> None:
        self.text = text
        self.open = more  # there is more to come
        self._delay = first_chunk  # seconds from the first sound's being known to its leaving
        self._size, self._further = (int(RATE * seconds) * 2 for seconds in frames)  # bytes: the next frame, any later
        self._silence = bytes(int(RATE * leading_silence) * 2)  # before the first sound
        self._unvoiced = deque(sentences(text))
        self._voicing = ""
        self._words: list[str] = []  # of the sentence that is being voiced, which go with no frame yet
        self._left = b""  # of its sound, a frame at most
        self._frames: deque[tuple[str, bytes]] = deque()
        self._began = False
        self._next_at = 0.0  # when the next frame may leave
        self.plays_until = 0.0  # when all that left will have been heard, if it is played as it arrives
        self.seconds = 0.0  # of sound sent

    def add(self, text: str, more: bool) -> None:
        """What comes after it."""
        self.text = f"{self.text} {text}".rstrip()
        self.open = more
        self._unvoiced.extend(sentences(text))

    def next_sentence(self) -> str | None:
        """The sentence to be voiced now, if none is being voiced and one is left."""
        if self._voicing or not self._unvoiced:
            return None
        self._voicing = self._unvoiced.popleft()
        self._words = WORD.findall(self._voicing)
        if self._began:
            self._words[0] = " " + self._words[0]
        return self._voicing

    def voiced(self, pcm: bytes, now: float, more: bool = False) -> None:
        """Sound of the sentence last asked for; `more` of it is to come."""
        if pcm and not self._began:
            self._began, self._next_at, self.plays_until = True, now + self._delay, now + self._delay
            pcm = self._silence + pcm
        if not self._frames:
            self._next_at = max(self._next_at, now)
        chunks = self._chunks(pcm, more)
        self._frames.extend(zip(_shared(self._begun(chunks, more), len(chunks)), chunks, strict=True))
        if not more:
            self._voicing = ""

    def _chunks(self, pcm: bytes, more: bool) -> list[bytes]:
        """The sound in messages; the last waits for more, so that words may go with it."""
        pcm = self._left + pcm
        chunks, at = [], 0
        while at + self._size < len(pcm) or (at < len(pcm) and not more):
            chunks.append(pcm[at : at + self._size])
            at += self._size
            self._size = self._further
        self._left = pcm[at:]
        return chunks

    def _begun(self, chunks: list[bytes], more: bool) -> list[str]:
        """The words that go with these, at the speed of the voice if nobody knows how long the sentence will be."""
        letters = LETTERS * sum(map(len, chunks)) / 2 / RATE if more else sum(map(len, self._words))
        position = count = 0
        while count < len(self._words) and position < letters:
            position += len(self._words[count])
            count += 1
        begun, self._words = self._words[:count], self._words[count:]
        return begun

    def due(self, now: float) -> list[SpokenText | Spoken]:
        """The words and sound that leave now."""
        messages: list[SpokenText | Spoken] = []
        while self._frames and self._next_at <= now:
            words, pcm = self._frames.popleft()
            if words:
                messages.append(SpokenText(words))
            messages.append(Spoken(pcm))
            lasts = len(pcm) / 2 / RATE
            self.seconds += lasts
            self._next_at += lasts / PACE
            self.plays_until = max(self.plays_until, now) + lasts
        return messages

    @property
    def complete(self) -> bool:
        """Everything has been voiced and has left."""
        return not (self.open or self._unvoiced or self._voicing or self._frames)

    @property
    def deadline(self) -> float | None:
        """When the next frame leaves; None while there is none."""
        return self._next_at if self._frames else None


def _shared(words: list[str], frames: int) -> list[str]:
    """The words of a sentence shared out over its frames, by their share of its characters."""
    shares = [""] * frames
    length = sum(map(len, words))
    position = 0
    for word in words:
        if frames:
            begins = position + len(word) - len(word.lstrip())
            shares[begins * frames // length] += word
        position += len(word)
    return shares
