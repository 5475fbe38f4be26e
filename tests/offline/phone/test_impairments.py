"""What a bad line does to a call, and what a phone sounds like."""

import audioop
from itertools import pairwise

import pytest

from telephony_agent.offline.phone import line as line_
from telephony_agent.offline.phone import messages, tones
from telephony_agent.offline.phone.impairments import CLEAN, Air, Delays, Impairments
from telephony_agent.offline.phone.levels import FRAME, ulaw_level
from telephony_agent.offline.phone.line import QUIET, Line

LOUD = b"\x80\x00" * 80
START = messages.StartBody("AC1", "MZ1", "CA1")


def sent(line: Line, seconds: float, *events: line_.Event) -> list[messages.Media]:
    """The caller's frames."""
    actions = line.handle(line_.Opened(), 0.0)
    for event in events:
        actions += line.handle(event, 0.0)
    actions += line.handle(line_.TimeIsUp(), seconds)
    return [
        action.message
        for action in actions
        if isinstance(action, line_.Send) and isinstance(action.message, messages.Media)
    ]


def test_lost_frames_leave_gaps_in_the_timestamps_only() -> None:
    frames = sent(Line(START, impairments=Impairments(loss=0.2)), 10.0)
    assert 350 < len(frames) < 450
    assert [frame.media.chunk for frame in frames] == [str(chunk) for chunk in range(1, len(frames) + 1)]
    steps = [int(b.media.timestamp) - int(a.media.timestamp) for a, b in pairwise(frames)]
    assert any(step > 33 for step in steps)
    assert all(step > 0 for step in steps)


def test_a_clock_that_is_slow_sends_fewer_frames() -> None:
    assert len(sent(Line(START), 10.0)) == 500
    assert len(sent(Line(START, impairments=Impairments(drift=0.01)), 10.0)) == 495


def test_the_agent_comes_back_as_an_echo_later_and_softer() -> None:
    air = Air(Impairments(echo=20, echo_delay=0.1))
    back = [ulaw_level(air.heard(LOUD if frame == 0 else b"", QUIET)) for frame in range(10)]
    assert [level > -60 for level in back] == [frame == 5 for frame in range(10)]
    assert back[5] == pytest.approx(ulaw_level(LOUD) - 20, abs=1)


def test_noise_has_the_level_that_was_asked_for() -> None:
    air = Air(Impairments(noise=-40))
    assert ulaw_level(b"".join(air.heard(b"", QUIET) for _ in range(50))) == pytest.approx(-40, abs=1)
    assert Air(CLEAN).heard(LOUD, QUIET) == QUIET


def test_late_messages_keep_their_order() -> None:
    delays = Delays(Impairments(jitter=0.1), 0.05)
    due = [delays.due(now * FRAME, now * FRAME) for now in range(100)]
    assert due == sorted(due)
    late = [at - now * FRAME for now, at in enumerate(due)]
    assert min(late) >= 0.05
    assert 0.1 < max(late) <= 0.15 + 1e-9


def test_in_a_stall_nothing_moves() -> None:
    delays = Delays(Impairments(stall=0.5, stall_every=2.0), 0.0)
    arrive = {now: delays.due(now, now) for now in (1.9, 2.0, 2.2, 2.49, 2.6)}
    assert arrive == pytest.approx({1.9: 1.9, 2.0: 2.5, 2.2: 2.5, 2.49: 2.5, 2.6: 2.6})


def test_a_key_is_two_tones_and_is_heard_where_that_is_asked_for() -> None:
    pressed = line_.Press("5")
    assert {frame.media.payload for frame in sent(Line(START), 0.2, pressed)} == {QUIET}
    heard = b"".join(frame.media.payload for frame in sent(Line(START, tones=True), 0.2, pressed))
    assert heard.startswith(tones.key("5"))
    assert energy(heard[:800], 770) > 10 * energy(heard[:800], 697)
    assert energy(heard[:800], 1336) > 10 * energy(heard[:800], 1209)
    with pytest.raises(ValueError, match="'x'"):
        tones.key("x")


def energy(ulaw: bytes, pitch: int) -> int:
    wave = tones.tone((pitch,), len(ulaw) / 8000)
    return round(1000 * abs(audioop.findfactor(audioop.ulaw2lin(ulaw, 2), audioop.ulaw2lin(wave, 2))))


def test_a_stream_of_start_is_deaf_and_says_so() -> None:
    line = Line(START, one_way=True)
    line.handle(line_.Opened(), 0.0)
    line.handle(line_.Received('{"event":"clear","streamSid":"MZ1"}'), 0.1)
    line.handle(line_.Press("1"), 0.1)
    (fault,) = line.faults
    assert "<Connect>" in fault.reason
    assert not fault.warning
