"""Silero in the listener, on a human and on noise."""

import numpy as np

from telephony_agent.offline.model.faculties import SpeechEnded, SpeechPaused, SpeechStarted
from telephony_agent.offline.model.listener import Listener
from telephony_agent.offline.model.resample import to_pcm
from telephony_agent.offline.model.voice_activity import VoiceActivity
from tests.offline.model.conftest import recorded


def test_a_human_is_heard_from_beginning_to_end(activity: VoiceActivity) -> None:
    ear = Listener(activity.detector(), lambda utterance: "")
    sounds = ear.hear(bytes(16_000) + recorded("asterisk_goodbye") + bytes(2 * 16_000), 16_000, agent_talks=False)
    assert [type(sound) for sound in sounds] == [SpeechStarted, SpeechPaused, SpeechEnded]


def test_noise_is_not(activity: VoiceActivity) -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, 48_000).astype(np.float32)
    ear = Listener(activity.detector(), lambda utterance: "")
    assert ear.hear(to_pcm(noise), 16_000, agent_talks=False) == []
