"""How Google closes a session, by our name for it: the code and the words that were seen."""

from __future__ import annotations

INVALID = 1007  # the code of everything that is wrong with a message
VAGUE = "Request contains an invalid argument."

INTERNAL = (1011, "Internal error encountered.")
CUT = (1006, "")  # no close frame at all: the line breaks
EXPIRED = (1000, "The operation was cancelled.")  # after its ten minutes
NO_SUCH_THING = (1008, "Requested entity was not found.")  # an unknown handle, an answer to a call that nobody made
WRONG_KEY = (1007, "API key not valid. Please pass a valid API key.")  # believed to be so, not seen
NO_KEY = (
    1008,
    "Method doesn't allow unregistered callers (callers without established identity). "
    "Please use API Key or other form of API consumer identity to call this API.",
)

CLOSINGS = {
    "internal": INTERNAL,
    "unavailable": (1011, "The service is currently unavailable."),
    "deadline": (1011, "Deadline expired before operation could complete."),
    "overloaded": (1011, "RPC::DEADLINE_EXCEEDED"),
    "quota": (1011, "You exceeded your current quota, please check your plan and billing details."),
    "cut": CUT,
    "expired": EXPIRED,
    "invalid": (INVALID, VAGUE),
    "precondition": (1007, "Precondition check failed."),
    "location": (1007, "User location is not supported for the API use."),
    "wrong_key": WRONG_KEY,
    "no_key": NO_KEY,
    "leaked_key": (1008, "Your API key was reported as leaked. Please use another API key."),
    "not_found": NO_SUCH_THING,
    "not_implemented": (1008, "Operation is not implemented, or supported, or enabled."),
}
