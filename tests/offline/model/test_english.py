"""What can be English."""

import json

import pytest

from telephony_agent.offline.model.english import foreign
from tests.benchmarks.routing import DEVELOPMENT

SAID = [
    said
    for file in DEVELOPMENT
    for trade in json.loads(file.read_text(encoding="utf-8")).values()
    for said in (*(request[0] for request in trade["requests"]), *trade["out_of_scope"])
]


@pytest.mark.parametrize("line", ["Je voudrais réserver une table.", "Ich möchte einen Tisch für vier Personen."])
def test_another_language_is_foreign(line: str) -> None:
    assert foreign(line)


def test_what_callers_say_is_not() -> None:
    assert [said for said in SAID if foreign(said)] == []
