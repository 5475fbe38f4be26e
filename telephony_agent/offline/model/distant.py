"""A brain elsewhere: any chat model behind OpenAI's HTTP interface, such as Ollama's or llama.cpp's server.

It speaks while it thinks: each sentence leaves as soon as it has ended.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from telephony_agent.errors import ConfigError, ProtocolError
from telephony_agent.offline.model import chat
from telephony_agent.offline.model.faculties import Answered, Asked, Call, Decision, Prompted, Say, Told
from telephony_agent.offline.model.messages import Function, Setup
from telephony_agent.offline.model.reply import SENTENCE_END

try:
    import httpx2
except ImportError:
    raise ConfigError(
        "a brain over HTTP needs the package httpx2; install it with: pip install 'telephony-agent[brain]'"
    ) from None

CONNECTING = 5.0  # seconds
SILENCE = 20.0  # seconds without a word: a big model reads a long prompt, and a caller does not wait longer
TOLD = 300  # letters of an error that are logged: the reason, as that a model can't use tools
PATH = "/v1/chat/completions"
VERSIONED = re.compile(r"/v\d+$")
BEGIN = "(The caller is on the line. Begin.)"
UNREACHED = "I am sorry, my language model does not answer just now. Please try again in a moment."
BROKEN = "I am sorry, I lost my thread. Could you say that again?"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DistantBrain:
    """`url` is the server's base, with or without /v1; `key` is sent as a Bearer token if there is one.

    `wanted` are the calls whose results it waits for.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    silence: float = SILENCE
    instructions: str = field(default="", repr=False)
    functions: tuple[Function, ...] = ()
    aloud: bool = True
    history: tuple[chat.Message, ...] = field(default=(), repr=False)
    wanted: tuple[chat.Wanted, ...] = ()

    def meet(self, setup: Setup) -> DistantBrain:
        return replace(self, instructions=setup.instructions, functions=setup.functions, aloud=not setup.as_text)

    def think(self, told: Told) -> tuple[DistantBrain, Decision]:
        """All at once, for who has no event loop."""
        return asyncio.run(self._whole(told))

    async def _whole(self, told: Told) -> tuple[DistantBrain, Decision]:
        async with aclosing(replace(self, aloud=False).think_aloud(told)) as thoughts:
            brain, decision = await anext(thoughts)
        return replace(brain, aloud=self.aloud), decision

    async def think_aloud(self, told: Told) -> AsyncGenerator[tuple[DistantBrain, Decision], None]:
        """Each sentence with `more` to come, then the last one or a call. Whoever stops listening ends the request."""
        brain = self._with(told)
        answer, unsaid = chat.Answer(), ""
        try:
            async for piece in brain._stream():
                answer.add(piece)
                *sentences, unsaid = SENTENCE_END.split(unsaid + piece.text)
                if sentences and self.aloud:
                    said = answer.text.removesuffix(unsaid)
                    yield brain._having_said(said), Say(" ".join(sentences), more=True)
                elif sentences:
                    unsaid = " ".join([*sentences, unsaid])
            concluded = brain._concluded(answer, unsaid.strip())
            if answer.wanted and unsaid.strip() and self.aloud:
                yield brain._having_said(answer.text), Say(unsaid.strip(), more=True)
            yield concluded
        except (httpx2.HTTPError, ProtocolError) as error:
            log.warning("the brain at %s failed: %s: %s", self.url, type(error).__name__, error)
            silent = isinstance(error, httpx2.HTTPError) and not answer.text
            heard = answer.text.removesuffix(unsaid)
            yield brain._having_said(heard) if heard else self, Say(UNREACHED if silent else BROKEN)

    async def _stream(self) -> AsyncGenerator[chat.Piece, None]:
        """Raises HTTPError if the server can't be reached or refuses, ProtocolError if it says what is no answer."""
        body = chat.request(self.model, self.instructions, self.history, self.functions)
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        limits = httpx2.Timeout(self.silence, connect=CONNECTING)
        async with (
            httpx2.AsyncClient(timeout=limits, headers=headers) as client,
            client.stream("POST", _address(self.url), json=body) as response,
        ):
            if response.is_error:
                said = (await response.aread()).decode(errors="replace")
                said = said.replace(self.key, "...") if self.key else said
                # Not higher: some servers repeat what they were sent, and so the caller's words.
                log.debug("the brain at %s answered %d: %s", self.url, response.status_code, said[:TOLD])
            response.raise_for_status()
            async for line in response.aiter_lines():
                piece = chat.piece(line)
                if piece and piece.done:
                    return
                if piece:
                    yield piece
        raise ProtocolError("the stream broke off before its end")

    def _with(self, told: Told) -> DistantBrain:
        """Having been told this."""
        match told:
            case Asked() | Prompted():
                roles = {"model": "assistant"}
                new = [chat.said(roles.get(turn.role, "user"), turn.text) for turn in told.turns]
                new = new or [chat.said("user", BEGIN)]
            case Answered():
                return self._answered(told)
        return replace(self, history=(*self.history, *new))

    def _answered(self, told: Answered) -> DistantBrain:
        """Results belong to the calls of the same name, in order; one that nobody waits for is news."""
        open_calls, new = list(self.wanted), []
        for result in told.results:
            call = next((each for each in open_calls if each.name == result.name), None)
            if call:
                open_calls.remove(call)
                new.append(chat.gave(call.id, result))
            else:
                new.append(chat.said("user", f"({result.name} has answered: {result.response})"))
        return replace(self, history=(*self.history, *new), wanted=tuple(open_calls))

    def _having_said(self, text: str) -> DistantBrain:
        return replace(self, history=(*self.history, chat.said("assistant", text.strip())))

    def _concluded(self, answer: chat.Answer, unsaid: str) -> tuple[DistantBrain, Decision]:
        if not answer.wanted:
            return self._having_said(answer.text), Say(unsaid)
        calls = tuple((each.name, each.parsed()) for each in answer.wanted)
        history = (*self.history, chat.called(answer.text.strip(), answer.wanted))
        return replace(self, history=history, wanted=answer.wanted), Call(calls)


def _address(url: str) -> str:
    base = url.rstrip("/")
    return f"{base}/chat/completions" if VERSIONED.search(base) else base + PATH
