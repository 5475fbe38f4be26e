"""What a conversation would cost: tokens, counted as Google counts them."""

from __future__ import annotations

from telephony_agent.offline.model.messages import Usage

A_SECOND = 25  # tokens of a second of audio, either way
LETTERS = 4  # of text a token, roughly


class Tokens:
    """The context so far. Each turn is charged for all of it again."""

    def __init__(self) -> None:
        self._letters = 0
        self._seconds = 0.0

    def text(self, text: str) -> None:
        self._letters += len(text)

    def heard(self, seconds: float) -> None:
        self._seconds += seconds

    def turn(self, spoken: float) -> Usage:
        """The usage of a turn that spoke for so many seconds; from now on they are context."""
        usage = Usage(
            prompt_text=self._letters // LETTERS,
            prompt_audio=round(self._seconds * A_SECOND),
            response_audio=round(spoken * A_SECOND),
        )
        self._seconds += spoken
        return usage
