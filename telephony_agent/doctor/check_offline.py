"""Can the offline model be run here: its packages, and the weights in them?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ..errors import ConfigError
from ..offline.model.process import check_installed
from ..offline.model.weights import DEFAULT, report
from .case import Case
from .finding import Finding, Trouble, ok, wrong

CHECK = "offline"


async def check(case: Case) -> AsyncIterator[Finding]:
    for finding in await asyncio.to_thread(_look, case):  # it reads all the weights
        yield finding


def _look(case: Case) -> list[Finding]:
    if not case.own_model:
        return [ok(CHECK, "the offline model is not needed")]
    try:
        check_installed()
        fine, lines = report(case.settings.asr_model_dir or case.settings.asr_model or DEFAULT)
    except ConfigError as error:
        return [wrong(CHECK, Trouble.told(str(error)))]
    if fine:
        return [ok(CHECK, "all packages are there, and the weights are the known ones")]
    found = [line.partition("WRONG: ")[2] for line in lines if "WRONG: " in line]
    return [wrong(CHECK, Trouble.told(problem)) for problem in found]
