"""Do the agent and the model suit each other, and is there news of the model? Nobody is asked for that."""

from __future__ import annotations

from datetime import date, datetime

from .. import briefing
from ..errors import ConfigError
from ..live import providers
from .case import Case
from .finding import Finding, Trouble, ok, unknown, wrong

CHECK = "fit"


def check(case: Case) -> list[Finding]:
    try:
        model = providers.model(case.settings)
        briefing.check(case.agent, model, datetime.now().astimezone())
    except ConfigError as error:
        return [wrong(CHECK, Trouble.told(problem)) for problem in error.problems]
    news = [unknown(CHECK, notice) for notice in providers.notices(case.settings, date.today())]
    return news or [ok(CHECK, f"{case.settings.live_model} is known, and takes what the agent asks for")]
