"""The tree of errors."""

from __future__ import annotations

import pytest

from telephony_agent.errors import (
    ConfigError,
    ConnectionLost,
    LiveError,
    NoAnswer,
    ProtocolError,
    SessionMisused,
    TelephonyAgentError,
    ToolError,
    TwilioError,
)


@pytest.mark.parametrize("error", [ConfigError("a"), ToolError("a"), ProtocolError("a"), ProtocolError("a", 1007)])
def test_one_except_catches_them_all_and_their_text_is_the_message(error: TelephonyAgentError) -> None:
    assert isinstance(error, TelephonyAgentError)
    assert str(error) == "a"


def test_who_must_act_can_be_told_apart() -> None:
    kinds = (ConfigError, ToolError, ProtocolError, TwilioError, SessionMisused, ConnectionLost, NoAnswer)
    assert not any(issubclass(a, b) for a in kinds for b in kinds if a is not b)


def test_a_protocol_error_may_say_how_the_connection_ends() -> None:
    assert ProtocolError("a").close_code is None
    assert ProtocolError("a", 1003).close_code == 1003


@pytest.mark.parametrize("error", [SessionMisused("a"), NoAnswer("a"), ConnectionLost("a", "b", True)])
def test_a_program_catches_all_of_a_session_s_errors_by_one_name(error: LiveError) -> None:
    assert isinstance(error, LiveError)


def test_a_lost_connection_tells_what_happened_and_what_helps() -> None:
    error = ConnectionLost("closed with 1011 'Internal error'", "resume()", True)
    assert str(error) == "closed with 1011 'Internal error'; resume()"
    assert (error.why, error.mend, error.may_resume) == ("closed with 1011 'Internal error'", "resume()", True)
