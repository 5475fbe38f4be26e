"""A demo's call, made into its story."""

from __future__ import annotations

from collections.abc import Sequence

from ..offline.phone.levels import FRAME, SPEECH, silent_after
from ..offline.phone.recording import Recording
from ..record.entries import AgentTurn, CallerTurn, ToolRun
from .account import Account
from .checks import Check
from .conversation import Conversation, Exchange
from .story import BargeIn, Story, ToolCall, Turn, Wait


def retold(
    agent: str, conversation: Conversation, account: Account, recording: Recording, found: Sequence[Check]
) -> Story:
    """`recording` without the line's noise."""
    turns = [*_caller_turns(conversation, account), *_agent_turns(account)]
    tools = (
        ToolCall(each.began - account.epoch, each.took, each.name, each.arguments, _answer(each))
        for each in account.entries
        if isinstance(each, ToolRun)
    )
    latencies = ((each.heard.began, each.heard.latency) for each in conversation.exchanges)
    return Story(
        agent,
        recording.seconds,
        tuple(sorted(turns, key=lambda turn: turn.began)),
        tuple(tools),
        tuple(Wait(began - latency, began) for began, latency in latencies if latency is not None),
        tuple(_barge_in(each, recording) for each in conversation.exchanges if each.line and each.line.interrupts),
        tuple(found),
    )


def _caller_turns(conversation: Conversation, account: Account) -> list[Turn]:
    spoken = [(each.line, each.said) for each in conversation.exchanges if each.line and each.said]
    understood = [
        (each.began - account.epoch, each.text.strip()) for each in account.entries if isinstance(each, CallerTurn)
    ]
    ends = [*(said.began for _, said in spoken[1:]), float("inf")]
    return [
        Turn(
            "caller",
            said.began,
            said.ended,
            line.words,
            note=f"{line.voice}; understood: {' '.join(text for at, text in understood if said.began <= at < end)}",
        )
        for (line, said), end in zip(spoken, ends, strict=False)
    ]


def _agent_turns(account: Account) -> list[Turn]:
    turns = []
    for each in account.entries:
        if isinstance(each, AgentTurn) and each.heard_ms:
            began, cut = each.began - account.epoch, each.heard_ms < each.sent_ms
            words, lost = (each.heard, each.text.removeprefix(each.heard).strip()) if cut else (each.text, "")
            note = f"cut off after {each.heard_ms / 1000:.1f} of {each.sent_ms / 1000:.1f} s" if cut else ""
            turns.append(Turn("agent", began, began + each.heard_ms / 1000, words, lost, note))
    return turns


def _barge_in(exchange: Exchange, recording: Recording) -> BargeIn:
    assert exchange.said is not None
    levels = recording.caller_levels
    first = round(exchange.said.began / FRAME)
    onset = next((frame for frame in range(first, len(levels)) if levels[frame] > SPEECH), first) * FRAME
    return BargeIn(onset, silent_after(recording.agent_levels, onset, exchange.heard.began))


def _answer(run: ToolRun) -> str:
    return str(next(iter(run.response.values()), ""))
