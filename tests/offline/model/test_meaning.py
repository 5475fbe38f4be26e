"""Meanings as vectors."""

import numpy as np
import pytest

from telephony_agent.offline.model.meaning import Meaning


def test_what_means_the_same_is_near(meaning: Meaning) -> None:
    asked, near, far = meaning.of_all(["When do you open?", "What are your opening hours?", "My dog has fleas."])
    assert asked @ near > 0.6
    assert asked @ far < 0.3


def test_a_meaning_has_length_one_and_is_the_same_each_time(meaning: Meaning) -> None:
    vector = meaning.of("Goodbye.")
    assert float(vector @ vector) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(vector, meaning.of("Goodbye."))
