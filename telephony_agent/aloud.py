"""Has the model read a text aloud, word for word, in a session of its own; and WAV files of what came of it."""

from __future__ import annotations

import asyncio
import audioop
import io
import wave
from typing import Protocol

from .audio import PHONE_RATE, Downlink
from .errors import ProtocolError
from .live import messages
from .live.closing import Closing
from .live.models import pinned, profile
from .live.options import Options, ReplicatedVoice
from .live.setup import Setup
from .phone.playback import Clip

INSTRUCTIONS = "You read aloud what you are given, word for word, in a friendly voice. You add nothing."
ASKING = "Say exactly this, word for word, and nothing else: {}"
PATIENCE = 30.0  # seconds from the setup to the last sound
PLAIN = Options(compression=None, resumption="off", caller_transcript=None)
SAMPLE = 2  # bytes, in a file


class Socket(Protocol):
    @property
    def closing(self) -> Closing: ...
    async def receive(self) -> str | bytes | None: ...
    async def send(self, text: str) -> None: ...
    async def close(self) -> None: ...


def reading(model: str, voice: str | ReplicatedVoice, language: str | None) -> Setup:
    """Of such a session. `model`: its full name. Raises ConfigError if the model does not speak the language."""
    code, sentence = pinned(language, profile(model)) if language else (None, "")
    instructions = f"{INSTRUCTIONS} {sentence}".strip()
    return Setup(model=model, instructions=instructions, voice=voice, language=code, options=PLAIN)


async def read(socket: Socket, setup: Setup, text: str) -> Clip | str:
    """The text, read, with the words that the model says it has said; or why there is none. Closes the socket."""
    downlink, ulaw, words = Downlink(), b"", ""
    try:
        async with asyncio.timeout(PATIENCE):
            await socket.send(messages.dump(setup))
            while (message := await socket.receive()) is not None:
                for event in messages.parse(message):
                    match event:
                        case messages.Ready():
                            await socket.send(messages.dump(profile(setup.model).tell(ASKING.format(text))))
                        case messages.AgentSaid(said):
                            words += said
                        case messages.Spoke(pcm):
                            ulaw += downlink.feed(pcm)
                        case messages.TurnComplete():
                            return Clip(words, ulaw + downlink.flush()) if ulaw else "the model said nothing"
            return socket.closing.why
    except TimeoutError:
        return f"nothing more came within {PATIENCE:g} s"
    except ProtocolError as error:
        return str(error)
    finally:
        await socket.close()


def wav(ulaw: bytes) -> bytes:
    """A file of it: 8 kHz, 16 bit, mono."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(SAMPLE)
        written.setframerate(PHONE_RATE)
        written.writeframes(audioop.ulaw2lin(ulaw, SAMPLE))
    return file.getvalue()
