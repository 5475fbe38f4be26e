"""The real faculties: Silero and Whisper, MiniLM and rules, Hibari. Loading them takes seconds and half a gigabyte."""

from __future__ import annotations

from pathlib import Path

from telephony_agent.offline.model.faculties import Brain, Ear, Faculties, Utterance
from telephony_agent.offline.model.gates import gates
from telephony_agent.offline.model.listener import Listener
from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.recogniser import Recogniser
from telephony_agent.offline.model.router import Router
from telephony_agent.offline.model.server import WORKERS
from telephony_agent.offline.model.voice_activity import VoiceActivity
from telephony_agent.offline.model.voices import agent
from telephony_agent.offline.model.weights import DEFAULT


def faculties(which: str | Path = DEFAULT, brain: Brain | None = None) -> Faculties:
    """One set of weights for all sessions. Raises ConfigError if one is missing, or not the one that we know."""
    recogniser = Recogniser(which, WORKERS)
    activity = VoiceActivity()

    def recognise(utterance: Utterance) -> str:
        return recogniser.recognise(utterance.pcm)

    def ear(setup: Setup) -> Ear:
        detector = activity.detector()
        return Listener(detector, recognise, gates(setup), detector.forget)

    return Faculties(ear, brain or Router(Meaning()), agent())
