"""The operator's module is loaded, or what is wrong with it is named."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telephony_agent.agent import Agent
from telephony_agent.errors import ConfigError, ToolError
from telephony_agent.toolbox.run import load_agent


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Writes `agent_under_test.py` into a folder that is on `sys.path`."""
    path = tmp_path / "agent_under_test.py"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(text: str) -> Path:
        path.write_text(text)
        return path

    yield write
    sys.modules.pop("agent_under_test", None)


GOOD = """
from telephony_agent import Agent

agent = Agent(instructions="Be kind.")

def choose(call):
    return agent

async def choose_later(call):
    return agent

number = 5
"""


def test_an_agent_is_loaded_by_module_and_attribute(module: Callable[[str], Path]) -> None:
    module(GOOD)
    loaded = load_agent("agent_under_test:agent")
    assert isinstance(loaded, Agent)
    assert loaded.instructions == "Be kind."


@pytest.mark.parametrize("name", ["choose", "choose_later"])
def test_a_function_that_chooses_an_agent_is_loaded(module: Callable[[str], Path], name: str) -> None:
    module(GOOD)
    assert getattr(load_agent(f"agent_under_test:{name}"), "__name__", "") == name


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("agent_under_test", "give module:attribute, as tools.restaurant:agent"),
        (":agent", "give module:attribute"),
        ("agent_under_test:", "give module:attribute"),
        ("nowhere.at_all:agent", "there is no module 'nowhere'"),
        ("agent_under_test.inner:agent", "there is no module 'agent_under_test.inner'"),
        ("agent_under_test:nobody", "has no 'nobody'; mend the name"),
        ("agent_under_test:number", "is int 5; it must be an Agent"),
        ("agent_under_test:Agent", "it must be an Agent, or a function"),
    ],
)
def test_a_spec_that_names_no_agent_is_refused(module: Callable[[str], Path], spec: str, reason: str) -> None:
    module(GOOD)
    with pytest.raises(ConfigError, match=f"agent '{spec}'") as caught:
        load_agent(spec)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("\nx = 1 / 0\n", 2, "ZeroDivisionError: division by zero"),
        ("def f(:\n", 1, "invalid syntax"),
        ("import json\n\njson.loads('{')\n", 3, "JSONDecodeError"),
        ("import not_installed_at_all\n", 1, "No module named 'not_installed_at_all'; install it"),
        ("\nfrom telephony_agent import Agent\nAgent(instructions=' ')\n", 3, "ConfigError: Agent's instructions"),
        (
            "from telephony_agent import Agent, tool\n\n@tool\ndef f(x): 'Do.'\n\nAgent(instructions='x', tools=[f])\n",
            3,
            "f: parameter 'x' has no type",
        ),
    ],
)
def test_a_module_that_cant_be_imported_is_named_with_line_and_reason(
    module: Callable[[str], Path], text: str, line: int, reason: str
) -> None:
    path = module(text)
    with pytest.raises(ToolError) as caught:
        load_agent("agent_under_test:agent")
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert reason in str(caught.value)
