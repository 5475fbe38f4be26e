"""Dials the Live API. Nothing else knows of sockets to the model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidHeader,
    InvalidProxy,
    InvalidStatus,
    WebSocketException,
)
from websockets.protocol import State

from ..environment import is_loopback
from ..sound_last import carries_sound
from ..websocket import Sipping, masked
from .closing import Closing, Remedy, of_network, of_socket, of_upgrade

SIP = 16_384  # bytes that are read at once: 200 ms of a model's voice
OPEN_TIMEOUT = 5.0  # seconds for name look-up, TCP, TLS and the upgrade
CLOSE_TIMEOUT = 0.25  # seconds for the closing handshake: a caller may be waiting for the next session
# The last two: a host that is no name, a proxy that needs another package.
IN_THE_WAY = (OSError, WebSocketException, EOFError, UnicodeError, ImportError)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Live session is opened, and as whom. The credentials go in headers, never in the URL.

    `advice`: what to know of these credentials where they are refused for good.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    advice: str = ""

    def advised(self, closing: Closing) -> Closing:
        """The reading, with our advice if there is any and it helps."""
        if not self.advice or closing.remedy is not Remedy.GIVE_UP:
            return closing
        return replace(closing, why=f"{closing.why}; {self.advice}")

    def hide(self, text: str) -> str:
        """The text, should a server have repeated our credentials in it, without them."""
        for value in self.headers.values():
            text = text.replace(value.rpartition(" ")[2], "…")
        return text


class LiveConnection:
    """One open socket. `receive` answers None once it is closed; `closing` then says why, without our credentials."""

    def __init__(self, socket: ClientConnection, address: Address) -> None:
        self._socket = socket
        self._address = address
        carries_sound(socket.transport)

    @property
    def open(self) -> bool:
        """Whether what is sent may still arrive."""
        return self._socket.state is State.OPEN

    @property
    def closing(self) -> Closing:
        reason = self._address.hide(self._socket.close_reason or "")
        return self._address.advised(of_socket(self._socket.close_code, reason))

    async def receive(self) -> str | bytes | None:
        try:
            return await self._socket.recv()
        except ConnectionClosed:
            return None

    async def send(self, text: str) -> None:
        """Sends; to a socket that is closed, nothing, because the reader will learn of it."""
        if not self.send_now(text):
            with suppress(ConnectionClosed):
                await self._socket.send(text)

    def send_now(self, text: str) -> bool:
        """As `send`, without waiting. False, and nothing is sent, where the other end is slow or gone."""
        transport = self._socket.transport
        if not self.open or transport.get_write_buffer_size():
            return False
        transport.write(masked(text.encode()))
        return True

    async def close(self) -> None:
        try:
            with suppress(TimeoutError):  # websockets' own limit begins when the close frame has left
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self._socket.close()
        finally:  # also if we are cancelled while the other end takes its time
            self._socket.transport.abort()


class _Socket(ClientConnection, Sipping):
    sip = memoryview(bytearray(SIP))


class _Connect(connect):
    """Follows no redirect: our key is for the host that it was given for."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def connected(address: Address) -> ClientConnection:
    """A socket to the model. Raises whatever of the network, TLS, a proxy or the server was in the way."""
    return await _Connect(
        address.url,
        create_connection=_Socket,
        additional_headers=dict(address.headers),
        ping_interval=None,  # Google's pongs were measured at 8-30 s: a keepalive would kill healthy sessions
        max_size=None,  # a message may hold seconds of sound
        compression=None,  # sound in base64 does not pay for it
        open_timeout=OPEN_TIMEOUT,
        close_timeout=CLOSE_TIMEOUT,
        proxy=None if is_loopback(urlsplit(address.url).hostname or "") else True,
    )


async def dial(address: Address) -> LiveConnection | Closing:
    """Open a socket to the model; if that fails, why and what mends it."""
    try:
        return LiveConnection(await connected(address), address)
    except InvalidStatus as error:
        return address.advised(of_upgrade(error.response.status_code))
    except InvalidHeader as error:  # its text has the value, which may be our key
        return of_network(InvalidHandshake(f"a value that the header {error.name} can't have"))
    except InvalidProxy as error:  # and its text the proxy's address, in which a password may stand
        return of_network(InvalidHandshake(f"a proxy whose address is none: {error.msg}"))
    except IN_THE_WAY as error:
        return of_network(error)
