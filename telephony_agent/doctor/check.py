"""`telephony-agent check`: what is wrong here, and how to mend it."""

from __future__ import annotations

import asyncio
import json
import logging
import sys

import click

from .examine import examine
from .finding import Finding, Verdict

AGENT = "tools.restaurant:agent"


@click.command(short_help="What is wrong here, and what mends it.")
@click.argument("agent", default=AGENT)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option(
    "--number",
    "numbers",
    multiple=True,
    metavar="+1...",
    help="Ask this number's voice URL, wherever it is, as for a call; whoever answers there takes it for one.",
)
def check(agent: str, as_json: bool, numbers: tuple[str, ...]) -> None:
    """Look at the settings, AGENT, the model, the public URL and the Twilio account; say what is wrong, and the mend.

    It dials the configured model once, which accepts a session or says why not; it sends the service a signed request
    that is about no call. Nothing is said and nobody called, so nothing is paid. Exit code 1 if anything is wrong.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    findings = asyncio.run(_tell(agent, as_json, numbers))
    fine = all(finding.verdict is not Verdict.WRONG for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": fine, "findings": [finding.content() for finding in findings]}, indent=2))
    sys.exit(0 if fine else 1)


async def _tell(agent: str, silently: bool, numbers: tuple[str, ...]) -> list[Finding]:
    findings = []
    async for finding in examine(agent, numbers):
        findings.append(finding)
        if not silently:
            click.echo(finding.lines())
    return findings
