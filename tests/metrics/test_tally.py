"""What is counted of a call's steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.messages import Interrupted
from telephony_agent.metrics.tally import MOST, OTHER, Tally
from telephony_agent.record.entries import (
    Began,
    Bill,
    Billed,
    CallerTurn,
    Entry,
    Mishaps,
    Next,
    Outcome,
    Searched,
    Tokens,
    ToolRun,
    Waited,
)
from telephony_agent.steps import Action, Dial, Event, Lost, Record

SID = "CA" + "1" * 32
CALLER = "+12025550143"
Samples = Mapping[tuple[str, str], float]  # by name, and the values of the labels, in the order of theirs


def counted(*steps: Event | Action | Entry) -> Samples:
    tally = Tally(lambda: 3)
    for step in steps:
        tally.observe(SID, Record(step) if isinstance(step, Entry) else step)
    return read(tally)


def read(tally: Tally) -> Samples:
    families = text_string_to_metric_families(tally.page().decode())
    return {
        (sample.name.removeprefix("telephony_agent_"), ", ".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def over(why: str) -> Outcome:
    return Outcome(why, Next.HANG_UP, 60.0, Bill())


@pytest.mark.parametrize(
    ("why", "shown"),
    [
        ("the caller hung up", "the caller hung up"),
        ("Twilio says: completed", "Twilio says"),
        ("the model is gone: 1011 Internal error of session 17", "the model is gone"),
        ("say_goodbye ended the call", "a function ended the call"),
    ],
)
def test_calls_begin_and_end_for_a_reason(why: str, shown: str) -> None:
    samples = counted(Began(0.0, "AC", "inbound", CALLER, CALLER, "shop", "model"), over(why))
    assert samples["calls_begun_total", "in"] == 1.0
    assert samples["calls_ended_total", shown] == 1.0
    assert samples["calls_up", ""] == 3.0


@pytest.mark.parametrize(
    ("response", "answered", "outcome"),
    [({"result": 5}, True, "answered"), ({"error": "no"}, True, "failed"), ({"result": 5}, False, "unwanted")],
)
def test_functions_are_counted_by_what_came_of_them(response: dict[str, object], answered: bool, outcome: str) -> None:
    samples = counted(ToolRun(0.0, 0.25, "book", {"phone": CALLER}, response, answered))
    assert samples["tool_runs_total", f"{outcome}, book"] == 1.0
    assert samples["tool_seconds_sum", ""] == 0.25
    assert (samples["tool_seconds_bucket", "0.1"], samples["tool_seconds_bucket", "0.3"]) == (0.0, 1.0)


def test_functions_that_a_model_makes_up_take_no_more_memory_than_they_may() -> None:
    runs = [ToolRun(0.0, 0.25, f"tool_{number}", {}, {"error": "no"}, True) for number in range(10 * MOST)]
    samples = counted(*runs)
    assert len([name for name, _ in samples if name == "tool_runs_total"]) == MOST + 1
    assert samples["tool_runs_total", f"failed, {OTHER}"] == 9 * MOST


def test_only_what_follows_a_call_s_first_session_is_a_redial() -> None:
    lost = Lost(Closing(Remedy.RESUME, "1011"))
    samples = counted(Dial(), lost, Dial(), over("the caller hung up"), Dial())
    assert (samples["dials_total", "no"], samples["dials_total", "yes"]) == (2.0, 1.0)
    assert samples["sessions_lost_total", "resume"] == 1.0


def test_what_the_caller_notices_is_counted() -> None:
    samples = counted(Interrupted(), Waited(0.0, 0.74), Waited(0.0, 4.0), Mishaps({"stall": 2, "empty": 1}, {}))
    assert samples["barge_ins_total", ""] == 1.0
    assert samples["ear_latency_seconds_count", ""] == 2.0
    assert (samples["ear_latency_seconds_bucket", "0.7"], samples["ear_latency_seconds_bucket", "0.8"]) == (0.0, 1.0)
    assert (samples["troubles_total", "stall"], samples["troubles_total", "empty"]) == (2.0, 1.0)


def test_tokens_and_money_add_up_and_what_has_no_price_is_told() -> None:
    turn = Billed(0.0, Tokens(audio_in=100, audio_out=20), 0.25)
    search = Searched(0.0, ["when?"], [], "", 0.5)
    samples = counted(turn, turn, search, Billed(0.0, Tokens(text_in=7), None), Searched(0.0, [], [], "", None))
    assert (samples["tokens_total", "audio_in"], samples["tokens_total", "audio_out"]) == (200.0, 40.0)
    assert samples["usd_total", ""] == 1.0
    assert samples["unpriced_total", ""] == 2.0


def test_nothing_of_a_call_is_on_the_page() -> None:
    tally = Tally(lambda: 1)
    entries = (
        Began(0.0, "AC1", "inbound", CALLER, "+12025550199", "shop", "model"),
        CallerTurn(0.0, "my secret"),
        ToolRun(0.0, 0.1, "book", {"phone": CALLER}, {"error": "my secret"}, True),
        over("the model is gone: it said my secret"),
    )
    for entry in entries:
        tally.observe(SID, Record(entry))
    page = tally.page().decode()
    assert not [secret for secret in (CALLER, "+12025550199", SID, "my secret") if secret in page]


def test_where_linux_tells_the_page_has_what_the_process_takes() -> None:
    linux = Path("/proc/self/stat").exists()
    samples = counted()
    assert (samples.get(("process_cpu_seconds_total", ""), 0) > 0) == linux
    assert (samples.get(("process_resident_memory_bytes", ""), 0) > 1 << 20) == linux
