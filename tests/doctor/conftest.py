"""The doctor's tests see no proxy of the machine that they run on."""

from __future__ import annotations

import pytest

PROXIES = ("http_proxy", "https_proxy", "wss_proxy", "ws_proxy", "socks_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
