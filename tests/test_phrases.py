"""Our own sentences, in the language of the agent."""

from __future__ import annotations

import pytest

from telephony_agent.language import is_other
from telephony_agent.phrases import _OURS, AN_AI, CLOSED, OUR_FAULT, RECORDED, TAKE_THE_CALL, spoken
from telephony_agent.record.entries import Apology, CallBack


@pytest.mark.parametrize(
    ("language", "words", "said_in"),
    [
        (None, AN_AI, ""),
        ("en-GB", AN_AI, "en-GB"),
        ("de-DE", "Hier spricht ein KI-Assistent.", "de-DE"),
        ("de", "Hier spricht ein KI-Assistent.", "de"),
        ("pt-BR", "Este é um assistente de inteligência artificial.", "pt-BR"),
        ("sw-KE", AN_AI, ""),  # rather in English than by a voice that reads English as if it were Swahili
    ],
)
def test_what_we_say_is_in_the_agent_s_language_where_we_know_it(
    language: str | None, words: str, said_in: str
) -> None:
    assert spoken(AN_AI, language) == (words, said_in)


def test_an_operator_s_words_are_said_as_they_are() -> None:
    assert spoken("Grüezi mitenand.", "de-CH") == ("Grüezi mitenand.", "de-CH")
    assert spoken("Hello.", None) == ("Hello.", "")


@pytest.mark.parametrize(
    "text", [CLOSED, OUR_FAULT, TAKE_THE_CALL, RECORDED, Apology().text, CallBack().text, CallBack().thanks]
)
@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "nl", "pt"])
def test_who_can_ask_for_a_person_in_a_language_is_answered_in_it(text: str, language: str) -> None:
    words, said_in = spoken(text, language)
    assert (words != text, said_in) == (True, language)


@pytest.mark.parametrize("text", _OURS)
def test_every_sentence_is_in_the_language_that_it_stands_under(text: str) -> None:
    for language, words in _OURS[text].items():
        assert not is_other(words, language), words


def test_the_keys_that_are_offered_are_the_same_in_every_language() -> None:
    for words in _OURS[CallBack().text].values():
        assert words.index("1") < words.index("2")
