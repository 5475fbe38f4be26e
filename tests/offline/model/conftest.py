"""The real engines, loaded once for all tests, and ways to put sound through a telephone line."""

from __future__ import annotations

import audioop
import wave
from pathlib import Path

import pytest

from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.recogniser import Recogniser
from telephony_agent.offline.model.resample import resample
from telephony_agent.offline.model.voice_activity import VoiceActivity
from telephony_agent.offline.model.voices import SpokenVoice, caller

SPEECH = Path(__file__).parents[2] / "data" / "speech"


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    return Recogniser()


@pytest.fixture(scope="session")
def activity() -> VoiceActivity:
    return VoiceActivity()


@pytest.fixture(scope="session")
def voice() -> SpokenVoice:
    return caller()


@pytest.fixture(scope="session")
def meaning() -> Meaning:
    return Meaning()


def by_telephone(pcm: bytes, rate: int) -> bytes:
    """s16le at `rate` Hz as it arrives at 16 kHz after 8 kHz mu-law."""
    narrow = audioop.ulaw2lin(audioop.lin2ulaw(resample(pcm, rate, 8_000), 2), 2)
    return resample(narrow, 8_000, 16_000)


def recorded(name: str) -> bytes:
    """A recording of a human, by telephone."""
    with wave.open(str(SPEECH / f"{name}.wav")) as file:
        return by_telephone(file.readframes(file.getnframes()), file.getframerate())
