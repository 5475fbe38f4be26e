"""A conference: who is in it, since when it goes on, and what its status URL is told of that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass
class Participant:
    """`starts`: the conference begins when this one comes; `ends`: and is over when this one leaves."""

    call_sid: str
    label: str = ""
    starts: bool = True
    ends: bool = False
    muted: bool = False
    hold: bool = False
    coaches: str = ""  # a CallSid: only that one hears this one


@dataclass(frozen=True)
class Happened:
    """`event` as Twilio names it: participant-join, conference-start and so on."""

    event: str
    participant: Participant | None = None


@dataclass
class Room:
    """A conference. `wanted`: the events that `status_callback` is told of, by their short names."""

    name: str
    sid: str
    created: datetime
    status: Literal["init", "in-progress", "completed"] = "init"
    participants: dict[str, Participant] = field(default_factory=dict)
    status_callback: str | None = None
    wanted: tuple[str, ...] = ()
    told: int = 0

    @property
    def over(self) -> bool:
        return self.status == "completed"

    def hears(self, one: str, other: str) -> bool:
        """Whether the participant with CallSid `one` hears `other`."""
        if self.status != "in-progress" or one == other or not {one, other} <= self.participants.keys():
            return False
        speaker = self.participants[other]
        if self.participants[one].hold or speaker.hold or speaker.muted:
            return False
        return speaker.coaches in ("", one)

    def join(self, participant: Participant) -> list[Happened]:
        self.participants[participant.call_sid] = participant
        happened = [Happened("participant-join", participant)]
        if self.status == "init" and participant.starts:
            self.status = "in-progress"
            happened.insert(0, Happened("conference-start", participant))
        return happened

    def leave(self, call_sid: str) -> list[Happened]:
        """Nothing, if that one has left before."""
        participant = self.participants.pop(call_sid, None)
        if participant is None:
            return []
        happened = [Happened("participant-leave", participant)]
        if not self.over and (participant.ends or not self.participants):
            happened += self.end()
        return happened

    def end(self) -> list[Happened]:
        self.status = "completed"
        return [Happened("conference-end")]

    def form(self, account_sid: str, happened: Happened, now: str) -> dict[str, str]:
        """What the status URL gets. `now` as Twilio writes times."""
        one = happened.participant
        self.told += 1
        whose = (
            {
                "CallSid": one.call_sid,
                "Muted": _word(one.muted),
                "Hold": _word(one.hold),
                "Coaching": _word(bool(one.coaches)),
                "StartConferenceOnEnter": _word(one.starts),
                "EndConferenceOnExit": _word(one.ends),
                **({"ParticipantLabel": one.label} if one.label else {}),
            }
            if one is not None
            else {}
        )
        return {
            "AccountSid": account_sid,
            "ConferenceSid": self.sid,
            "FriendlyName": self.name,
            "StatusCallbackEvent": happened.event,
            "SequenceNumber": str(self.told),
            "Timestamp": now,
            **whose,
        }

    def wants(self, happened: Happened) -> bool:
        """`start`, `end`, `join`, `leave`, `mute` and `hold` are what a service asks for."""
        short = happened.event.rpartition("-")[2]
        return {"unmute": "mute", "unhold": "hold"}.get(short, short) in self.wanted


def _word(flag: bool) -> str:
    return str(flag).lower()
