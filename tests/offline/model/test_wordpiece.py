"""BERT's pieces; the numbers are those of bert-base-uncased."""

from telephony_agent.offline.model.wordpiece import LONGEST_TEXT, pieces, vocabulary, words


def test_the_vocabulary_is_whole() -> None:
    known = vocabulary()
    assert len(known) == 30_522
    assert (known["[PAD]"], known["[UNK]"], known["[CLS]"], known["[SEP]"], known["the"]) == (0, 100, 101, 102, 1996)


def test_a_long_word_is_cut() -> None:
    known = vocabulary()
    assert pieces("unbelievableness") == [101, *(known[p] for p in ("unbelievable", "##ness")), 102]


def test_case_and_accents_do_not_matter_and_marks_stand_alone() -> None:
    assert words("Café, $3.50!") == ["cafe", ",", "$", "3", ".", "50", "!"]


def test_what_nobody_knows_is_unknown() -> None:
    assert pieces("☃") == [101, 100, 102]
    assert pieces("x" * 101) == [101, 100, 102]


def test_a_long_text_is_cut_off() -> None:
    assert len(pieces("word " * 1000)) == LONGEST_TEXT
