"""The agent's voice on one stream."""

from __future__ import annotations

import numpy as np

from telephony_agent.audio import Downlink
from telephony_agent.phone.messages import Clear, Command, Mark, Say
from telephony_agent.phone.playback import BYTES_PER_SECOND, Source
from telephony_agent.voice import QUEUE, Voice, entry

PCM_SECOND = 48_000  # bytes: 24 kHz, 16 bit


def noise(seconds: float, seed: int = 1) -> bytes:
    return np.random.default_rng(seed).integers(-8000, 8000, int(seconds * 24_000)).astype("<i2").tobytes()


def sound(commands: list[Command]) -> bytes:
    return b"".join(command.ulaw for command in commands if isinstance(command, Say))


def rendered(pcm: bytes) -> bytes:
    downlink = Downlink()
    return downlink.feed(pcm) + downlink.flush()


def test_a_turn_comes_out_as_its_sound_whatever_the_pieces() -> None:
    pcm, voice = noise(1.0), Voice()
    commands: list[Command] = []
    for start in range(0, len(pcm), 1001):
        commands += voice.say(pcm[start : start + 1001], 1.0)
    commands += voice.finish(1.0)
    assert sound(commands) == rendered(pcm)
    assert isinstance(commands[0], Mark)
    assert isinstance(commands[-1], Mark)
    assert voice.turn is None
    assert voice.dropped == 0


def test_each_turn_has_a_filter_of_its_own() -> None:
    voice = Voice()
    voice.say(noise(0.3), 0.0)
    voice.finish(0.0)
    second = noise(0.3, seed=2)
    assert sound(voice.say(second, 1.0) + voice.finish(1.0)) == rendered(second)


def test_what_was_cleared_is_not_heard_in_the_next_turn() -> None:
    voice = Voice()
    voice.say(noise(0.3), 0.0)
    commands, (cut,) = voice.clear(0.1)
    assert commands == [Clear()]
    assert cut.heard == BYTES_PER_SECOND // 10
    second = noise(0.3, seed=2)
    assert sound(voice.say(second, 1.0) + voice.finish(1.0)) == rendered(second)


def test_words_or_sound_begin_a_turn_and_both_belong_to_the_same() -> None:
    voice = Voice()
    turn = voice.begun(1.0)
    turn.note("Hello")
    voice.say(noise(0.1), 2.0)
    assert voice.turn is voice.begun(3.0) is turn
    assert (turn.source, turn.began) == (Source.MODEL, 1.0)
    voice.finish(3.0)
    assert voice.begun(4.0) is not turn


def test_there_is_nothing_to_finish_before_a_turn() -> None:
    assert Voice().finish(0.0) == []


def test_a_minute_is_queued_and_what_comes_then_is_dropped_and_counted() -> None:
    voice = Voice()
    queued = 0
    for _ in range(70):
        queued += len(sound(voice.say(noise(1.0), 0.0)))
    assert QUEUE - BYTES_PER_SECOND <= queued <= QUEUE
    assert voice.dropped + queued >= 70 * BYTES_PER_SECOND - 160  # less what the filter holds
    assert voice.playback.queued(0.0) == queued
    assert sound(voice.say(noise(1.0), 5.0))  # there is room again


def test_the_entry_of_a_turn_tells_its_words_and_milliseconds() -> None:
    voice = Voice()
    voice.begun(7.0).note("We close at six.")
    voice.say(bytes(2 * PCM_SECOND), 7.0)
    _, (turn,) = voice.clear(8.0)
    told = entry(turn)
    assert (told.began, told.source, told.text) == (7.0, "model", "We close at six.")
    assert (told.heard, told.heard_ms) == ("We close", 1000)
    assert abs(told.sent_ms - 2000) <= 3
