"""What Twilio reaches a service by: requests that are posted and sockets that are dialled.

`Internet` is the real one. A test may have another, in memory and on a virtual clock.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from .webhook import Answer, post, route, signature

USER_AGENT = "Twilio.TmeWs/1.0"
OPEN_TIMEOUT = 5.0  # seconds for the handshake
CLOSE_TIMEOUT = 1.0  # seconds for a service to close its side


class Socket(Protocol):
    """A stream's socket. Nothing raises because the service is gone."""

    @property
    def close_code(self) -> int | None:
        """Of the service's close frame, once `receive` has answered None; None if there was none."""
        ...

    async def receive(self) -> str | bytes | None:
        """The next message, or None from when the socket is closed."""
        ...

    async def send(self, text: str) -> None: ...

    async def close(self, code: int | None) -> None:
        """Close our side, with a code or none, and wait for the service's; does nothing to a closed socket."""
        ...

    def drop(self) -> None:
        """Let go of the socket at once."""
        ...


class Network(Protocol):
    """Both raise OSError, TimeoutError among it, where the service does not answer as a service should."""

    async def post(self, url: str, form: dict[str, str]) -> Answer: ...

    async def dial(self, url: str) -> Socket: ...


@dataclass(frozen=True)
class Internet:
    """Without `auth_token` nothing is signed; `connect_to` and `authority` are for `webhook.route`."""

    auth_token: str | None = field(default=None, repr=False)
    connect_to: tuple[str, int] | None = None
    authority: Path | None = None

    async def post(self, url: str, form: dict[str, str]) -> Answer:
        return await post(url, form, self.auth_token, self.connect_to, self.authority)

    async def dial(self, url: str) -> Socket:
        """With Twilio's headers and no others: no Origin, subprotocol or extension.

        The signature is over the wss form of the URL even where the socket is plain, as behind a proxy that ends TLS.
        """
        parts = urlsplit(url)
        netloc = parts.netloc.removesuffix(":443")
        public = urlunsplit(parts._replace(scheme="wss", netloc=netloc, path=parts.path or "/"))
        way = route(url, self.connect_to, self.authority)
        try:
            connection = await connect(
                urlunsplit(parts._replace(scheme="wss" if way.tls else "ws")),
                host=way.host,
                port=way.port,
                ssl=way.tls,
                additional_headers={**signature(self.auth_token, public, {}), "Accept-Encoding": "gzip"},
                user_agent_header=USER_AGENT,
                compression=None,
                proxy=None,
                ping_interval=None,
                max_size=None,
                max_queue=None,
                open_timeout=OPEN_TIMEOUT,
                close_timeout=CLOSE_TIMEOUT,
            )
        except WebSocketException as error:
            raise ConnectionError(str(error)) from error
        return _WebSocket(connection)


class _WebSocket:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.close_code: int | None = None

    async def receive(self) -> str | bytes | None:
        try:
            return await self._connection.recv()
        except ConnectionClosed as gone:
            self.close_code = gone.rcvd.code if gone.rcvd else None
            return None

    async def send(self, text: str) -> None:
        with suppress(ConnectionClosed):  # which `receive` tells
            await self._connection.send(text)

    async def close(self, code: int | None) -> None:
        # A close frame without a code, as Twilio's, is nothing that websockets' annotation has a word for.
        await self._connection.close(code)  # type: ignore[arg-type]

    def drop(self) -> None:
        self._connection.transport.abort()
