"""`telephony-agent init DIR`: an operator's own project, which needs our package and nothing of this repository."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

from ..errors import ConfigError

TEMPLATES = Path(__file__).parent / "templates"
# Where each file goes, and the template that it is. These have names of their own so that nobody runs or ignores them.
FILES = {
    "agent.py": "agent.py.txt",
    "test_agent.py": "test_agent.py.txt",
    "demo.toml": "demo.toml",
    "README.md": "README.md",
    "requirements.txt": "requirements.txt",
    ".env.example": "env.example",
    ".gitignore": "gitignore",
    "deploy/Caddyfile": "Caddyfile",
    "deploy/agent.service": "agent.service",
}


def requirement(version: str, origin: str | None) -> str:
    """How pip is asked for us: from where we came, for a name alone may be somebody else's in an index.

    `origin` is the text of direct_url.json (PEP 610), which pip leaves unless we came from an index.
    """
    if not origin:
        return f"telephony-agent[offline]=={version}"
    told = json.loads(origin)
    kept = told.get("vcs_info")
    return "telephony-agent[offline] @ " + (f"{kept['vcs']}+{told['url']}@{kept['commit_id']}" if kept else told["url"])


def came_from() -> str | None:
    """What pip noted when it installed us; None if it did not, or we came from an index."""
    try:
        return metadata.distribution("telephony-agent").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None


def write_project(folder: Path, wanted: str) -> list[Path]:
    """Writes the project, which has `wanted` of pip; the files. Raises ConfigError if there is something."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            kind = "not empty" if folder.is_dir() else "a file"
            raise ConfigError(f"{folder} is {kind}; give a folder that is new or empty")
        written = []
        for name, template in FILES.items():
            text = (TEMPLATES / template).read_text(encoding="utf-8")
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.replace("REQUIREMENT", wanted), encoding="utf-8")
            written.append(file)
    except OSError as error:
        raise ConfigError(f"{folder} can't be written: {error.strerror}; give another folder") from error
    return written
