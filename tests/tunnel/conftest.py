"""A machine with cloudflared and ngrok on it, and an Internet in which what they make public can be reached."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.certificates import Authority

PROGRAM = Path(__file__).with_name("program.py")


@dataclass
class Internet:
    """`environment` is for who wants to reach it; `folder` is the programs'."""

    folder: Path
    environment: dict[str, str]

    def install(self, name: str) -> None:
        file = self.folder / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!{sys.executable}\n{PROGRAM.read_text()}")
        file.chmod(0o755)

    @property
    def starts(self) -> list[int]:
        """The programs' process ids, in turn."""
        file = self.folder / "starts"
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

    def kill(self) -> None:
        os.kill(self.starts[-1], signal.SIGKILL)


async def is_gone(pid: int) -> bool:
    """Within 10 s."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        await asyncio.sleep(0.02)
    return False


@pytest.fixture
def internet_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "internet"
    folder.mkdir()
    return folder


@asynccontextmanager
async def internet(folder: Path, host: str = "*.trycloudflare.com") -> AsyncIterator[Internet]:
    """A proxy leads each public name to the port that the program has written down."""

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).decode()
        name = line.split()[1].rpartition(":")[0]
        try:
            port = int((folder / name).read_text())
            there = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pipe(reader, there[1]), _pipe(there[0], writer))

    authority = Authority(folder)
    authority.server_file(host=host)
    async with await asyncio.start_server(lead, "127.0.0.1", 0) as proxy:
        environment = {
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}",
            "NO_PROXY": "127.0.0.1",
            "SSL_CERT_FILE": str(authority.file),
            "TUNNEL_FOLDER": str(folder),
            "PATH": str(folder / "bin"),
        }
        yield Internet(folder, environment)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
