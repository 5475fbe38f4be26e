"""The agents' clips: what every call begins with, recorded once in the agent's own voice, and kept in a folder."""

from __future__ import annotations

import asyncio
import audioop
import difflib
import hashlib
import logging
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from . import aloud
from .agent import Agent
from .audio import PHONE_RATE
from .live.closing import Closing
from .phone.playback import Clip

logger = logging.getLogger(__name__)

FOLDER = "clips"  # in DATA_DIR
PAUSE, LONGEST_PAUSE = 5.0, 3600.0  # seconds after a recording that failed, before the next; each is twice the last
ALIKE = 0.85  # share of the letters that the model must have said: numbers may be spelt in another way
AUDIBLE = 1000  # the loudest of 16-bit samples: models sometimes say their words without a sound


class Clips:
    """`model`: its full name; `dial` opens a socket to it. `folder`: None keeps them for this process only.

    Use within `running()`.
    """

    def __init__(self, folder: Path | None, model: str, dial: Callable[[], Awaitable[aloud.Socket | Closing]]) -> None:
        self._folder = folder
        self._model = model
        self._dial = dial
        self._clips: dict[str, Clip] = {}
        self._making: dict[str, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def running(self, agents: Iterable[Agent]) -> AsyncIterator[None]:
        """Begins with those that these agents need."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            for agent in agents:
                self.opening(agent)
            yield
            for task in self._making.values():
                task.cancel()

    def opening(self, agent: Agent) -> Clip | None:
        """What a call with this agent begins with; None if it needs no clip, or has none yet: then it is being made."""
        if not (agent.welcome or agent.recording_notice):
            return None
        name = self._name(agent)
        if name not in self._clips and name not in self._making:
            self._making[name] = self._group.create_task(self._make(name, agent))
        return self._clips.get(name)

    def _name(self, agent: Agent) -> str:
        """Another voice, model or text is another clip."""
        voice = agent.voice if isinstance(agent.voice, str) else agent.voice.sample.hex()
        made_of = "\n".join((self._model, voice, agent.language or "", agent.opening))
        return hashlib.sha256(made_of.encode()).hexdigest()[:32]

    async def _make(self, name: str, agent: Agent) -> None:
        """From its file, else by the model, until it is one that says what it should."""
        file = self._folder / f"{name}.wav" if self._folder else None
        clip = await asyncio.to_thread(_read, file, agent.opening) if file else None
        pause = PAUSE
        while clip is None:
            clip = await self._recorded(agent)
            if clip is None:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            elif file:
                await asyncio.to_thread(_write, file, clip.ulaw)
        self._clips[name] = clip

    async def _recorded(self, agent: Agent) -> Clip | None:
        socket = await self._dial()
        if isinstance(socket, Closing):
            logger.warning("no clip for %s: %s", agent.name, socket.why)
            return None
        clip = await aloud.read(socket, aloud.reading(self._model, agent.voice, agent.language), agent.opening)
        wrong = clip if isinstance(clip, str) else _wrong(clip, agent.opening)
        if isinstance(clip, str) or wrong:
            logger.warning("no clip for %s: %s", agent.name, wrong)
            return None
        logger.info("a clip for %s: %.1f s", agent.name, len(clip.ulaw) / PHONE_RATE)
        return Clip(agent.opening, clip.ulaw)


def _wrong(clip: Clip, text: str) -> str:
    """Why it must not be played: the model may have answered the text, or said nothing that can be heard."""
    if audioop.max(audioop.ulaw2lin(clip.ulaw, aloud.SAMPLE), aloud.SAMPLE) < AUDIBLE:
        return "the model was silent"
    if difflib.SequenceMatcher(None, _letters(clip.text), _letters(text), autojunk=False).ratio() < ALIKE:
        return "the model did not say the words that it was given"
    return ""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def _read(file: Path, text: str) -> Clip | None:
    try:
        with wave.open(str(file)) as recorded:
            return Clip(text, audioop.lin2ulaw(recorded.readframes(recorded.getnframes()), recorded.getsampwidth()))
    except FileNotFoundError:
        return None
    except (OSError, EOFError, wave.Error) as error:
        logger.warning("the clip %s can't be read, and is made anew: %s", file, error)
        return None


def _write(file: Path, ulaw: bytes) -> None:
    """All of it or nothing."""
    unfinished = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aloud.write(unfinished, ulaw)
        unfinished.replace(file)
    except OSError as error:
        logger.warning("the clip %s can't be kept, and will be made again: %s", file, error)
