"""REST as Twilio's own library speaks it."""

from __future__ import annotations

import io
import json
import urllib.request
import wave
from base64 import b64encode

import pytest
from twilio.base.exceptions import TwilioRestException

from telephony_agent.offline.phone import api
from telephony_agent.offline.phone.call import ENDED
from telephony_agent.offline.phone.people import Person

from .account import OURS, SAY, THEIRS, TOKEN, account, client
from .service import on_loopback

pytestmark = pytest.mark.anyio

ORIGIN = "https://agent.example.com"


async def test_a_call_is_placed_asked_for_and_ended() -> None:
    events = ["initiated", "ringing", "answered", "completed"]
    async with account({"/voice": SAY}) as twilio:
        twilio.exchange.people[THEIRS] = Person(after=0.05)
        calls = twilio.client.calls
        placed = await twilio.do(
            calls.create,
            to=THEIRS,
            from_=OURS,
            url=f"{ORIGIN}/voice",
            status_callback=f"{ORIGIN}/status",
            status_callback_event=events,
        )
        assert (placed.status, placed.direction, placed.to, placed._from) == ("queued", "outbound-api", THEIRS, OURS)
        call = twilio.exchange.calls[placed.sid]
        await call.until(lambda: call.announced == ["Hello."], 5)
        fetched = await twilio.do(calls(placed.sid).fetch)
        assert fetched.status == "in-progress"
        assert fetched.start_time is not None
        assert fetched.duration is None
        (form,) = twilio.posted("/voice")
        assert (form["Direction"], form["CallStatus"], form["To"]) == ("outbound-api", "in-progress", THEIRS)
        assert (await twilio.do(calls(placed.sid).update, status="completed")).sid == placed.sid
        await call.until(lambda: call.ending is not None, 5)
        fetched = await twilio.do(calls(placed.sid).fetch)
        assert (fetched.status, fetched.duration) == ("completed", "0")
        told = twilio.posted("/status")
        assert [form["CallStatus"] for form in told] == ["initiated", "ringing", "in-progress", "completed"]
        assert [form["SequenceNumber"] for form in told] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("does", "status"), [("busy", "busy"), ("no-answer", "no-answer"), ("failed", "failed"), ("answers", "completed")]
)
async def test_how_a_call_ends_stands_in_its_status(does: str, status: str) -> None:
    async with account() as twilio:
        twilio.exchange.people[THEIRS] = Person(does, after=0.05)  # type: ignore[arg-type]  # one of its words
        placed = await twilio.do(
            twilio.client.calls.create,
            to=THEIRS,
            from_=OURS,
            twiml="<Response><Say>Hello.</Say></Response>",
            status_callback=f"{ORIGIN}/status",
            timeout=1,
        )
        call = twilio.exchange.calls[placed.sid]
        await call.until(lambda: call.ending is not None, 5)
        assert (await twilio.do(twilio.client.calls(placed.sid).fetch)).status == status
        assert [form["CallStatus"] for form in twilio.posted("/status")] == [status]


async def test_a_call_is_sent_elsewhere_in_mid_stream() -> None:
    connect = '<Response><Connect action="/next"><Stream url="wss://agent.example.com/stream"/></Connect></Response>'
    async with account({"/voice": connect, "/next": SAY}) as twilio:
        placed = await twilio.do(twilio.client.calls.create, to=THEIRS, from_=OURS, url=f"{ORIGIN}/voice")
        call = twilio.exchange.calls[placed.sid]
        await call.until(lambda: call.stream is not None, 5)
        gone = "<Response><Say>Bye.</Say><Pause length='60'/></Response>"
        await twilio.do(twilio.client.calls(placed.sid).update, twiml=gone)
        await call.until(lambda: call.announced == ["Bye."], 5)
        assert call.stream is None
        assert twilio.posted("/next") == []
        await twilio.do(twilio.client.calls(placed.sid).update, url=f"{ORIGIN}/next")
        await call.until(lambda: call.announced == ["Bye.", "Hello."], 5)


async def test_a_call_that_is_over_is_not_to_be_found() -> None:
    async with account() as twilio:
        placed = await twilio.do(twilio.client.calls.create, to=THEIRS, from_=OURS, twiml="<Response/>")
        call = twilio.exchange.calls[placed.sid]
        await call.until(lambda: call.status in ENDED, 5)
        with pytest.raises(TwilioRestException) as gone:
            await twilio.do(twilio.client.calls(placed.sid).update, status="completed")
        assert (gone.value.status, gone.value.code) == (404, 20404)
        with pytest.raises(TwilioRestException) as late:
            await twilio.do(twilio.client.calls(placed.sid).update, twiml="<Response/>")
        assert (late.value.status, late.value.code) == (400, 21220)
        with pytest.raises(TwilioRestException) as unknown:
            await twilio.do(twilio.client.calls("CA" + "0" * 32).fetch)
        assert unknown.value.code == 20404


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"to": "12345", "url": ORIGIN}, 21211),
        ({"to": THEIRS}, 21205),
        ({"to": THEIRS, "url": "ftp://a"}, 21205),
        ({"to": THEIRS, "twiml": "<Response>"}, 12100),
        ({"to": THEIRS, "url": ORIGIN, "from_": "+12025550100"}, 21210),
    ],
)
async def test_an_order_that_cannot_be_carried_out_is_refused(details: dict[str, str], code: int) -> None:
    async with account() as twilio:
        await twilio.do(twilio.client.incoming_phone_numbers.create, phone_number=OURS)
        with pytest.raises(TwilioRestException) as refused:
            await twilio.do(twilio.client.calls.create, **{"from_": OURS, **details})
        assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"PhoneNumber": THEIRS.replace("+", " ")}, 21211),  # as a form tells of a + that was not written %2B
        ({"PhoneNumber": THEIRS, "Machine": "machine_start"}, 21200),
        ({"PhoneNumber": THEIRS, "Does": "dances"}, 21200),
    ],
)
async def test_who_would_never_be_called_so_is_refused(details: dict[str, str], code: int) -> None:
    async with account() as twilio:
        url = f"{twilio.client.api.base_url}/offline/people"
        told = await twilio.do(twilio.client.request, "POST", url, data=details)
        assert (told.status_code, json.loads(told.text)["code"]) == (400, code)
        assert THEIRS not in twilio.exchange.people


async def test_only_the_account_and_its_keys_are_let_in() -> None:
    async with account() as twilio:
        twilio.exchange.account.keys["SK" + "1" * 32] = "a-secret"
        sid = twilio.exchange.account.sid
        async with on_loopback(api.app(twilio.exchange)) as address:
            by_key = client(address, "SK" + "1" * 32, "a-secret", sid)
            assert (await twilio.do(by_key.api.accounts(sid).fetch)).type == "Full"
            for user, secret in [(sid, "wrong"), ("SK" + "2" * 32, "a-secret"), (sid, "")]:
                stranger = client(address, user, secret or "-", sid)
                with pytest.raises(TwilioRestException) as refused:
                    await twilio.do(stranger.calls.create, to=THEIRS, from_=OURS, twiml="<Response/>")
                assert (refused.value.status, refused.value.code) == (401, 20003)


async def test_lists_come_in_pages() -> None:
    async with account() as twilio:
        numbers = twilio.client.incoming_phone_numbers
        for last in range(5):
            await twilio.do(numbers.create, phone_number=f"+1202555010{last}")
        found = await twilio.do(lambda: list(numbers.stream(page_size=2)))
        assert [number.phone_number[-1] for number in found] == ["0", "1", "2", "3", "4"]
        (third,) = await twilio.do(numbers.list, phone_number="+12025550102")
        assert third.sid == found[2].sid
        assert await twilio.do(twilio.client.outgoing_caller_ids.list) == []


async def test_a_number_is_attached_and_given_back() -> None:
    async with account({"/voice": SAY}) as twilio:
        numbers = twilio.client.incoming_phone_numbers
        mine = await twilio.do(numbers.create, phone_number=OURS)
        changed = await twilio.do(
            numbers(mine.sid).update,
            voice_url=f"{ORIGIN}/voice",
            voice_fallback_url=f"{ORIGIN}/fallback",
            status_callback=f"{ORIGIN}/status",
        )
        assert (changed.voice_url, changed.voice_method) == (f"{ORIGIN}/voice", "POST")
        assert (changed.voice_fallback_url, changed.status_callback) == (f"{ORIGIN}/fallback", f"{ORIGIN}/status")
        cleared = await twilio.do(numbers(mine.sid).update, voice_url="")
        assert (cleared.voice_url, cleared.status_callback) == ("", f"{ORIGIN}/status")
        assert await twilio.do(numbers(mine.sid).delete)
        with pytest.raises(TwilioRestException, match="not found"):
            await twilio.do(numbers(mine.sid).fetch)


async def test_an_application_and_a_trunk_take_each_other_s_place() -> None:
    async with account() as twilio:
        mine = twilio.client.incoming_phone_numbers(twilio.exchange.own(OURS).sid)
        first = await twilio.do(mine.update, voice_application_sid="AP1", voice_method="GET")
        assert (first.voice_application_sid, first.trunk_sid, first.voice_method) == ("AP1", None, "GET")
        then = await twilio.do(mine.update, trunk_sid="TK1")
        assert (then.voice_application_sid, then.trunk_sid) == ("", "TK1")


async def test_it_tells_whom_the_account_may_call_and_where_calls_are_processed() -> None:
    async with account() as twilio:
        client = twilio.client
        client.voice.base_url = client.routes.base_url = client.api.base_url
        twilio.exchange.own(OURS).voice_region = "ie1"
        twilio.exchange.forbidden.add("GB")
        twilio.exchange.verified.append(THEIRS)
        countries = client.voice.v1.dialing_permissions.countries
        assert (await twilio.do(countries("US").fetch)).low_risk_numbers_enabled is True
        assert (await twilio.do(countries("GB").fetch)).low_risk_numbers_enabled is False
        assert (await twilio.do(client.routes.v2.phone_numbers(OURS).fetch)).voice_region == "ie1"
        assert [each.phone_number for each in await twilio.do(client.outgoing_caller_ids.list)] == [THEIRS]


async def test_a_message_is_sent_and_its_way_is_told() -> None:
    async with account() as twilio:
        sent = await twilio.do(
            twilio.client.messages.create, to=THEIRS, from_=OURS, body="Your table.", status_callback=f"{ORIGIN}/sms"
        )
        assert (sent.status, sent.body, sent.num_segments) == ("queued", "Your table.", "1")
        assert [message.body for message in twilio.exchange.messages] == ["Your table."]
        assert (await twilio.do(twilio.client.messages(sent.sid).fetch)).to == THEIRS
        assert len(await twilio.do(twilio.client.messages.list)) == 1
        with pytest.raises(TwilioRestException) as refused:
            await twilio.do(twilio.client.messages.create, to=THEIRS, from_=OURS, body="")
        assert refused.value.code == 21602
    assert [form["MessageStatus"] for form in twilio.posted("/sms")] == ["queued", "sent", "delivered"]


async def test_people_meet_in_a_conference() -> None:
    async with account() as twilio:
        room = (
            "<Response><Dial><Conference startConferenceOnEnter='false' statusCallbackEvent='start end join leave "
            f"hold' statusCallback='{ORIGIN}/room'>desk</Conference></Dial><Say>Alone.</Say>"
            "<Pause length='60'/></Response>"
        )
        placed = await twilio.do(twilio.client.calls.create, to=THEIRS, from_=OURS, twiml=room)
        caller = twilio.exchange.calls[placed.sid]
        await caller.until(lambda: caller.talks_to is not None, 5)
        assert twilio.exchange.hears(caller) == set()
        desk = twilio.client.conferences("desk").participants
        invited = await twilio.do(
            desk.create, to="+12025550177", from_=OURS, label="human", end_conference_on_exit=True
        )
        human = twilio.exchange.calls[invited.call_sid]
        await human.until(lambda: human.talks_to is not None, 5)
        assert twilio.exchange.hears(caller) == {human.sid}
        (going_on,) = await twilio.do(twilio.client.conferences.list, friendly_name="desk", status="in-progress")
        people = await twilio.do(twilio.client.conferences(going_on.sid).participants.list)
        assert [(one.call_sid, one.label, one.status) for one in people] == [
            (caller.sid, None, "connected"),
            (human.sid, "human", "connected"),
        ]
        held = await twilio.do(desk("human").update, hold=True)
        assert held.hold
        assert twilio.exchange.hears(caller) == set()
        await twilio.do(desk("human").update, hold=False)
        await twilio.do(twilio.client.calls(human.sid).update, status="completed")
        await caller.until(lambda: caller.announced == ["Alone."], 5)
        assert (await twilio.do(twilio.client.conferences(going_on.sid).fetch)).status == "completed"
    assert [form["StatusCallbackEvent"] for form in twilio.posted("/room")] == [
        "participant-join",
        "conference-start",
        "participant-join",
        "participant-hold",
        "participant-unhold",
        "participant-leave",
        "conference-end",
        "participant-leave",
    ]


async def test_one_who_is_taken_out_of_a_conference_goes_on_with_the_call() -> None:
    async with account() as twilio:
        room = "<Response><Dial><Conference>desk</Conference></Dial><Say>Out.</Say><Pause length='60'/></Response>"
        placed = await twilio.do(twilio.client.calls.create, to=THEIRS, from_=OURS, twiml=room)
        call = twilio.exchange.calls[placed.sid]
        await call.until(lambda: call.talks_to is not None, 5)
        assert await twilio.do(twilio.client.conferences("desk").participants(placed.sid).delete)
        await call.until(lambda: call.announced == ["Out."], 5)


async def test_a_call_is_recorded_paused_and_heard() -> None:
    connect = '<Response><Connect><Stream url="wss://agent.example.com/stream"/></Connect></Response>'
    async with account({"/voice": connect}) as twilio:
        placed = await twilio.do(twilio.client.calls.create, to=THEIRS, from_=OURS, url=f"{ORIGIN}/voice")
        call = twilio.exchange.calls[placed.sid]
        recordings = twilio.client.calls(placed.sid).recordings
        with pytest.raises(TwilioRestException, match="not eligible"):
            await twilio.do(recordings.create)
        await call.until(lambda: call.stream is not None, 5)
        begun = await twilio.do(
            recordings.create, recording_channels="dual", recording_status_callback=f"{ORIGIN}/recording"
        )
        assert (begun.status, begun.channels, begun.call_sid) == ("in-progress", 2, call.sid)
        assert (await twilio.do(recordings("Twilio.CURRENT").update, status="paused")).status == "paused"
        assert (await twilio.do(recordings(begun.sid).update, status="in-progress")).status == "in-progress"
        assert (await twilio.do(recordings("Twilio.CURRENT").update, status="stopped")).duration == "0"
        (stored,) = await twilio.do(twilio.client.recordings.list, call_sid=call.sid)
        assert stored.status == "completed"
        wav = await twilio.do(
            _get, f"{twilio.client.api.base_url}{stored.uri.replace('.json', '.wav')}", call.ring.account_sid
        )
        with wave.open(io.BytesIO(wav)) as file:
            assert (file.getnchannels(), file.getframerate()) == (2, 8000)
    (form,) = twilio.posted("/recording")
    assert (form["RecordingSid"], form["RecordingStatus"], form["RecordingChannels"]) == (begun.sid, "completed", "2")


def _get(url: str, account_sid: str) -> bytes:
    user = b64encode(f"{account_sid}:{TOKEN}".encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {user}"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        body: bytes = answer.read()
    return body


async def test_a_call_s_sound_is_copied_to_a_stream_until_it_is_stopped() -> None:
    async with account({"/voice": SAY}) as twilio:
        placed = await twilio.do(twilio.client.calls.create, to=THEIRS, from_=OURS, url=f"{ORIGIN}/voice")
        call = twilio.exchange.calls[placed.sid]
        await call.until(lambda: bool(call.announced), 5)
        streams = twilio.client.calls(placed.sid).streams
        url = "wss://agent.example.com/tap"
        begun = await twilio.do(streams.create, url=url, name="tap", parameter1_name="who", parameter1_value="me")
        assert (begun.name, begun.status) == ("tap", "in-progress")
        assert await call.until(lambda: "tap" in call.forks, 5)
        assert call.lines[0].start.custom_parameters == {"who": "me"}
        assert (await twilio.do(streams("tap").update, status="stopped")).status == "stopped"
        assert await call.until(lambda: call.lines[0].over, 5)
        with pytest.raises(TwilioRestException) as gone:
            await twilio.do(streams("tap").update, status="stopped")
        assert gone.value.code == 20404
