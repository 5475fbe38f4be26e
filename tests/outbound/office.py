"""Our service and the offline Twilio, on loopback, with a model that a test plays by hand: what calls out need."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import time
from pathlib import Path
from typing import Any

from telephony_agent import Agent, CallContext, create_app, server, tool
from telephony_agent.offline.phone import api
from telephony_agent.offline.phone.call import Call, Ring
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.outbound.rules import Rules
from telephony_agent.settings import Settings
from tests.offline.phone.service import on_loopback
from tests.parties import TOKEN, Model, Service, modelling

OURS, THEIRS = "+12025550188", "+12025550143"
OPERATOR = "an-operator-s-token"
PUBLIC = "https://agent.example.com"
ALWAYS = (time(0), time.max)
OPEN = Rules(countries=frozenset({"US"}), hours=ALWAYS, at_once=2, a_day=5)
known: list[str] = []


@tool
def account_of(call: CallContext) -> str:
    """Look up whose account this call is about."""
    known.append(call.context["account"])
    return "found"


ANSWERING = Agent(instructions="You answer.", greeting="Say hello.", name="answering")
CALLING = Agent(instructions="You remind people of their appointments.", tools=[account_of], name="calling")
HERE = f"{__name__}:CALLING"


class House:
    def __init__(self, service: Service, twilio: Exchange, model: Model) -> None:
        self.service, self.twilio, self.model = service, twilio, model

    async def asks(self, method: str, path: str, body: Any = None, token: str = OPERATOR) -> tuple[int, Any]:
        headers = {"Host": "agent.example.com", "Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        status, text = await self.service.request(method, path, headers, "" if body is None else json.dumps(body))
        return status, json.loads(text) if text.startswith("{") else text

    async def places(self, to: str = THEIRS, **wanted: Any) -> Call:
        status, told = await self.asks("POST", "/calls", {"to": to, **wanted})
        assert status == 201, told
        return self.twilio.calls[told["sid"]]

    async def shows(self, call: Call, **expected: str) -> None:
        told = await self.shows_of(call.sid, **expected)
        assert told["to"] == call.ring.to_number

    async def shows_of(self, sid: str, **expected: str) -> dict[str, Any]:
        """Sooner or later, within 10 s."""
        for _ in range(500):
            told: dict[str, Any] = (await self.asks("GET", f"/calls/{sid}"))[1]
            if expected.items() <= told.items():
                break
            await asyncio.sleep(0.02)
        assert expected.items() <= told.items(), told
        return told


@asynccontextmanager
async def calling(folder: Path, rules: Rules = OPEN, agent: Agent = ANSWERING, **settings: Any) -> AsyncIterator[House]:
    listener = server.listen("127.0.0.1", 0)
    host, port = listener.getsockname()
    ring = Ring("", auth_token=TOKEN, connect_to=(host, port))
    twilio = Exchange(ring)
    async with modelling() as model, on_loopback(api.app(twilio)) as (_, api_port):
        given = {
            "public_url": PUBLIC,
            "account_sid": twilio.account.sid,
            "auth_tokens": (TOKEN,),
            "api_url": f"http://127.0.0.1:{api_port}",
            "outbound": rules,
            "outbound_from": OURS,
            "operator_token": OPERATOR,
            "provider": "offline",
            "live_url": model.url,
            "data_dir": folder,
        }
        app = create_app(agent, Settings(**{**given, **settings}))
        async with server.serving(app, listener), twilio:  # what Twilio still tells, it tells before we are gone
            yield House(Service(f"{host}:{port}", PUBLIC), twilio, model)


async def ended(call: Call) -> None:
    await call.until(lambda: call.ending is not None, 10)
