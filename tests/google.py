"""Google's login, played by hand on loopback: it gives a service account tokens, or refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


@dataclass
class GoogleLogin:
    """What `url` answers: the next of `answers`, the last one for ever."""

    url: str = ""
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    asked: int = 0

    def gives(self, token: str, seconds: int = 3600) -> GoogleLogin:
        self.answers.append((200, {"access_token": token, "expires_in": seconds, "token_type": "Bearer"}))
        return self

    def refuses(self, status: int = 400, error: str = "invalid_grant", why: str = "") -> GoogleLogin:
        self.answers.append((status, {"error": error, "error_description": why}))
        return self

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        self.asked += 1
        status, content = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        body = json.dumps(content).encode()
        line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
        writer.write(f"{line}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def google(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GoogleLogin]:
    """This machine's Application Default Credentials are a service account of a Google that stands here."""
    login = GoogleLogin()
    async with await asyncio.start_server(login.answer, "127.0.0.1", 0) as server:
        login.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token"
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        account(folder, monkeypatch, login.url)
        yield login


def account(folder: Path, monkeypatch: pytest.MonkeyPatch, token_url: str, **changed: str) -> None:
    """A service account's key file, and the variable that names it."""
    content = {
        "type": "service_account",
        "project_id": "shop-1",
        "private_key_id": "1",
        "private_key": PEM,
        "client_email": "agent@shop-1.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": token_url,
    }
    file = folder / "account.json"
    file.write_text(json.dumps(content | changed))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
