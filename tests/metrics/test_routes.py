"""`GET /metrics` on loopback: who may read it, and what a call leaves there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from telephony_agent import Agent
from tests.parties import CALL, SOON, STOP, Service, answering, call_form, content, media, modelling, token_in

pytestmark = pytest.mark.anyio

TOKEN = "an-operator-s-token-of-the-tests"
AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None)


async def get(service: Service, headers: Mapping[str, str]) -> tuple[int, str]:
    return await service.request("GET", "/metrics", {"Host": service.address} | dict(headers), "")


async def sample(service: Service, name: str, **labels: str) -> float:
    """What the page has under that name; 0 if it has nothing."""
    status, page = await get(service, {"Authorization": f"Bearer {TOKEN}"})
    assert status == 200
    families = text_string_to_metric_families(page)
    samples = [each for family in families for each in family.samples]
    return sum(each.value for each in samples if each.name == f"telephony_agent_{name}" and each.labels == labels)


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        (TOKEN, {"Authorization": f"Bearer {TOKEN}"}, 200),
        (TOKEN, {"Authorization": "Bearer another"}, 401),
        (TOKEN, {}, 401),
        (None, {}, 200),  # this machine, of a service that is for it alone
        (None, {"X-Forwarded-For": "192.0.2.1"}, 404),
    ],
)
async def test_only_the_operator_reads_it(token: str | None, headers: dict[str, str], status: int) -> None:
    async with modelling() as model, answering(AGENT, model.url, operator_token=token) as service:
        found, page = await get(service, headers)
        assert found == status
        assert ("telephony_agent_calls_up 0" in page) == (status == 200)


async def test_it_is_of_the_kind_that_prometheus_expects() -> None:
    async with modelling() as model, answering(AGENT, model.url) as service:
        head, _ = await service.fetch("/metrics")
        assert f"content-type: {CONTENT_TYPE_LATEST}" in head.lower()


async def test_a_call_is_counted_while_it_is_up_and_when_it_is_over() -> None:
    async with modelling() as model, answering(AGENT, model.url, operator_token=TOKEN) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.greeting()
            assert await sample(service, "calls_up") == 1
            await session.says(content(interrupted=True))
            await phone.says(media())
            await session.hears_only("realtimeInput")
            await phone.says(STOP)
            await phone.is_closed()
        async with asyncio.timeout(SOON):
            while await sample(service, "calls_up"):
                pass
        assert await sample(service, "calls_begun_total", direction="in") == 1
        assert await sample(service, "calls_ended_total", why="the caller hung up") == 1
        assert await sample(service, "dials_total", redial="no") == 1
        assert await sample(service, "barge_ins_total") == 1
        assert await sample(service, "webhook_seconds_count", route="voice") == 1


async def test_what_is_forged_is_counted() -> None:
    async with modelling() as model, answering(AGENT, model.url, operator_token=TOKEN) as service:
        forged = {"X-Twilio-Signature": "bm90IFR3aWxpbydz"}
        assert (await service.post("/twilio/voice", call_form(CALL), forged))[0] == 403
        assert await sample(service, "forged_total", of="request") == 1


async def test_the_loop_is_watched_while_the_service_runs() -> None:
    async with modelling() as model, answering(AGENT, model.url, operator_token=TOKEN) as service:
        async with asyncio.timeout(SOON):
            while not await sample(service, "loop_lag_seconds_count"):
                pass


async def test_a_forged_stream_is_counted() -> None:
    async with modelling() as model, answering(AGENT, model.url, operator_token=TOKEN) as service:
        with pytest.raises(InvalidStatus, match="403"):
            async with connect(f"ws://{service.address}/twilio/stream", proxy=None):
                pass
        assert await sample(service, "forged_total", of="stream") == 1
