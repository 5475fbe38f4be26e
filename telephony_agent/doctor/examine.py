"""All checks, in the order in which they are told. A further one is a file, and a name in `CHECKS`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from . import check_account, check_certificate, check_model, check_offline, check_public, check_sound, check_webhook
from .case import Case, find_agent, read_settings
from .finding import Finding, unknown

Check = Callable[[Case], AsyncIterator[Finding]]

CHECKS: tuple[Check, ...] = (
    check_sound.check,
    check_offline.check,
    check_model.check,
    check_public.check,
    check_certificate.check,
    check_webhook.check,
    check_account.check,
)


async def examine(
    agent: str,
    numbers: tuple[str, ...] = (),
    environ: Mapping[str, str] = os.environ,
    env_file: Path = Path(".env"),
) -> AsyncIterator[Finding]:
    """Each finding as soon as it is there. `agent`: module:attribute; `numbers`: whose voice URLs are asked."""
    settings, findings = read_settings(environ, env_file)
    found, more = find_agent(agent)
    for finding in [*findings, *more]:
        yield finding
    if settings is None:
        yield unknown("all else", "not looked at while the settings are wrong")
        return
    case = Case(settings, found, numbers)
    for check in CHECKS:
        async for finding in check(case):
            yield finding.cleared(case.hide)
