"""`telephony-agent probe`, as it is run: what it says beforehand, and the report."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telephony_agent.__main__ import main
from telephony_agent.doctor.answers import Outcome, answered
from telephony_agent.doctor.ask import QUESTIONS
from telephony_agent.doctor.journal import Journal
from telephony_agent.doctor.report import Asked, Report
from tests.doctor.parrot import parroting


def probe(*arguments: str, answer: str | None = None, **environment: str) -> Result:
    return CliRunner(env=dict.fromkeys(os.environ) | environment).invoke(main, ["probe", *arguments], input=answer)


def test_it_says_what_it_will_take_and_asks(tmp_path: Path) -> None:
    result = probe(
        "--out", str(tmp_path / "out"), answer="n\n", GEMINI_API_KEY="a-secret-key", LIVE_URL="ws://127.0.0.1:9"
    )
    assert result.exit_code == 1
    assert "sessions" in result.output
    assert "tokens" in result.output
    assert "Go on?" in result.output
    assert not (tmp_path / "out").exists()


def test_what_takes_long_is_asked_only_if_wanted(tmp_path: Path) -> None:
    given = {"answer": "n\n", "GEMINI_API_KEY": "a-secret-key", "LIVE_URL": "ws://127.0.0.1:9"}
    assert "farewell" not in probe(**given).output
    assert "farewell" in probe("--long", **given).output
    only = probe("--only", "typed", **given).output
    assert "1 questions" in only


@pytest.mark.anyio
async def test_a_report_for_people_and_one_for_programs_without_the_key(tmp_path: Path) -> None:
    out = tmp_path / "out"
    wanted = ["--only", "typed", "--only", "global"]
    async with parroting() as parrot:  # and the command in a thread: it has a loop of its own
        here = {"GEMINI_API_KEY": "a-secret-key", "LIVE_URL": parrot.url}
        result = await asyncio.to_thread(probe, *wanted, "--yes", "--out", str(out), **here)
    assert result.exit_code == 0, result.output
    page, content = (out / "report.md").read_text(), json.loads((out / "report.json").read_text())
    assert (
        "| Are typed words (`realtimeInput.text`) answered? | answered | typed words are answered | yes, but on older"
        in page
    )
    assert [each["verdict"] for each in content["questions"]] == ["not asked", "answered"]
    assert content["subject"]["model"] == "gemini-3.8-live"
    assert "serverContent.outputTranscription.text" in content["fields"]
    assert content["questions"][1]["messages"][0]["message"].startswith("dials /ws/")
    for text in (page, json.dumps(content), result.output):
        assert "a-secret-key" not in text


def test_a_server_that_is_not_there_leaves_all_open_and_the_report_says_so(tmp_path: Path) -> None:
    result = probe("--yes", "--out", str(tmp_path / "out"), GEMINI_API_KEY="a-secret-key", LIVE_URL="ws://127.0.0.1:9")
    assert result.exit_code == 0, result.output
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {each["verdict"] for each in content["questions"]} == {"could not tell", "not asked"}


def test_nobody_needs_to_ask_the_offline_model() -> None:
    result = probe("--yes")
    assert result.exit_code == 1
    assert "LIVE_PROVIDER is offline" in result.output


def test_consent_is_for_somebody() -> None:
    assert "--consent is for --call" in probe("--consent", "--yes", GEMINI_API_KEY="a-secret-key").output


def test_a_misspelt_model_is_told_before_anything_is_asked() -> None:
    result = probe("--yes", GEMINI_API_KEY="a-secret-key", LIVE_MODEL="gemini-3.8-liev")
    assert result.exit_code == 1
    assert "did you mean" in result.output


def test_every_question_says_what_it_takes() -> None:
    assert len({question.name for question in QUESTIONS}) == len(QUESTIONS)
    for question in QUESTIONS:
        assert question.asks.endswith("?")
        assert question.believed
        assert question.limit > question.heard


def test_a_page_survives_whatever_a_server_says() -> None:
    odd = Asked("q", "Is it?", "it is", answered("a | b\nc", fact="x"), Journal())
    page = Report({"model": "m"}, [odd]).markdown()
    assert "| Is it? | answered | a \\| b c | it is |" in page
    assert Outcome.ANSWERED.value in page
