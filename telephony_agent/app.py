"""The HTTP face: the routes, and the lifespan that they need."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from . import briefing
from .access import Operator
from .agent import Agent, ChooseAgent, known
from .calls import Calls, Observer
from .clips import FOLDER, Clips
from .console.feed import Feed
from .console.routes import Console
from .errors import ConfigError
from .live import providers
from .live.closing import Closing, Remedy
from .live.connection import LiveConnection
from .metrics.routes import metrics
from .metrics.tally import COUNTED, Tally
from .metrics.timing import LoopWatch, TimedWebhooks
from .money import price_file
from .money.meter import unkept
from .money.prices import Price
from .offline.model.process import OfflineModel, check_installed
from .outbound.calling_back import CallingBack
from .outbound.placing import Placing
from .outbound.routes import CallRoutes
from .phone.account import Account
from .phone.control import Control
from .phone.door import Door
from .phone.webhooks import Webhooks
from .record.keeper import Keeper
from .record.store import Store
from .settings import Settings
from .steps import Action, Event, Record

logger = logging.getLogger(__name__)


def create_app(
    agent: Agent | ChooseAgent,
    settings: Settings | None = None,
    observe: Observer = lambda call_sid, now, step: None,
) -> Starlette:
    """The service as an ASGI application, to be served, or mounted in a host application.

    A mount does not run the lifespan of what it mounts: the host must enter `lifespan(app)` in its own. `observe` is
    told every event and action of every call, in the loop, so it must not block. Raises `ConfigError`.
    """
    service = Service(agent, settings or Settings.read(), observe)
    app = Starlette(routes=service.routes, lifespan=lifespan)
    app.state.service = service
    return app


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Calls are taken while this is open; leaving it ends them."""
    service: Service = app.state.service
    async with service.running():
        yield


class Service:
    """The calls, and how they reach the model."""

    def __init__(self, agent: Agent | ChooseAgent, settings: Settings, observe: Observer) -> None:
        self._settings = settings
        self._operator = Operator(settings)
        self._dialler = providers.Dialler(settings)
        own = settings.provider == "offline" and settings.live_url is None
        if own:
            check_installed()
        self._offline = OfflineModel() if own else None
        self._observe = observe
        self._feed = Feed()
        self._tally = Tally(lambda: len(self.calls))
        store = Store.in_folder(settings.data_dir) if settings.data_dir else None
        self._keeper = Keeper(store) if store else None
        self._account = Account(settings) if settings.has_account else None
        keep = self._keeper.keep if self._keeper else lambda sid, entry: None
        self._placing = Placing(settings, store, self._account, keep)
        self._model = model = providers.model(settings)
        price = price_file.configured(settings)
        _warn(settings, model, price)
        first = known(agent)
        if first is not None:  # one that a function chooses is checked when it does
            _check(first, model, price, self._account)
        self._known = [first] if first else []
        folder = settings.data_dir / FOLDER if settings.data_dir else None
        self._clips = Clips(folder, model, self._dial, self._is_quiet)
        self.calls = Calls(
            agent=agent,
            model=model,
            dial=self._dial,
            max_calls=settings.max_calls,
            prewarm=settings.prewarm,
            observe=self._observed,
            opening=self._clips.opening,
            price=price,
            control=Control(self._account, settings.public_url) if self._account else None,
        )
        self._calling_back = CallingBack(self._placing, lambda: self.calls.open and not self.calls.full)
        if settings.outbound.call_backs:
            self._placing.check()

    @property
    def routes(self) -> list[BaseRoute]:
        """Also below the path of PUBLIC_URL, for a proxy that leaves it on."""
        door = Door(self._settings, self._operator, self._tally.forged)
        twilio = Webhooks(self.calls, self._settings, door, self._note, self._placing.order, self._clips)
        timed = Middleware(TimedWebhooks, self._tally)
        routes: list[BaseRoute] = [
            Mount("/twilio", routes=twilio.routes, middleware=[timed]),
            Mount("/console", routes=Console(self.calls, self._operator, self._feed).routes),
            *CallRoutes(self.calls, self._placing, self._calling_back, self._operator, self._model).routes,
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            metrics(self._tally, self._operator),
        ]
        prefix = urlsplit(self._settings.public_url).path
        return [*routes, Mount(prefix, routes=routes)] if prefix else routes

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if self._keeper is not None:
                await stack.enter_async_context(self._keeper.running())
            if self._offline is not None:
                await stack.enter_async_context(self._offline.running())
            stack.enter_context(LoopWatch(self._tally))
            await stack.enter_async_context(self._dialler.running())
            await stack.enter_async_context(self._clips.running(self._known))
            if self._account is not None:
                stack.callback(self._account.close)
            await stack.enter_async_context(self._placing.running())
            await stack.enter_async_context(self.calls.running())
            await stack.enter_async_context(self._calling_back.running(self._settings.outbound.call_backs))
            yield

    async def ready(self) -> None:
        """Until calls can be answered."""
        if self._offline is not None:
            await self._offline.started()

    async def drain(self) -> None:
        """Before a stop: take no new call, and return when those that are up are over, or have had `DRAIN` seconds."""
        await self.calls.drain(self._settings.drain)

    async def healthz(self, request: Request) -> Response:
        return PlainTextResponse("alive")

    async def readyz(self, request: Request) -> Response:
        """404, not 503, when no new call should come: a load balancer then steers calls elsewhere and ends none."""
        if self._offline is not None and not self._offline.ready:
            return PlainTextResponse("the offline model is not ready", 404)
        if not self.calls.open or self.calls.full:
            return PlainTextResponse("full" if self.calls.open else "draining", 404)
        return PlainTextResponse("ready")

    def _observed(self, call_sid: str, now: float, step: Event | Action) -> None:
        self._observe(call_sid, now, step)
        self._feed.observe(call_sid, now, step)
        if type(step) not in COUNTED:  # most are sound
            return
        self._tally.observe(call_sid, step)
        if not isinstance(step, Record):
            return
        self._placing.observe(call_sid, step)
        if self._keeper is not None:
            self._keeper.observe(call_sid, now, step)

    def _note(self, call_sid: str, kind: str, facts: Mapping[str, str]) -> None:
        if self._keeper is not None:
            self._keeper.note(call_sid, kind, facts)
        self._placing.note(call_sid, kind, facts)

    def _is_quiet(self) -> bool:
        return not len(self.calls) and (self._offline is None or self._offline.ready)

    async def _dial(self) -> LiveConnection | Closing:
        if self._offline is None:
            return await self._dialler.dial()
        if not self._offline.ready:
            return Closing(Remedy.RESUME, "the offline model is not ready")
        return await self._dialler.dial(self._offline.url)


def _warn(settings: Settings, model: str, price: Price | None) -> None:
    """Tell the operator what works, and may not do so for long or not as is hoped."""
    for notice in providers.notices(settings, date.today()):
        logger.warning("%s", notice)
    if price is None:
        logger.warning("what calls cost can't be told: no price is known of %s; PRICES may have it", model)


def _check(agent: Agent, model: str, price: Price | None, account: Account | None) -> None:
    """Raises ConfigError if the model can't be that agent, its limits can't be kept, or its tools can't work."""
    briefing.check(agent, model, datetime.now(UTC))
    if problem := unkept(agent, price):
        raise ConfigError(problem)
    if account is None and (names := [tool.name for tool in agent.declared if tool.needs_account]):
        mend = "set TWILIO_ACCOUNT_SID, and TWILIO_AUTH_TOKEN or an API key"
        raise ConfigError(f"agent {agent.name!r} needs Twilio's REST API for {', '.join(names)}; {mend}")
