"""Does the caller speak? Our own ear on the phone's 8 kHz mu-law, 20 ms at a time: 1 µs in silence, 40 µs at an onset.

Speech stands out from the line's noise and from the agent's echo, and much of it is voiced: it repeats itself 70 to 400
times a second, and no beat is quite like the last. Breath, coughs and noise have no pitch; keys and lines beep in pure
tones. It is no judge of what is said: a television speaks, too, and so does a song.
"""

from __future__ import annotations

import audioop
import enum
import math
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FRAME = 160  # bytes of mu-law: 20 ms, what Twilio sends at once
SECONDS = 0.02  # of a frame
STARTS = 7.0  # frames of speech that are a beginning: 140 ms, so that whoever interrupts has silence after 250
LETS_GO = 0.25  # frames of it that a frame of silence takes away: the stops within a word ("ten") are silent
VOICED = 3  # frames of it, at least, that have a pitch
QUIET = -45.0  # dBFS below which nothing is speech: a telephone's speech is some 20 dB above
ABOVE_NOISE = 9.0  # dB by which speech is above the quietest frame of the last 2 s
ECHO = -25.0  # dB: the agent's voice comes back from the caller's phone fainter than that
GOES_ON = 6.0  # dB by which speech that has begun may be fainter than its beginning
QUIET_LINE = -60.0  # dBFS of noise that is taken for granted in the first 2 s
MEMORY = 100  # frames, 2 s, in which even a talker pauses for one
PATIENCE = 0.7  # seconds of silence that end the caller's turn
LONGEST = 30.0  # seconds after which a turn ends without a silence
ECHO_BLOCK = 1600  # bytes, 200 ms, over which the agent's level is taken
SILENT = -100.0  # dBFS of digital silence

SHORTEST_BEAT, LONGEST_BEAT = 10, 57  # samples at 4 kHz, of a voice at 400 and at 70 Hz
SPAN = 96  # samples at 4 kHz that are compared with what was a beat ago
PITCHED = 0.6  # correlation from which a beat is a voice's: noise through a telephone stays below 0.5
TONES = (350, 440, 480, 620, 697, 770, 852, 941, 1209, 1336, 1477, 1633)  # Hz: keys, and what lines say
PURE = 0.85  # share of a frame's power that at most two of these have in a beep


class Sign(enum.Enum):
    STARTED = "the caller has begun to speak"
    ENDED = "the caller has finished, as far as silence tells"


class Ear:
    """One per call, fed without gaps. `patience`: seconds of silence that end a turn; it may be changed at any time."""

    def __init__(self) -> None:
        self.patience = PATIENCE
        self.speaking = False
        self.silence = 0.0  # seconds since the caller was last loud enough for speech
        self.spoke = 0.0  # seconds from the beginning to the end of the last turn
        self._rest = b""
        self._levels: deque[float] = deque([QUIET_LINE], maxlen=MEMORY)
        self._recent: deque[bool] = deque(maxlen=10)  # frames: which were voiced
        self._before = bytes(2 * FRAME)  # PCM of the last frame
        self._speech = 0.0  # frames of it that may become a beginning
        self._lasted = 0.0  # seconds of the turn that has begun

    def hear(self, ulaw: bytes, played: Callable[[], bytes] = bytes) -> list[Sign]:
        """The caller's next sound, any number of bytes, and what came of it, in order.

        `played` gives mu-law that the caller has been hearing, about the last 0.6 s of it: its echo may be under way.
        It is asked for only if that matters.
        """
        self._rest += ulaw
        signs: list[Sign] = []
        while len(self._rest) >= FRAME:
            frame, self._rest = self._rest[:FRAME], self._rest[FRAME:]
            if (sign := self._frame(frame, played)) is not None:
                signs.append(sign)
        return signs

    def _frame(self, ulaw: bytes, played: Callable[[], bytes]) -> Sign | None:
        pcm = audioop.ulaw2lin(ulaw, 2)
        window, self._before = self._before + pcm, pcm
        level = _level(pcm)
        self._levels.append(level)
        loud = self._is_loud(level, played)
        self.silence = 0.0 if loud else self.silence + SECONDS
        if self.speaking:
            return self._goes_on(loud)
        self._recent.append(loud and _is_voice(window))
        self._speech = self._speech + 1 if loud else max(0.0, self._speech - LETS_GO)
        if self._speech < STARTS or sum(self._recent) < VOICED:
            return None
        self.speaking, self._lasted = True, self._speech * SECONDS
        return Sign.STARTED

    def _goes_on(self, loud: bool) -> Sign | None:
        self._lasted += SECONDS
        if self.silence < self.patience and self._lasted < LONGEST:
            return None
        self.spoke = max(0.0, self._lasted - self.silence)
        self.speaking, self._speech = False, 0.0
        self._recent.clear()
        return Sign.ENDED

    def _is_loud(self, level: float, played: Callable[[], bytes]) -> bool:
        """Enough for speech. The cheapest question is the first: most frames of a call are too faint anyway."""
        less = GOES_ON if self.speaking else 0.0
        if level < QUIET - less or level < min(self._levels) + ABOVE_NOISE - less:
            return False
        return level >= _echo(played()) - less


def _echo(played: bytes) -> float:
    """dBFS above which a sound is not what comes back of that mu-law."""
    blocks = (played[at : at + ECHO_BLOCK] for at in range(0, len(played), ECHO_BLOCK))
    return max((_level(audioop.ulaw2lin(block, 2)) for block in blocks), default=SILENT) + ECHO


def _level(pcm: bytes) -> float:
    """RMS of s16 in dBFS."""
    rms = audioop.rms(pcm, 2)
    return 20 * math.log10(rms / 32768) if rms else SILENT


def _is_voice(pcm: bytes) -> bool:
    """s16 of two frames."""
    window = np.frombuffer(pcm, "<i2").astype(np.float64)
    return pitch(window) >= PITCHED and not beeps(window)


def pitch(window: NDArray[np.float64]) -> float:
    """How alike a voice's beat and the one before are, at the best of its lengths, -1..1; of 320 samples, 40 ms."""
    slow = window[0::2] + window[1::2]
    powers = np.concatenate([[0.0], np.cumsum(slow * slow)])
    powers = powers[SPAN:] - powers[:-SPAN]
    alike = np.correlate(slow, slow[-SPAN:]) / np.sqrt(powers * powers[-1] + 1.0)
    return float(alike[_BEATS].max())


def beeps(window: NDArray[np.float64]) -> bool:
    """Whether 320 samples, 40 ms, are one or two of the tones that keys and lines make, and nothing else."""
    real, imaginary = (_BEEPS @ window).reshape(2, -1)
    shares = (real * real + imaginary * imaginary) / (np.square(_HANN * window).sum() * _WHOLE + 1.0)
    return float(np.sort(shares)[-2:].sum()) >= PURE


_BEATS = slice(FRAME - SPAN - LONGEST_BEAT, FRAME - SPAN - SHORTEST_BEAT + 1)
_HANN = np.hanning(2 * FRAME)
_TURNS = 2 * np.pi * np.outer(TONES, np.arange(2 * FRAME) / 8_000)
_BEEPS = _HANN * np.concatenate([np.cos(_TURNS), np.sin(_TURNS)])
_WHOLE = _HANN.sum() ** 2 / (2 * np.square(_HANN).sum())  # what a pure tone gives, per power
