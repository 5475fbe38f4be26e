"""What people complain of when a program answers their telephone: by name, and that there is no cause for it here.

Whole calls on the virtual clock, between the offline phone and the offline model or a model that is played by hand; who
is let in is tried out over loopback. The voice's sound has `test_complaints_sound.py`, machines that answer have
`tests/test_pickup.py`, people who take a call over `tests/test_consult.py` and `tests/test_outing.py`.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from telephony_agent.live.messages import GenerationComplete
from telephony_agent.offline.model.faculties import Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.phone.impairments import Impairments
from telephony_agent.offline.phone.levels import AUDIBLE, silent_after
from telephony_agent.states import State
from tests import virtual
from tests.ends import Model, Models, Phone, content, media, voice
from tests.house import RING, calling
from tests.line import DONE, POLICY, SILENCE, STOP, Line, a_call, in_virtual_time
from tests.parties import SOON, answering, call_form, modelling, token_in
from tests.test_silent_failures import Deaf
from tests.test_whole_call import AGENT, LONG, agent_turns, speech

YIELDS = 0.25  # seconds from the caller's first sound to the agent's last
PUBLIC = "https://agent.example.com/line"
FORGED = {"X-Twilio-Signature": "bm8="}


def frames(caller: Phone) -> list[bytes]:
    """The mu-law that the phone got, message by message."""
    return [base64.b64decode(each["media"]["payload"]) for each in caller.sent if each["event"] == "media"]


async def speaks(caller: Phone, seconds: float) -> None:
    sound = speech(seconds)
    for at in range(0, len(sound), 160):
        caller.says(media(sound[at : at + 160]))
        await asyncio.sleep(0.02)


# Interruptions.


def test_no_old_reply_plays_on_after_an_interruption() -> None:
    """All of it has been generated and sent: Twilio holds seconds of it."""

    async def call() -> None:
        async with calling(AGENT, scripted(Say(LONG), Say("Yes?"), transcripts=["Stop."])) as (phone, house):
            await phone.until_speaking()
            await asyncio.sleep(2.0)
            assert any(isinstance(step, GenerationComplete) for _, step in house.steps)
            assert phone.queued > 2
            said = await phone.says(speech())
            answer = await phone.hears()
            assert silent_after(phone.recording.agent_levels, said.began, answer.began) <= YIELDS
            assert agent_turns(house)[-1].text == "Yes?"

    virtual.run(call())


@in_virtual_time
async def test_no_tail_of_the_old_reply_follows_an_interruption() -> None:
    async with a_call() as (line, caller):
        line.model.says(voice(5))
        await asyncio.sleep(1)
        line.model.says(content(interrupted=True))
        await asyncio.sleep(0.1)
        caller.sent.clear()
        line.model.says(voice(0.5), voice(0.5))
        await asyncio.sleep(0.1)
        assert frames(caller) == []
        line.model.says(content(turnComplete=True), voice(0.3))
        await asyncio.sleep(0.1)
        assert sum(map(len, frames(caller))) == 2_400
        caller.says(STOP)


def test_no_word_that_nobody_heard_counts_as_said() -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say(LONG), Say("Yes?"), transcripts=["Stop."]), model="gemini-3.8-live") as (
            phone,
            house,
        ):
            await phone.until_speaking()
            await asyncio.sleep(1)
            await phone.says(speech())
            await phone.hears()
            (cut, *_) = agent_turns(house)
            steps = [str(step) for _, step in house.steps]
        assert cut.heard
        assert len(cut.heard) < len(LONG) / 2
        (told,) = [step for step in steps if "and nothing of" in step]
        assert f"heard “{cut.heard}”" in told

    virtual.run(call())


@in_virtual_time
async def test_no_agent_is_deaf_to_interruptions_once_all_is_sent() -> None:
    async with a_call() as (line, caller):
        line.model.says(content(outputTranscription={"text": "It is long."}), voice(9.5), *DONE)
        await asyncio.sleep(5)
        assert "clear" not in caller.kinds()
        await speaks(caller, YIELDS)
        assert "clear" in caller.kinds()
        caller.says(STOP)


def test_no_mark_that_an_interruption_returns_is_taken_for_a_goodbye_that_was_heard() -> None:
    async def call() -> None:
        steps = (Say("Hello."), calls("say_goodbye"), Say(LONG), Say("Of course, what else?"))
        async with calling(AGENT, scripted(*steps, transcripts=["Goodbye.", "Wait!"])) as (phone, house):
            await phone.hears()
            await phone.says(speech())
            await phone.until_speaking()
            await phone.until_queued(2.0)
            await phone.says(speech())
            await phone.hears()
            assert not phone.over
            assert agent_turns(house)[-1].text == "Of course, what else?"

    virtual.run(call())


@pytest.mark.parametrize(
    "impairments", [Impairments(echo=30.0), Impairments(echo=30.0, echo_delay=0.4)], ids=["soon", "late"]
)
def test_no_agent_interrupts_itself_by_its_echo(impairments: Impairments) -> None:
    heard_to_the_end(impairments)


@pytest.mark.parametrize("noise", [-60.0, -50.0, -40.0])
def test_no_noise_interrupts_the_agent(noise: float) -> None:
    heard_to_the_end(Impairments(noise=noise))


def heard_to_the_end(impairments: Impairments) -> None:
    """By our own ear nobody speaks, though the line is bad."""

    async def call() -> None:
        faculties = replace(scripted(Say(LONG)), ear=lambda setup: Deaf())
        async with calling(AGENT, faculties, ring=replace(RING, impairments=impairments)) as (phone, house):
            await phone.hears()
            assert not phone.clears
        assert [turn.heard for turn in agent_turns(house)] == [LONG]

    virtual.run(call())


# The end.


def test_no_goodbye_is_cut_off_and_no_call_goes_on_after_it() -> None:
    async def call() -> None:
        steps = (Say("Hello."), calls("say_goodbye"), Say(LONG))
        async with calling(AGENT, scripted(*steps, transcripts=["Goodbye."]), delay=0.08) as (phone, house):
            await phone.hears()
            await phone.says(speech())
            ending = await phone.ended()
            assert (ending.status, ending.by) == ("completed", "service")
            farewell = agent_turns(house)[-1]
            assert (farewell.heard, farewell.heard_ms) == (LONG, farewell.sent_ms)
            last = max(sound.at for sound in phone.heard if sound.level > AUDIBLE)
            assert phone.now - last < 1
            assert phone.report == []

    virtual.run(call())


def test_no_session_is_left_open_when_the_caller_hangs_up() -> None:
    async def call() -> None:
        before = asyncio.all_tasks()
        async with calling(AGENT, scripted(Say(LONG))) as (phone, house):
            await phone.until_speaking()
            ending = await phone.hangs_up()
            assert ending.by == "caller"
        assert asyncio.all_tasks() == before
        assert len(house.calls) == 0

    virtual.run(call())


@in_virtual_time
async def test_no_session_is_left_open_when_the_socket_dies_without_a_word() -> None:
    async with a_call() as (line, caller):
        caller.breaks()
        await asyncio.sleep(30)
        assert line.running.done()
        assert line.model.closed


# The beginning.


def test_no_dead_air_at_the_start() -> None:
    async def call() -> None:
        async with calling(AGENT, scripted(Say("Hello."))) as (phone, _):
            await phone.answered()
            since = phone.now
            assert await phone.until_speaking() - since < 0.5

    virtual.run(call())


@pytest.mark.parametrize("first", ["model", "caller"])
@in_virtual_time
async def test_no_greeting_is_lost_or_comes_twice(first: str) -> None:
    """Whoever comes first, it is asked for once both are there."""
    slow = Model(accepts=False)
    line = Line(Models(slow), prewarm=first == "model")
    await asyncio.sleep(1)
    if first == "model":
        slow.says({"setupComplete": {}})
        await asyncio.sleep(1)
        assert list(slow.kinds()) == ["setup"]
    caller = line.streams()
    await asyncio.sleep(1)
    if first == "caller":
        assert list(slow.kinds()) == ["setup"]
        slow.says({"setupComplete": {}})
    await asyncio.sleep(0.1)
    assert list(slow.kinds()) == ["setup", "clientContent"]
    slow.says(voice(0.5), *DONE)
    await asyncio.sleep(1)
    caller.breaks()
    await asyncio.sleep(0.1)
    line.streams().says(SILENCE)
    await asyncio.sleep(1)
    assert list(slow.kinds()).count("clientContent") == 1
    line.bridge.end("the test is over")
    await line.is_over()


# Streams and keys.


@pytest.mark.parametrize("tones", [False, True])
def test_no_key_ends_the_call(tones: bool) -> None:
    async def call() -> None:
        faculties = scripted(Say(LONG), Say("You pressed something."), transcripts=["What did I press?"])
        async with calling(AGENT, faculties, ring=replace(RING, tones=tones)) as (phone, _):
            await phone.until_speaking()
            phone.press("42#")
            await phone.says(speech())
            await phone.hears()
            ending = await phone.hangs_up()
            assert ending.status == "completed"
            assert phone.report == []

    virtual.run(call())


@in_virtual_time
async def test_no_second_stream_gives_a_call_two_voices() -> None:
    async with a_call() as (line, first):
        second = line.streams()
        await asyncio.sleep(1)
        assert first.code == POLICY
        line.model.says(voice(1), *DONE)
        await asyncio.sleep(0.5)
        assert frames(first) == []
        assert sum(map(len, frames(second))) == 8_000
        assert len(line.models.dials) == 1
        assert line.state() is State.TALKING
        second.says(STOP)


# Who is let in.


@pytest.mark.anyio
async def test_no_proxy_makes_a_signature_wrong() -> None:
    forwarded = {"Host": "127.0.0.1:8080", "X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.7"}
    async with modelling() as model, answering(AGENT, model.url, public_url=PUBLIC) as service:
        status, document = await service.post("/twilio/voice", call_form() | {"FromCity": ""}, forwarded)
        assert status == 200
        async with service.stream(token_in(document)) as phone:
            session = await model.accepted()
            await session.says({"serverContent": {}})
            await phone.says({"event": "stop"})
            assert await phone.is_closed() == 1000


@pytest.mark.anyio
async def test_no_token_is_lost_on_its_way() -> None:
    """Twilio drops the query of a stream's URL."""
    async with modelling() as model, answering(AGENT, model.url, public_url=PUBLIC) as service:
        document = await service.rings()
    connecting = ElementTree.fromstring(document).find("./Connect")
    assert connecting is not None
    (stream,) = connecting
    assert stream.attrib["url"] == "wss://agent.example.com/line/twilio/stream"
    assert token_in(document)
    assert len(ElementTree.fromstring(document)) == 1, "after <Connect> comes nothing that would keep the call up"


@pytest.mark.anyio
async def test_nobody_who_finds_the_address_talks_to_the_model_at_our_expense() -> None:
    async with modelling() as model, answering(AGENT, model.url, prewarm=False) as service:
        assert (await service.post("/twilio/voice", call_form(), FORGED))[0] == 403
        with pytest.raises(InvalidStatus):
            async with (
                asyncio.timeout(SOON),
                connect(f"ws://{service.address}/twilio/stream", additional_headers=FORGED, proxy=None),
            ):
                pass
        async with service.stream("a-guess") as phone:
            assert await phone.is_closed() == POLICY
        await service.rings()
        async with service.stream("a-guess") as phone:
            assert await phone.is_closed() == POLICY
        assert model.dials == 0
