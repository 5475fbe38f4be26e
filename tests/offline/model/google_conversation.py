"""One whole conversation of Google's own client with the offline model: ear, brain and voice are the real ones.

`python -m tests.offline.model.google_conversation` holds it and prints who said what.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from google.genai import errors, types
from google.genai.live import AsyncSession

from telephony_agent.offline.model import voices
from telephony_agent.offline.model.faculties import Faculties
from telephony_agent.offline.model.real import faculties
from telephony_agent.offline.model.server import serving
from tests.offline.model.conftest import by_telephone
from tests.offline.model.test_google_client import (
    Messages,
    asks,
    google,
    handle,
    heard,
    said,
    says,
    sound,
    turn,
    until_call,
)

INSTRUCTIONS = "You answer the phone of a restaurant. You can park behind the house."
SECOND = bytes(32_000)  # of silence at 16 kHz
CHUNK = 3200  # bytes: 100 ms
TIME_LIMIT = 120.0  # seconds for all of it
VOICE = 24_000  # Hz

Speak = Callable[[str], bytes]  # a text as s16le at 24 kHz
Tell = Callable[[str], None]


def declared(name: str, does: str, /, **parameters: tuple[str, str]) -> types.FunctionDeclaration:
    """Each parameter by its type and what it is."""
    schemas = {each: types.Schema(type=types.Type(kind), description=is_) for each, (kind, is_) in parameters.items()}
    schema = types.Schema(type=types.Type.OBJECT, properties=schemas, required=list(parameters))
    return types.FunctionDeclaration(name=name, description=does, behavior=types.Behavior.BLOCKING, parameters=schema)


HOURS = declared("opening_hours", "Tell when the restaurant opens and closes on a day.", day=("STRING", "A weekday"))
BOOK = declared(
    "book_table",
    "Book a table at the restaurant.",
    name=("STRING", "The name that the booking is under"),
    day=("STRING", "The day of the visit, a weekday"),
    people=("INTEGER", "The number of people"),
)
CONFIG: dict[str, Any] = {
    "system_instruction": INSTRUCTIONS,
    "tools": [types.Tool(function_declarations=[HOURS, BOOK])],
    "session_resumption": {},
}


class Conversation:
    """`speak` is the caller's voice; `tell` gets a line for whatever is said or done."""

    def __init__(self, model: Faculties, speak: Speak, tell: Tell) -> None:
        self._model, self._speak, self._tell = model, speak, tell
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._handle: str | None = None

    async def hold(self) -> None:
        """All of it. Raises AssertionError where something is not as it should be."""
        async with serving(self._model, time_limit=TIME_LIMIT) as server:
            async with google(server, **CONFIG) as session:
                await self._by_text(session)
                await self._by_voice(session)
                await self._interrupted(session)
                await self._asked_for_more(session)
            self._tell("-- the connection is closed; another goes on with the conversation")
            resumed = CONFIG | {"session_resumption": {"handle": self._handle}}
            async with google(server, **resumed) as session:
                await self._goes_on(session)
            try:
                async with google(server, tools=[{"computer_use": {}}]):
                    raise AssertionError("a tool that no Live model has was taken")
            except errors.APIError as error:
                self._tell(f"error    {error}")

    async def _by_text(self, session: AsyncSession) -> None:
        self._tell("text     Where can I park?")
        await asks(session, "Where can I park?")
        assert "behind the house" in self._agent(await turn(session))

    async def _by_voice(self, session: AsyncSession) -> None:
        await self._caller(session, "When are you open on Sunday?")
        await self._call(session, "From noon to nine.")
        assert "noon" in self._agent(await turn(session))
        assert self.calls == [("opening_hours", {"day": "Sunday"})]

    async def _interrupted(self, session: AsyncSession) -> None:
        """Spoken over, it stops, and what was said over it is answered."""
        await asks(
            session, "Tell the caller that there is a long story to be told about this old house by the harbour."
        )
        messages: Messages = []
        async for message in session.receive():
            if sound([message]) and not sound(messages):
                await self._caller(session, "Wait, where can I park?")
            messages.append(message)
        contents = [message.server_content for message in messages if message.server_content]
        assert any(content.interrupted for content in contents)
        self._tell(f"agent    {said(messages)} -- interrupted")
        assert "behind the house" in self._agent(await turn(session))

    async def _asked_for_more(self, session: AsyncSession) -> None:
        await self._caller(session, "I would like to book a table for four people on Friday.")
        messages = await turn(session)
        assert "name" in self._agent(messages)
        async for message in session.receive():
            messages.append(message)
            if message.session_resumption_update:
                break
        self._handle = handle(messages)

    async def _goes_on(self, session: AsyncSession) -> None:
        await self._caller(session, "My name is Sarah Miller.")
        assert "Sarah Miller" in self._agent(await turn(session))
        await self._caller(session, "Yes, please.")
        await self._call(session, "Your table is booked.")
        assert self._agent(await turn(session)) == "Your table is booked."
        assert self.calls[1:] == [("book_table", {"name": "Sarah Miller", "day": "Friday", "people": 4})]

    async def _caller(self, session: AsyncSession, words: str) -> None:
        pcm = by_telephone(self._speak(words), VOICE) + SECOND
        self._tell(f"caller   {words}  ({len(pcm) / 32_000:.1f} s of sound)")
        for at in range(0, len(pcm), CHUNK):
            await says(session, 1, pcm[at : at + CHUNK])

    async def _call(self, session: AsyncSession, answer: str) -> None:
        (call,) = await until_call(session)
        self._tell(f"tool     {call.name}({call.args}) -> {answer}")
        self.calls.append((call.name or "", call.args or {}))
        response = types.FunctionResponse(id=call.id, name=call.name, response={"output": answer})
        await session.send_tool_response(function_responses=response)

    def _agent(self, messages: Messages) -> str:
        """What it said; aloud, too."""
        understood = f"  (understood: {heard(messages)})" if heard(messages) else ""
        self._tell(f"agent    {said(messages)}  ({len(sound(messages)) / 2 / VOICE:.1f} s of sound){understood}")
        assert sound(messages)
        return said(messages)


if __name__ == "__main__":
    asyncio.run(Conversation(faculties(), voices.caller().say, print).hold())
