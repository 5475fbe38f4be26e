"""Whisper, on people and on a synthetic voice, through a telephone line."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import numpy as np
import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.offline.model.recogniser import BYTES, Reading, Recogniser, vocabulary, where
from telephony_agent.offline.model.reply import RATE
from telephony_agent.offline.model.resample import to_pcm
from telephony_agent.offline.model.voices import SpokenVoice
from tests.offline.model.conftest import by_telephone, recorded

ALMOST_ALL = 0.8  # of the words: which small one is missed differs from processor to processor
JFK = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


@pytest.mark.parametrize(
    ("recording", "expected"),
    [
        ("asterisk_digits_day-2", {"tuesday"}),
        ("asterisk_goodbye", {"goodbye"}),
        ("asterisk_hello-world", {"hello world"}),
        ("asterisk_digits_4", {"four", "4"}),
        ("asterisk_digits_7", {"seven", "7"}),
        (
            "asterisk_check-number-dial-again",
            {"please check the number and dial again"},
        ),
        ("jfk_inaugural_16k", {JFK}),
    ],
)
def test_people_are_understood(recogniser: Recogniser, recording: str, expected: set[str]) -> None:
    understood = words(recogniser.recognise(recorded(recording))).split()
    assert any(difflib.SequenceMatcher(None, understood, told.split()).ratio() >= ALMOST_ALL for told in expected)


@pytest.mark.parametrize("text", ["When are you open on Friday?", "I would like to book a table for four people."])
def test_the_synthetic_caller_is_understood(recogniser: Recogniser, voice: SpokenVoice, text: str) -> None:
    assert words(recogniser.recognise(by_telephone(voice.say(text), RATE))) == words(text)


@pytest.mark.parametrize("loudness", [0.0, 0.003, 0.05])
def test_noise_is_no_speech(recogniser: Recogniser, loudness: float) -> None:
    noise = np.random.default_rng(1).normal(0, 1, 32_000).astype(np.float32) * np.float32(loudness)
    assert recogniser.recognise(to_pcm(noise)) == ""


def test_next_to_nothing_is_no_speech(recogniser: Recogniser) -> None:
    assert recogniser.recognise(b"") == ""
    assert recogniser.recognise(bytes(200)) == ""


@pytest.mark.parametrize(
    ("text", "tokens", "seconds", "loops"),
    [
        ("five five five five five", 5, 1.0, True),
        ("row row row your boat", 6, 1.0, False),
        ("ask what you can do for your country", 9, 2.0, False),
        ("anything at all", 30, 1.0, True),
    ],
)
def test_a_decoding_that_repeats_itself_is_noticed(text: str, tokens: int, seconds: float, loops: bool) -> None:
    assert Reading(text, tokens, 0.0, 0.0).loops(seconds) is loops


def test_an_invented_sentence_is_told_from_a_heard_one() -> None:
    assert not Reading("Thank you for watching.", 6, no_speech=0.9, confidence=-1.8).speech
    assert Reading("Thank you.", 4, no_speech=0.9, confidence=-0.5).speech
    assert Reading("Thank you.", 4, no_speech=0.1, confidence=-1.8).speech
    assert not Reading(" ...", 2, no_speech=0.0, confidence=0.0).speech


def test_each_byte_has_its_letter() -> None:
    assert sorted(BYTES.values()) == list(range(256))
    assert BYTES["Ġ"] == ord(" ")


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no Whisper model"):
        Recogniser(tmp_path)
    with pytest.raises(ConfigError, match="neither"):
        vocabulary(tmp_path)


def test_a_vocabulary_that_is_not_whisper_s_is_an_error(tmp_path: Path) -> None:
    for file in where("tiny.en")[0].iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "vocabulary.txt").unlink()
    (tmp_path / "vocabulary.txt").write_text("a\nb\n")
    with pytest.raises(ConfigError, match=r"vocabulary in .* is not Whisper's"):
        Recogniser(tmp_path)


def test_a_folder_of_the_operator_s_own_is_used(tmp_path: Path) -> None:
    for file in where("tiny.en")[0].iterdir():
        (tmp_path / file.name).symlink_to(file)
    assert words(Recogniser(tmp_path).recognise(recorded("asterisk_hello-world"))) == "hello world"


def test_the_base_model_is_put_together_and_understands() -> None:
    understood = words(Recogniser("base").recognise(recorded("asterisk_check-number-dial-again")))
    assert understood == "please check the number and dial again"


def test_both_forms_of_a_vocabulary_are_read(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.json").write_text('["a", "b"]')
    assert vocabulary(tmp_path) == ["a", "b"]
    (tmp_path / "vocabulary.txt").write_text("a\nc\n")
    assert vocabulary(tmp_path) == ["a", "c"]
