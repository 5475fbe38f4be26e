"""Meanings as vectors."""

from pathlib import Path

import numpy as np
import pytest

from telephony_agent.offline.model.meaning import Meaning


def test_what_is_said_is_near_what_serves_it(meaning: Meaning) -> None:
    said, near, far = meaning.of_all(
        ["I can't find my key.", "lost key. Order a new key or open a door.", "rent. Tell what rent is owed."]
    )
    assert float(said @ near) > 0.4
    assert float(said @ far) < 0.2


def test_a_meaning_has_length_one_and_is_the_same_each_time(meaning: Meaning) -> None:
    vector = meaning.of("Goodbye.")
    assert float(vector @ vector) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(vector, meaning.of("Goodbye."))


def test_texts_read_together_mean_what_they_mean_alone(meaning: Meaning) -> None:
    texts = ["Goodbye.", "I would like to book a table for four people on Friday.", "Where is it?"]
    together = Meaning().of_all(texts)
    assert np.allclose(together, [meaning.of(text) for text in texts], atol=1e-5)


def test_what_is_taught_is_laid_over_the_weights(meaning: Meaning, tmp_path: Path) -> None:
    np.savez(tmp_path / "nothing.npz")
    untaught = Meaning(tmp_path / "nothing.npz")
    said, near = "We can't make it.", "cancel. Cancel a booking."
    assert float(meaning.of(said) @ meaning.of(near)) > float(untaught.of(said) @ untaught.of(near)) + 0.1
