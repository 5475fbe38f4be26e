"""What `telephony-agent ring URL` does: a caller who says given lines, each after the agent has finished."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from .call import Ring, new_sid
from .network import Network
from .phone import Phone, Turn
from .speech import read_line, spoken_line

GREETING = 10.0  # seconds to wait for an agent that may leave the first word to the caller
LINGER = 1.0  # seconds after the last turn in which an agent that said goodbye hangs up itself
CALLBACKS = 60.0  # seconds for the service's status URLs to answer, 15 each

Tell = Callable[[str], None]


async def ring(
    ring: Ring,
    say: Sequence[Path],
    text: Sequence[str],
    voice: Callable[[str], bytes] | None = None,
    tell: Tell = print,
    *,
    network: Network | None = None,
) -> int:
    """Rings, says the recordings, then the texts, and hangs up unless the service does.

    `voice` makes 24 kHz s16 PCM of a text. `tell` gets the account, line by line. The exit code is 0 only if the call
    was answered, every line said and answered or followed by the service's goodbye, and the call ended as it should.
    Raises ConfigError, before anything rings, for a file or text that can't be said.
    """
    lines = [(path.name, read_line(path)) for path in say]
    lines += [(f'"{words}"', spoken_line(words, voice)) for words in text]
    tell(f"ringing   {ring.url}")
    async with Phone(ring, network) as phone:
        complete = await _converse(phone, lines, tell)
        with suppress(TimeoutError):
            await phone.ended(within=LINGER)
        ending = await phone.hangs_up(within=CALLBACKS)
        tell(f"{phone.now:7.2f}   {ending.status}: {ending.reason}")
    for fault in phone.report:
        tell(f"{fault.at:7.2f}   {'warning' if fault.warning else 'error'} {fault.code}: {fault.reason}")
    for words in phone.announced:
        tell(f"          Twilio's voice would have said: {words}")
    if ring.out is not None:
        tell(f"kept      {ring.out / 'call.wav'}, {ring.out / 'call.jsonl'}")
    proper = ending.status == "completed" and all(fault.warning for fault in phone.report)
    return 0 if complete and proper else 1


async def crowd(
    order: Ring,
    count: int,
    say: Sequence[Path],
    text: Sequence[str],
    voice: Callable[[str], bytes] | None = None,
    tell: Tell = print,
    *,
    network: Network | None = None,
) -> int:
    """`count` calls at once, each as `ring` makes it; only failures and a sum are told. The exit code is 0 only if all
    went well."""
    accounts: list[list[str]] = [[] for _ in range(count)]
    spoken = cache(voice) if voice is not None else None
    async with asyncio.TaskGroup() as tasks:
        calls = [
            tasks.create_task(ring(_another(order, number), say, text, spoken, account.append, network=network))
            for number, account in enumerate(accounts)
        ]
    codes = [call.result() for call in calls]
    for number, code in enumerate(codes):
        if code:
            tell(f"call {number}: {'; '.join(line.strip() for line in accounts[number][-3:])}")
    tell(f"{count - sum(codes)} of {count} calls went well")
    return max(codes)


def _another(order: Ring, number: int) -> Ring:
    return replace(order, call_sid=new_sid("CA"), out=order.out and order.out / str(number))


async def _converse(phone: Phone, lines: Sequence[tuple[str, bytes]], tell: Tell) -> bool:
    """Whether all was said that was to be said, to an agent that answered."""
    unsaid = [name for name, _ in lines]
    try:
        await phone.answered()
        tell(f"{phone.now:7.2f}   answered")
        await _greeting(phone, tell)
        for name, ulaw in lines:
            said = await phone.says(ulaw)
            unsaid.remove(name)
            tell(f"{said.began:7.2f}   caller {name}")
            _tell_turn(await phone.hears(), tell)
    except TimeoutError as error:
        tell(f"{phone.now:7.2f}   {error}")
        return False
    except ConnectionError as error:
        if unsaid or not phone.lines:
            tell(f"{phone.now:7.2f}   {error}; left unsaid: {', '.join(unsaid) or 'nothing'}")
            return False
    return True


async def _greeting(phone: Phone, tell: Tell) -> None:
    try:
        _tell_turn(await phone.hears(within=GREETING), tell)
    except TimeoutError:
        tell(f"{phone.now:7.2f}   the agent leaves the first word to the caller")


def _tell_turn(turn: Turn, tell: Tell) -> None:
    latency = "" if turn.latency is None else f", {turn.latency:.2f} s after the caller"
    tell(f"{turn.began:7.2f}   agent speaks for {turn.ended - turn.began:.1f} s{latency}")
