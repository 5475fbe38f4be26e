"""Meanings as vectors."""

import numpy as np
import pytest

from telephony_agent.offline.model.meaning import Meaning


def test_what_means_the_same_is_near(meaning: Meaning) -> None:
    asked, near, far = meaning.of_all(["When do you open?", "What are your opening hours?", "My dog has fleas."])
    assert asked @ near > 0.6
    assert asked @ far < 0.3


def test_a_meaning_has_length_one_and_is_the_same_each_time(meaning: Meaning) -> None:
    vector = meaning.read("Goodbye.").whole
    assert float(vector @ vector) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(vector, meaning.read("Goodbye.").whole)


def test_texts_read_together_mean_what_they_mean_alone(meaning: Meaning) -> None:
    texts = ["Goodbye.", "I would like to book a table for four people on Friday.", "Where is it?"]
    together = Meaning().of_all(texts)
    assert np.allclose(together, [meaning.read(text).whole for text in texts], atol=1e-5)


def test_words_have_meanings_in_their_places(meaning: Meaning) -> None:
    assert len(meaning.read("Is it the parcel?").words) == 1
    assert len(meaning.read("Is it?").words) > 1  # where none tells something, all do
