"""What a setup may say to which model, and whom the server turns away, in Google's words where they are known.

https://ai.google.dev/gemini-api/docs/live and the model pages. The table is written without the client's own on
purpose: one mistake must not be able to agree with itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from telephony_agent.offline.model.closings import INVALID, VAGUE
from telephony_agent.offline.model.door import Door
from telephony_agent.offline.model.flavours import Flavour, flavour, on_vertex
from telephony_agent.offline.model.messages import Audio, Content, ContextUpdate, Setup, Text, Window

Refusal = tuple[int, str]  # code and reason of the close

NO_SUCH_MODEL = (
    "{} is not found for API version {}, or is not supported for bidiGenerateContent. "
    "Call ListModels to see the list of available models and their supported methods."
)
NO_TEXT = "Cannot extract voices from a non-audio request."
NO_LANGUAGE = "Unsupported language code '{}' for model {}"
NO_SIGNAL = "Invalid JSON payload received. Unknown name \"explicit_vad_signal\" at 'setup': Cannot find field."
NO_UPDATE = 'Invalid JSON payload received. Unknown name "context_update": Cannot find field.'

PREBUILT = """
    Zephyr Puck Charon Kore Fenrir Leda Orus Aoede Callirrhoe Autonoe Enceladus Iapetus Umbriel Algieba Despina Erinome
    Algenib Rasalgethi Laomedeia Achernar Alnilam Schedar Gacrux Pulcherrima Achird Zubenelgenubi Vindemiatrix
    Sadachbia Sadaltager Sulafat
"""
NEWER = "tavi nyla rami riko rina tari tova varo veda zali zeno"
VOICES = frozenset(PREBUILT.split())
LATEST_VOICES = VOICES | {f"en-us-{name}" for name in NEWER.split()}
TRIGGERS, TARGETS = range(5_000, 128_001), range(128_001)  # tokens of a window that slides, on Vertex
ALL_LEVELS = ("MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH")


@dataclass(frozen=True)
class Takes:
    """What the setup of a model may hold. `levels`: of thinking; none where there are no levels."""

    voices: frozenset[str] = VOICES
    language: bool = True
    budget: bool = False  # of thinking, in tokens
    levels: tuple[str, ...] = ()
    text: bool = False  # answers as text
    affective: Literal["no", "yes", "fatal"] = "no"  # dialogue in the caller's mood; fatal: once something is said
    proactive: frozenset[bool | None] = frozenset({None})  # what may be said of keeping silent by itself
    update: bool = False  # of instructions and functions within the session


PROACTIVE: frozenset[bool | None] = frozenset({None, False, True})
HALF_CASCADE = Takes(text=True)
NATIVE_2_5 = Takes(language=False, budget=True, affective="yes", proactive=PROACTIVE)
VERTEX_2_5 = replace(NATIVE_2_5, language=True)
LATEST = Takes(voices=LATEST_VOICES, affective="fatal", proactive=frozenset({None, True}), update=True)

# By the start of the model's id, the longest that fits.
TAKES = {
    "offline": Takes(LATEST_VOICES, True, True, ALL_LEVELS, True, "yes", PROACTIVE, True),
    "gemini-2.0-flash-live": HALF_CASCADE,
    "gemini-live-2.5-flash": HALF_CASCADE,
    "gemini-live-2.5-flash-native-audio": VERTEX_2_5,
    "gemini-live-2.5-flash-preview-native-audio": VERTEX_2_5,
    "gemini-2.5-flash-native-audio": NATIVE_2_5,
    "gemini-3.1-flash-live": Takes(levels=ALL_LEVELS),
    "gemini-3.5-transcribe": Takes(text=True),
    "gemini-3.8-live": LATEST,
    "gemini-robotics": Takes(text=True),
    "gemini-3.8-live-extended-thinking": replace(LATEST, levels=("LOW", "MEDIUM", "HIGH")),
}


def takes(model: str) -> Takes:
    """What a model's setup may hold, by its id with or without a path before it; of a later one as of the latest."""
    id = model.rpartition("/")[2]
    known = max((start for start in TAKES if id.startswith(start)), key=len, default=None)
    return TAKES[known] if known else LATEST


def admitted(setup: Setup, door: Door | None = None) -> Flavour | Refusal:
    """How the model of this setup talks, or how Google would close. Without a door all services are one."""
    kind = flavour(setup.model)
    if kind is None or (door and not door.knows(setup.model)):
        return 1008, NO_SUCH_MODEL.format(setup.model, door.version if door else "v1beta")
    if door and (refusal := _of_other_service(setup, door)):
        return refusal
    for refusal in _refusals(setup, kind, takes(setup.model)):
        return refusal
    if setup.thinking and setup.thinking.told:
        kind = replace(kind, thinks=True)
    return on_vertex(kind) if door and door.service.is_vertex else kind


def _of_other_service(setup: Setup, door: Door) -> Refusal | None:
    """What only Vertex has, and what it wants otherwise."""
    if door.service.is_vertex:
        return None if _slides_well(setup.window) else (INVALID, VAGUE)
    if setup.vad_signal:
        return INVALID, NO_SIGNAL
    return (INVALID, VAGUE) if setup.transparent else None


def _slides_well(window: Window | None) -> bool:
    given = window or Window()
    return (given.trigger is None or given.trigger in TRIGGERS) and (given.target is None or given.target in TARGETS)


def _refusals(setup: Setup, kind: Flavour, takes: Takes) -> Iterator[Refusal]:
    """All that is wrong with it, in an order of ours."""
    thinking, vague = setup.thinking, (INVALID, VAGUE)
    if kind.only == "NON_BLOCKING" and any(function.behavior == "BLOCKING" for function in setup.functions):
        yield vague
    if setup.as_text and not takes.text:
        yield INVALID, NO_TEXT
    if setup.voice and setup.voice not in takes.voices:
        yield vague
    if setup.language and not takes.language:
        yield INVALID, NO_LANGUAGE.format(setup.language, setup.model)
    if thinking and not (takes.budget or takes.levels):
        yield vague
    if thinking and thinking.budget is not None and not takes.budget:
        yield vague
    if thinking and thinking.level and thinking.level not in takes.levels:
        yield vague
    if setup.affective and takes.affective == "no":
        yield vague
    if setup.proactive not in takes.proactive:
        yield vague


def refused(message: object, setup: Setup) -> Refusal | None:
    """How Google would close upon this message, after such a setup."""
    match message:
        case ContextUpdate() if not takes(setup.model).update:
            return INVALID, NO_UPDATE
        case Audio() | Text() | Content() if setup.affective and takes(setup.model).affective == "fatal":
            return INVALID, VAGUE
        case _:
            return None
