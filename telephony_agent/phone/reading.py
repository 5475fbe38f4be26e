"""What bad messages get: a warning, once; and when they go on, the end of the stream."""

from __future__ import annotations

import logging

from ..errors import ProtocolError
from .messages import UNSUPPORTED, Event, parse

logger = logging.getLogger(__name__)

PATIENCE = 20  # bad messages on one stream
NONSENSE = 1007  # WebSocket close code (RFC 6455, 7.4.1): the data is not what the type of message says


class Reader:
    """Reads the messages of one stream."""

    def __init__(self) -> None:
        self.ignored = 0

    def read(self, message: str | bytes) -> Event | None:
        """The event, or None for a message that carries none or is bad.

        Raises `ProtocolError` with a `close_code` where the stream must end: a binary frame (Twilio sends text only),
        sound we can't use, the twentieth bad message.
        """
        if isinstance(message, bytes):
            raise ProtocolError("a binary frame; Media Streams are text", UNSUPPORTED)
        try:
            return parse(message)
        except ProtocolError as error:
            self.ignored += 1
            if error.close_code is not None:
                raise
            if self.ignored >= PATIENCE:
                raise ProtocolError(f"{self.ignored} bad messages, the last one: {error}", NONSENSE) from None
            if self.ignored == 1:
                logger.warning("ignored, and so will be more of the kind: %s", error)
            return None
