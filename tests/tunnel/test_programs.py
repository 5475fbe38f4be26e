"""What the programs say, as they were seen to say it, and what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from telephony_agent.errors import ConfigError
from telephony_agent.tunnel.programs import CLOUDFLARED, NGROK, find, public_url


@pytest.mark.parametrize(
    ("line", "url"),
    [
        (
            "2024-04-18T14:06:49Z INF |  https://buffalo-marco-cardiff-motel.trycloudflare.com         |",
            "https://buffalo-marco-cardiff-motel.trycloudflare.com",
        ),
        ("2024-04-18T14:06:46Z INF Requesting new quick Tunnel on trycloudflare.com...", None),
        ('failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: no such host', None),
        ("INF Thank you for trying Cloudflare Tunnel (https://www.cloudflare.com/website-terms/)", None),
    ],
)
def test_cloudflared_tells_its_url_in_a_banner(line: str, url: str | None) -> None:
    assert CLOUDFLARED.url
    found = CLOUDFLARED.url.search(line)
    assert (found and found[0]) == url


@pytest.mark.parametrize(
    ("line", "api"),
    [
        (
            't=2026-06-12T12:44:32-0400 lvl=info msg="starting web service" obj=web addr=127.0.0.1:4041 allow_hosts=[]',
            "127.0.0.1:4041",
        ),
        ('t=2026-06-12T12:44:33-0400 lvl=info msg="client session established" obj=tunnels.session', None),
    ],
)
def test_ngrok_tells_where_its_own_api_is(line: str, api: str | None) -> None:
    assert NGROK.api
    found = NGROK.api.search(line)
    assert (found and found[1]) == api


@pytest.mark.parametrize(
    ("answer", "url"),
    [
        ('{"tunnels": [{"public_url": "https://a.ngrok-free.app"}]}', "https://a.ngrok-free.app"),
        (
            '{"tunnels": [{"public_url": "http://a.ngrok.io"}, {"public_url": "https://a.ngrok.io"}]}',
            "https://a.ngrok.io",
        ),
        ('{"tunnels": [{"public_url": "tcp://0.tcp.ngrok.io:10936"}]}', None),
        ('{"tunnels": []}', None),
        ('{"error_code": 1}', None),
        ("<html>", None),
        ('{"tunnels": [1]}', None),
    ],
)
def test_and_the_api_knows_the_url_sooner_or_later(answer: str, url: str | None) -> None:
    assert public_url(answer) == url


def test_the_first_that_is_installed_is_taken_unless_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="neither cloudflared nor ngrok is on the PATH; install"):
        find(None)
    for name in ("ngrok", "cloudflared"):
        (tmp_path / name).touch(0o755)
        assert find(None)[0].name == name
    assert find("ngrok") == (NGROK, str(tmp_path / "ngrok"))
    (tmp_path / "ngrok").unlink()
    with pytest.raises(ConfigError, match="ngrok is not on the PATH"):
        find("ngrok")
