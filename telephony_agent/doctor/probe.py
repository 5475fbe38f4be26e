"""`telephony-agent probe`: asks the real service what nobody could tell us, for whoever has a key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import click

from .. import __version__
from ..errors import ConfigError
from ..live import providers
from ..settings import Settings
from .ask import QUESTIONS, ask_all
from .case import PLAIN, Case
from .phoning import verdicts, visit
from .question import Question
from .report import Asked, Report

NAMES = [question.name for question in QUESTIONS]


@click.command(short_help="Ask the real services what nobody tells.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("probe-report"), show_default=True
)
@click.option("--only", multiple=True, type=click.Choice(NAMES), help="Ask this one; may be given several times.")
@click.option("--long", is_flag=True, help="Also ask what takes minutes: how sessions end.")
@click.option("--call", metavar="+1...", help="Ask Twilio instead, by one real call to this number.")
@click.option("--consent", is_flag=True, help="With --call: whoever answers there has agreed to be called.")
@click.option("--yes", is_flag=True, help="Do not ask before money is spent.")
def probe(out: Path, only: tuple[str, ...], long: bool, call: str | None, consent: bool, yes: bool) -> None:
    """Ask the configured model service what its documentation leaves open, and write a report.

    It opens real sessions, which cost a little; what exactly is said beforehand. With --call it asks Twilio, by one
    call. The folder gets report.md and report.json, without keys, sound, numbers or handles: please share them.
    """
    if call is not None:
        _phone(Settings.read(provider="offline"), call, consent, yes, out)
        return
    settings = Settings.read(serves=False)
    if consent:
        raise ConfigError("--consent is for --call, which says whom")
    if settings.provider == "offline" and settings.live_url is None:
        raise ConfigError("LIVE_PROVIDER is offline, which nobody needs to ask; set the key of a real service")
    questions = [each for each in QUESTIONS if each.name in only or (not only and (long or not each.long))]
    click.echo(plan(questions, settings))
    if not yes:
        click.confirm("Go on?", abort=True)
    asked: list[Asked] = []
    try:
        asyncio.run(ask_all(questions, settings, lambda each: _tell(asked, each)))
    finally:  # also of a visit that was broken off
        if asked:
            _write(out, Report(_subject(settings), asked), Case(settings, PLAIN).hide)


def _phone(settings: Settings, number: str, consent: bool, yes: bool, out: Path) -> None:
    visit.check(settings, number)
    if not consent:
        raise ConfigError(f"--call rings at {number}; add --consent if whoever answers there has agreed to that")
    click.echo(visit.plan(number, settings))
    if not yes:
        click.confirm("Go on?", abort=True)
    asked: list[Asked] = []
    for each in verdicts.asked(asyncio.run(visit.call(settings, number))):
        _tell(asked, each)
    subject = {"region": settings.region or "us1", **_occasion()}
    report = Report(subject, asked, "What a call at Twilio does", verdicts.NEVER_ASKED)
    secrets = [number, settings.outbound_from, settings.account_sid]
    _write(out, report, lambda text: _without(Case(settings, PLAIN).hide(text), secrets))


def _without(text: str, secrets: Sequence[str | None]) -> str:
    """Also in the forms of URLs and JSON."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "…").replace(quote(secret), "…")
    return text


def plan(questions: Sequence[Question], settings: Settings) -> str:
    """What will be done, and roughly what it takes."""
    asked = [each for each in questions if settings.provider in each.providers]
    heard, said, tokens = (round(sum(getattr(each, name) for each in asked)) for name in ("heard", "said", "tokens"))
    sessions, turns = sum(each.sessions for each in asked), sum(each.turns for each in asked)
    return "\n".join(
        [
            f"{len(asked)} questions to {providers.model(settings)} ({settings.provider}):",
            *(f"  {each.name:22}{each.asks}" for each in asked),
            f"At most about {sessions} sessions, {turns} turns, {heard} s of sound to the model and {said} s from it:",
            f"roughly {tokens:,} tokens, at your provider's prices for sound.",
        ]
    )


def _tell(asked: list[Asked], each: Asked) -> None:
    asked.append(each)
    click.echo(f"{each.answer.outcome.value:16}{each.name}: {each.answer.text}")


def _subject(settings: Settings) -> dict[str, str]:
    host = urlsplit(providers.address(settings).url).hostname or ""
    return {"provider": settings.provider, "model": settings.live_model, "host": host, **_occasion()}


def _occasion() -> dict[str, str]:
    return {"asked at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "by": f"telephony-agent {__version__}"}


def _write(out: Path, report: Report, hide: Callable[[str], str]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in (("report.md", report.markdown()), ("report.json", report.json())):
            (out / name).write_text(hide(text), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{out} can't be written: {error.strerror}; give another --out") from error
    click.echo(f"wrote {out / 'report.md'} and report.json")
