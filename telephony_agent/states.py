"""Where a call can be, how it may move, and what it waits for."""

from __future__ import annotations

import enum

GO_AWAY_MARGIN = 2.0  # seconds before the server's own end at which we leave
OLD_AGE = 540.0  # seconds after which we leave a session in a quiet moment: its connection lasts some ten minutes
UNANSWERED = 20.0  # seconds after which no answer is expected any more
STEADY = 2.0  # seconds that a session must stand for the caller to have had a model
FETCHED = 5.0  # seconds after which a call is where it was fetched to
ROUNDS, ROUNDS_WITHIN = 10, 120.0  # streams lost in so many seconds before the call ends politely


class State(enum.Enum):
    RINGING = "Twilio was told to open a stream, and has not done so yet"
    DIALLING = "a caller waits for the model"
    TALKING = "caller and model hear each other"
    LEAVING = "the call ends as soon as its last words have been heard"
    AWAY = "a caller without a stream, who may be back"
    OVER = "the end; the outcome stands"


# (where, why) -> where to. No other way leads from one state to another.
MOVES = {
    (State.RINGING, "started"): State.DIALLING,
    (State.DIALLING, "started"): State.DIALLING,
    (State.TALKING, "started"): State.DIALLING,
    (State.AWAY, "started"): State.DIALLING,
    (State.DIALLING, "ready"): State.TALKING,
    (State.TALKING, "lost"): State.DIALLING,
    (State.DIALLING, "leave"): State.LEAVING,
    (State.TALKING, "leave"): State.LEAVING,
    (State.LEAVING, "interrupted"): State.TALKING,
    (State.LEAVING, "away"): State.AWAY,
    (State.DIALLING, "away"): State.AWAY,
    (State.TALKING, "away"): State.AWAY,
    **{(state, "over"): State.OVER for state in State},
}


class Timer(enum.Enum):
    STREAM = "no stream came"
    PREWARM = "the model was dialled for a stream that did not come"
    SETUP = "the model was not ready in time"
    ANSWER = "the model did not answer the setup"
    REDIAL = "time to dial again"
    OLD = "the session is near the end of its life"
    QUIET = "nobody speaks, and nothing is owed: the moment to leave an old session"
    ROTATE = "the server is about to close the connection"
    AWAY = "the stream did not come back"
    BEEP = "the model has heard that a machine's greeting is over"
    FIRST_WORD = "whom we have called says nothing"
    FETCH = "Twilio has not asked what follows the stream"
    MUSIC = "a caller on hold needs more music"
    KEYS = "no more keys were pressed"
    QUESTION = "the end of a question is to be kept back"
    UNPAUSED = "the recording of the call was not paused"
    TONE = "the tone of the last secret key may be heard"
    IDLE = "nobody has said anything"
    LONGEST = "the call has lasted as long as it may"
    LAST_CHANCE = "the caller talks over the goodbye of a call that may not go on"
    GUARD = "something has gone wrong quietly, or will have"
    HOLD = "the model has not noticed that the caller interrupts"
    STALE = "sound from here on belongs to a new turn"
    FAREWELL = "no farewell came"
    ECHO = "the farewell's mark did not come back"


PATIENCE = {  # seconds
    Timer.STREAM: 30.0,  # from the webhook to the stream: the life of its token
    Timer.PREWARM: 10.0,  # that a model waits for the stream
    Timer.SETUP: 7.0,  # that the caller waits for a model, however often it is dialled meanwhile
    Timer.ANSWER: 4.0,  # from dialling to the setup's acceptance, which takes a second
    Timer.OLD: OLD_AGE,
    Timer.AWAY: 10.0,  # that the model waits for a stream that broke off
    Timer.LAST_CHANCE: 60.0,
    Timer.FETCH: 2.0,  # for Twilio to notice that; it has two network paths and a second to do so in
    Timer.UNPAUSED: 2.0,  # for Twilio to pause a recording, which takes some tenths of a second
    Timer.TONE: 0.5,  # from the key: people press one for a quarter of a second
    Timer.STALE: 1.0,  # after an interruption, in which the old turn's sound may still arrive
    Timer.FAREWELL: 5.0,  # without sound, after which nothing more is expected of the farewell
    Timer.ECHO: 2.0,  # for the last mark to come back once its sound must have been played
}


class Timers:
    """When each timer that runs is due."""

    def __init__(self) -> None:
        self._due: dict[Timer, float] = {}
        self.deadline: float | None = None
        """When the next one is due: looked at more often than it changes."""

    def __contains__(self, timer: Timer) -> bool:
        return timer in self._due

    def start(self, timer: Timer, at: float) -> None:
        """Also if it runs: it is due at that time now."""
        self._due[timer] = at
        self.deadline = min(self._due.values())

    def wait(self, timer: Timer, since: float) -> None:
        """Start one that has a `PATIENCE`."""
        self.start(timer, since + PATIENCE[timer])

    def stop(self, *timers: Timer) -> None:
        for timer in timers:
            self._due.pop(timer, None)
        self.deadline = min(self._due.values(), default=None)

    def stop_all(self) -> None:
        self.stop(*Timer)

    def take(self, now: float) -> Timer | None:
        """One that is due, stopped; the one that was due first."""
        timer = min(self._due, key=self._due.__getitem__, default=None)
        if timer is None or self._due[timer] > now:
            return None
        self.stop(timer)
        return timer
