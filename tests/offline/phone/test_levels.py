"""How loud, and how soon."""

import struct

import pytest

from telephony_agent.offline.phone.levels import SILENT, ear_latency, level, levels, silent_after, ulaw_level

QUIET, LOUD = SILENT, -20.0


def test_full_scale_is_0_dbfs_and_silence_is_the_floor() -> None:
    assert level(struct.pack("<2h", -32768, -32768) * 80) == 0.0
    assert level(bytes(320)) == level(b"") == SILENT
    assert ulaw_level(b"\x7f\xff" * 80) == SILENT
    assert ulaw_level(b"\x80\x00" * 80) == pytest.approx(-0.2, abs=0.1)


def test_half_the_amplitude_is_6_db_less() -> None:
    assert level(struct.pack("<h", 16384)) == pytest.approx(-6.02, abs=0.01)


def test_levels_are_of_20_ms_frames() -> None:
    pcm = bytes(320) + struct.pack("<h", 16384) * 160 + struct.pack("<h", 16384) * 10
    assert [round(each) for each in levels(pcm)] == [-100, -6, -6]


def test_ear_latency_is_the_silence_between_the_last_word_and_the_first() -> None:
    caller = [QUIET] * 5 + [LOUD] * 10 + [-45.0] * 35
    agent = [LOUD] * 3 + [QUIET] * 27 + [LOUD] * 20
    assert ear_latency(caller, agent, 0.1, 1.0) == pytest.approx(0.3)


def test_ear_latency_is_of_the_line_that_is_asked_about() -> None:
    caller = [LOUD] * 10 + [QUIET] * 10 + [LOUD] * 10 + [QUIET] * 20
    agent = [QUIET] * 15 + [LOUD] * 2 + [QUIET] * 23 + [LOUD] * 10
    assert ear_latency(caller, agent, 0.0, 0.2) == pytest.approx(0.1)
    assert ear_latency(caller, agent, 0.4, 0.6) == pytest.approx(0.2)


def test_there_is_no_latency_without_a_word_or_an_answer() -> None:
    assert ear_latency([QUIET] * 10, [LOUD] * 10, 0.0, 0.2) is None
    assert ear_latency([LOUD] * 10, [QUIET] * 10, 0.0, 0.2) is None


def test_an_agent_falls_silent_after_an_interruption() -> None:
    agent = [LOUD] * 16 + [QUIET] * 3 + [LOUD] + [QUIET] * 10 + [LOUD] * 5
    assert silent_after(agent, 0.3, 0.6) == pytest.approx(0.1)
    assert silent_after(agent, 0.5, 0.6) == 0.0
    assert silent_after(agent, 0.3, 5.0) == pytest.approx(0.4)
