"""All checks, in the order in which they are told. A further one is a file, and a line here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from . import check_fit, check_model, check_offline, check_public, check_sound
from .case import Case, find_agent, read_settings
from .finding import Finding, Verdict, unknown


async def examine(
    agent: str, environ: Mapping[str, str] = os.environ, env_file: Path = Path(".env")
) -> AsyncIterator[Finding]:
    """Each finding as soon as it is there. `agent`: module:attribute."""
    settings, findings = read_settings(environ, env_file)
    found, more = find_agent(agent)
    for finding in [*findings, *more, *check_sound.check()]:
        yield finding
    if settings is None:
        yield unknown("model", "not looked at while the settings are wrong")
        return
    case = Case(settings, found)
    async for finding in _with(case):
        yield finding.without(case.secrets)


async def _with(case: Case) -> AsyncIterator[Finding]:
    for finding in await asyncio.to_thread(check_offline.check, case):
        yield finding
    fits = check_fit.check(case)
    for finding in fits:
        yield finding
    if any(finding.verdict is Verdict.WRONG for finding in fits):
        yield unknown("model", "not dialled while the agent does not suit it")
    else:
        async for finding in check_model.check(case):
            yield finding
    for finding in await check_public.check(case):
        yield finding
