"""A headless Chromium whose microphone is a recording."""

from __future__ import annotations

import asyncio
import shutil
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.parties import Service

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
SPEECH = Path(__file__).parents[1] / "data" / "speech"
RATE = 8000  # Hz of the recordings that a microphone is made of
PATIENCE = 40.0  # seconds in which each thing expected must happen, on a busy machine
WHOLE = 120.0  # seconds that a browser may be open; a test that takes longer has failed
FLAGS = (
    "--no-sandbox",  # tests may run as root
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def microphone(file: Path, *pieces: float | str) -> str:
    """Chromium's flag for a microphone that hears this, once: seconds of silence, and names of recorded voices."""
    pcm = b""
    for piece in pieces:
        if isinstance(piece, str):
            with wave.open(str(SPEECH / f"{piece}.wav")) as recorded:
                assert recorded.getframerate() == RATE
                pcm += recorded.readframes(recorded.getnframes())
        else:
            pcm += bytes(2 * int(RATE * piece))
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm)
    return f"--use-file-for-fake-audio-capture={file}%noloop"


@asynccontextmanager
async def browsing(service: Service, *flags: str, asked: str = "--use-fake-ui-for-media-stream") -> AsyncIterator[Page]:
    """A page of that service. `asked`: the flag by which the browser answers for its microphone."""
    assert CHROMIUM is not None, "there is no chromium to test the browser phone with: apt-get install chromium"
    async with asyncio.timeout(WHOLE), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, asked, *flags], timeout=1000 * PATIENCE
        )
        try:
            page = await browser.new_page(base_url=f"http://{service.address}", viewport={"width": 1000, "height": 680})
            page.set_default_timeout(1000 * PATIENCE)
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            yield page
            assert not errors, errors
        finally:
            await browser.close()
