"""What nobody has written down of Twilio's streams, to be chosen: a service must do with any of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unknowns:
    """`first_sequence`: the number of `start`. `first_timestamp`: ms, of the first sound; a captured call's was 155.
    `stop_on_close`: whether a service that closes the socket is sent a `stop` all the same. `close_code`: of Twilio's
    own close frame; None: none. `late`: seconds by which status callbacks may come after what follows them."""

    first_sequence: int = 1
    first_timestamp: int = 155
    stop_on_close: bool = False
    close_code: int | None = None
    late: float = 0.0


SEEN = Unknowns()
