"""What 20 ms of a call take of the processor, piece by piece, without the sockets: `python -m tests.benchmarks.frame`.

Both ways at once: the caller's frame up, and down the agent's share of 200 ms, as the model sends it. A machine that is
busy or slow takes longer for everything, so each round has the base64 of a frame beside it, and that is the unit. Exits
with 1 if the bound is missed.
"""

from __future__ import annotations

import binascii
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from time import thread_time_ns

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # this module is run, so Python would show audioop's here
    from telephony_agent import steps
    from telephony_agent.audio import Downlink, Uplink
    from telephony_agent.call import Call
    from telephony_agent.ear import FRAME, Ear
    from telephony_agent.live import messages as live
    from telephony_agent.phone import messages as phone
    from tests.line import AGENT
    from tests.parties import SILENCE, STREAM, media, voice
    from tests.sound import tone
    from tests.story import INCOMING, STARTED
    from tests.test_ear import line, mulaw, noise, recording, silence

BOUND = 130  # base64 of a frame, for both ways, of an agent that talks and a caller who listens
ROUNDS = 60
SECONDS = 0.02
FRAMES = 300
EVERY = 10  # frames of the caller's, one piece of the agent's

SPEECH = "jfk_inaugural_16k"
PCM = tone(1_000, live.OUTPUT_RATE, EVERY * SECONDS)
ULAW = Downlink().feed(PCM)
HEARD, SPOKE = json.dumps(media()), json.dumps(voice(PCM)).encode()

Feed = Callable[[bytes], object]


def frames(ulaw: bytes) -> list[bytes]:
    return [ulaw[at : at + FRAME] for at in range(0, FRAMES * FRAME, FRAME)]


QUIET = frames(mulaw(noise(FRAMES * SECONDS, -60)))
SPEAKING = frames(mulaw(line(silence(0.5), recording(SPEECH))))
PLAYED = mulaw(recording(SPEECH))[:4_800]


def cost(work: Callable[[], object]) -> float:
    """In base64 of a frame, for each of `FRAMES`."""
    ratios = []
    for _ in range(ROUNDS):
        began = thread_time_ns()
        for frame in QUIET:
            binascii.b2a_base64(frame)
        middle = thread_time_ns()
        work()
        ratios.append((thread_time_ns() - middle) / (middle - began))
    return median(ratios)


def up(begin: Callable[[], Feed], pieces: Sequence[bytes] = QUIET) -> float:
    """Of frames, each fed to what `begin` makes for all of them."""

    def work() -> None:
        feed = begin()
        for piece in pieces:
            feed(piece)

    return cost(work)


def down(begin: Callable[[], Feed], piece: bytes) -> float:
    return up(begin, [piece] * (FRAMES // EVERY))


def ear(played: bytes = b"") -> Feed:
    ear = Ear()
    return lambda ulaw: ear.hear(ulaw, lambda: played)


def talking() -> Call:
    """A call in which caller and model have each other."""
    call = Call(AGENT, INCOMING, "models/gemini-3.8-live")
    for event in (steps.Rang(prewarm=True), steps.Connected(datetime.now(UTC)), live.Ready(), STARTED):
        call.handle(event, 0.0)
    return call


def called(frames: Sequence[bytes], talks: bool) -> float:
    def work() -> None:
        call = talking()
        for number, frame in enumerate(frames):
            if talks and number % EVERY == 0:
                call.handle(live.Spoke(PCM), number * SECONDS)
            call.handle(phone.Heard(frame), number * SECONDS)

    return cost(work) - cost(talking)


def main() -> int:
    rows = {
        "the caller's frame: read": up(lambda: lambda _: phone.parse(HEARD)),
        "  written to the model": up(lambda: lambda frame: live.dump(live.Hear(4 * frame))),
        "the agent's share: read": down(lambda: live.parse, SPOKE),
        "  written to Twilio": down(lambda: lambda ulaw: phone.dump(phone.Say(ulaw), STREAM), ULAW),
        "what the call does about both": called(QUIET, talks=True),
    }
    whole = sum(rows.values())
    rows |= {
        "both ways": whole,
        "of it, listening to the caller": up(ear),
        "  while the agent talks": up(lambda: ear(PLAYED)),
        "  who speaks": up(ear, SPEAKING),
        "  the filter to 16 kHz": up(lambda: Uplink().feed),
        "  that of digital silence": up(lambda: Uplink().feed, [SILENCE] * FRAMES),
        "  all that a silent caller takes": called(QUIET, talks=False),
        "  all that one takes who speaks": called(SPEAKING, talks=False),
        "  the filter to mu-law": down(lambda: Downlink().feed, PCM),
    }
    print("20 ms of a call, in base64 of its frame")
    for what, took in rows.items():
        print(f"{what:<40}{took:>7.1f}")
    missed = whole > BOUND
    print(f"at most {BOUND} both ways {'MISSED' if missed else ''}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
