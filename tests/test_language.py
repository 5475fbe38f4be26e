"""Whether a slip into another language is noticed, and a foreign name is not taken for one."""

from __future__ import annotations

import pytest

from telephony_agent.language import is_other

SENTENCES = {
    "de": "Guten Tag, ich habe einen Tisch für zwei Personen gefunden. Wie kann ich Ihnen noch helfen?",
    "en": "Good evening, I have found a table for two people. What else can I do for you?",
    "es": "Buenas tardes, he encontrado una mesa para dos personas. ¿Qué más puedo hacer por usted?",
    "fr": "Bonsoir, je vous ai trouvé une table pour deux personnes. Que puis-je faire pour vous ?",
    "it": "Buonasera, ho trovato un tavolo per due persone. Che cosa posso fare per lei?",
    "nl": "Goedenavond, ik heb een tafel voor twee personen gevonden. Wat kan ik nog voor u doen?",
    "pl": "Dobry wieczór, znalazłem stolik dla dwóch osób. Czy jest coś, co mogę dla pana zrobić?",
    "pt": "Boa noite, encontrei uma mesa para duas pessoas. O que mais posso fazer por você?",
    "sv": "God kväll, jag har hittat ett bord för två personer. Vad kan jag göra för dig?",
    "ru": "Добрый вечер, я нашла столик на двоих. Чем ещё могу помочь?",
    "ja": "こんばんは。二名様のお席をご用意できます。",
    "hi": "नमस्ते, मुझे दो लोगों के लिए एक मेज़ मिल गई है।",
    "ar": "مساء الخير، وجدت طاولة لشخصين. كيف يمكنني مساعدتك؟",
    "ko": "안녕하세요, 두 분 자리를 찾았습니다.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_in_its_own_language(language: str) -> None:
    assert not is_other(SENTENCES[language], language)
    assert not is_other(SENTENCES[language], f"{language.upper()}-XX")


@pytest.mark.parametrize("spoken", SENTENCES)
@pytest.mark.parametrize("pinned", ["de", "en", "fr", "ja", "ru"])
def test_a_sentence_in_another_one_is_noticed(spoken: str, pinned: str) -> None:
    assert is_other(SENTENCES[spoken], pinned) == (spoken != pinned)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OK.",
        "1, 2, 3, 4.",
        "Ja!",
        "Señor García",
        "Die Hard",
        "Is that for Wir sind Helden?",
        "Tschüss, Frau Müller!",
    ],
)
def test_names_and_scraps_prove_nothing(text: str) -> None:
    assert not is_other(text, "en-US")


def test_a_name_in_other_letters_does_not_make_a_sentence_foreign() -> None:
    assert not is_other("Your table at 東京 is booked for Владимир at eight o'clock.", "en")


def test_latin_languages_whose_words_it_does_not_know_are_only_told_by_letters() -> None:
    assert not is_other(SENTENCES["en"], "fi")
    assert is_other(SENTENCES["ru"], "fi")
