"""The programs that deploy/'s files are for, and those files, with this machine's ports and certificates put in."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
PROGRAMS = ("nginx", "haproxy", "systemd-analyze")
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
MISSING = tuple(program for program in PROGRAMS if shutil.which(program, path=PATH) is None)
NAME = "agent.example.com"
STARTED = 10.0  # seconds that a proxy may take until it listens
CHECKED = 1.5  # seconds in which a proxy sees that a process takes no new calls, or takes them again


@dataclass(frozen=True)
class Site:
    """What is this machine's own: the ports, and one file with the certificate and its key."""

    folder: Path
    certificate: Path
    https: int
    http: int
    w1: int
    w2: int

    def caddy(self) -> list[str]:
        """The command that serves deploy/'s file."""
        text = put_in(
            "Caddyfile", {"\thandle /w1/* {": f"\ttls {self.certificate} {self.certificate}\n\thandle /w1/* {{"}
        )
        # Without its own admin port, and without port 80, which here is taken by others or by nobody.
        text = "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + text
        return ["caddy", "run", "--adapter", "caddyfile", "--config", self._file("Caddyfile", text)]

    def nginx(self) -> list[str]:
        letsencrypt = f"/etc/letsencrypt/live/{NAME}"
        site = put_in(
            "nginx.conf",
            {
                "listen 80;": f"listen 127.0.0.1:{self.http};",
                "listen 443 ssl;": f"listen 127.0.0.1:{self.https} ssl;",
                f"{letsencrypt}/fullchain.pem": str(self.certificate),
                f"{letsencrypt}/privkey.pem": str(self.certificate),
                "127.0.0.1:8081": f"127.0.0.1:{self.w1}",
                "127.0.0.1:8082": f"127.0.0.1:{self.w2}",
            },
        )
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {self.folder / kind};\n" for kind in kinds)
        whole = (
            f"daemon off; pid {self.folder / 'nginx.pid'}; worker_processes 1;\n"
            f"events {{ worker_connections 256; }}\n"
            f"http {{ access_log off;\n{paths}include {self._file('site.conf', site)}; }}\n"
        )
        return ["nginx", "-e", "stderr", "-p", str(self.folder), "-c", self._file("nginx.conf", whole)]

    def haproxy(self) -> list[str]:
        text = put_in(
            "haproxy.cfg",
            {
                "bind :80\n": f"bind 127.0.0.1:{self.http}\n",
                "bind :443 ": f"bind 127.0.0.1:{self.https} ",
                f"/etc/haproxy/{NAME}.pem": str(self.certificate),
                "127.0.0.1:8081": f"127.0.0.1:{self.w1}",
                "127.0.0.1:8082": f"127.0.0.1:{self.w2}",
            },
        )
        return ["haproxy", "-f", self._file("haproxy.cfg", text)]

    def command(self, proxy: str) -> list[str]:
        return {"caddy": self.caddy, "nginx": self.nginx, "haproxy": self.haproxy}[proxy]()

    @property
    def environment(self) -> dict[str, str]:
        """For Caddy, whose file has a place for these."""
        names = {"DOMAIN": f"https://{NAME}:{self.https}", "W1": f"127.0.0.1:{self.w1}", "W2": f"127.0.0.1:{self.w2}"}
        return names | {"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder)}

    @asynccontextmanager
    async def proxied(self, proxy: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """The proxy, listening, until left."""
        child = await start(self.command(proxy), self.environment)
        try:
            async with asyncio.timeout(STARTED):
                while not await _listens(self.https):
                    assert child.returncode is None, f"{proxy} has ended"
                    await asyncio.sleep(0.05)
            yield child
        finally:
            with suppress(ProcessLookupError):
                child.terminate()
            await child.wait()

    def _file(self, name: str, text: str) -> str:
        file = self.folder / name
        file.write_text(text)
        return str(file)


def put_in(name: str, places: Mapping[str, str]) -> str:
    """deploy/'s file, with each of these places, which must be there, replaced."""
    text = (DEPLOY / name).read_text()
    for place, value in places.items():
        assert place in text, f"{name} has no {place!r}"
        text = text.replace(place, value)
    return text


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


async def start(command: list[str], environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    program = shutil.which(command[0], path=PATH)
    assert program is not None, f"{command[0]} is not installed: apt-get install it"
    return await asyncio.create_subprocess_exec(program, *command[1:], env=os.environ | environment)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return True
