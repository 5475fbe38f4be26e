"""What numbers pointed at before they were attached: a file for each in `DATA_DIR/numbers`, until it is restored."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from ..errors import ConfigError
from .pointing import Pointing

FOLDER = "numbers"


class Before(msgspec.Struct, frozen=True):
    """`at`: when it was looked at, ISO 8601."""

    account_sid: str
    number: str
    region: str
    at: str
    pointing: Pointing


class Kept:
    """`region` is a part of the name: Twilio has a number's URLs for each region of its own."""

    def __init__(self, folder: Path, region: str) -> None:
        self._folder = folder / FOLDER
        self._region = region

    def of(self, number: str) -> Before | None:
        """Raises `ConfigError` if the file is not what was written."""
        file = self._file(number)
        try:
            return msgspec.json.decode(file.read_bytes(), type=Before)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigError(f"{file} can't be read: {error}; mend it, or take it away") from error

    def keep(self, before: Before) -> bool:
        """Durably, and only if nothing is kept of that number yet; whether it was so. Raises `ConfigError`."""
        file = self._file(before.number)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".") as draft:  # whole, before it has its name
                draft.write(msgspec.json.format(msgspec.json.encode(before)) + b"\n")
                draft.flush()
                os.fsync(draft.fileno())
                os.link(draft.name, file)  # which fails where there is one: the first is the one that is kept
        except FileExistsError:
            return False
        except OSError as error:
            what = f"{file} can't be written, and what {before.number} points at would be lost"
            raise ConfigError(f"{what}: {error.strerror}; set DATA_DIR to a folder that can be written") from error
        self._sync()
        return True

    def forget(self, number: str) -> None:
        self._file(number).unlink(missing_ok=True)
        self._sync()

    def _file(self, number: str) -> Path:
        return self._folder / f"{number}.{self._region}.json"

    def _sync(self) -> None:
        """So that the folder's own entry is on the disk, too."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
