"""What the offline model's ear understands, and what it costs: `python -m tests.benchmarks.recogniser`.

Each recording goes through the whole ear by telephone: voice activity finds the utterances, the recogniser reads them.
`--recordings` is a folder of recordings whose words `recordings.SAID` has; the tests' own are the default. `--prompts`
is the folder of English sounds of Debian's asterisk-core-sounds-en-wav, and `--list` the core-sounds-en.txt.gz of
asterisk-core-sounds-en. Exits with 1 if a bound is missed.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from telephony_agent.offline.model.faculties import Ear, SpeechEnded
from telephony_agent.offline.model.messages import Setup
from telephony_agent.offline.model.real import faculties
from telephony_agent.offline.model.server import WORKERS

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of audioop, which Python shows to a module that is run
    from tests.benchmarks.recordings import RATE, Recording, folder, prompts

from tests.benchmarks.words import errors, words

RECORDINGS = Path(__file__).parents[1] / "data" / "speech"
MOST_ERRORS = 9  # words, on the recordings
CLEAN, NOISY = 8.0, 12.0  # % of the words of the prompts; in noise of 10 dB
NOISE = 10.0  # dB below the speech
LOAD, MEMORY = 3.0, 700.0  # seconds, MB: all faculties of the offline model
FRAME = RATE // 25  # bytes: 20 ms
AROUND = 1.0  # seconds of line before and after a recording

Row = tuple[str, float, float, str]  # what, the figure, its bound, in words


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recogniser")
    parser.add_argument("--model", default="tiny.en")
    parser.add_argument("--recordings", type=Path, default=RECORDINGS)
    parser.add_argument("--prompts", type=Path)
    parser.add_argument("--list", type=Path)
    given = parser.parse_args(arguments)
    missed = 0
    for what, value, bound, figure in measure(given.model, given.recordings, given.prompts, given.list):
        missed += value > bound
        print(f"{what:24} {figure:40} at most {bound:g} {'' if value <= bound else 'MISSED'}", flush=True)
    return 1 if missed else 0


def measure(model: str, recordings: Path, sounds: Path | None, listed: Path | None) -> Iterator[Row]:
    began = time.perf_counter()
    ready = faculties(model)
    load = time.perf_counter() - began
    yield "load, s", load, LOAD, f"{load:.2f} s of {model} and all else"
    wrong, of = understood(ready.ear, folder(recordings), None)
    yield "recordings, errors", wrong, MOST_ERRORS, f"{wrong} of {of} words"
    if sounds and listed:
        found = prompts(sounds, listed)
        for what, bound, snr in (("prompts, %", CLEAN, None), (f"prompts at {NOISE:g} dB, %", NOISY, NOISE)):
            wrong, of = understood(ready.ear, found, snr)
            yield (
                what,
                100 * wrong / of,
                bound,
                f"{100 * wrong / of:.1f} %, {wrong} of {of} words, {len(found)} prompts",
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    yield "peak memory, MB", peak, MEMORY, f"{peak:.0f} MB"


def understood(make_ear: Callable[[Setup], Ear], recordings: list[Recording], snr: float | None) -> tuple[int, int]:
    """How many words were wrong, of how many; each recording that has one is printed."""
    wrong = of = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        texts = pool.map(
            lambda recording: heard(make_ear(Setup()), recording.by_telephone(snr, AROUND, AROUND)), recordings
        )
        for recording, text in zip(recordings, texts, strict=True):
            said = words(recording.said)
            count = errors(said, words(text))
            wrong, of = wrong + count, of + len(said)
            if count:
                print(f"  {count:2} {recording.name}: {recording.said}\n     heard: {text}")
    return wrong, of


def heard(ear: Ear, pcm: bytes) -> str:
    pieces = (pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME))
    sounds = [sound for piece in pieces for sound in ear.hear(piece, RATE, False)] + ear.finish()
    return " ".join(ear.transcribe(sound.utterance) for sound in sounds if isinstance(sound, SpeechEnded))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
