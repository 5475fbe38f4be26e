"""Where a call can be, how it may move, and what it waits for."""

from __future__ import annotations

import enum

STREAM_PATIENCE = 30.0  # seconds from the webhook to the stream: the life of its token
PREWARM_PATIENCE = 10.0  # seconds that a model waits for the stream
SETUP_PATIENCE = 10.0  # seconds the caller waits for a model, however often it is dialled meanwhile
AWAY_PATIENCE = 10.0  # seconds the model waits for a stream that broke off
FAREWELL_PATIENCE = 5.0  # seconds without sound after which nothing more is expected of the farewell
ECHO_PATIENCE = 2.0  # seconds for the last mark to come back once its sound must have been played
STALE_PATIENCE = 1.0  # seconds after an interruption in which the old turn's sound may still arrive
GO_AWAY_MARGIN = 2.0  # seconds before the server's own end at which we leave
LAST_CHANCE = 60.0  # seconds that a caller who talks over the goodbye of a call that is too long gets
ROUNDS, ROUNDS_WITHIN = 10, 120.0  # streams lost in so many seconds before the call ends politely


class State(enum.Enum):
    RINGING = "the webhook is answered, its stream is not there yet"
    DIALLING = "the caller is on the line, the model is not"
    TALKING = "both are"
    LEAVING = "we have decided to hang up; the last words are still to be heard"
    AWAY = "the call is up, its stream is not"
    OVER = "nothing more will happen"


# Every way a call can move; what asks for another one is ignored.
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
    (State.DIALLING, "away"): State.AWAY,
    (State.TALKING, "away"): State.AWAY,
    **{(state, "over"): State.OVER for state in State},
}


class Timer(enum.Enum):
    STREAM = "no stream came"
    PREWARM = "the model was dialled for a stream that did not come"
    SETUP = "the model was not ready in time"
    REDIAL = "time to dial again"
    ROTATE = "the server is about to close the connection"
    AWAY = "the stream did not come back"
    IDLE = "nobody has said anything"
    LONGEST = "the call has lasted as long as it may"
    STALE = "sound from here on belongs to a new turn"
    FAREWELL = "no farewell came"
    ECHO = "the farewell's mark did not come back"
