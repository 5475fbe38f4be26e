"""What an operator may ask of a model besides its instructions, voice and functions: fields of a session's setup.

https://ai.google.dev/api/live, BidiGenerateContentSetup. None stands for the model's own default, and is not sent.
Values are checked here, whether a model takes the field at all in `fitting`. Every class raises ConfigError, naming
the field and what it may be, when made wrong.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ..errors import ConfigError

Amount = Literal["low", "medium", "high"]
Level = Literal["minimal", "low", "medium", "high", "xhigh"]
Sensitivity = Literal["low", "high"]
Coverage = Literal["activity", "all input", "activity and video"]
Mode = Literal["verbatim", "smart"]
Resumption = Literal["on", "off"]
Threshold = Literal["OFF", "BLOCK_NONE", "BLOCK_ONLY_HIGH", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_LOW_AND_ABOVE"]

INT32 = 2**31 - 1
LONGEST_PAUSE = 60_000  # ms; a caller who is silent for a minute has finished
LEAST_TRIGGER, LAST_TRIGGER = 5_000, 128_000  # tokens: the range that Vertex AI documents
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # BCP-47, loosely
CATEGORY = re.compile(r"HARM_CATEGORY_[A-Z_]+")
LABEL = re.compile(r"[a-z0-9_-]{1,63}")


def check_language(name: str, code: Any) -> None:
    """Raises ConfigError for what can't be a BCP-47 code."""
    if not isinstance(code, str) or not LANGUAGE.fullmatch(code):
        raise ConfigError(f"{name}: {code!r} is no language; give a BCP-47 code as de-DE")


def _of(owner: object) -> str:
    name = type(owner).__name__
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _check_number(owner: object, name: str, least: float, most: float) -> None:
    value = getattr(owner, name)
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if value is not None and not (number and least <= value <= most):
        raise ConfigError(f"{_of(owner)} {name} is {value!r}; give a number from {least} to {most}")


def _check_whole(owner: object, name: str, least: int, most: int) -> None:
    value = getattr(owner, name)
    whole = isinstance(value, int) and not isinstance(value, bool)
    if value is not None and not (whole and least <= value <= most):
        raise ConfigError(f"{_of(owner)} {name} is {value!r}; give a whole number from {least} to {most}")


def _check_flag(owner: object, name: str) -> None:
    value = getattr(owner, name)
    if not isinstance(value, bool):
        raise ConfigError(f"{_of(owner)} {name} is {value!r}; give True or False")


def _check_choice(owner: object, name: str, choices: Any) -> None:
    value = getattr(owner, name)
    if value is not None and value not in get_args(choices):
        raise ConfigError(f"{_of(owner)} {name} is {value!r}; choose one of {', '.join(get_args(choices))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """How the model picks its words."""

    temperature: float | None = None
    """0 to 2."""
    top_p: float | None = None
    """0 to 1."""
    top_k: int | None = None
    max_output_tokens: int | None = None
    """Of one turn; a second of speech is 25."""
    candidate_count: int | None = None
    """1 to 8."""
    presence_penalty: float | None = None
    """-2 to 2."""
    frequency_penalty: float | None = None
    """-2 to 2."""
    seed: int | None = None
    media_resolution: Amount | None = None
    """How closely pictures are looked at."""

    def __post_init__(self) -> None:
        _check_number(self, "temperature", 0, 2)
        _check_number(self, "top_p", 0, 1)
        for penalty in ("presence_penalty", "frequency_penalty"):
            _check_number(self, penalty, -2, 2)
        for count in ("top_k", "max_output_tokens"):
            _check_whole(self, count, 1, INT32)
        _check_whole(self, "candidate_count", 1, 8)
        _check_whole(self, "seed", -INT32 - 1, INT32)
        _check_choice(self, "media_resolution", Amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """How long the model thinks before it speaks: by a level or by a budget, whichever it takes."""

    level: Level | None = None
    budget: int | None = None
    """Tokens; 0: not at all, -1: as many as the model likes."""
    include_thoughts: bool = False
    """Have them told; they are kept with the call's records and never spoken."""

    def __post_init__(self) -> None:
        _check_choice(self, "level", Level)
        _check_whole(self, "budget", -1, INT32)
        _check_flag(self, "include_thoughts")
        if self.level is not None and self.budget is not None:
            raise ConfigError("Thinking has a level and a budget; no model takes both, so keep one")

    @property
    def takes_time(self) -> bool:
        """Whether callers may have to wait for it."""
        return self.budget != 0 and self.level != "minimal"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaking:
    """When the model thinks that the caller begins and ends to speak."""

    start_sensitivity: Sensitivity | None = None
    end_sensitivity: Sensitivity | None = None
    """high: ends the caller's turn sooner."""
    prefix_padding_ms: int | None = None
    """Speech before a turn counts as begun."""
    silence_duration_ms: int | None = None
    """Silence before a turn counts as ended; 500 to 800 is usual."""
    interruptible: bool = True
    """False: the model speaks on, whatever the caller says meanwhile."""
    coverage: Coverage | None = None
    """What of the caller's sound belongs to a turn, and is paid for."""
    signals: bool = False
    """Have each beginning and end reported (Vertex AI only)."""
    interim_timestamps: bool = False
    """Have the times of words told while they are still unsure (models that transcribe)."""

    def __post_init__(self) -> None:
        for sensitivity in ("start_sensitivity", "end_sensitivity"):
            _check_choice(self, sensitivity, Sensitivity)
        for pause in ("prefix_padding_ms", "silence_duration_ms"):
            _check_whole(self, pause, 0, LONGEST_PAUSE)
        _check_choice(self, "coverage", Coverage)
        for flag in ("interruptible", "signals", "interim_timestamps"):
            _check_flag(self, flag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compression:
    """When the oldest turns are forgotten. Each turn is billed for all that came before it, so this is also the price.

    A number counts instructions and functions too, which are never forgotten. None: 8,000 and 4,000, or more where
    the instructions and functions would fill most of that.
    """

    trigger_tokens: int | None = None
    """5,000 to 128,000: from here on the oldest turns are dropped."""
    target_tokens: int | None = None
    """Until so many are left."""

    def __post_init__(self) -> None:
        _check_whole(self, "trigger_tokens", LEAST_TRIGGER, LAST_TRIGGER)
        _check_whole(self, "target_tokens", 0, LAST_TRIGGER)
        if (self.trigger_tokens is None) != (self.target_tokens is None):
            raise ConfigError("Compression has only one of trigger_tokens and target_tokens; give both or neither")
        if (self.target_tokens or 0) >= (self.trigger_tokens or LAST_TRIGGER):
            raise ConfigError("Compression's target_tokens must be below its trigger_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """How the words of one side are written down. Most models take nothing but the wish."""

    languages: Sequence[str] = ()
    """BCP-47 codes that may be spoken; none: any."""
    vocabulary: Sequence[str] = ()
    """Names and words to be spelt right."""
    mode: Mode | None = None
    """smart: without the hums and repetitions."""
    word_timestamps: bool = False
    diarization: bool = False
    source_text: str = ""
    """With smart: a text that is dictated changes to."""

    def __post_init__(self) -> None:
        for code in self.languages:
            check_language("Transcript's languages", code)
        if any(not isinstance(word, str) or not word.strip() for word in self.vocabulary):
            raise ConfigError(f"Transcript's vocabulary is {self.vocabulary!r}; give texts")
        _check_choice(self, "mode", Mode)
        for flag in ("word_timestamps", "diarization"):
            _check_flag(self, flag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """For a model that interprets what it hears."""

    target_language: str
    """BCP-47."""
    echo: bool = False
    """Also repeat what is said in the target language already."""

    def __post_init__(self) -> None:
        check_language("Translation's target_language", self.target_language)
        _check_flag(self, "echo")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicatedVoice:
    """A voice made from a recording, instead of one of the model's: WAV, 24 kHz, 16 bit."""

    sample: bytes = field(repr=False)
    consent: bytes = field(default=b"", repr=False)
    """A recording of its owner's consent; or, once that was checked, the `signature` that came of it."""
    signature: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for name, wav in (("sample", self.sample), ("consent", self.consent or b"RIFF")):
            if not isinstance(wav, bytes) or not wav.startswith(b"RIFF"):
                raise ConfigError(f"ReplicatedVoice's {name} is no WAV file; give its bytes")


GROUPS = (  # of Options; the last says whether there may be none
    ("generation", Generation, False),
    ("thinking", Thinking, True),
    ("turn_taking", TurnTaking, False),
    ("compression", Compression, True),
    ("caller_transcript", Transcript, True),
    ("agent_transcript", Transcript, True),
    ("translation", Translation, True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """All of it; `Options()` is what suits a telephone call."""

    generation: Generation = Generation()
    thinking: Thinking | None = None
    turn_taking: TurnTaking = TurnTaking()
    affective_dialog: bool = False
    """The model hears the caller's mood and answers in kind."""
    proactive_audio: bool = False
    """The model may stay silent where nothing was meant for it."""
    proactive_video: bool = False
    """It may speak of what it sees by itself; only together with `proactive_audio`."""
    compression: Compression | None = Compression()
    """None: nothing is forgotten, and the session ends when the model is full."""
    resumption: Resumption = "on"
    """Whether another connection may go on where one broke. What the caller said last is kept and sent again by us:
    Vertex AI's `transparent`, by which the server says how much of it had arrived, is not offered."""
    caller_transcript: Transcript | None = Transcript()
    """None: the caller's words are not written down."""
    agent_transcript: Transcript | None = Transcript()
    """None: nor the agent's, and nobody can tell what of them was heard."""
    translation: Translation | None = None
    safety: Mapping[str, Threshold] = field(default_factory=dict)
    """Harm category, as HARM_CATEGORY_HARASSMENT, to the threshold from which on an answer is blocked."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """For the bill: keys and values of lower-case letters, digits, underscores and dashes."""

    def __post_init__(self) -> None:
        for name, kind, may_miss in GROUPS:
            value = getattr(self, name)
            if not isinstance(value, kind) and not (value is None and may_miss):
                raise ConfigError(f"Options' {name} is {value!r}; give {kind.__name__}(...)")
        for flag in ("affective_dialog", "proactive_audio", "proactive_video"):
            _check_flag(self, flag)
        if self.proactive_video and not self.proactive_audio:
            raise ConfigError("Options has proactive_video alone; set proactive_audio too")
        _check_choice(self, "resumption", Resumption)
        for category, threshold in self.safety.items():
            if not CATEGORY.fullmatch(category) or threshold not in get_args(Threshold):
                choice = ", ".join(get_args(Threshold))
                raise ConfigError(f"Options' safety has {category!r}: {threshold!r}; give HARM_CATEGORY_…: {choice}")
        for label in (*self.labels, *self.labels.values()):
            if not LABEL.fullmatch(label):
                raise ConfigError(f"Options' labels have {label!r}; give 1-63 lower-case letters, digits, _ and -")


USUAL = Options()
