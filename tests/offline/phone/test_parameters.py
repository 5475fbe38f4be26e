"""The forms that Twilio posts."""

from datetime import UTC, datetime

from telephony_agent.offline.phone import parameters

NOW = datetime(2026, 11, 22, 9, 30, 5, 602648, tzinfo=UTC)
FORM = parameters.voice("AC1", "CA1", "+12025550143", "+442079460000", "ringing")


def test_the_voice_form_has_all_parties_under_all_names() -> None:
    assert set(FORM) == {
        *("AccountSid", "ApiVersion", "CallSid", "CallStatus", "CallToken", "Direction"),
        *(
            f"{party}{field}"
            for party in ("Called", "Caller", "From", "To")
            for field in ("", "City", "State", "Zip", "Country")
        ),
    }
    assert FORM["Direction"] == "inbound"
    assert (FORM["FromCountry"], FORM["ToCountry"]) == ("US", "GB")
    assert FORM["FromCity"] == FORM["CalledZip"] == ""


def test_a_withheld_number_has_no_country() -> None:
    assert parameters.voice("AC1", "CA1", "anonymous", "+12025550143", "ringing")["FromCountry"] == ""


def test_the_last_status_has_a_duration_and_no_token() -> None:
    form = parameters.progress({**FORM, "CallStatus": "completed"}, 61.2, 0, NOW)
    assert "CallToken" not in form
    assert (form["CallStatus"], form["CallDuration"], form["Duration"]) == ("completed", "61", "2")
    assert (form["Timestamp"], form["SequenceNumber"]) == ("Sun, 22 Nov 2026 09:30:05 +0000", "0")


def test_a_streams_status_is_named_after_it_and_has_nanoseconds() -> None:
    form = parameters.stream_status("AC1", "CA1", "MZ1", name=None, event="stream-started", error=None, now=NOW)
    assert form == {
        "AccountSid": "AC1",
        "CallSid": "CA1",
        "StreamSid": "MZ1",
        "StreamName": "MZ1",
        "StreamEvent": "stream-started",
        "Timestamp": "2026-11-22T09:30:05.602648000Z",
    }
    error = parameters.stream_status("AC1", "CA1", "MZ1", name="agent", event="stream-error", error="31921", now=NOW)
    assert (error["StreamName"], error["StreamError"]) == ("agent", "31921")
