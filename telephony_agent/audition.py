"""What `telephony-agent voices` does: a sentence in each voice of the model, as it sounds on a telephone."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import click

from . import aloud
from .audio import PHONE_RATE
from .errors import ConfigError
from .live import fitting, providers
from .live.closing import Closing, Remedy
from .live.connection import LiveConnection
from .live.models import profile
from .offline.model.process import OfflineModel
from .phone.playback import Clip
from .settings import Settings

GREETING = "Good morning! How can I help you?"
ONE_VOICE = "the offline model has one voice: all of these sound alike"

Tell = Callable[[str], None]


async def audition(
    settings: Settings, text: str, out: Path, voices: Sequence[str], language: str | None, tell: Tell
) -> int:
    """Writes a WAV file per voice, 8 kHz mono, into the folder `out`; 0 only if each is there. No `voices`: all.

    Raises ConfigError if the model does not speak, or has no such voice.
    """
    model = providers.model(settings)
    setups = [aloud.reading(model, voice, language) for voice in voices or profile(model).voices]
    for setup in setups:
        fitting.check(setup)
    await asyncio.to_thread(out.mkdir, parents=True, exist_ok=True)
    missing = 0
    async with _dialling(settings, tell) as dial:
        for setup in setups:
            socket = await dial()
            if isinstance(socket, Closing):
                tell(f"{settings.live_model} can't be reached: {socket.why}")
                return 1
            said = await aloud.read(socket, setup, text)
            if isinstance(said, Clip):
                file = out / f"{setup.voice}.wav"
                file.write_bytes(aloud.wav(said.ulaw))
                tell(f"{setup.voice:<16} {len(said.ulaw) / PHONE_RATE:4.1f} s  {file}")
            else:
                missing += 1
                tell(f"{setup.voice:<16} MISSING: {said}")
    return 1 if missing else 0


@asynccontextmanager
async def _dialling(settings: Settings, tell: Tell) -> AsyncIterator[Callable[[], Awaitable[LiveConnection | Closing]]]:
    """Opens sessions as `serve` would, with an offline model of our own if it would have one."""
    dialler = providers.Dialler(settings)
    offline = OfflineModel() if settings.provider == "offline" and settings.live_url is None else None

    async def dial() -> LiveConnection | Closing:
        if offline is None:
            return await dialler.dial()
        try:
            await offline.started()
        except ConfigError as error:
            return Closing(Remedy.GIVE_UP, str(error))
        return await dialler.dial(offline.url)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(dialler.running())
        if offline is not None:
            await stack.enter_async_context(offline.running())
            tell(ONE_VOICE)
        yield dial


@click.command(short_help="Hear each voice as callers would.")
@click.option("--say", default=GREETING, show_default=True, metavar="TEXT", help="What each voice says.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("voices"), show_default=True)
@click.option("--voice", multiple=True, help="Only this one; may be given more than once.")
@click.option("--language", metavar="CODE", help="The language to speak it in, as de-DE.")
def voices(say: str, out: Path, voice: tuple[str, ...], language: str | None) -> None:
    """Hear the voices of the model as callers would: one WAV file for each in a folder, 8 kHz.

    Opens a session per voice with the configured model, which a provider bills. Exit code 0 only if each spoke.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    sys.exit(asyncio.run(audition(Settings.read(serves=False), say, out, voice, language, click.echo)))
