"""Tools that are ready to be listed: `Agent(tools=[hang_up, transfer_to("+15551234567", "the reception"), ...])`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated, Any

from .errors import ToolError
from .phrases import RECORDED
from .record.entries import Transfer
from .toolbox.context import CallContext
from .toolbox.declare import tool


@tool
def hang_up(call: CallContext) -> str:
    """End the call, when the caller has said goodbye or nothing is left to be done."""
    call.hang_up()
    return "Say goodbye in one short sentence; the call ends after it."


def transfer_to(to: str, who: str, timeout: int = 25, caller_id: str = "") -> Callable[..., Any]:
    """A tool that puts the caller through. `who`: in the model's words, as "the reception"; one tool for each.

    Raises ValueError if `to` is not a number as "+15551234567", nor "sip:name@host".
    """
    Transfer(to, timeout, caller_id)

    def transfer(call: CallContext) -> str:
        call.transfer(to, timeout, caller_id)
        return f"Tell the caller in one short sentence that you put them through to {who}; it happens after it."

    transfer.__doc__ = f"Put the caller through to {who}, when they ask for it or you can't help them."
    transfer.__name__ = "transfer_to_" + _name(who)
    return tool(transfer)


def consult_and_transfer_to(to: str, who: str, timeout: int = 25, hold: bool = True) -> Callable[..., Any]:
    """As `transfer_to`, but they are told first who calls and why, and may decline.

    `hold`: the caller hears music meanwhile; else they stay with the agent.
    """
    Transfer(to, timeout)

    async def transfer(about: Annotated[str, "who calls, and why, in a sentence"], call: CallContext) -> str:
        if not about.strip():
            raise ToolError("say who calls, and why, in about")
        async with call.hold() if hold else nullcontext():
            takes_it = await call.consult(to, about, timeout)
        if not takes_it:
            return f"Nobody takes the call at {who}. Tell the caller, and ask how else you can help."
        call.join()
        return f"Tell the caller in one short sentence that you put them through to {who}; it happens after it."

    transfer.__doc__ = f"Ask {who} to take the call, and put the caller through. Ask the caller to wait first."
    transfer.__name__ = "consult_" + _name(who)
    return tool(timeout=timeout + 60.0, needs_account=True)(transfer)


@tool
def call_back(call: CallContext) -> str:
    """Keep in mind that the caller is to be called back, when they ask for that."""
    call.call_back()
    return "It is kept in mind. The caller will be called back at the number of this call."


@tool
def do_not_call(call: CallContext) -> str:
    """Never call them again, when they ask for that."""
    call.do_not_call()
    return "They will not be called again. Say so, and say goodbye."


@tool
def take_message(call: CallContext) -> str:
    """Let the caller leave a message after a tone, which ends the call."""
    call.take_message()
    return "Tell the caller in one short sentence that they can leave a message after the tone."


@tool(timeout=60)
async def press_digits(keys: Annotated[str, "0-9, *, #; w waits half a second"], call: CallContext) -> str:
    """Press keys on the telephone's keypad, as the menu of the other end asks for."""
    try:
        await call.press_digits(keys)
    except ValueError as error:
        raise ToolError(str(error)) from None
    return "They were pressed."


@tool(timeout=120)
async def collect_digits(length: Annotated[int, "how many there are"], call: CallContext) -> str:
    """Wait for the caller to press digits on the keypad. Ask for them before; the key # ends them early."""
    if not 1 <= length <= 64:
        raise ToolError("length is from 1 to 64")
    keys = await call.collect_digits(length)
    return f"The caller pressed {' '.join(keys)}." if keys else "The caller pressed nothing."


@tool(timeout=90)
async def hold(seconds: Annotated[int, "5 to 60"], call: CallContext) -> str:
    """Let the caller hear music for so long, when they want a moment to look for something. Tell them so before."""
    if not 5 <= seconds <= 60:  # a caller who is back sooner can't be heard
        raise ToolError("seconds is from 5 to 60")
    async with call.hold():
        await asyncio.sleep(seconds)
    return "They can hear you again. Ask whether they are ready."


@tool(needs_account=True)
async def send_sms(text: Annotated[str, "what it says"], call: CallContext) -> str:
    """Send the caller a text message."""
    try:
        await call.send_sms(text)
    except ValueError as error:
        raise ToolError(str(error)) from None
    return "It was sent."


@tool(needs_account=True)
async def record_call(call: CallContext) -> str:
    """Record the call from now on, once the caller has agreed. They are told so by a recorded voice before."""
    await call.record(RECORDED)
    return "The recording has begun."


@tool(needs_account=True)
async def pause_recording(call: CallContext) -> str:
    """Pause the recording, before the caller says what must not be kept."""
    await call.pause_recording()
    return "Nothing is recorded."


@tool(needs_account=True)
async def resume_recording(call: CallContext) -> str:
    """Go on recording after a pause."""
    await call.resume_recording()
    return "The recording goes on."


def _name(who: str) -> str:
    """As a part of a function's."""
    return re.sub(r"\W+", "_", who.lower(), flags=re.ASCII).strip("_")[:40] or "person"
