"""What `make image` does with the image: starts it as it says, holds an offline call, and stops it meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.scripted import scripted
from telephony_agent.offline.model.server import serving
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.phone import Phone
from tests.deploy.machine import free_port
from tests.parties import TOKEN, Service

IMAGE = "localhost/telephony-agent"
URL = "https://agent.example.com"
STORAGE = {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "vfs"}
WHOLE, STARTED = 180.0, 60.0  # seconds; making a container copies the image
USER = 10001


def buildah(*arguments: str) -> str:
    done = subprocess.run(["buildah", *arguments], check=True, capture_output=True, text=True, env=os.environ | STORAGE)
    return done.stdout.strip()


def told(image: str) -> dict[str, Any]:
    """What the image says of itself: entrypoint, health check, user, signal."""
    config: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", image))["Docker"]["config"]
    return config


@asynccontextmanager
async def started(container: str, command: list[str], **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    variables = [f"--env={name}={value}" for name, value in settings.items()]
    arguments = ["run", *variables, container, "--", *command]
    child = await asyncio.create_subprocess_exec("buildah", *arguments, env=os.environ | STORAGE)
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            os.kill(service_of(child.pid), signal.SIGKILL)
        await child.wait()


def service_of(pid: int) -> int:
    """The innermost of the processes that buildah put one into another: the service's own."""
    while children := [
        each for file in Path(f"/proc/{pid}/task").glob("*/children") for each in file.read_text().split()
    ]:
        pid = int(children[0])
    return pid


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


async def answers(service: Service, status: int) -> None:
    """Until that is the answer to whether it is ready."""
    while True:
        with suppress(OSError):
            if (await service.get("/readyz"))[0] == status:
                return
        await asyncio.sleep(0.1)


async def prove(container: str, config: dict[str, Any]) -> None:
    port = free_port()
    service = Service(f"127.0.0.1:{port}", URL, TOKEN)
    async with (
        asyncio.timeout(WHOLE),
        serving(scripted(Say("Hello."), Say("Well."), transcripts=["Hm."]), time_limit=WHOLE) as live,
    ):
        settings = {"PUBLIC_URL": URL, "TWILIO_AUTH_TOKEN": TOKEN, "LIVE_URL": live.url, "PORT": str(port)}
        async with started(container, [*config["Entrypoint"], *config["Cmd"]], **settings) as child:
            async with asyncio.timeout(STARTED):
                await answers(service, 200)
            pid = service_of(child.pid)
            assert owner(pid) == USER
            print(f"it serves, as user {USER}")
            await asyncio.to_thread(
                buildah, "run", f"--env=PORT={port}", container, "--", *config["Healthcheck"]["Test"][1:]
            )
            print("its health check says that it is healthy")
            ring = Ring(f"{URL}/twilio/voice", auth_token=TOKEN, connect_to=("127.0.0.1", port))
            async with Phone(ring) as phone:
                await phone.hears()
                os.kill(pid, getattr(signal, config["StopSignal"]))
                await answers(service, 404)
                turn = await phone.says(b"\x00\x80" * 4000)  # loud, for a second
                await phone.hears()
                print(f"a call went on for {phone.now - turn.began:.1f} s after {config['StopSignal']}")
            assert phone.report == []
            ended = time.monotonic()
            assert await child.wait() == 0
            print(f"it ended {time.monotonic() - ended:.1f} s after the call, with 0")


def main() -> None:
    config = told(IMAGE)
    assert config["User"] == str(USER)
    container = buildah("from", "--pull-never", IMAGE)
    try:
        asyncio.run(prove(container, config))
    finally:
        buildah("rm", container)


if __name__ == "__main__":
    main()
