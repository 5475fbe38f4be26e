"""`telephony-agent do-not-call`, as an operator uses it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result

from telephony_agent.__main__ import main
from telephony_agent.outbound.callee import callee
from telephony_agent.outbound.ledger import Ledger
from telephony_agent.outbound.rules import Refusal, Rules, Why
from telephony_agent.record.store import Store

OPEN = Rules(countries=frozenset({"US"}))
NOON = datetime(2036, 11, 22, 17, tzinfo=UTC)  # in Washington


def asked(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["do-not-call", *arguments], env={"DATA_DIR": str(folder)})


def test_who_is_put_on_the_list_is_not_called_until_taken_off_it(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:  # of a service that runs
        ledger = Ledger(store, OPEN)
        added = asked(tmp_path, "add", "+1 (202) 555-0143", "+12125550143", "--why", "said so")
        assert (added.exit_code, added.output.splitlines()[0]) == (
            0,
            f"+12025550143 will not be called by a service whose DATA_DIR is {tmp_path}",
        )
        refused = ledger.reserve(callee("+12025550143"), NOON)
        assert isinstance(refused, Refusal)
        assert refused.why is Why.DO_NOT_CALL
        listed = asked(tmp_path, "list").output.splitlines()
        assert sorted(line.split()[0] for line in listed) == ["+12025550143", "+12125550143"]
        assert all(line.endswith("said so") for line in listed)
        removed = asked(tmp_path, "remove", "+1 (202) 555-0143")
        assert (removed.exit_code, removed.output.partition(" may be called")[0]) == (0, "+12025550143")
        assert isinstance(ledger.reserve(callee("+12025550143"), NOON), int)


def test_what_is_no_number_is_refused_and_none_of_the_others_is_added(tmp_path: Path) -> None:
    refused = asked(tmp_path, "add", "+12025550143", "911")
    assert (refused.exit_code, "'911' is no telephone number" in refused.output) == (1, True)
    assert asked(tmp_path, "list").output == ""


def test_who_is_not_on_the_list_can_t_be_taken_off_it(tmp_path: Path) -> None:
    refused = asked(tmp_path, "remove", "+12025550143")
    assert (refused.exit_code, "is not on the list" in refused.output) == (1, True)
