"""The agents' clips: the words that we know beforehand, recorded once in the agent's own voice, and kept in a folder.

They are what a call begins with, and what is said where no agent can: that the line is busy, closed or out of order.
"""

from __future__ import annotations

import asyncio
import audioop
import difflib
import hashlib
import logging
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from . import aloud
from .agent import Agent
from .audio import PHONE_RATE
from .errors import ConfigError
from .live.closing import Closing
from .live.options import ReplicatedVoice
from .live.setup import Setup
from .phone.playback import Clip

logger = logging.getLogger(__name__)

FOLDER = "clips"  # in DATA_DIR
PAUSE, LONGEST_PAUSE = 5.0, 3600.0  # seconds after a recording that failed, before the next; each is twice the last
QUIET, LONGEST_QUIET = 10.0, 600.0  # seconds between looks for a moment without calls; after which it is any moment
MOST = 500  # clips of one process: agents that are made for one call, with words of their own, would never stop
ALIKE = 0.85  # share of the letters that the model must have said: numbers may be spelt in another way
AUDIBLE = 1000  # the loudest of 16-bit samples: models sometimes say their words without a sound


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be recorded. `language`: BCP-47; empty: the voice's own."""

    voice: str | ReplicatedVoice
    language: str
    text: str

    def name(self, model: str) -> str:
        """Another voice, model or text is another clip."""
        voice = self.voice if isinstance(self.voice, str) else self.voice.sample.hex()
        made_of = "\n".join((model, voice, self.language, self.text))
        return hashlib.sha256(made_of.encode()).hexdigest()[:32]


class Clips:
    """`model`: its full name; `dial` opens a socket to it. `folder`: None keeps them for this process only, and then
    only what calls begin with is worth its recording. `quiet`: whether a recording would be in nobody's way.

    Use within `running()`.
    """

    def __init__(
        self,
        folder: Path | None,
        model: str,
        dial: Callable[[], Awaitable[aloud.Socket | Closing]],
        quiet: Callable[[], bool] = lambda: True,
    ) -> None:
        self._folder = folder
        self._model = model
        self._dial = dial
        self._quiet = quiet
        self._clips: dict[Script, Clip] = {}
        self._sounds: dict[str, bytes] = {}  # by their names in URLs: 8 kHz mu-law
        self._making: dict[Script, asyncio.Task[None]] = {}
        self._one_by_one = asyncio.Lock()

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
        """What a call with this agent begins with; None if it needs no clip, or has none yet: then it is being made.

        So is what may have to be said in its stead.
        """
        opening = _opening(agent)
        instead = [Script(agent.voice, language, text) for text, language in agent.sentences] if self._folder else []
        for script in (opening, *instead):
            if script is not None and script not in self._making and len(self._making) < MOST:
                self._making[script] = self._group.create_task(self._make(script, hurry=script is opening))
        if isinstance(agent.closed, Agent):
            self.opening(agent.closed)
        return self._clips.get(opening) if opening else None

    def sound(self, agent: Agent, text: str, language: str) -> str | None:
        """The name by which `wav` knows this text in the agent's voice; None if it is not recorded, or not yet.

        It comes from the sound itself, so that nobody can guess it who was not given it.
        """
        clip = self._clips.get(Script(agent.voice, language, text))
        return _name(clip) if clip else None

    def wav(self, name: str) -> bytes | None:
        """A file of it, 8 kHz, 16 bit, mono."""
        ulaw = self._sounds.get(name)
        return aloud.wav(ulaw) if ulaw is not None else None

    async def _make(self, script: Script, hurry: bool) -> None:
        """From its file, else by the model, until it is one that says what it should. `hurry`: also beside calls."""
        file = self._folder / f"{script.name(self._model)}.wav" if self._folder else None
        clip = await asyncio.to_thread(_read, file, script.text) if file else None
        try:
            setup = aloud.reading(self._model, script.voice, script.language or None)
        except ConfigError as error:
            logger.warning("no clip of %r: %s", script.text, error)
            return
        pause = PAUSE
        if clip is None and not hurry:
            await self._until_quiet()
        while clip is None:
            async with self._one_by_one:
                clip = await self._recorded(script, setup)
            if clip is None:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            elif file:
                await asyncio.to_thread(_write, file, clip.ulaw)
        self._clips[script] = clip
        self._sounds[_name(clip)] = clip.ulaw

    async def _until_quiet(self) -> None:
        """Nobody is kept waiting by a recording, nor refused for want of quota."""
        for _ in range(round(LONGEST_QUIET / QUIET)):
            await asyncio.sleep(QUIET)
            if self._quiet():
                return

    async def _recorded(self, script: Script, setup: Setup) -> Clip | None:
        socket = await self._dial()
        said = socket.why if isinstance(socket, Closing) else await aloud.read(socket, setup, script.text)
        wrong = said if isinstance(said, str) else _wrong(said, script.text)
        if isinstance(said, str) or wrong:
            logger.warning("no clip of %r: %s", script.text, wrong)
            return None
        logger.info("a clip of %.1f s is made", len(said.ulaw) / PHONE_RATE)
        logger.debug("it says %r", script.text)
        return Clip(script.text, said.ulaw)


def _opening(agent: Agent) -> Script | None:
    needed = agent.welcome or agent.recording_notice
    return Script(agent.voice, agent.language or "", agent.opening) if needed else None


def _name(clip: Clip) -> str:
    return hashlib.sha256(clip.ulaw).hexdigest()[:32]


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
        unfinished.write_bytes(aloud.wav(ulaw))
        unfinished.replace(file)
    except OSError as error:
        logger.warning("the clip %s can't be kept, and will be made again: %s", file, error)
