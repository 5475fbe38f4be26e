"""What to do about each way in which a connection to the model ends. The reasons are the server's own words."""

from __future__ import annotations

import pytest

from telephony_agent.live.closing import Remedy, of_network, of_socket, of_upgrade


@pytest.mark.parametrize(
    ("code", "reason", "remedy"),
    [
        (1000, "", Remedy.RESUME),
        (1000, "The operation was cancelled.", Remedy.RESUME),
        (1001, "", Remedy.RESUME),
        (1005, "", Remedy.RESUME),
        (None, "", Remedy.RESUME),
        (1009, "", Remedy.RESUME),
        (1011, "Internal error encountered.", Remedy.RESUME),
        (1011, "The service is currently unavailable.", Remedy.RESUME),
        (1011, "Deadline expired before operation could complete.", Remedy.RESUME),
        (1011, "RPC::DEADLINE_EXCEEDED", Remedy.RESUME),
        (1011, "The model is OVERLOADED. Please try again later.", Remedy.RESUME),
        (1011, "keepalive ping timeout", Remedy.RESUME),
        (1007, "Cannot extract voices from a non-audio request.", Remedy.FORGET),
        (1007, "Unsupported language code 'xx-XX' for model models/x", Remedy.FORGET),
        (1007, "Invalid value at 'tool_response.function_responses[0].scheduling'", Remedy.FORGET),
        (1007, "Precondition check failed.", Remedy.FORGET),
        (1007, "API key not valid. Please pass a valid API key.", Remedy.FORGET),
        (1007, "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.", Remedy.FORGET),
        (1011, "You exceeded your current quota, please check your plan and billing details.", Remedy.WAIT),
        (1011, "Your prepayment credits are depleted.", Remedy.WAIT),
        (1011, "RESOURCE_EXHAUSTED", Remedy.WAIT),
        (1008, "Resource has been exhausted (e.g. check quota).", Remedy.WAIT),
        (1007, "Request contains an invalid argument.", Remedy.FORGET),
        (1007, 'Invalid JSON payload received. Unknown name "x" at \'setup\'', Remedy.FORGET),
        (1007, "User location is not supported for the API use.", Remedy.FORGET),
        (1007, "", Remedy.FORGET),
        (1008, "models/x is not found for API version v1beta, or is not supported", Remedy.GIVE_UP),
        (1008, "Your API key was reported as leaked. Please use another API key.", Remedy.GIVE_UP),
        (1008, "Method doesn't allow unregistered callers", Remedy.GIVE_UP),
        (1008, "", Remedy.GIVE_UP),
        (1008, "Requested entity was not found.", Remedy.FRESH),
        (1008, "Operation is not implemented, or supported, or enabled.", Remedy.RESUME),
        (4999, "who knows", Remedy.RESUME),
    ],
)  # fmt: skip
def test_a_close_is_read_by_its_code_and_its_reason(code: int | None, reason: str, remedy: Remedy) -> None:
    closing = of_socket(code, reason)
    assert closing.remedy is remedy
    assert str(code or 1006) in closing.why
    assert repr(reason) in closing.why


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (400, Remedy.GIVE_UP),
        (401, Remedy.GIVE_UP),
        (403, Remedy.GIVE_UP),
        (404, Remedy.GIVE_UP),
        (429, Remedy.WAIT),
        (500, Remedy.RESUME),
        (502, Remedy.RESUME),
        (503, Remedy.RESUME),
        (200, Remedy.RESUME),
    ],
)
def test_a_refused_upgrade_is_read_by_its_status(status: int, remedy: Remedy) -> None:
    closing = of_upgrade(status)
    assert closing.remedy is remedy
    assert str(status) in closing.why


def test_a_network_that_fails_may_work_the_next_time() -> None:
    closing = of_network(ConnectionRefusedError("no one there"))
    assert closing.remedy is Remedy.RESUME
    assert closing.why == "could not connect: ConnectionRefusedError no one there"
    assert of_network(TimeoutError()).why == "could not connect: TimeoutError"
