"""The agent's voice on one stream: the model's PCM in, messages for Twilio out, and the ledger of what was heard."""

from __future__ import annotations

import msgspec

from .audio import Downlink
from .phone.messages import Command
from .phone.playback import BYTES_PER_SECOND, Clip, Playback, Source, Turn
from .record.entries import AgentTurn

QUEUE = 60 * BYTES_PER_SECOND  # bytes that wait to be heard


class Voice:
    """A `Playback` and the filter before it, which is made anew for each turn: it must not remember the last one."""

    def __init__(self) -> None:
        self.playback = Playback()
        self.dropped = 0  # bytes of mu-law that Twilio's queue had no room for
        self._downlink = Downlink()

    @property
    def turn(self) -> Turn | None:
        """The turn that is being sent."""
        return self.playback.speaking

    def begun(self, now: float) -> Turn:
        """The turn that is being sent, or a new one."""
        return self.playback.speaking or self.playback.begin(Source.MODEL, now)

    def say(self, pcm: bytes, now: float) -> list[Command]:
        """24 kHz PCM of the turn; what it becomes for Twilio."""
        return self._queue(self._downlink.feed(pcm), now)

    def finish(self, now: float) -> list[Command]:
        """The turn's last sound has come: what the filter still holds, and the mark at its end."""
        if self.turn is None:
            return []
        tail, self._downlink = self._downlink.flush(), Downlink()
        return [*self._queue(tail, now), *self.playback.finish(now)]

    def play(self, clip: Clip, now: float) -> list[Command]:
        """A whole turn."""
        self.playback.begin(Source.CLIP, now).note(clip.text)
        return [*self.playback.say(clip.ulaw, now), *self.playback.finish(now)]

    @property
    def plays(self) -> bool:
        """Whether a clip has not been heard to its end."""
        return self.playback.has(Source.CLIP)

    def play_music(self, ulaw: bytes, now: float) -> list[Command]:
        self.playback.begin(Source.MUSIC, now)
        return [*self.playback.say(ulaw, now), *self.playback.finish(now)]

    @property
    def plays_music(self) -> bool:
        return self.playback.has(Source.MUSIC)

    @property
    def going_on(self) -> list[AgentTurn]:
        """The turns that Twilio has not played to their end, as if it had."""
        return [
            msgspec.structs.replace(entry(turn), heard=turn.text)
            for turn in self.playback.unsettled
            if turn.source is not Source.MUSIC
        ]

    def clear(self, now: float) -> tuple[list[Command], list[Turn]]:
        """Silence, now: the command, and the turns that it cut."""
        self._downlink = Downlink()
        return self.playback.clear(now)

    def _queue(self, ulaw: bytes, now: float) -> list[Command]:
        self.begun(now)
        if self.playback.unheard(now) + len(ulaw) > QUEUE:
            self.dropped += len(ulaw)
            return []
        return self.playback.say(ulaw, now)


def entry(turn: Turn) -> AgentTurn:
    """A settled turn, for the records."""
    ms = 1000 / BYTES_PER_SECOND
    return AgentTurn(
        turn.began, turn.source.name.lower(), turn.text, turn.text_heard, round(turn.sent * ms), round(turn.heard * ms)
    )
