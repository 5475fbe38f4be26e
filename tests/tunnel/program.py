"""In place of cloudflared and ngrok: says what they say where they say it, and carries TCP to the address it is given.

It ends TLS as their servers do, with `server.pem` of the folder that TUNNEL_FOLDER names, on a port that it writes into
a file with the host's name there. A file `mute`, `dies` or `elsewhere` in that folder lets it fail.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from pathlib import Path

FOLDER = Path(os.environ["TUNNEL_FOLDER"])
REFUSED = 'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: no such host'


def say(line: str, stream: object = sys.stderr) -> None:
    print(line, file=stream, flush=True)  # type: ignore[call-overload]


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def listen(host: str, target: str) -> None:
    """As the public end of the tunnel to `target`."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (FOLDER / "elsewhere").exists():
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nwelcome")
            writer.close()
            return
        there = await asyncio.open_connection(*target.rsplit(":", 1))
        await asyncio.gather(pipe(reader, there[1]), pipe(there[0], writer))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER / "server.pem")
    server = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=context)
    (FOLDER / host).write_text(str(server.sockets[0].getsockname()[1]))


async def cloudflared(target: str, count: int) -> None:
    host = f"green-field-{count}.trycloudflare.com"
    await listen(host, target)
    say("2026-11-22T07:30:00Z INF Requesting new quick Tunnel on trycloudflare.com...")
    say("2026-11-22T07:30:01Z INF +----------------------------------------------------------+")
    say("2026-11-22T07:30:01Z INF |  Your quick Tunnel has been created! Visit it at (...):  |")
    say(f"2026-11-22T07:30:01Z INF |  https://{host:46}  |")
    say("2026-11-22T07:30:01Z INF +----------------------------------------------------------+")
    say("2026-11-22T07:30:02Z INF Registered tunnel connection connIndex=0 location=fra08 protocol=quic")


async def ngrok(target: str) -> None:
    host = "quiet-otter.ngrok-free.app"
    asked = 0

    async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET /api/tunnels ")
        one = {"name": "command_line", "public_url": f"https://{host}", "proto": "https", "config": {"addr": target}}
        body = json.dumps({"tunnels": [one] if asked > 1 else [], "uri": "/api/tunnels"})
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        writer.close()

    await listen(host, target)
    api = await asyncio.start_server(tell, "127.0.0.1", 0)
    web = f"127.0.0.1:{api.sockets[0].getsockname()[1]}"
    say('t=2026-11-22T07:30:00+0000 lvl=info msg="no configuration paths supplied"', sys.stdout)
    say(f't=2026-11-22T07:30:00+0000 lvl=info msg="starting web service" obj=web addr={web} allow_hosts=[]', sys.stdout)
    say('t=2026-11-22T07:30:01+0000 lvl=info msg="client session established" obj=tunnels.session', sys.stdout)


async def main() -> None:
    with (FOLDER / "starts").open("a") as starts:
        starts.write(f"{os.getpid()}\n")
    if (FOLDER / "dies").exists():
        say(REFUSED)
        sys.exit(1)
    if not (FOLDER / "mute").exists():
        if Path(sys.argv[0]).name == "ngrok":
            assert sys.argv[1] == "http"
            await ngrok(sys.argv[2])
        else:
            target = sys.argv[sys.argv.index("--url") + 1].removeprefix("http://")
            await cloudflared(target, len((FOLDER / "starts").read_text().splitlines()))
    await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(main())
