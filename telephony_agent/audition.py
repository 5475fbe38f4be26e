"""What `telephony-agent voices` does: a sentence in each voice of the model, as it sounds on a telephone."""

from __future__ import annotations

import asyncio
import audioop
import logging
import sys
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import click

from .audio import PHONE_RATE, Downlink
from .errors import ConfigError, ProtocolError
from .live import fitting, messages, providers
from .live.closing import Closing, Remedy
from .live.connection import LiveConnection
from .live.models import pinned, profile
from .live.options import Options
from .live.setup import Setup
from .offline.model.process import OfflineModel
from .settings import Settings

INSTRUCTIONS = "You read aloud what you are given, word for word, in a friendly voice. You add nothing."
ASKING = "Say exactly this, word for word, and nothing else: {}"
GREETING = "Good morning! How can I help you?"
PATIENCE = 30.0  # seconds for one voice, from dialling to its last sound
ONE_VOICE = "the offline model has one voice: all of these sound alike"
PLAIN = Options(compression=None, resumption="off", caller_transcript=None, agent_transcript=None)

Tell = Callable[[str], None]


async def audition(
    settings: Settings, text: str, out: Path, voices: Sequence[str], language: str | None, tell: Tell
) -> int:
    """Writes a WAV file per voice, 8 kHz mono, into the folder `out`; 0 only if each is there. No `voices`: all.

    Raises ConfigError if the model does not speak, or has no such voice.
    """
    model = providers.model(settings)
    setups = [_setup(model, voice, language) for voice in voices or profile(model).voices]
    for setup in setups:
        fitting.check(setup)
    missing = 0
    async with _dialling(settings, tell) as dial:
        for setup in setups:
            socket = await dial()
            if isinstance(socket, Closing):
                tell(f"{settings.live_model} can't be reached: {socket.why}")
                return 1
            said = await _said(socket, setup, text)
            if isinstance(said, bytes):
                file = out / f"{setup.voice}.wav"
                _write(file, said)
                tell(f"{setup.voice:<16} {len(said) / PHONE_RATE:4.1f} s  {file}")
            else:
                missing += 1
                tell(f"{setup.voice:<16} MISSING: {said}")
    return 1 if missing else 0


def _setup(model: str, voice: str, language: str | None) -> Setup:
    code, sentence = pinned(language, profile(model)) if language else (None, "")
    instructions = f"{INSTRUCTIONS} {sentence}".strip()
    return Setup(model=model, instructions=instructions, voice=voice, language=code, options=PLAIN)


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


async def _said(socket: LiveConnection, setup: Setup, text: str) -> bytes | str:
    """The sentence as mu-law; or why there is none."""
    downlink, ulaw = Downlink(), b""
    try:
        async with asyncio.timeout(PATIENCE):
            await socket.send(messages.dump(setup))
            while (message := await socket.receive()) is not None:
                for event in messages.parse(message):
                    match event:
                        case messages.Ready():
                            await socket.send(messages.dump(profile(setup.model).tell(ASKING.format(text))))
                        case messages.Spoke(pcm):
                            ulaw += downlink.feed(pcm)
                        case messages.GenerationComplete() | messages.TurnComplete():
                            return ulaw + downlink.flush() if ulaw else "the model said nothing"
            return socket.closing.why
    except TimeoutError:
        return f"nothing more came within {PATIENCE:g} s"
    except ProtocolError as error:
        return str(error)
    finally:
        await socket.close()


def _write(file: Path, ulaw: bytes) -> None:
    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(PHONE_RATE)
        written.writeframes(audioop.ulaw2lin(ulaw, 2))


@click.command()
@click.option("--say", default=GREETING, show_default=True, metavar="TEXT", help="What each voice says.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("voices"), show_default=True)
@click.option("--voice", multiple=True, help="Only this one; may be given more than once.")
@click.option("--language", metavar="CODE", help="The language to speak it in, as de-DE.")
def voices(say: str, out: Path, voice: tuple[str, ...], language: str | None) -> None:
    """Hear the voices of the model as callers would: one WAV file for each in a folder, 8 kHz.

    Opens a session per voice with the configured model, which a provider bills. Exit code 0 only if each spoke.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    out.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(audition(Settings.read(), say, out, voice, language, click.echo)))
