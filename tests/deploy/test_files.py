"""What deploy/'s files say, besides what `make check` has its validators for."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from telephony_agent.init.project import TEMPLATES
from telephony_agent.settings import Settings
from tests.certificates import Authority
from tests.deploy.machine import DEPLOY, NAME, PATH, Site, put_in

ROOT = DEPLOY.parent
UNITS = [DEPLOY / "telephony-agent@.service", TEMPLATES / "agent.service"]
EXPOSURE = 30  # tenths that `systemd-analyze security` may count; a unit that restricts nothing has 96


def ran(*command: str | Path) -> str:
    """What it wrote; it must have succeeded."""
    program = shutil.which(command[0], path=PATH)
    assert program is not None, f"{command[0]} is not installed: apt-get install it"
    done = subprocess.run([program, *command[1:]], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def site(tmp_path: Path) -> Site:
    certificate = Authority(tmp_path).server_file(host=NAME)
    return Site(tmp_path, certificate, 8443, 8080, 8081, 8082)


@pytest.mark.needs("nginx")
def test_nginx_has_nothing_against_its_file(site: Site) -> None:
    assert "[warn]" not in ran(*site.nginx(), "-t")


@pytest.mark.needs("haproxy")
def test_haproxy_has_nothing_against_its_file(site: Site) -> None:
    assert "[WARNING]" not in ran(*site.haproxy(), "-c")


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_has_nothing_against_a_unit(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text().replace("/srv/agent/.venv/bin/telephony-agent", "/usr/bin/env telephony-agent")
    here = tmp_path / unit.name  # where that program is, whose absence it would complain of
    here.write_text(text)
    assert not ran("systemd-analyze", "verify", here).strip()
    ran("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", here)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_gives_calls_the_time_that_the_service_does(unit: Path) -> None:
    text = unit.read_text()
    assert int(re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)[0]) > Settings().drain
    assert "KillMode=mixed" in text  # else the offline model hears of it, too, and goes


def test_both_processes_are_one_user_to_whom_the_calls_belong() -> None:
    unit = UNITS[0].read_text().splitlines()
    assert {"DynamicUser=yes", "User=telephony-agent", "StateDirectory=telephony-agent"} <= set(unit)


def test_compose_gives_calls_the_time_that_the_service_does() -> None:
    assert int(re.findall(r"stop_grace_period: (\d+)s", (DEPLOY / "compose.yaml").read_text())[0]) > Settings().drain


def test_the_example_of_settings_is_one(tmp_path: Path) -> None:
    lines = (DEPLOY / ".env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    filled = {name: value or "0123456789abcdef" for name, value in given.items()}
    settings = Settings.read(filled, tmp_path / "none")
    assert settings.public_url == f"https://{NAME}"
    assert settings.drain == Settings().drain
    here = re.findall(
        r'(?:get|secret)\("(\w+)"|^    "(\w+)",$', (ROOT / "telephony_agent/settings.py").read_text(), re.M
    )
    known = {one or other for one, other in here} | {"AGENT", "DOMAIN"}
    assert set(given) <= known


def test_the_image_has_what_we_depend_on_as_our_lock_has_it() -> None:
    pins = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
    image, lock = (
        dict(pins.findall((ROOT / file).read_text())) for file in ("deploy/requirements.lock", "requirements.lock")
    )
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {re.split(r"[\[<>=]", each)[0] for each in needed} <= set(image), "make lock"
    assert image.items() <= lock.items(), "make lock"


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf", "haproxy.cfg"])
def test_each_proxy_knows_both_processes_by_port_and_prefix(name: str) -> None:
    for number in (1, 2):
        assert f"/w{number}/" in put_in(name, {f"127.0.0.1:808{number}": ""})
