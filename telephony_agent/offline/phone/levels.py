"""How loud 20 ms are, and what that says about a conversation.

Levels are RMS in dBFS (0 = a square wave at full scale); digital silence is `SILENT`.
"""

from __future__ import annotations

import audioop
import math
from collections.abc import Sequence

RATE = 8000  # samples a second on a telephone line
FRAME = 0.02  # seconds: one media message of the caller
FRAME_BYTES = 160  # mu-law bytes in it, one a sample

SPEECH = -40.0  # dBFS above which a frame of the caller is speech
AUDIBLE = -50.0  # dBFS above which a frame of the agent is heard
SILENT = -100.0  # dBFS of digital silence, below the quietest 16-bit sample


def level(pcm: bytes) -> float:
    """RMS of s16 samples in dBFS; `SILENT` for none."""
    rms = audioop.rms(pcm, 2)
    return max(SILENT, 20 * math.log10(rms / 32768)) if rms else SILENT


def ulaw_level(ulaw: bytes) -> float:
    """RMS of mu-law bytes in dBFS."""
    return level(audioop.ulaw2lin(ulaw, 2))


def levels(pcm: bytes) -> list[float]:
    """Of one side of an 8 kHz s16 recording: dBFS of each 20 ms frame, the last one may be shorter."""
    size = 2 * FRAME_BYTES
    return [level(pcm[at : at + size]) for at in range(0, len(pcm), size)]


def ear_latency(caller: Sequence[float], agent: Sequence[float], began: float, ended: float) -> float | None:
    """Seconds of silence from the caller's last word to the agent's first.

    Both sides are levels of 20 ms frames on one axis; `began` and `ended` (seconds) bound the caller's line. Counted
    from the end of the last caller frame above `SPEECH` to the beginning of the first later agent frame above
    `AUDIBLE`.
    None if the caller said nothing audible there, or the agent nothing after it.
    """
    first, last = round(began / FRAME), round(ended / FRAME)
    spoken = [frame for frame in range(first, min(last, len(caller))) if caller[frame] > SPEECH]
    if not spoken:
        return None
    answered = (frame for frame in range(spoken[-1] + 1, len(agent)) if agent[frame] > AUDIBLE)
    frame = next(answered, None)
    return None if frame is None else round((frame - spoken[-1] - 1) * FRAME, 2)


def silent_after(agent: Sequence[float], onset: float, until: float) -> float:
    """How long an agent talks on: from `onset` (a caller who interrupts) to the end of its last frame above `AUDIBLE`
    before `until` (its next turn), in seconds; 0.0 if it said nothing in between."""
    first, end = round(onset / FRAME), round(until / FRAME)
    heard = [frame for frame in range(first, min(end, len(agent))) if agent[frame] > AUDIBLE]
    return round((heard[-1] + 1 - first) * FRAME, 2) if heard else 0.0
