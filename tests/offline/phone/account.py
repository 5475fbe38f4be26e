"""An account of the offline Twilio on loopback, with Twilio's own library pointed at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from twilio.rest import Client

from telephony_agent.offline.phone import api
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.exchange import Exchange

from .in_memory import InMemory, ServiceEnd
from .service import on_loopback

P = ParamSpec("P")
T = TypeVar("T")

TOKEN = "a-random-auth-token"
OURS, THEIRS = "+12025550188", "+12025550143"
SAY = "<Response><Say>Hello.</Say><Pause length='60'/></Response>"


async def listen(service: ServiceEnd) -> None:
    """A service that only listens, until the caller hangs up."""
    await service.receives("stop")


class Account:
    """`exchange` is the account's, `network` the service that it asks; `client` is for a thread, by `do`."""

    def __init__(self, exchange: Exchange, network: InMemory, client: Client) -> None:
        self.exchange, self.network, self.client = exchange, network, client

    async def do(self, ask: Callable[P, T], *args: P.args, **details: P.kwargs) -> T:
        return await asyncio.to_thread(ask, *args, **details)

    def posted(self, path: str) -> list[dict[str, str]]:
        return [form for asked, form in self.network.posted if asked == path]


def client(address: tuple[str, int], user: str, secret: str, account_sid: str) -> Client:
    found = Client(user, secret, account_sid)
    found.api.base_url = f"http://{address[0]}:{address[1]}"
    return found


@asynccontextmanager
async def account(
    documents: dict[str, str] | None = None, talk: Callable[[ServiceEnd], Awaitable[None]] = listen
) -> AsyncIterator[Account]:
    """`documents`: TwiML by path, of a service called https://agent.example.com."""
    async with asyncio.TaskGroup() as tasks:
        network = InMemory(documents or {}, talk, tasks)
        async with Exchange(Ring("", auth_token=TOKEN), network) as exchange:
            async with on_loopback(api.app(exchange)) as address:
                sid = exchange.account.sid
                yield Account(exchange, network, client(address, sid, TOKEN, sid))
