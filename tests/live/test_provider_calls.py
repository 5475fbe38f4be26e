"""Whole calls by way of each of Google's doors: a service, the offline model behind that door, and who asks for a key.

The model is lost in mid-call, so each door is passed twice.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from telephony_agent.live.messages import Ready
from telephony_agent.offline.model.faculties import Faculties, Say
from telephony_agent.offline.model.faults import UpgradeRefused
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.server import LiveServer, serving
from telephony_agent.offline.model.terms import Terms
from telephony_agent.offline.phone.call import Ring
from telephony_agent.offline.phone.phone import Phone
from telephony_agent.record.entries import AgentTurn, ToolRun
from telephony_agent.steps import Action, Event, Record
from tests.google import google
from tests.live.programs import AGENT
from tests.live.test_providers import FIREBASE, FIREBASE_VERTEX, VERTEX
from tests.parties import TOKEN, answering
from tests.test_draining import serving as served
from tests.test_whole_call import speech

pytestmark = pytest.mark.anyio

LONGEST = 60.0  # seconds, for a machine that does other things too
HELLO, ANSWER, BACK = "Hello.", "On Monday from five.", "I am still here."
STEPS = (Say(HELLO), calls("hours", day="Monday"), Say(ANSWER), Say(BACK))
NATIVE = "gemini-live-2.5-flash-native-audio"
DOORS: dict[str, tuple[dict[str, Any], str]] = {
    "gemini": ({"provider": "gemini", "gemini_api_key": "a-key", "live_model": "gemini-3.8-live"}, "a-key"),
    "vertex": ({**VERTEX, "live_model": NATIVE}, "a-token"),
    "firebase in front of gemini": ({**FIREBASE, "live_model": "gemini-3.8-live"}, "fire-key"),
    "firebase in front of vertex": ({**FIREBASE_VERTEX, "live_model": NATIVE}, "fire-key"),
}


def model() -> Faculties:
    return scripted(*STEPS, transcripts=["When do you open?", "Are you there?"], a_letter=0.02)


async def talks(phone: Phone, server: LiveServer) -> None:
    """A greeting, a question for which a function runs, a session that is lost, another question."""
    await phone.hears()
    await phone.says(speech(0.4))
    await phone.hears()
    await server.drop(1011, "Internal error encountered.")
    await phone.says(speech(0.4))
    await phone.hears()
    await phone.hangs_up()
    assert phone.report == []


@pytest.mark.parametrize("door", DOORS)
async def test_a_call_by_this_door(door: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, key = DOORS[door]
    steps: list[Event | Action] = []

    def observe(call_sid: str, now: float, step: Event | Action) -> None:
        steps.append(step)

    async with asyncio.timeout(LONGEST), serving(model(), terms=Terms(key=key), time_limit=LONGEST) as server:
        async with google(tmp_path, monkeypatch) as login:
            login.gives("a-token")
            async with answering(AGENT, server.url, observe, **settings) as service:
                host, port = service.address.split(":")
                ring = Ring(f"{service.public_url}/twilio/voice", auth_token=TOKEN, connect_to=(host, int(port)))
                async with Phone(ring) as phone:
                    await talks(phone, server)
            assert login.asked == (door == "vertex")
    entries = [step.entry for step in steps if isinstance(step, Record)]
    assert [entry.text for entry in entries if isinstance(entry, AgentTurn)] == [HELLO, ANSWER, BACK]
    assert [entry.response for entry in entries if isinstance(entry, ToolRun)] == [
        {"result": "On Monday from five to eleven."}
    ]
    sessions = [step.session_id for step in steps if isinstance(step, Ready)]
    assert len(sessions) == 2
    assert all(sessions) == ("vertex" in door), "Vertex names its sessions"


async def test_a_token_that_is_over_is_replaced_while_the_caller_waits_for_the_next_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`serve` itself, with a service account's key file."""
    vertex = {
        "LIVE_PROVIDER": "vertex",
        "GOOGLE_CLOUD_PROJECT": "shop-1",
        "GOOGLE_CLOUD_LOCATION": "us-central1",
    }
    async with asyncio.timeout(LONGEST), serving(model(), terms=Terms(key="good"), time_limit=LONGEST) as server:
        async with google(tmp_path, monkeypatch) as login:
            login.gives("revoked").gives("good")
            async with served(server.url, agent="tests.live.programs:AGENT", **vertex) as service:
                ring = Ring(f"{service.service.public_url}/twilio/voice", auth_token=TOKEN)
                async with Phone(ring) as phone:
                    await phone.until_speaking()
                    assert login.asked == 2, "one that the server did not take, and one that it took"
                    server.fail(UpgradeRefused(401))
                    await talks(phone, server)
            assert login.asked == 3
