"""What a caller's sound must be like to begin and to end a turn: the five knobs of `realtimeInputConfig`, in frames.

Google says what each knob is for, not what it measures; what each does to speech here is in the tests of the listener.
https://ai.google.dev/api/live#automaticactivitydetection
"""

from __future__ import annotations

from dataclasses import dataclass

from telephony_agent.offline.model.messages import Setup

FRAME_MS = 32  # of sound, that are judged at once

START = 3  # frames of speech (96 ms) that begin an utterance; knocks and breaths are shorter
BARGE_IN = 5  # frames of speech (160 ms) that begin one over a talking agent
END = 17  # frames of silence (544 ms) that end one: less cuts 1 sentence in 100 of people who read, and more of others
PATIENT_END = 31  # frames of silence (992 ms) that end one at a low sensitivity to ends
LIKELY, SURELY = 0.5, 0.85  # how sure of speech to begin, and at a low sensitivity to beginnings; a cough is not sure
STILL_LIKELY, HARDLY = 0.35, 0.15  # how sure of speech to go on, and at a low sensitivity to ends
LONGEST = 850  # frames (27 s): no utterance is longer, whatever the line does
LEAD = 16  # frames (0.5 s) of an utterance from before its beginning
ALL_LEAD = 312  # frames (10 s) of it, where a turn includes all that came in


@dataclass(frozen=True)
class Gates:
    """Frames of speech that begin an utterance, also over a talking agent, of silence that end it, of sound kept from
    before it; and how sure of speech, 0..1, one must be to begin and to go on.
    """

    start: int = START
    barge_in: int = BARGE_IN
    end: int = END
    lead: int = LEAD
    likely: float = LIKELY
    still_likely: float = STILL_LIKELY


def gates(setup: Setup) -> Gates:
    """As a client wants them. Where it says nothing, sensitivities are high, as at the Developer API."""
    patient = setup.end_sensitivity == "LOW"
    start, barge_in = START, BARGE_IN
    if setup.prefix_ms is not None:
        start = barge_in = _frames(setup.prefix_ms, least=1)
    end = PATIENT_END if patient else END
    if setup.silence_ms is not None:
        end = _frames(setup.silence_ms, least=2)
    return Gates(
        start,
        barge_in,
        end,
        ALL_LEAD if setup.all_input else LEAD,
        SURELY if setup.start_sensitivity == "LOW" else LIKELY,
        HARDLY if patient else STILL_LIKELY,
    )


def _frames(milliseconds: int, least: int) -> int:
    return min(LONGEST, max(least, round(milliseconds / FRAME_MS)))
