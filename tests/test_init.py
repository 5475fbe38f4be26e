"""`telephony-agent init`: the project runs as it was written, and nobody's files are overwritten."""

from __future__ import annotations

import datetime as dt
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from telephony_agent import Agent, __version__
from telephony_agent.demo.script_file import check_tools, read_script
from telephony_agent.errors import ConfigError
from telephony_agent.init.project import FILES, TEMPLATES, came_from, requirement, write_project
from telephony_agent.settings import Settings
from telephony_agent.toolbox.run import load_agent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path / "shop", requirement(__version__, None))
    return tmp_path / "shop"


def test_every_template_is_written_and_every_file_has_one(project: Path) -> None:
    assert sorted(FILES.values()) == sorted(file.name for file in TEMPLATES.iterdir())
    assert sorted(FILES) == sorted(str(file.relative_to(project)) for file in project.rglob("*") if file.is_file())


def test_the_project_s_own_test_passes(project: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_its_script_fits_its_agent(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(project)
    monkeypatch.delitem(sys.modules, "agent", raising=False)
    importlib.invalidate_caches()
    agent = load_agent("agent:agent")
    monkeypatch.delitem(sys.modules, "agent")
    assert isinstance(agent, Agent)
    script = read_script(project / "demo.toml", dt.date(2026, 5, 31))
    check_tools(project / "demo.toml", script, [tool.name for tool in agent.declared])
    assert len(script.lines) >= 3
    assert script.tools


def test_its_settings_are_ours(project: Path) -> None:
    lines = (project / ".env.example").read_text().splitlines()
    names = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    filled = dict.fromkeys(names, "x") | {"PUBLIC_URL": "https://agent.example.com"}
    settings = Settings.read(filled, project / "none")
    assert (settings.provider, settings.auth_tokens, settings.gemini_api_key) == ("gemini", ("x",), "x")
    with pytest.raises(ConfigError, match="TWILIO_AUTH_TOKEN"):
        Settings.read({}, project / ".env.example")


def test_it_asks_for_this_version_and_names_only_files_that_it_has(project: Path) -> None:
    assert f"\ntelephony-agent[offline]=={__version__}\n" in (project / "requirements.txt").read_text()
    named = re.findall(r"`([\w./]+\.(?:py|toml|service))`|`(deploy/\w+)`", (project / "README.md").read_text())
    assert named
    assert all((project / (one or other)).exists() for one, other in named)


@pytest.mark.parametrize(
    ("origin", "wanted"),
    [
        (None, "==1.2"),
        ('{"url": "file:///srv/clone", "dir_info": {"editable": true}}', " @ file:///srv/clone"),
        (
            '{"url": "https://example.com/a.git", "vcs_info": {"vcs": "git", "commit_id": "4b825d"}}',
            " @ git+https://example.com/a.git@4b825d",
        ),
        ('{"url": "https://example.com/a.whl", "archive_info": {}}', " @ https://example.com/a.whl"),
    ],
)
def test_it_asks_for_us_where_we_came_from(origin: str | None, wanted: str) -> None:
    assert requirement("1.2", origin) == f"telephony-agent[offline]{wanted}"


def test_what_pip_noted_of_this_installation_can_be_asked_for() -> None:
    assert requirement(__version__, came_from()).startswith("telephony-agent[offline]")


def test_a_folder_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not empty; give a folder"):
        write_project(tmp_path, "")
    with pytest.raises(ConfigError, match="a file; give a folder"):
        write_project(tmp_path / "mine.txt", "")
    with pytest.raises(ConfigError, match="can't be written"):
        write_project(tmp_path / "mine.txt" / "below", "")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    assert write_project(tmp_path / "empty", "")
