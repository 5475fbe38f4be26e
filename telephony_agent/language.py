"""Is this sentence in the language that the agent is pinned to? By its letters, then by the little words of a language.

A cheap rule for one purpose: to notice a model that has slipped into another language. It knows the scripts below, and
tells apart by words only the languages of `WORDS`. Names, numbers and short sentences prove nothing: then it says yes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

LETTERS = 8  # fewer prove nothing
MOSTLY = 0.6  # share of letters in scripts that are not the language's, which is too much for a name or two
HITS = 3  # little words of another language that are no accident
TIMES = 2  # so many times as many as of the language itself

# By the first word of a letter's Unicode name. Languages that are not here are written in Latin letters.
SCRIPTS = {
    "ar": {"ARABIC"},
    "bg": {"CYRILLIC"},
    "bn": {"BENGALI"},
    "el": {"GREEK"},
    "fa": {"ARABIC"},
    "gu": {"GUJARATI"},
    "he": {"HEBREW"},
    "hi": {"DEVANAGARI"},
    "ja": {"HIRAGANA", "KATAKANA", "CJK"},
    "kn": {"KANNADA"},
    "ko": {"HANGUL"},
    "ml": {"MALAYALAM"},
    "mr": {"DEVANAGARI"},
    "ru": {"CYRILLIC"},
    "sr": {"CYRILLIC", "LATIN"},
    "ta": {"TAMIL"},
    "te": {"TELUGU"},
    "th": {"THAI"},
    "uk": {"CYRILLIC"},
    "ur": {"ARABIC"},
    "zh": {"CJK"},
    "cmn": {"CJK"},
    "yue": {"CJK"},
}

# Frequent words that the others of these do not have, as far as possible.
WORDS = {
    "de": "ich ist nicht und der die das es mir sie wir ein eine zu auf für mit haben kann leider bitte auch noch wie",
    "en": "the and is are you your we our of to for with this that have can will would what how please it i my at not",
    "es": "el los las es y que usted su para con una por lo está tiene puede gracias como muy pero más nos hay qué",
    "fr": "le les des est et vous votre nous je une pour avec dans que qui pas sur pouvez merci bien mais plus très ce",
    "it": "il gli che è e di non per con una sono lei suo può grazie come ma più questo della nel ho anche bene cosa",
    "nl": "de het een is en van ik niet u uw wij we voor met dat kan heeft graag ook maar nog hoe wat op bij zijn",
    "pl": "i w nie jest się na z do to że czy pan pani dla jak są ma może dziękuję proszę ale tak już co po",
    "pt": "o os as é e que você seu para com uma por não está tem pode obrigado como mas mais nós um isso do da",
    "sv": "och är det en ett jag du vi ni inte för med på som kan har vill tack hur vad men också till av den",
    "tr": "ve bir bu için ile ne mi var çok size siz ben biz nasıl evet hayır ama daha olarak lütfen teşekkürler de",
}
_WORDS = {language: frozenset(words.split()) for language, words in WORDS.items()}


def is_other(text: str, language: str) -> bool:
    """Whether `text` is clearly not in `language` (BCP-47, as "en-US"; only the part before the hyphen counts)."""
    own = language.lower().partition("-")[0]
    scripts = Counter(unicodedata.name(letter, "?").split()[0] for letter in text if letter.isalpha())
    letters = scripts.total()
    if letters < LETTERS and not scripts.keys() & {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}:
        return False
    foreign = sum(count for script, count in scripts.items() if script not in SCRIPTS.get(own, {"LATIN"}))
    if foreign > MOSTLY * letters:
        return True
    if own not in _WORDS:
        return False
    said = re.findall(r"[^\W\d_]+", text.lower())
    hits = {each: sum(word in little for word in said) for each, little in _WORDS.items()}
    best = max(hits.values())
    return best >= HITS and best >= TIMES * max(1, hits[own])
