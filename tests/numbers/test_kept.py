"""What is kept survives a second attaching, and a disk that is full."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.numbers.kept import Before, Kept
from telephony_agent.numbers.pointing import Pointing

OURS = "+12025550188"
FIRST = Before("AC1", OURS, "us1", "2026-11-22T07:00:00+00:00", Pointing(voice_url="https://first.example.com/"))


def test_the_first_is_kept_and_no_later_one_takes_its_place(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "us1")
    assert kept.of(OURS) is None
    assert kept.keep(FIRST)
    assert not kept.keep(msgspec.structs.replace(FIRST, pointing=Pointing(voice_url="https://second.example.com/")))
    assert kept.of(OURS) == FIRST
    assert [file.name for file in (tmp_path / "numbers").iterdir()] == [f"{OURS}.us1.json"]


def test_each_region_has_its_own(tmp_path: Path) -> None:
    Kept(tmp_path, "us1").keep(FIRST)
    assert Kept(tmp_path, "ie1").of(OURS) is None


def test_what_is_given_back_is_forgotten(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "us1")
    kept.keep(FIRST)
    kept.forget(OURS)
    kept.forget(OURS)
    assert kept.of(OURS) is None


def test_a_disk_that_takes_nothing_leaves_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    kept = Kept(tmp_path, "us1")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ConfigError, match="No space left on device; set DATA_DIR"):
        kept.keep(FIRST)
    assert kept.of(OURS) is None
    assert not list((tmp_path / "numbers").iterdir())


def test_a_file_that_somebody_has_spoilt_is_named(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "us1")
    kept.keep(FIRST)
    (tmp_path / "numbers" / f"{OURS}.us1.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"us1\.json can't be read"):
        kept.of(OURS)
