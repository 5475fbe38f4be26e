"""Do the agent and the model suit each other, is there news of the model, and its price? Nobody is asked for that."""

from __future__ import annotations

from datetime import date, datetime

from .. import briefing
from ..errors import ConfigError
from ..live import providers
from ..money import price_file
from ..money.meter import unkept
from .case import Case
from .finding import Finding, Trouble, ok, unknown, wrong

CHECK = "fit"


def check(case: Case) -> list[Finding]:
    try:
        model = providers.model(case.settings)
        briefing.check(case.agent, model, datetime.now().astimezone())
        price = price_file.configured(case.settings)
    except ConfigError as error:
        return [wrong(CHECK, Trouble.told(problem)) for problem in error.problems]
    if problem := unkept(case.agent, price):
        return [wrong(CHECK, Trouble.told(problem))]
    news = [unknown(CHECK, notice) for notice in providers.notices(case.settings, date.today())]
    if price is None:
        news.append(unknown(CHECK, f"no price of {case.settings.live_model} is known", "give it in a table: PRICES"))
    return news or [ok(CHECK, f"{case.settings.live_model} is known, and takes what the agent asks for")]
