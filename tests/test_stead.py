"""What callers are told where no agent can speak, over HTTP: in the agent's own voice if there is a clip of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from telephony_agent import Agent, Apology, CallBack, Hours, aloud
from telephony_agent.clips import FOLDER, Script
from telephony_agent.phone.playback import BYTES_PER_SECOND
from tests.parties import CALL, Service, answering, call_form, modelling, token_in

pytestmark = pytest.mark.anyio

OTHER = "CA" + "9" * 32
SOUND = b"\x10\x90" * (BYTES_PER_SECOND // 2)
MODEL = "models/gemini-3.8-live"
BAKERY = Agent(instructions="Be brief.", voice="Kore", language="de-DE", busy=CallBack())


def recorded(folder: Path, agent: Agent) -> Mapping[str, bytes]:
    """Clips of all that may be said in the agent's stead, as an earlier service has left them; WAV files by text."""
    (folder / FOLDER).mkdir()
    wavs = {}
    for number, (text, language) in enumerate(agent.sentences):
        wavs[text] = aloud.wav(SOUND + bytes([number]))
        (folder / FOLDER / f"{Script(agent.voice, language, text).name(MODEL)}.wav").write_bytes(wavs[text])
    return wavs


async def played(service: Service, document: str) -> bytes:
    """The file that a document has Twilio play."""
    (play,) = ElementTree.fromstring(document).iter("Play")
    assert play.text is not None
    url = play.text.removeprefix(service.public_url)
    head, body = await service.fetch(url)
    assert head.startswith("HTTP/1.1 200")
    assert "content-type: audio/wav" in head
    assert "cache-control: public" in head
    return body


async def document(service: Service, call: str = CALL, path: str = "/twilio/voice", **extra: str) -> str:
    """When the clips that are in the folder have been read."""
    async with asyncio.timeout(5):
        while "<Play>" not in (text := await service.rings(call, path, **extra)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return text


async def test_a_line_that_is_closed_says_so_in_the_agent_s_own_voice(tmp_path: Path) -> None:
    night = Apology("Wir haben zu.")
    agent = Agent(instructions="Be brief.", language="de-DE", hours=Hours(timezone="UTC", week={}), closed=night)
    wavs = recorded(tmp_path, agent)
    async with modelling() as model, answering(agent, model.url, data_dir=tmp_path) as service:
        assert await played(service, await document(service)) == wavs["Wir haben zu."]
        assert model.dials == 0


async def test_a_line_that_is_full_offers_to_call_back_in_the_agent_s_own_voice_and_language(tmp_path: Path) -> None:
    wavs = recorded(tmp_path, BAKERY)
    async with modelling() as model, answering(BAKERY, model.url, data_dir=tmp_path, max_calls=1) as service:
        await service.rings()
        offer = await document(service, OTHER)
        assert ElementTree.fromstring(offer).find("./Gather/Play") is not None
        (german,) = (text for text in wavs if "drücken Sie die 1" in text)
        assert await played(service, offer) == wavs[german]
        thanks = await document(service, OTHER, "/twilio/voice/next", Digits="1")
        assert await played(service, thanks) == wavs["Vielen Dank. Wir rufen Sie zurück. Auf Wiederhören."]


async def test_a_model_whose_quota_is_used_up_leaves_its_own_voice_behind(tmp_path: Path) -> None:
    wavs = recorded(tmp_path, BAKERY)
    async with modelling() as model, answering(BAKERY, model.url, data_dir=tmp_path) as service:
        async with service.stream(token_in(await service.rings())) as phone:
            session = await model.accepted()
            await session.socket.close(1011, "You exceeded your current quota.")
            await phone.is_closed()
        offer = await document(service, path="/twilio/voice/next")
        assert await played(service, offer) in wavs.values()
        assert ElementTree.fromstring(offer).find("./Gather/Play") is not None


async def test_words_without_a_clip_are_twilio_s_to_say_in_the_agent_s_language() -> None:
    agent = Agent(instructions="Be brief.", language="de-DE", hours=Hours(timezone="UTC", week={}))
    async with modelling() as model, answering(agent, model.url) as service:
        say = ElementTree.fromstring(await service.rings()).find("./Say")
        assert say is not None
        assert say.attrib == {"language": "de-DE"}
        assert str(say.text).startswith("Wir haben zurzeit leider geschlossen.")


@pytest.mark.parametrize("name", ["0" * 32, "..%2F..%2Fcalls", "", Script("Kore", "", "Any.").name(MODEL)])
async def test_no_other_file_is_served(tmp_path: Path, name: str) -> None:
    recorded(tmp_path, BAKERY)
    async with modelling() as model, answering(BAKERY, model.url, data_dir=tmp_path) as service:
        assert (await service.get(f"/twilio/clips/{name}.wav"))[0] == 404


async def test_a_clip_can_only_be_read(tmp_path: Path) -> None:
    async with modelling() as model, answering(BAKERY, model.url, data_dir=tmp_path) as service:
        status, _ = await service.post(f"/twilio/clips/{'0' * 32}.wav", call_form())
        assert status == 405
