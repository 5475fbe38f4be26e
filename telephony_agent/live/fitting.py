"""Whether a setup fits its model: what Google would refuse with 1007 at the first call is refused here, at start.

Of a model that nobody knows, only what it is too small for can be told.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import ConfigError
from .models import profile
from .options import Generation, ReplicatedVoice, Thinking, Transcript
from .profiles import Offer, Profile, Thinks
from .setup import Setup
from .tokens import standing

PLAIN = Transcript()


def check(setup: Setup) -> None:
    """Raises ConfigError that names every field the model rejects, and the mend."""
    if refused := [*misfits(setup)]:
        raise ConfigError(*refused)


def misfits(setup: Setup) -> Iterator[str]:
    """Every field the model rejects, and the mend."""
    found = profile(setup.model)
    id = setup.model.rpartition("/")[2]
    for why in (*_too_long(setup, found), *(_rejected(setup, found) if found.known else ())):
        yield f"the model {id} does not suit: {why}"


def _too_long(setup: Setup, found: Profile) -> Iterator[str]:
    held = standing(setup.instructions, setup.declarations)
    if held > found.context // 2:
        yield (
            f"instructions and functions are about {held:,} tokens (an ASCII character is a quarter of one, any other "
            f"one), more than half of the {found.context:,} that it holds; shorten them"
        )
    compression = setup.options.compression
    if compression is not None and compression.trigger_tokens is not None and compression.trigger_tokens <= held:
        yield (
            f"Compression's trigger_tokens is {compression.trigger_tokens:,}, and instructions and functions alone are "
            f"about {held:,}, so that each turn would be forgotten at once; give more, or leave it out"
        )


def _rejected(setup: Setup, found: Profile) -> Iterator[str]:
    options = setup.options
    if setup.modality not in found.modalities:
        yield f"it answers in {' or '.join(found.modalities)}, not in {setup.modality}; choose another model"
    if setup.modality == "AUDIO" and isinstance(setup.voice, str) and setup.voice not in found.voices:
        yield f"it has no voice {setup.voice!r}; choose one of {', '.join(found.voices)} (as they are spelt)"
    if setup.search and not found.search:
        yield "it has no Google Search; leave search out"
    if options.thinking is not None:
        yield from _thinking(options.thinking, found)
    yield from _offered("affective_dialog", options.affective_dialog, found.affective)
    yield from _offered("proactive_audio", options.proactive_audio, found.proactive)
    yield from _translation(setup, found)
    yield from _generation(options.generation, found)
    detailed = any(each not in (None, PLAIN) for each in (options.caller_transcript, options.agent_transcript))
    if (detailed or options.turn_taking.interim_timestamps) and not found.transcribes:
        yield "its transcripts have no fields of their own; leave a Transcript's and interim_timestamps out"
    yield from _elsewhere(setup, found)


def _thinking(thinking: Thinking, found: Profile) -> Iterator[str]:
    if found.thinks is Thinks.NO:
        yield "it takes no thinkingConfig, and thinks by itself if at all; leave thinking out"
    if found.thinks is Thinks.BUDGET and thinking.level is not None:
        yield "it takes a budget of thinking, no level; give Thinking a budget"
    if found.thinks is Thinks.LEVEL and thinking.budget is not None:
        yield f"it takes a level of thinking, no budget; give Thinking one of {', '.join(found.levels)}"
    if found.thinks is Thinks.LEVEL and thinking.level is not None and thinking.level not in found.levels:
        yield f"its levels of thinking are {', '.join(found.levels)}, not {thinking.level}"


def _offered(name: str, asked: bool, offer: Offer) -> Iterator[str]:
    if asked and offer not in (Offer.ASKED, Offer.ALWAYS):
        yield f"{name}: {offer.value}; leave it out"


def _translation(setup: Setup, found: Profile) -> Iterator[str]:
    if setup.options.translation is not None and not found.translates:
        yield "it takes no translation; leave it out, or choose a model that translates"
    if setup.options.translation is None and found.translates:
        yield "it only translates; give Options a translation, or choose another model"


def _generation(generation: Generation, found: Profile) -> Iterator[str]:
    if (generation.max_output_tokens or 0) > found.output:
        yield f"max_output_tokens is {generation.max_output_tokens:,}, and it answers with {found.output:,} at most"


def _elsewhere(setup: Setup, found: Profile) -> Iterator[str]:
    """What depends on who serves the model, whichever it is."""
    vertex = found.backend == "vertex"
    if setup.options.turn_taking.signals and not vertex:
        yield "TurnTaking's signals are known at Vertex AI only; leave them out"
    if isinstance(setup.voice, ReplicatedVoice) and (setup.voice.consent or setup.voice.signature) and vertex:
        yield "ReplicatedVoice's consent and signature are known at the Gemini Developer API only; leave them out"
