"""The demo's telephone: what it passes, what it adds, and that nothing else of a stream changes."""

from __future__ import annotations

import audioop
import base64
import json

import numpy as np
import pytest

from telephony_agent.demo.telephone import Noisy, banded, noisy, pink_noise
from telephony_agent.offline.phone.levels import RATE, SPEECH, level, levels
from telephony_agent.offline.phone.line import QUIET
from telephony_agent.offline.phone.messages import Media, MediaBody, Stop, StopBody, dump
from telephony_agent.offline.phone.network import Socket
from telephony_agent.offline.phone.recording import Recording
from telephony_agent.offline.phone.webhook import Answer
from tests.offline.phone.in_memory import Wire


def tone(hertz: int, seconds: float = 0.5) -> bytes:
    at = np.arange(int(RATE * seconds)) / RATE
    return audioop.lin2ulaw((8000 * np.sin(2 * np.pi * hertz * at)).astype("<i2").tobytes(), 2)


@pytest.mark.parametrize(
    ("hertz", "lost"), [(100, (30, 99)), (500, (-0.5, 0.5)), (1000, (-0.5, 0.5)), (3000, (-0.5, 0.5)), (3800, (30, 99))]
)
def test_the_band_is_a_telephones(hertz: int, lost: tuple[float, float]) -> None:
    before, after = tone(hertz), banded(tone(hertz))
    assert len(after) == len(before)
    middle = slice(2 * 800, -2 * 800)  # without the edges, which click
    loss = level(audioop.ulaw2lin(before, 2)[middle]) - level(audioop.ulaw2lin(after, 2)[middle])
    assert lost[0] <= loss <= lost[1]


def test_nothing_to_say_stays_nothing() -> None:
    assert banded(b"") == b""


def test_the_noise_is_light_and_never_taken_for_speech() -> None:
    assert level(pink_noise()) == pytest.approx(-50, abs=0.1)
    assert max(levels(pink_noise())) < SPEECH - 3


def test_a_recording_gets_its_noise_on_the_callers_side_only() -> None:
    quiet = Recording(bytes(2 * 20 * RATE), bytes(2 * 20 * RATE))
    heard = noisy(quiet)
    assert len(heard.caller) == len(heard.agent)
    assert level(heard.caller) == pytest.approx(-50, abs=0.2)
    assert heard.agent == quiet.agent


class OneWire:
    """A `Network` of one stream."""

    def __init__(self) -> None:
        self.wire = Wire()

    async def post(self, url: str, form: dict[str, str]) -> Answer:
        return Answer(200, "text/xml", f"<{form['CallStatus']}/>")

    async def dial(self, url: str) -> Socket:
        return self.wire


@pytest.mark.anyio
async def test_the_noise_is_under_speech_and_pauses_and_changes_nothing_else() -> None:
    network = OneWire()
    line = Noisy(network)
    assert (await line.post("https://agent.example.com", {"CallStatus": "ringing"})).body == "<ringing/>"
    socket = await line.dial("wss://agent.example.com")
    stop = dump(Stop("3", "MZ1", StopBody("AC1", "CA1")))
    for number, payload in enumerate((QUIET, tone(1000, 0.02))):
        await socket.send(dump(Media(str(number), MediaBody("inbound", str(number), "155", payload), "MZ1")))
    await socket.send(stop)
    sent = [json.loads(network.wire.to_service.get_nowait() or "") for _ in range(3)]
    assert sent[2] == json.loads(stop)
    assert [message["media"]["chunk"] for message in sent[:2]] == ["0", "1"]
    pause, speech = (level(audioop.ulaw2lin(base64.b64decode(message["media"]["payload"]), 2)) for message in sent[:2])
    assert -60 < pause < -44
    assert speech == pytest.approx(-15.3, abs=0.5)
    network.wire.deliver("{}")
    assert await socket.receive() == "{}"
    network.wire.close_code = 1000
    assert socket.close_code == 1000
    await socket.close(None)
