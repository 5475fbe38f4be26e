"""The agents' clips: made once, by the model, of the words that were meant, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from telephony_agent import Agent
from telephony_agent import clips as room
from telephony_agent.clips import Clips
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.phone.playback import Clip
from tests.ends import Model, content, voice

pytestmark = pytest.mark.anyio

AGENT = Agent(instructions="Be kind.", welcome="Good morning, the bakery. How can I help you?", voice="Kore")
OPENING = "This is an AI assistant. Good morning, the bakery. How can I help you?"
DONE = content(turnComplete=True)
SILENT = content(modelTurn={"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAAA" * 8000}}]})


class Reader(Model):
    """A model that says what it is told to say, or something else. `sound`: a message of it."""

    def __init__(self, words: str = OPENING, sound: object = None) -> None:
        super().__init__()
        spoken = content(outputTranscription={"text": words})
        self.says({"setupComplete": {}}, spoken, sound or voice(1.0), DONE)  # type: ignore[arg-type]


class Office:
    """Where clips are made: each dial gets the next of the models."""

    def __init__(self, folder: Path | None, *models: Reader | Closing) -> None:
        self.models = list(models)
        self.dials = 0
        self.dialled = asyncio.Event()
        self.clips = Clips(folder, "models/gemini-3.8-live", self._dial)

    async def _dial(self) -> Reader | Closing:
        self.dials += 1
        self.dialled.set()
        return self.models[self.dials - 1]

    async def clip(self, agent: Agent = AGENT) -> Clip:
        async with asyncio.timeout(5):
            while (clip := self.clips.opening(agent)) is None:  # noqa: ASYNC110 as a call would, which does not wait
                await asyncio.sleep(0.01)
        return clip


@asynccontextmanager
async def an_office(folder: Path | None, *models: Reader | Closing) -> AsyncIterator[Office]:
    office = Office(folder, *models)
    async with office.clips.running([]):
        yield office


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PAUSE", 0.01)


async def test_a_clip_is_made_in_the_agent_s_own_voice_and_language(tmp_path: Path) -> None:
    model = Reader()
    async with an_office(tmp_path, model) as office:
        clip = await office.clip(replace(AGENT, language="de-DE"))
    assert clip.text == OPENING
    assert len(clip.ulaw) == 8000
    setup, prompt = map(str, model.sent)
    assert "Kore" in setup
    assert "de-DE" in setup or "German" in setup
    assert OPENING in prompt


async def test_a_clip_is_made_once_and_found_again_by_the_next_service(tmp_path: Path) -> None:
    async with an_office(tmp_path / "clips", Reader()) as office:
        first = await office.clip()
        assert await office.clip() is first
        assert office.dials == 1
    async with an_office(tmp_path / "clips") as office:
        assert await office.clip() == first
        assert office.dials == 0
    assert len(list((tmp_path / "clips").iterdir())) == 1


@pytest.mark.parametrize("change", [{"voice": "Puck"}, {"welcome": "Good evening."}, {"language": "en-GB"}])
async def test_another_voice_text_or_language_is_another_clip(tmp_path: Path, change: dict[str, str]) -> None:
    other = replace(AGENT, **change)  # type: ignore[arg-type]
    async with an_office(tmp_path, Reader(), Reader(other.opening)) as office:
        await office.clip()
        assert (await office.clip(other)).text == other.opening
        assert office.dials == 2


@pytest.mark.parametrize(
    "bad",
    [
        Reader("Certainly! What would you like me to say?"),
        Reader(OPENING[:30]),
        Reader(""),
        Reader(sound=SILENT),
        Closing(Remedy.WAIT, "no quota"),
    ],
)
async def test_a_recording_that_went_wrong_is_never_played_and_made_again(
    tmp_path: Path, bad: Reader | Closing, caplog: pytest.LogCaptureFixture
) -> None:
    async with an_office(tmp_path, bad, bad if isinstance(bad, Closing) else Reader("No."), Reader()) as office:
        assert (await office.clip()).text == OPENING
        assert office.dials == 3
    assert "no clip for agent" in caplog.text


async def test_spelling_and_punctuation_may_differ(tmp_path: Path) -> None:
    words = OPENING.replace("AI", "A.I.").replace(",", "").upper()
    async with an_office(tmp_path, Reader(words)) as office:
        assert (await office.clip()).text == OPENING


def damage(folder: Path) -> None:
    (file,) = folder.iterdir()
    file.write_bytes(b"RIFF nothing")


async def test_a_file_that_is_damaged_is_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with an_office(tmp_path, Reader()) as office:
        clip = await office.clip()
    damage(tmp_path)
    async with an_office(tmp_path, Reader()) as office:
        assert await office.clip() == clip
        assert office.dials == 1
    assert "can't be read, and is made anew" in caplog.text


async def test_a_folder_that_can_t_be_written_costs_no_clip(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "clips").write_text("a file")
    async with an_office(tmp_path / "clips", Reader()) as office:
        assert (await office.clip()).text == OPENING
    assert "can't be kept" in caplog.text


async def test_an_agent_without_words_of_its_own_needs_no_clip() -> None:
    async with an_office(None) as office:
        assert office.clips.opening(Agent(instructions="Be kind.")) is None
        await asyncio.sleep(0.05)
        assert office.dials == 0


async def test_clips_of_known_agents_are_begun_at_the_start_and_those_unfinished_end_with_the_service() -> None:
    office = Office(None, Closing(Remedy.WAIT, "no quota"))
    async with asyncio.timeout(5), office.clips.running([AGENT]):
        before = asyncio.all_tasks()
        await office.dialled.wait()
    assert asyncio.all_tasks() < before
