"""Calls over real sockets on a hurried clock: a server that closes each connection, a caller who speaks over the agent.

The short forms; `tests.benchmarks.twelve_minutes` is the long one.
"""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from telephony_agent.__main__ import main
from telephony_agent.live.requests import Update
from telephony_agent.offline.model.terms import Terms
from telephony_agent.record.entries import AgentTurn, CallerTurn
from telephony_agent.record.store import Store
from telephony_agent.steps import ToLive
from tests import hurried
from tests.benchmarks.twelve_minutes import call
from tests.test_unheard import AGENT, WITNESS
from tests.test_whole_call import speech


def test_a_session_that_is_renewed_is_found_by_the_log_and_by_nobody_who_listens(tmp_path: Path) -> None:
    told = hurried.run(call(75.0, Terms(lifetime=70.0), tmp_path), speed=10.0)
    assert len(told.renewed) == 1
    assert not told.found, (told.renewed, told.there, told.longest)
    assert told.known == told.answers > 10
    assert told.lost == 0


def test_what_was_not_heard_the_model_knows_and_the_operator_can_read(tmp_path: Path) -> None:
    async def interrupts() -> list[str]:
        async with hurried.calling(AGENT, WITNESS, data_dir=tmp_path) as (phone, watched):
            await phone.until_queued(2.0)
            await phone.until_speaking()
            await phone.says(speech())
            await phone.hears()
            sid = phone.ring.call_sid
        commands = [step.command for _, step in watched.steps if isinstance(step, ToLive)]
        assert len([command for command in commands if isinstance(command, Update)]) == 1
        with Store.in_folder(tmp_path) as store:
            (kept,) = store.of(sid)
        agent, caller, answer = [each.entry for each in kept.entries if isinstance(each.entry, AgentTurn | CallerTurn)]
        assert isinstance(agent, AgentTurn)
        assert isinstance(answer, AgentTurn)
        missed = agent.text.removeprefix(agent.heard).strip()
        assert (caller, answer.text) == (
            CallerTurn(caller.began, "What did I not hear?"),
            f"You did not hear: {missed}",
        )
        assert answer.heard == answer.text
        return [sid, f'"{agent.heard} …"', f'it went on: "… {missed}"', caller.text, answer.text]

    sid, *lines = hurried.run(interrupts(), speed=4.0)
    shown = CliRunner().invoke(main, ["calls", sid], env={"DATA_DIR": str(tmp_path)}, catch_exceptions=False).output
    places = [shown.index(line) for line in lines]
    assert places == sorted(places)
