"""Meanings as vectors."""

from pathlib import Path

import numpy as np
import pytest

from telephony_agent.offline.model.meaning import Meaning


def test_what_is_said_is_near_what_serves_it(meaning: Meaning) -> None:
    said, near, far = meaning.of_all(
        ["I can't find my key.", "lost key. Order a new key or open a door.", "rent. Tell what rent is owed."]
    )
    assert said.likeness(near) > 0.4
    assert said.likeness(far) < 0.2


def test_a_text_is_like_itself_and_read_the_same_each_time(meaning: Meaning) -> None:
    read = meaning.of("Goodbye.")
    assert read.likeness(read) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(read.pieces, meaning.of("Goodbye.").pieces)


def test_texts_read_together_mean_what_they_mean_alone(meaning: Meaning) -> None:
    texts = ["Goodbye.", "I would like to book a table for four people on Friday.", "Where is it?"]
    for text, read in zip(texts, Meaning().of_all(texts), strict=True):
        assert np.allclose(read.whole, meaning.of(text).whole, atol=1e-5)
        assert np.allclose(read.pieces, meaning.of(text).pieces, atol=1e-5)


def test_what_is_taught_is_laid_over_the_weights(meaning: Meaning, tmp_path: Path) -> None:
    np.savez(tmp_path / "nothing.npz")
    untaught = Meaning(tmp_path / "nothing.npz")
    said, near = "We can't make it.", "cancel. Cancel a booking."
    assert meaning.of(said).likeness(meaning.of(near)) > untaught.of(said).likeness(untaught.of(near)) + 0.1
