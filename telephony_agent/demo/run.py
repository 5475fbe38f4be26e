"""One whole call on this machine: the service, the offline model, the offline phone, and a caller who says a script."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import msgspec

from .. import server
from ..agent import Agent
from ..app import Service, create_app
from ..audio import Uplink
from ..offline.phone.call import Ending, Ring
from ..offline.phone.phone import Phone, Turn
from ..offline.phone.speech import line_of, read_line
from ..record.entries import AgentTurn
from ..settings import Settings
from . import checks
from .account import Account, Tell
from .checks import Check
from .script import Expected, Line, expected, lines

VOICE_RATE = 24_000  # Hz of the synthetic voice
MARGIN = 0.3  # seconds more than needed that are queued when the caller draws breath to interrupt
PAUSE = 1.0  # seconds of silence after which the agent has finished its turn
MODEL_PATIENCE = 60.0  # seconds for the offline model to load
DATABASE = "restaurant.db"
BOOKING = "SELECT name, day, time, people FROM bookings ORDER BY id DESC LIMIT 1"


@dataclass
class Exchange:
    """A line of the caller's, and what was heard of the agent next. Times in seconds since the ring."""

    line: Line | None  # None: the greeting
    said: Turn | None
    heard: Turn
    texts: list[AgentTurn]
    queued: float = 0.0  # seconds of the agent that Twilio held when the line began
    recognised: str = ""


@dataclass
class Conversation:
    exchanges: list[Exchange] = field(default_factory=list)
    trouble: str | None = None

    def add(self, line: Line | None, said: Turn | None, heard: Turn, account: Account, queued: float = 0.0) -> None:
        """With the agent's turns that were recorded since the last one."""
        turns = [entry for entry in account.entries if isinstance(entry, AgentTurn)]
        known = sum(len(each.texts) for each in self.exchanges)
        self.exchanges.append(Exchange(line, said, heard, turns[known:], queued))


async def demo(
    agent: Agent, out: Path, voice: Callable[[str], bytes], recognise: Callable[[bytes], str], tell: Tell
) -> int:
    """Hold the call and look at what came of it; 0 only if everything was as it should be.

    `voice`: a text to 24 kHz s16 PCM, for the caller; `recognise`: 16 kHz s16 PCM to words. `out` gets `call.wav`,
    `call.json` and `call.jsonl`, and the tools' data.
    """
    token = secrets.token_urlsafe(24)
    listener = server.listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    account = Account(tell)
    app = create_app(agent, Settings(public_url=url, auth_tokens=(token,), provider="offline"), account.observe)
    sounds = await asyncio.to_thread(lambda: [(line, _sound(line, voice)) for line in lines()])
    async with server.serving(app, listener):
        await _ready(app.state.service)
        ring = Ring(f"{url}/twilio/voice", auth_token=token, status_url=f"{url}/twilio/status", out=out)
        tell(f"{0:7.2f}  ringing   {ring.url}")
        async with Phone(ring) as phone:
            account.epoch = asyncio.get_running_loop().time() - phone.now
            conversation = await _converse(phone, sounds, account)
            ending = await phone.hangs_up()
    for exchange in conversation.exchanges:
        exchange.recognised = await asyncio.to_thread(recognise, Uplink().feed(exchange.heard.ulaw))
    found = _checks(conversation, account, phone, ending, out)
    _summary(conversation, found, tell)
    (out / "call.json").write_text(_document(conversation, account, found))
    tell(f"kept in {out}: call.wav (caller left, agent right), call.json, call.jsonl")
    return 0 if all(check.right for check in found) else 1


def prepare(out: Path) -> None:
    """A folder for this run, and no booking of an earlier one in it."""
    out.mkdir(parents=True, exist_ok=True)
    (out / DATABASE).unlink(missing_ok=True)
    os.environ["DATA_DIR"] = str(out)  # where the tools keep theirs


async def _ready(service: Service) -> None:
    async with asyncio.timeout(MODEL_PATIENCE):
        await service.ready()


def _sound(line: Line, voice: Callable[[str], bytes]) -> bytes:
    return read_line(line.recording) if line.recording else line_of(voice(line.words), VOICE_RATE)


async def _converse(phone: Phone, sounds: Sequence[tuple[Line, bytes]], account: Account) -> Conversation:
    """Says line by line, each after the agent has finished, or over it where the script wants that."""
    conversation = Conversation()
    try:
        conversation.add(None, None, await phone.hears(pause=PAUSE), account)
        for index, (line, ulaw) in enumerate(sounds):
            queued = phone.queued
            account.says(account.epoch + phone.now, line.words, line.voice)
            said = await phone.says(ulaw)
            following = sounds[index + 1][0].interrupts if index + 1 < len(sounds) else None
            if following is None:
                heard = await phone.hears(pause=PAUSE)
                account.latency(account.epoch + phone.now, heard.latency)
            else:
                heard = Turn(await phone.until_speaking(), phone.now, b"")
                await phone.until_queued(following + MARGIN)
            conversation.add(line, said, heard, account, queued)
    except (TimeoutError, ConnectionError) as error:
        conversation.trouble = str(error)
        account.tell(f"{phone.now:7.2f}  trouble   {error}")
    return conversation


def _checks(conversation: Conversation, account: Account, phone: Phone, ending: Ending, out: Path) -> list[Check]:
    wanted = expected(dt.date.today())
    found = checks.tools_ran(account.entries, wanted)
    found.append(checks.booked(_row(out / DATABASE), _booking(wanted)))
    recording = phone.recording
    for exchange in conversation.exchanges:
        heard = [turn for turn in exchange.texts if turn.heard_ms == turn.sent_ms]
        if heard:
            found.append(checks.understood(" ".join(turn.text for turn in heard), exchange.recognised))
        if exchange.line is None or exchange.said is None:
            continue
        if exchange.line.answer:
            found.append(checks.answered(exchange.line.answer, exchange.recognised))
        if exchange.line.interrupts is not None:
            found += checks.interrupted(
                recording.caller_levels,
                recording.agent_levels,
                exchange.said.began,
                exchange.queued,
                exchange.heard.began,
            )
    last = conversation.exchanges[-1].recognised if conversation.exchanges else ""
    found += checks.farewell(account.entries, last)
    by = f"{ending.status}, by the {ending.by}"
    found.append(Check("the agent hung up", (ending.status, ending.by) == ("completed", "service"), by))
    faults = "; ".join(f"{fault.code} {fault.reason}" for fault in phone.report)
    found.append(Check("Twilio would have had nothing to complain of", not faults, faults or "nothing"))
    found.append(Check("every line was said", conversation.trouble is None, conversation.trouble or "all of them"))
    return found


def _booking(wanted: Sequence[Expected]) -> tuple[object, ...]:
    return next(tuple(each.arguments.values()) for each in wanted if each.function == "book_table")


def _row(database: Path) -> tuple[object, ...] | None:
    if not database.exists():
        return None
    with closing(sqlite3.connect(database)) as db:
        row: tuple[object, ...] | None = db.execute(BOOKING).fetchone()
        return row


def _summary(conversation: Conversation, found: Sequence[Check], tell: Tell) -> None:
    tell("")
    tell("ear latency  the caller said")
    for exchange in conversation.exchanges:
        if exchange.line is not None and exchange.heard.latency is not None:
            tell(f"{exchange.heard.latency:9.2f} s  {exchange.line.words}  ({exchange.line.voice})")
    latencies = sorted(each.heard.latency for each in conversation.exchanges if each.line and each.heard.latency)
    if latencies:
        tell(f"{latencies[len(latencies) // 2]:9.2f} s  in the middle, {latencies[-1]:.2f} s at most")
    tell("")
    for check in found:
        tell(f"{'right' if check.right else 'WRONG':6} {check.what}: {check.seen}")
    wrong = sum(not check.right for check in found)
    tell(f"{len(found)} checks, {wrong} wrong" if wrong else f"{len(found)} checks, all right")


def _document(conversation: Conversation, account: Account, found: Sequence[Check]) -> str:
    exchanges = [
        {
            "words": each.line.words if each.line else None,
            "voice": each.line.voice if each.line else None,
            "said": [each.said.began, each.said.ended] if each.said else None,
            "heard": [each.heard.began, each.heard.ended],
            "ear_latency": each.heard.latency,
            "recognised": each.recognised,
        }
        for each in conversation.exchanges
    ]
    entries = [{"kind": type(entry).__name__, **msgspec.to_builtins(entry, enc_hook=str)} for entry in account.entries]
    whole = {"exchanges": exchanges, "entries": entries, "checks": [asdict(check) for check in found]}
    return json.dumps(whole, indent=2) + "\n"
