"""The model without weights."""

import numpy as np

from telephony_agent.offline.model.faculties import Asked, Call, Say, Utterance
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.reply import RATE
from telephony_agent.offline.model.scripted import Script, Tones, calls, loudness, scripted, tone_of


def test_the_brain_takes_a_step_whenever_it_is_told_something() -> None:
    said = []
    mind = scripted(Say("One."), calls("f", a=1), lambda told: Say(f"You told me {told}.")).brain
    for number in range(4):
        mind, decision = mind.think(Asked(str(number)))
        said.append(decision)
    assert said == [Say("One."), Call((("f", {"a": 1}),)), Say("You told me Asked(text='2')."), Say("")]


def test_a_thought_that_is_not_used_leaves_no_trace() -> None:
    mind = Script((Say("One."),))
    mind.think(Asked("x"))
    assert mind.think(Asked("x"))[1] == Say("One.")


def test_the_ear_hands_out_its_transcripts_in_order() -> None:
    ear = scripted(transcripts=["first", "second"]).ear(Setup())
    assert [ear.transcribe(Utterance(number, b"")) for number in range(3)] == ["first", "second", ""]


def test_loud_is_speech() -> None:
    assert loudness(np.full(512, 0.1, np.float32)) == 1.0
    assert loudness(np.full(512, 0.01, np.float32)) == 0.0


def test_the_voice_is_a_tone_that_tells_the_sentence_and_lasts_as_long() -> None:
    samples = np.frombuffer(Tones().say("How can I help you?"), "<i2")
    assert len(samples) == int(19 * 0.05 * RATE)
    loudest = int(np.abs(np.fft.rfft(samples)).argmax()) * RATE / len(samples)
    assert abs(loudest - tone_of("How can I help you?")) < 5
