"""The languages that the models speak, and how one of them is pinned."""

from __future__ import annotations

# What the models of native audio hear and speak by themselves (ISO 639, as Google lists them), in English.
NAMES = {
    "af": "Afrikaans", "ak": "Akan", "sq": "Albanian", "am": "Amharic", "ar": "Arabic", "hy": "Armenian",
    "as": "Assamese", "az": "Azerbaijani", "eu": "Basque", "be": "Belarusian", "bn": "Bengali", "bs": "Bosnian",
    "bg": "Bulgarian", "my": "Burmese", "ca": "Catalan", "ceb": "Cebuano", "zh": "Chinese", "hr": "Croatian",
    "cs": "Czech", "da": "Danish", "nl": "Dutch", "en": "English", "et": "Estonian", "fo": "Faroese",
    "fil": "Filipino", "fi": "Finnish", "fr": "French", "gl": "Galician", "ka": "Georgian", "de": "German",
    "el": "Greek", "gu": "Gujarati", "ha": "Hausa", "iw": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "is": "Icelandic", "id": "Indonesian", "ga": "Irish", "it": "Italian", "ja": "Japanese", "kn": "Kannada",
    "kk": "Kazakh", "km": "Khmer", "rw": "Kinyarwanda", "ko": "Korean", "ku": "Kurdish", "ky": "Kyrgyz", "lo": "Lao",
    "lv": "Latvian", "lt": "Lithuanian", "mk": "Macedonian", "ms": "Malay", "ml": "Malayalam", "mt": "Maltese",
    "mi": "Maori", "mr": "Marathi", "mn": "Mongolian", "ne": "Nepali", "no": "Norwegian", "or": "Odia",
    "om": "Oromo", "ps": "Pashto", "fa": "Persian", "pl": "Polish", "pt": "Portuguese", "pa": "Punjabi",
    "qu": "Quechua", "ro": "Romanian", "rm": "Romansh", "ru": "Russian", "sr": "Serbian", "sd": "Sindhi",
    "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "so": "Somali", "st": "Southern Sotho", "es": "Spanish",
    "sw": "Swahili", "sv": "Swedish", "tg": "Tajik", "ta": "Tamil", "te": "Telugu", "th": "Thai", "tn": "Tswana",
    "tr": "Turkish", "tk": "Turkmen", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese",
    "cy": "Welsh", "fy": "Western Frisian", "wo": "Wolof", "yo": "Yoruba", "zu": "Zulu",
}  # fmt: skip
SYNONYMS = {"he": "iw", "nb": "no", "nn": "no", "cmn": "zh", "tl": "fil"}  # newer or narrower codes for the same

NATIVE = tuple(NAMES)
VERTEX = (
    "ar-EG", "bn-BD", "de-DE", "en-IN", "en-US", "es-US", "fr-FR", "hi-IN", "id-ID", "it-IT", "ja-JP", "ko-KR",
    "mr-IN", "nl-NL", "pl-PL", "pt-BR", "ro-RO", "ru-RU", "ta-IN", "te-IN", "th-TH", "tr-TR", "uk-UA", "vi-VN",
)  # fmt: skip
HALF_CASCADE = (
    "de-DE", "en-AU", "en-GB", "en-IN", "en-US", "es-US", "fr-FR", "hi-IN", "pt-BR", "ar-XA", "es-ES", "fr-CA",
    "id-ID", "it-IT", "ja-JP", "tr-TR", "vi-VN", "bn-IN", "gu-IN", "kn-IN", "ml-IN", "mr-IN", "ta-IN", "te-IN",
    "nl-NL", "ko-KR", "cmn-CN", "pl-PL", "ru-RU", "th-TH",
)  # fmt: skip

PINNED = "RESPOND IN {name}. YOU MUST RESPOND UNMISTAKABLY IN {name}."  # as Google recommends it, word for word


def spoken_as(code: str, listed: tuple[str, ...]) -> str | None:
    """The code of the list for a language: itself, else the only one of that language; None if there is none.

    A list of languages without regions takes any region.
    """
    if code in listed:
        return code
    base = _base(code)
    if base in listed:
        return code
    same = [each for each in listed if _base(each) == base]
    return same[0] if len(same) == 1 and "-" not in code else None


def pinning(code: str) -> str:
    """The sentence for the instructions that keeps a model to a language. A language without a name has its code."""
    return PINNED.format(name=NAMES.get(_base(code), code).upper())


def _base(code: str) -> str:
    base = code.partition("-")[0]
    return SYNONYMS.get(base, base)
