"""Google's own client and the whole offline model: by text and by voice, with functions, over two connections."""

import pytest

from telephony_agent.offline.model.faculties import Ear, Faculties
from telephony_agent.offline.model.gates import gates
from telephony_agent.offline.model.listener import Listener
from telephony_agent.offline.model.meaning import Meaning
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.recogniser import Recogniser
from telephony_agent.offline.model.router import Router
from telephony_agent.offline.model.voice_activity import VoiceActivity
from telephony_agent.offline.model.voices import SpokenVoice
from tests.offline.model.google_conversation import Conversation

pytestmark = pytest.mark.anyio


async def test_a_whole_conversation_of_theirs(
    activity: VoiceActivity, recogniser: Recogniser, meaning: Meaning, voice: SpokenVoice
) -> None:
    def ear(setup: Setup) -> Ear:
        detector = activity.detector()
        return Listener(detector, lambda utterance: recogniser.recognise(utterance.pcm), gates(setup), detector.forget)

    told: list[str] = []
    await Conversation(Faculties(ear, Router(meaning), voice), voice.say, told.append).hold()
    assert sum(line.startswith("caller") for line in told) == 5
    assert any(line.endswith("-- interrupted") for line in told)
    assert told[-1].startswith("error    1007")
