"""What remains of a call: `call.wav` as heard at the phone, and `call.jsonl` with every message and its time."""

from __future__ import annotations

import audioop
import io
import json
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from .levels import FRAME_BYTES, RATE, levels
from .line import Line, Sound


@dataclass(frozen=True)
class Recording:
    """Both sides on one time axis that begins with the ring: 8 kHz s16 PCM of equal length.

    Frame n of either side is slot n of the call. The agent's sound stands where it was played; what was cleared, or
    still queued at the end, is not in it.
    """

    caller: bytes
    agent: bytes

    @staticmethod
    def of(lines: Iterable[Line]) -> Recording:
        """Of the streams of one call."""
        lines = list(lines)
        spoken = [sound for line in lines for sound in (*line.spoken, *line.keyed)]
        played = [sound for line in lines for sound in line.played]
        last = [sound.slot for sound in spoken + played] + [line.slot for line in lines if line.slot is not None]
        slots = max(last, default=-1) + 1
        return Recording(_laid_out(spoken, slots), _laid_out(played, slots))

    @staticmethod
    def read(path: Path) -> Recording:
        """A `call.wav` of ours. Raises ConfigError for another kind of file."""
        with wave.open(str(path), "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (2, 2, RATE):
                raise ConfigError(f"{path} is not a recording of a call: 8 kHz, 16 bit, stereo")
            both = file.readframes(file.getnframes())
        return Recording(audioop.tomono(both, 2, 1, 0), audioop.tomono(both, 2, 0, 1))

    @staticmethod
    def left(ulaw: bytes) -> Recording:
        """Of a message that only a caller speaks."""
        pcm = audioop.ulaw2lin(ulaw, 2)
        return Recording(pcm, bytes(len(pcm)))

    def between(self, began: float, ended: float) -> Recording:
        """The part between two times, in seconds since the ring."""
        span = slice(self._at(began), self._at(ended))
        return Recording(self.caller[span], self.agent[span])

    def without(self, began: float, ended: float, cut: bool) -> Recording:
        """That part silent, or cut out."""
        first, end = self._at(began), self._at(ended)
        gap = b"" if cut else bytes(end - first)
        return Recording(*(side[:first] + gap + side[end:] for side in (self.caller, self.agent)))

    def _at(self, time: float) -> int:
        return 2 * round(min(time, self.seconds) * RATE)

    def write(self, path: Path) -> None:
        """Stereo WAV: caller left, agent right."""
        path.write_bytes(self.wav(2))

    def wav(self, channels: int) -> bytes:
        """With one channel, both sides are mixed."""
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(channels)
            writer.setsampwidth(2)
            writer.setframerate(RATE)
            if channels == 1:
                writer.writeframes(audioop.add(self.caller, self.agent, 2))
            else:
                left, right = audioop.tostereo(self.caller, 2, 1, 0), audioop.tostereo(self.agent, 2, 0, 1)
                writer.writeframes(audioop.add(left, right, 2))
        return file.getvalue()

    @property
    def seconds(self) -> float:
        return len(self.agent) / 2 / RATE

    @property
    def caller_levels(self) -> list[float]:
        """dBFS of each 20 ms frame."""
        return levels(self.caller)

    @property
    def agent_levels(self) -> list[float]:
        """dBFS of each 20 ms frame."""
        return levels(self.agent)


def laid_out(sounds: Iterable[Sound], first: int, slots: int) -> bytes:
    """Mu-law of `slots` slots from slot `first`, silence where there is no sound."""
    ulaw = bytearray(b"\xff" * (slots * FRAME_BYTES))
    for sound in sounds:
        start = (sound.slot - first) * FRAME_BYTES
        ulaw[start : start + len(sound.ulaw)] = sound.ulaw
    return bytes(ulaw)


def _laid_out(sounds: Iterable[Sound], slots: int) -> bytes:
    return audioop.ulaw2lin(laid_out(sounds, 0, slots), 2)


class Journal:
    """Lines of `call.jsonl`: `at` in seconds since the ring, sound as its byte count. `kept`: somebody wants them."""

    def __init__(self, kept: bool = True) -> None:
        self._kept = kept
        self._lines: list[str] = []

    def sent(self, at: float, text: str) -> None:
        if self._kept:  # there are 50 a second of these
            self.noted(at, to="service", message=elided(text))

    def received(self, at: float, data: str | bytes) -> None:
        if self._kept:
            self.noted(at, **{"from": "service", "message": elided(data)})

    def noted(self, at: float, **what: Any) -> None:
        """Anything beside the stream's messages: a webhook, the socket's end."""
        if self._kept:
            self._lines.append(json.dumps({"at": round(at, 4), **what}))

    def write(self, path: Path) -> None:
        path.write_text("".join(line + "\n" for line in self._lines))


def elided(data: str | bytes) -> Any:
    """A stream message with its payload replaced by the number of bytes; what isn't JSON as it is, cut short."""
    if isinstance(data, bytes):
        return f"binary frame of {len(data)} bytes"
    try:
        message = json.loads(data)
    except ValueError:
        return data[:200]
    if isinstance(message, dict) and isinstance(media := message.get("media"), dict) and "payload" in media:
        payload = str(media["payload"])
        media["payload"] = f"{len(payload.rstrip('=')) * 3 // 4} bytes"
    return message
