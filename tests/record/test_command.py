"""`telephony-agent calls`, as an operator sees it; and a call through the service that leaves its records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from telephony_agent import Agent
from telephony_agent.__main__ import main
from telephony_agent.record.entries import Bill, Billed, Next, Outcome, Tokens, Waited
from telephony_agent.record.store import Store
from tests.parties import ACCOUNT, CALL, STOP, answering, call_form, modelling, token_in
from tests.record.test_store import OTHER, STORY, VAIN, kept

USAGE = {
    "promptTokenCount": 1000,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 400}, {"modality": "AUDIO", "tokenCount": 600}],
    "responseTokenCount": 50,
    "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 50}],
    "totalTokenCount": 1050,
}
SEARCH = {
    "webSearchQueries": ["noon"],
    "groundingChunks": [{"web": {"uri": "https://a.example", "title": "Noon"}}],
    "searchEntryPoint": {"renderedContent": "<b>noon</b>"},
}


def calls(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["calls", *arguments], env={"DATA_DIR": str(folder)}, catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store.in_folder(tmp_path) as store:
        store.write(kept())
        store.write(kept(sid=OTHER)[:2])
    return tmp_path


def test_each_call_is_a_line(folder: Path) -> None:
    lines = calls(folder).output.splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("up, or its service died")
    assert lines[1] == (
        f"2026-11-22 12:00:00  {CALL}  +12025550143 > +12025550188  The Copper Pot      7.5 s   $0.0152"
        "  the caller hung up"
    )
    assert len(calls(folder, "--last", "1").output.splitlines()) == 1


def test_who_was_not_reached_is_a_line_too_and_so_is_who_was_never_called(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write([*kept(((0, VAIN),)), *kept(((1, VAIN),), sid="")])
    lines = calls(tmp_path).output.splitlines()
    assert lines[1] == (f"2026-11-22 12:00:00  {CALL}  +12025550188 > +12025550143  nobody      0.0 s   $0.0000  busy")
    assert lines[0].replace("12:00:01  never placed" + 22 * " ", f"12:00:00  {CALL}") == lines[1]
    shown = calls(tmp_path, CALL).output
    assert "a call out from +12025550188 to +12025550143, which nobody answered: busy\n" in shown


def test_a_store_without_a_call_says_so(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path):
        pass
    assert calls(tmp_path).output == "no call is kept yet\n"
    assert calls(tmp_path, "--json").output == ""


def test_one_call_is_shown_as_it_was_heard(folder: Path) -> None:
    assert calls(folder, CALL).output.splitlines() == [
        f"{CALL}, 2026-11-22 12:00:00 UTC",
        "   0.00            inbound from +12025550143 to +12025550188, answered by The Copper Pot"
        " (models/gemini-3.8-live)",
        '   1.00  agent     "Hello, how …"  (cut off after 0.7 of 1.5 s; it went on: "… can I help?")',
        '   2.00  caller    "A table for Łódź, please."',
        "   3.00  tool      book answered in 250 ms: done",
        "   4.00  model     thought: The caller wants a table.",
        "   4.50            the caller waited 0.62 s for the agent's first sound",
        "   5.00            stream-status: StreamEvent stream-stopped",
        "   6.00  bill      $0.0012: 1,200 tokens in (1,000 text, 200 audio); 34 out (34 audio, 28 thoughts,"
        " 9 transcripts)",
        "   6.00            mishaps: silence 1, nudge 1",
        "   6.00  search    $0.0140 for when is noon; the answer rests on Noon (https://a.example)",
        "                   over after 7.5 s: the caller hung up",
        "                   the caller waited 0.62 s in the middle, 0.62 s at most",
        "                   the model cost $0.0152 ($0.1216 a minute): 1,200 tokens in (1,000 text, 200 audio); 34 out"
        " (34 audio, 28 thoughts, 9 transcripts), 1 search",
    ]


def test_for_programs_there_is_json(folder: Path) -> None:
    call = json.loads(calls(folder, CALL, "--json").output)
    assert (call["sid"], call["lasted"], len(call["entries"])) == (CALL, 7.5, 9)
    (bill,) = [each["entry"] for each in call["entries"] if each["what"] == "billed"]
    assert bill["tokens"]["audio_in"] == 200
    assert {"caller-turn", "agent-turn", "tool-run", "noted"} <= {each["what"] for each in call["entries"]}
    assert (call["usd"], bill["usd"]) == (0.0152, 0.0012)
    assert call["tokens"] == bill["tokens"]
    assert [json.loads(line)["sid"] for line in calls(folder, "--json").output.splitlines()] == [OTHER, CALL]


def test_how_long_the_caller_waited_is_told_of_each_answer_and_of_all(tmp_path: Path) -> None:
    waits = tuple((at, Waited(at, seconds)) for at, seconds in ((1.0, 0.5), (2.0, 2.0), (3.0, 0.7), (4.0, 0.81)))
    with Store.in_folder(tmp_path) as store:
        store.write(kept((STORY[0], *waits, STORY[-1])))
        store.write(kept((STORY[0], STORY[-1]), sid=OTHER))
    shown = calls(tmp_path, CALL).output
    assert "   2.00            the caller waited 2.00 s for the agent's first sound\n" in shown
    assert "the caller waited 0.76 s in the middle, 2.00 s at most\n" in shown
    call = json.loads(calls(tmp_path, CALL, "--json").output)
    assert call["waited"] == {"answers": 4, "median": 0.755, "longest": 2.0}
    assert [each["entry"]["seconds"] for each in call["entries"] if each["what"] == "waited"] == [0.5, 2.0, 0.7, 0.81]
    assert "waited" not in calls(tmp_path, OTHER).output
    assert "waited" not in json.loads(calls(tmp_path, OTHER, "--json").output)


@pytest.mark.parametrize("last", ["0", "-3"])
def test_no_calls_are_no_wish(folder: Path, last: str) -> None:
    assert calls(folder, "--last", last).exit_code == 2


def test_days_are_counted(folder: Path) -> None:
    assert calls(folder, "--days").output == (
        "2026-11-22  calls 2, prompt tokens 1200, response tokens 34, searches 1, seconds 7.5, tool runs 1,"
        " usd 0.0152\n"
    )
    assert json.loads(calls(folder, "--days", "--json").output)["calls"] == 2


def test_a_cost_that_nobody_knows_is_not_nothing(tmp_path: Path) -> None:
    over = Outcome("the caller hung up", Next.HANG_UP, 7.5, Bill(Tokens(untold_in=9), 0, None))
    with Store.in_folder(tmp_path) as store:
        store.write(kept()[:1] + kept(((1, Billed(1.0, Tokens(untold_in=9), None)), (2, over))))
    assert "  $?  the caller hung up" in calls(tmp_path).output
    shown = calls(tmp_path, CALL).output
    assert "bill      an unknown sum (PRICES may tell): 9 tokens in; 0 out" in shown
    assert "the model cost an unknown sum (PRICES may tell): 9 tokens in; 0 out" in shown
    assert "of unknown cost 1" in calls(tmp_path, "--days").output


def test_a_call_that_is_not_there_is_said_so(folder: Path) -> None:
    result = calls(folder, "CA9")
    assert result.exit_code != 0
    assert "no call 'CA9' is kept" in result.output


def test_a_folder_without_calls_is_said_so_and_left_alone(tmp_path: Path) -> None:
    result = calls(tmp_path / "none")
    assert result.exit_code != 0
    assert "no calls are kept" in result.output
    assert not (tmp_path / "none").exists()


@pytest.mark.anyio
async def test_a_call_leaves_its_records(tmp_path: Path) -> None:
    agent = Agent(instructions="Be brief.", greeting=None)
    async with modelling() as model:
        google: dict[str, Any] = {"provider": "gemini", "gemini_api_key": "key", "live_model": "gemini-3.8-live"}
        async with answering(agent, model.url, data_dir=tmp_path, **google) as service:
            async with service.stream(token_in(await service.rings())) as phone:
                session = await model.accepted()
                await session.says({"serverContent": {"inputTranscription": {"text": "Hello?"}}})
                await session.says({"serverContent": {"groundingMetadata": SEARCH}})
                await session.says({"serverContent": {"turnComplete": True}, "usageMetadata": USAGE})
                await session.says({"serverContent": {"outputTranscription": {"text": "Good day."}}})
                await service.post("/twilio/stream-status", call_form(CALL) | {"StreamEvent": "stream-started"})
                await phone.says(STOP)
                await phone.is_closed()
            await service.post("/twilio/status", {"CallSid": CALL, "AccountSid": ACCOUNT, "CallStatus": "completed"})
    shown = calls(tmp_path, CALL).output
    assert 'caller    "Hello?"' in shown
    assert "stream-status: " in shown
    assert "status: CallStatus completed" in shown
    tokens = "1,000 tokens in (400 text, 600 audio); 50 out (50 audio, 2 transcripts)"
    assert f"bill      $0.0027: {tokens}" in shown  # 400 at 0.75, 600 at 3, 50 at 12 and 2 at 4.5 a million
    assert "search    $0.0140 for noon; the answer rests on Noon (https://a.example)" in shown
    assert "the model cost $0.0167 (" in shown
    assert f"{tokens}, 1 search\n" in shown
    assert "$0.0167  the caller hung up" in calls(tmp_path).output
    assert "usd 0.016" in calls(tmp_path, "--days").output
    (bill,) = [
        each["entry"]
        for each in json.loads(calls(tmp_path, CALL, "--json").output)["entries"]
        if "tokens" in each["entry"]
    ]
    assert bill["tokens"] == {"text_in": 400, "audio_in": 600, "audio_out": 50, "transcripts": 2}
