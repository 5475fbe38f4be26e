"""Our own ear, on recordings of speech as a telephone carries them, and on what only sounds like it."""

from __future__ import annotations

import audioop
import wave
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from telephony_agent.ear import FRAME, LONGEST, PATIENCE, Ear, Sign

SPEECH = Path(__file__).parent / "data" / "speech"
NAMES = sorted(file.stem for file in SPEECH.glob("*.wav"))
RATE = 8_000
FRAME_MS = 20
ONSET = -40.0  # dBFS above which 20 ms of a caller are speech, by the words of this house
ECHO = 10 ** (-30 / 20)  # of the agent, in the caller's line
AGENT = "jfk_inaugural_16k"

Samples = NDArray[np.float64]


@cache
def recording(name: str, level: float = -20.0) -> Samples:
    """8 kHz samples of it, whose speech has this level in dBFS."""
    with wave.open(str(SPEECH / f"{name}.wav")) as file:
        pcm, rate = file.readframes(file.getnframes()), file.getframerate()
    if rate != RATE:
        pcm, _ = audioop.ratecv(pcm, 2, 1, rate, RATE, None)
    samples = np.frombuffer(pcm, "<i2").astype(float)
    loud = [each for each in levels(samples) if each > max(levels(samples)) - 25]
    active = 10 * np.log10(np.mean(10 ** (np.array(loud) / 10)))
    return np.asarray(samples * 10 ** ((level - active) / 20))


def levels(samples: Samples) -> list[float]:
    """dBFS of each 20 ms."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return list(20 * np.log10(np.sqrt((frames**2).mean(1)) / 32768 + 1e-6))


def noise(seconds: float, level: float) -> Samples:
    return np.random.default_rng(7).normal(0, 10 ** (level / 20) * 32768, int(RATE * seconds))


def silence(seconds: float) -> Samples:
    return np.zeros(int(RATE * seconds))


def mulaw(samples: Samples) -> bytes:
    return audioop.lin2ulaw(np.clip(samples, -32768, 32767).astype("<i2").tobytes(), 2)


def line(*sounds: Samples) -> Samples:
    """One after the other, on a line with a little noise."""
    whole = np.concatenate(sounds)
    return whole + noise(len(whole) / RATE, -60)


def signs(caller: Samples, agent: Samples | None = None, ear: Ear | None = None) -> list[tuple[int, Sign]]:
    """What the ear makes of it, each with the frame that it came with; `agent`: what is played meanwhile."""
    ear = ear or Ear()
    ulaw, playing = mulaw(caller), b"" if agent is None else mulaw(agent)
    found: list[tuple[int, Sign]] = []
    for at in range(0, len(ulaw) - FRAME + 1, FRAME):
        played = playing[max(0, at - 4800) : at]
        found += [(at // FRAME, sign) for sign in ear.hear(ulaw[at : at + FRAME], partial(bytes, played))]
    return found


def onsets(level: float) -> Iterator[Samples]:
    """All that begin with a word, of all recordings: what an interrupting caller says."""
    for name in NAMES:
        samples = recording(name, level)
        loud = [each > ONSET for each in levels(samples)]
        for frame in range(len(loud) - 10):
            if loud[frame] and not any(loud[max(0, frame - 6) : frame]) and sum(loud[frame : frame + 10]) >= 8:
                yield samples[frame * FRAME :]


@pytest.mark.parametrize("name", NAMES)
def test_it_hears_every_recording_begin_and_end(name: str) -> None:
    found = signs(line(silence(1), recording(name), silence(2)))
    assert [sign for _, sign in found][:2] == [Sign.STARTED, Sign.ENDED]
    assert found[-1][1] is Sign.ENDED


@pytest.mark.parametrize("talking", [False, True], ids=["agent silent", "agent talking"])
def test_it_takes_less_than_220_ms_to_hear_19_of_20_onsets(talking: bool) -> None:
    took: list[float] = []
    random = np.random.default_rng(5)
    for level in (-18.0, -21.0, -24.0, -27.0, -30.0):
        for word in onsets(level):
            before = silence(1.5 + random.uniform(0, 0.02))
            agent = np.resize(recording(AGENT, -18.0), len(before) + len(word)) if talking else None
            caller = line(before, word) + (0 if agent is None else ECHO * agent)
            first = next((frame for frame, sign in signs(caller, agent) if sign is Sign.STARTED), None)
            onset = next(i for i, each in enumerate(levels(np.concatenate([before, word]))) if each > ONSET)
            assert first is None or first >= onset
            took.append(np.inf if first is None else (first + 1 - onset) * FRAME_MS)
    assert len(took) >= 50
    assert np.mean(np.array(took) <= 220) >= 0.95, sorted(took)[-10:]


TIME = np.arange(10 * RATE) / RATE


def keys(*tones: int) -> Samples:
    """Half of the time."""
    return np.asarray((TIME % 0.6 < 0.3) * sum(3000 * np.sin(2 * np.pi * tone * TIME) for tone in tones))


def breaths() -> Samples:
    air = np.convolve(noise(10, -28), np.ones(4) / 4, "same")
    return np.asarray(air * np.clip(np.sin(2 * np.pi * TIME / 3), 0, 1))


def coughs() -> Samples:
    """Ten, of two bursts each, without the voice that some have at their end."""
    bursts = [(0.1, 0.06, 9000), (0.17, 0.2, 3000), (0.45, 0.05, 7000), (0.51, 0.2, 2700)]
    cough, random = silence(1), np.random.default_rng(3)
    for at, lasts, peak in bursts:
        size = int(RATE * lasts)
        fading = random.normal(0, 1, size) * peak * np.exp(-np.linspace(0, 2, size))
        cough[int(RATE * at) : int(RATE * at) + size] += fading
    return np.concatenate([cough] * 10)


NO_SPEECH = {
    "nothing": silence(10),
    "noise": noise(10, -50),
    "loud noise": noise(10, -30),
    "key 1": keys(697, 1209),
    "key 5": keys(770, 1336),
    "key 9": keys(852, 1477),
    "key #": keys(941, 1477),
    "dial tone": keys(350, 440),
    "busy": keys(480, 620),
    "ringing": keys(440, 480),
    "breath": breaths(),
    "coughs": coughs(),
    "a mumble far off": recording(AGENT, -56.0),
}


@pytest.mark.parametrize("sound", NO_SPEECH)
def test_what_is_no_speech_starts_nothing(sound: str) -> None:
    assert signs(line(NO_SPEECH[sound])) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_agent_s_own_echo_is_not_the_caller(name: str) -> None:
    agent = np.concatenate([silence(0.5), *[recording(name, -18.0)] * 3, silence(1)])
    assert signs(line(ECHO * agent), agent) == []


@pytest.mark.parametrize("patience", [0.3, PATIENCE, 1.5])
def test_its_patience_is_the_silence_that_ends_a_turn(patience: float) -> None:
    ear = Ear()
    ear.patience = patience
    word = recording("asterisk_digits_7")
    caller = line(silence(1), word, silence(2))
    (_, _), (ended, _) = signs(caller, ear=ear)
    last = max(i for i, each in enumerate(levels(caller)) if each > ONSET)
    assert (ended - last) * FRAME_MS / 1000 == pytest.approx(patience, abs=0.2)
    assert not ear.speaking
    assert 0.2 < ear.spoke < len(word) / RATE + 0.1


def test_a_pause_within_its_patience_does_not_end_a_turn() -> None:
    ear = Ear()
    ear.patience = 1.0
    seven, four = recording("asterisk_digits_7"), recording("asterisk_digits_4")
    found = signs(line(silence(1), seven, silence(0.6), four, silence(2)), ear=ear)
    assert [sign for _, sign in found] == [Sign.STARTED, Sign.ENDED]


def test_who_never_pauses_is_taken_to_have_finished_some_time() -> None:
    at = np.arange(int(RATE * (LONGEST + 5))) / RATE
    hum = 8000 * np.sin(2 * np.pi * 200 * at) * (1 + 0.5 * np.sin(2 * np.pi * 3 * at))
    assert [sign for _, sign in signs(line(hum))][:2] == [Sign.STARTED, Sign.ENDED]


def test_how_the_sound_is_cut_into_messages_changes_nothing() -> None:
    ulaw = mulaw(line(silence(1), recording("asterisk_hello-world"), silence(1)))
    for size in (1, 37, 160, 4000):
        ear = Ear()
        found = [sign for at in range(0, len(ulaw), size) for sign in ear.hear(ulaw[at : at + size])]
        assert found == [Sign.STARTED, Sign.ENDED]


def test_a_greeting_right_at_the_beginning_is_heard() -> None:
    assert signs(line(recording("asterisk_hello-world"), silence(1)))[0][1] is Sign.STARTED


@pytest.mark.parametrize(("sound", "asks"), [("nothing", False), ("noise", False), ("loud noise", True)])
def test_it_asks_what_was_played_only_where_the_line_is_loud_enough_for_speech(sound: str, asks: bool) -> None:
    asked = 0

    def played() -> bytes:
        nonlocal asked
        asked += 1
        return b""

    Ear().hear(mulaw(NO_SPEECH[sound]), played)
    assert (asked > 0) is asks
