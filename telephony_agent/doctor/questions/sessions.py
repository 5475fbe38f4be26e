"""How long sessions last, and how they go on: handles, resumption, the server's farewell, a changed instruction."""

from __future__ import annotations

import asyncio
from typing import Any

from ..answers import Answer, answered, undecided
from ..interview import Interview, Refused, Session
from ..question import Question

RESUMABLE: dict[str, Any] = {"sessionResumption": {}}
HANDLE = 10.0  # seconds in which a handle comes after a turn
AFTER = 2.0  # seconds in which what follows a turn comes
LIFETIME = 720.0  # seconds; a connection is said to last about 600
QUIET = 240.0  # seconds without any message of ours
RATE = 16_000  # Hz


def _instructed(word: str) -> dict[str, Any]:
    text = f"Whatever you are asked, answer with one word and nothing else: {word}."
    return {"systemInstruction": {"parts": [{"text": text}]}}


async def _first_part(session: Session) -> str:
    """A turn, and the handle that follows it. What was said."""
    await session.tells("What is your word?")
    said = (await session.turn()).said
    loop = asyncio.get_running_loop()
    until = loop.time() + HANDLE
    while session.handle is None and not session.closing and (left := until - loop.time()) > 0:
        await session.hears(left)
    return said.strip()


async def changed_instruction(ask: Interview) -> Answer:
    async with ask.session(RESUMABLE | _instructed("apple")) as session:
        before = await _first_part(session)
    if session.handle is None:
        return undecided("no handle came", before=before)
    resumed = {"sessionResumption": {"handle": session.handle}}
    try:
        async with ask.session(resumed | _instructed("banana")) as session:
            await session.tells("What is your word?")
            after = (await session.turn()).said.strip()
    except Refused as refused:
        return answered(f"a session with another instruction is not resumed: {refused}", before=before)
    facts = {"before": before, "after": after}
    if "apple" not in before.lower():
        return undecided("the first instruction was not followed", **facts)
    if "banana" in after.lower():
        return answered("a resumed session takes the new instruction", **facts)
    if "apple" in after.lower():
        return answered("a resumed session keeps the old instruction", **facts)
    return undecided("neither word was said", **facts)


async def open_before_close(ask: Interview) -> Answer:
    async with ask.session(RESUMABLE) as old:
        await _first_part(old)
        if old.handle is None:
            return undecided("no handle came")
        try:
            async with ask.session({"sessionResumption": {"handle": old.handle}}) as new:
                await new.tells("Say the word yes.")
                turn = await new.turn()
                facts = {"the new one": new.closing or f"says {turn.said.strip()!r}"}
        except Refused as refused:
            return answered(f"refused while the old socket is open: {refused}")
        facts["the old one"] = await old.ends(AFTER) or "stays open"
    return answered("a session is resumed while its old socket is open", **facts)


async def unasked_handles(ask: Interview) -> Answer:
    async with ask.session() as session:
        await session.tells("Say the word yes.")
        turn = await session.turn()
        await session.hears(AFTER)
    if not turn.answered:
        return undecided("nothing was said")
    came = f"{session.updates} updates" if session.updates else "none"
    return answered(f"without `sessionResumption` in the setup: {came}")


async def changed_context(ask: Interview) -> Answer:
    async with ask.session(_instructed("apple")) as session:
        await session.tells("What is your word?")
        before = (await session.turn()).said.strip()
        await session.says({"contextUpdate": _instructed("banana")})
        await session.tells("What is your word now?")
        after = (await session.turn()).said.strip()
        if session.closing:
            return answered(f"`contextUpdate` is refused: {session.closing}")
    facts = {"before": before, "after": after}
    if "apple" not in before.lower():
        return undecided("the first instruction was not followed", **facts)
    return answered("it is followed" if "banana" in after.lower() else "it changes nothing", **facts)


async def farewell(ask: Interview) -> Answer:
    async with ask.session(RESUMABLE) as session, asyncio.TaskGroup() as group:
        loop = asyncio.get_running_loop()
        began, warned = loop.time(), {}
        playing = group.create_task(session.plays(bytes(int(2 * RATE * LIFETIME)), RATE))
        while not session.closing and (left := began + LIFETIME - loop.time()) > 0:
            message = await session.hears(left) or {}
            if "goAway" in message:
                warned = {"goAway after": round(loop.time() - began, 1), "goAway": message["goAway"]}
        lasted, closing = round(loop.time() - began, 1), session.closing
        playing.cancel()
    if not closing:
        return undecided(f"still open after {LIFETIME:g} s", **warned)
    return answered(f"{closing} after {lasted:g} s", **warned, lasted=lasted)


async def quiet(ask: Interview) -> Answer:
    async with ask.session() as session:
        loop = asyncio.get_running_loop()
        began = loop.time()
        closing = await session.ends(QUIET)
    if not closing:
        return answered(f"a session in which nothing is sent stays open for {QUIET:g} s")
    return answered(f"a session in which nothing is sent is {closing} after {loop.time() - began:.0f} s")


QUESTIONS = (
    Question(
        name="changed-instruction",
        asks="Does a resumed session take a new system instruction?",
        believed="documented; one measurement says that the old one stays",
        ask=changed_instruction,
        sessions=2,
        turns=2,
        said=2,
        limit=90.0,
    ),
    Question(
        name="open-before-close",
        asks="Is a session resumed while its old socket is still open?",
        believed="one report of 1011; we close first",
        ask=open_before_close,
        sessions=2,
        turns=2,
        said=2,
        limit=90.0,
    ),
    Question(
        name="unasked-handles",
        asks="Do handles come that were not asked for?",
        believed="once seen on 3.1",
        ask=unasked_handles,
        turns=1,
        said=1,
    ),
    Question(
        name="changed-context",
        asks="Is a `contextUpdate` of the instruction followed?",
        believed="3.8 documents it",
        ask=changed_context,
        turns=2,
        said=2,
        limit=60.0,
    ),
    Question(
        name="farewell",
        asks="When and how does the server say that it will close, and how does it close?",
        believed="`goAway` about 60 s before 10 minutes are over, 30 to 50 s seen",
        ask=farewell,
        heard=LIFETIME,
        limit=LIFETIME + 30.0,
        long=True,
    ),
    Question(
        name="quiet",
        asks="Is a session closed in which nothing is sent?",
        believed="not published",
        ask=quiet,
        limit=QUIET + 30.0,
        long=True,
    ),
)
