"""A provider's refusal, read: what is wrong and what mends it."""

from __future__ import annotations

import json

import pytest

from telephony_agent.doctor.refusals import LONGEST, of_closing, of_status

WORDS = {"key": "GEMINI_API_KEY", "place": "LIVE_PROVIDER", "model": "gemini-x"}


@pytest.mark.parametrize(
    ("status", "what", "mend"),
    [
        (301, "sends elsewhere", "LIVE_URL"),
        (400, "refused", "GEMINI_API_KEY"),
        (401, "not accepted", "GEMINI_API_KEY"),
        (403, "may not do this", "roles/aiplatform.user"),
        (404, "no such address", "LIVE_PROVIDER"),
        (407, "proxy", "HTTPS_PROXY"),
        (429, "no quota", "billing"),
        (500, "trouble", "again"),
        (503, "trouble", "again"),
        (200, "no WebSocket", "LIVE_URL"),
    ],
)
def test_a_status_says_what_is_wrong_and_what_mends_it(status: int, what: str, mend: str) -> None:
    trouble = of_status(status, b"", WORDS)
    assert trouble.what.startswith(f"HTTP {status}: ")
    assert what in trouble.what
    assert mend in trouble.mend


def test_the_server_s_own_words_are_told_in_a_line() -> None:
    body = json.dumps({"error": {"code": 403, "message": "Vertex AI API has not been used\nin project 1 {before}"}})
    assert "(Vertex AI API has not been used in project 1 {before})" in of_status(403, body.encode(), WORDS).what
    page = of_status(404, b"<html><body><h1>Not   Found</h1></body></html>", WORDS).what
    assert page.endswith("(Not Found)")
    assert len(of_status(403, b"x" * 10_000, WORDS).what) < LONGEST + 100
    for odd in (b"[]", b'{"error": "no"}', b"\xff\xfe", b"{"):
        assert of_status(403, odd, WORDS).what.startswith("HTTP 403")


@pytest.mark.parametrize(
    ("code", "reason", "what", "mend"),
    [
        (1007, "API key not valid. Please pass a valid API key.", "not accepted", "mend GEMINI_API_KEY"),
        (1008, "Your API key was reported as leaked. Please use another API key.", "leaked", "new key"),
        (1008, "Method doesn't allow unregistered callers", "no key", "GEMINI_API_KEY"),
        (1011, "You exceeded your current quota, please check your plan and billing details.", "quota", "billing"),
        (1011, "Your prepayment credits are depleted.", "credit", "billing"),
        (1008, "Resource has been exhausted (e.g. check quota).", "quota", "billing"),
        (1007, "User location is not supported for the API use.", "where this machine is", "country"),
        (1008, "models/gemini-x is not found for API version v1beta, or", "no Live model gemini-x", "LIVE_MODEL"),
        (1008, "Requested entity was not found.", "gemini-x is not found", "LIVE_PROVIDER"),
        (1008, "Operation is not implemented, or supported, or enabled.", "refuses something", "without tools"),
        (1007, "Precondition check failed.", "account or its region", "billing"),
        (1007, "Unsupported language code 'de-DE' for model x", "language", "language"),
        (1007, "Cannot extract voices from a non-audio request.", "sound only", "modality"),
        (1007, "Voice 'Nobody' is not available", "this voice", "another voice"),
        (1007, 'Invalid JSON payload received. Unknown name "x" at \'setup\'', "field of the setup", "model"),
        (1007, "Request contains an invalid argument.", "refuses the setup", "voice, language, tools"),
        (1008, "", "refuses the session", "LIVE_MODEL"),
        (1011, "Internal error encountered.", "trouble", "again"),
        (1011, "The service is currently unavailable.", "trouble", "again"),
        (1000, "", "before it began", "again"),
        (None, "", "closed with 1006", "again"),
    ],
)  # fmt: skip
def test_a_close_says_what_is_wrong_and_what_mends_it(code: int | None, reason: str, what: str, mend: str) -> None:
    trouble = of_closing(code, reason, WORDS)
    assert what in trouble.what
    assert mend in trouble.mend
    assert str(code or 1006) in trouble.what
