"""One whole call on this machine: the service, the offline model, the offline phone, and a caller who says a script."""

from __future__ import annotations

import asyncio
import audioop
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .. import server
from ..agent import Agent, ChooseAgent
from ..app import Service, create_app
from ..audio import Uplink
from ..offline.phone.call import Ending, Ring
from ..offline.phone.levels import FRAME, FRAME_BYTES
from ..offline.phone.messages import Fault
from ..offline.phone.network import Internet
from ..offline.phone.phone import Phone, Turn
from ..offline.phone.recording import Recording
from ..offline.phone.speech import read_line, spoken_line
from ..settings import Settings
from . import checks, verdict
from .account import Account, Tell
from .checks import Check
from .conversation import Conversation, converse
from .document import document, keep
from .retelling import retold
from .script import Line, Script
from .telephone import Noisy, banded, noisy

MODEL_PATIENCE = 60.0  # seconds for the offline model to load

Voice = Callable[[str], bytes]  # a text to 24 kHz s16 PCM
Recognise = Callable[[bytes], str]  # 16 kHz s16 PCM to words


async def demo(
    agent: Agent | ChooseAgent,
    script: Script,
    out: Path,
    voice: Voice,
    recognise: Recognise,
    tell: Tell,
    *,
    plain: bool = False,
    further: Callable[[], Sequence[Check]] = tuple,
    live_url: str | None = None,
    live_model: str = "",
) -> int:
    """Hold the call and look at what came of it; 0 only if everything was as it should be.

    `out` gets `call.html`, `call.svg`, `call.wav`, `call.json` and `call.jsonl`. `plain`: over a perfect line,
    not through a telephone's band with a little noise.
    `further` checks what the tools have done. `live_url`: another model than our own; `live_model`: as which it talks.
    Raises ConfigError for a recording that can't be said, an agent that does not suit the model, and if that does not
    start.
    """
    sounds = await asyncio.to_thread(lambda: [(line, _sound(line, voice, plain)) for line in script.lines])
    account = Account(tell)
    held = await _hold(agent, sounds, out, account, plain, live_url, live_model)
    conversation = held.conversation
    recording = await asyncio.to_thread(Recording.read, out / "call.wav")  # what anybody can listen to is what counts
    for exchange in conversation.exchanges:
        heard = _agent(recording, exchange.heard)
        exchange.recognised = await asyncio.to_thread(recognise, heard)
    found = checks.tools_ran(account.entries, script.tools)
    found += [*further(), *verdict.spoken(conversation.exchanges, recording, script.every_word)]
    found += verdict.ended(script, account.entries, conversation, held.ending, held.report)
    _summary(conversation, found, tell)
    story = retold(_name(agent), conversation, account, recording, found)
    keep(out, story, recording if plain else noisy(recording), document(conversation, account, found))
    tell(f"kept in {out}: call.html (look at it), call.wav (caller left, agent right), call.svg, call.json, call.jsonl")
    return 0 if all(check.right for check in found) else 1


@dataclass(frozen=True)
class _Held:
    """A call that is over. `report`: what Twilio would have had to complain of."""

    conversation: Conversation
    ending: Ending
    report: Sequence[Fault]


async def _hold(
    agent: Agent | ChooseAgent,
    sounds: Sequence[tuple[Line, bytes]],
    out: Path,
    account: Account,
    plain: bool,
    live_url: str | None,
    live_model: str,
) -> _Held:
    """The call, with a service of its own."""
    token = secrets.token_urlsafe(24)
    listener = server.listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = Settings(
        public_url=url, auth_tokens=(token,), provider="offline", live_url=live_url, live_model=live_model
    )
    with listener:  # also if the agent is refused
        app = create_app(agent, settings, account.observe)
        async with server.serving(app, listener):
            await _ready(app.state.service)
            ring = Ring(f"{url}/twilio/voice", auth_token=token, status_url=f"{url}/twilio/status", out=out)
            account.tell(f"{0:7.2f}  ringing   {ring.url}")
            async with Phone(ring, Internet(token) if plain else Noisy(Internet(token))) as phone:
                account.epoch = asyncio.get_running_loop().time() - phone.now
                conversation = await converse(phone, sounds, account, _greets(agent))
                ending = await phone.hangs_up()
    return _Held(conversation, ending, phone.report)


def _agent(recording: Recording, turn: Turn) -> bytes:
    """A turn of the agent's as the recording has it on its right: 16 kHz s16 PCM."""
    first, last = (2 * FRAME_BYTES * round(at / FRAME) for at in (turn.began, turn.ended))
    return Uplink().feed(audioop.lin2ulaw(recording.agent[first:last], 2))


async def _ready(service: Service) -> None:
    async with asyncio.timeout(MODEL_PATIENCE):
        await service.ready()


def _greets(agent: Agent | ChooseAgent) -> bool | None:
    return agent.greeting is not None if isinstance(agent, Agent) else None


def _name(agent: Agent | ChooseAgent) -> str:
    return agent.name if isinstance(agent, Agent) else "an agent"


def _sound(line: Line, voice: Voice, plain: bool) -> bytes:
    """A recording has been through a microphone and is said as it is; the synthetic voice knows of no telephone."""
    if line.recording:
        return read_line(line.recording)
    ulaw = spoken_line(line.words, voice)
    return ulaw if plain else banded(ulaw)


def _summary(conversation: Conversation, found: Sequence[Check], tell: Tell) -> None:
    tell("")
    tell("ear latency  the caller said")
    for exchange in conversation.exchanges:
        if exchange.line is not None and exchange.heard.latency is not None:
            tell(f"{exchange.heard.latency:9.2f} s  {exchange.line.words}  ({exchange.line.voice})")
    latencies = [each.heard.latency for each in conversation.exchanges if each.line and each.heard.latency]
    if latencies:
        tell(f"{median(latencies):9.2f} s  in the middle, {max(latencies):.2f} s at most")
    tell("")
    for check in found:
        tell(f"{'right' if check.right else 'WRONG':6} {check.what}: {check.seen}")
    wrong = sum(not check.right for check in found)
    tell(f"{len(found)} checks, {wrong} wrong" if wrong else f"{len(found)} checks, all right")
