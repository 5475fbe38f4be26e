"""Does the model take a session? Dials the configured provider as a call would, with the agent's own setup.

A setup that is accepted costs nothing: the session is closed before anything is said.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from .. import briefing
from ..agent import IncomingCall
from ..errors import ConfigError, ProtocolError
from ..live import messages as live
from ..live import providers
from ..live.closing import Closing
from ..live.connection import IN_THE_WAY, Address, connected
from ..offline.model.process import OfflineModel
from . import check_fit, clock
from .case import Case
from .finding import Finding, Trouble, Verdict, ok, unknown, wrong
from .network import of_error
from .refusals import of_closing, of_status

CHECK = "model"
ACCEPTED = 10.0  # seconds for the setup
NOBODY = IncomingCall("CA" + "0" * 32, "AC" + "0" * 32, "", "", "inbound")


async def check(case: Case) -> AsyncIterator[Finding]:
    fits = check_fit.check(case)
    for finding in fits:
        yield finding
    if any(finding.verdict is Verdict.WRONG for finding in fits):
        yield unknown(CHECK, "not dialled while the agent does not suit it")
        return
    for finding in await _look(case):
        yield finding


async def _look(case: Case) -> list[Finding]:
    if not case.own_model:
        return await _dialled(case, None)
    offline = OfflineModel()
    async with offline.running():
        try:
            await offline.started()
        except ConfigError as error:
            return [wrong(CHECK, Trouble(str(error), "look at the lines above; `offline-model` alone shows more"))]
        return await _dialled(case, offline.url)


async def _dialled(case: Case, base: str | None) -> list[Finding]:
    try:  # to look for credentials may take seconds, in which the loop would stand
        dialler = await asyncio.to_thread(providers.Dialler, case.settings)
    except ConfigError as error:
        return [wrong("credentials", Trouble.told(str(error)))]
    address = await dialler.address(base)
    if isinstance(address, Closing):
        return [wrong("credentials", _of_login(address))]
    return [finding.cleared(address.hide) for finding in await _opened(case, address)]


async def _opened(case: Case, address: Address) -> list[Finding]:
    """One session, up to the point where it is accepted."""
    host = urlsplit(address.url).hostname or ""
    try:
        socket = await connected(address)
    except InvalidStatus as error:
        answer = error.response
        refused = wrong(CHECK, of_status(answer.status_code, bytes(answer.body), case.words))
        return [refused, clock.compare(answer.headers.get("Date"), time.time(), host)]
    except IN_THE_WAY as error:
        return [wrong(CHECK, of_error(error, address.url, case.where))]
    try:
        date = socket.response.headers.get("Date") if socket.response else None
        return [await _set_up(socket, case, host), clock.compare(date, time.time(), host)]
    finally:
        await socket.close()


async def _set_up(socket: ClientConnection, case: Case, host: str) -> Finding:
    """Whether the server takes the setup that each call of this agent would bring."""
    model = providers.model(case.settings)
    setup = briefing.setup(case.agent, NOBODY, model, datetime.now().astimezone(), None)
    try:
        async with asyncio.timeout(ACCEPTED):
            await socket.send(live.dump(setup))
            events = live.parse(await socket.recv())
    except ConnectionClosed:
        return wrong(CHECK, of_closing(socket.close_code, socket.close_reason or "", case.words))
    except TimeoutError:
        return wrong(CHECK, Trouble(f"{host} took the setup and said nothing for {ACCEPTED:g} s", "try again later"))
    except ProtocolError as error:
        return wrong(CHECK, Trouble(f"{host} does not speak the Live API: {error}", "look at LIVE_URL"))
    if live.Ready() not in events:
        return unknown(CHECK, f"{host} answered the setup with something else", "look at LIVE_URL")
    return ok(CHECK, f"{case.settings.live_model} at {host} ({case.settings.provider}) takes the agent's setup")


def _of_login(closing: Closing) -> Trouble:
    mend = "run `gcloud auth application-default login`, or give GOOGLE_APPLICATION_CREDENTIALS a good key file"
    if "JWT" in closing.why or "timeframe" in closing.why:
        mend = "set this machine's clock, or make a new key for the service account"
    elif "can't be reached" in closing.why:
        mend = "look at this machine's network, and at HTTPS_PROXY"
    return Trouble(closing.why, mend)
