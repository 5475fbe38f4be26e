"""The agents' clips: made once, by the model, of the words that were meant, and kept."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from telephony_agent import Agent, Apology, Hours
from telephony_agent import clips as room
from telephony_agent.aloud import ASKING
from telephony_agent.clips import Clips
from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.phone.playback import Clip
from tests.ends import Model, content, voice

pytestmark = pytest.mark.anyio

WELCOME = "Good morning, the bakery. How can I help you?"
AGENT = Agent(instructions="Be kind.", welcome=WELCOME, voice="Kore")
OPENING = "This is an AI assistant. Good morning, the bakery. How can I help you?"
ALL = 5  # clips for it: its opening, an apology, an offer to be called back, thanks for that, a machine's greeting
DONE = content(turnComplete=True)
NO_QUOTA = Closing(Remedy.WAIT, "no quota")
SILENT = content(modelTurn={"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAAA" * 8000}}]})


class Reader(Model):
    """A model that says what it is told to say; or other `words`, by another `sound`, a message of it."""

    def __init__(self, words: str | None = None, sound: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self._words = words
        self._sound = sound or voice(1.0)

    async def send(self, text: str) -> None:
        await super().send(text)
        if (prompt := re.search(ASKING.format('([^"]*)'), text)) is not None:
            words = json.loads(f'"{prompt[1]}"') if self._words is None else self._words
            self.says(content(outputTranscription={"text": words}), self._sound, DONE)


class Office:
    """Where clips are made: each dial gets the next of the models, and then one that reads what it is given."""

    def __init__(self, folder: Path | None, *models: Reader | Closing) -> None:
        self.models = list(models)
        self.dials = 0
        self.at_once = 0  # sessions that were open, at most
        self.dialled = asyncio.Event()
        self.calls = 0
        self.clips = Clips(folder, "models/gemini-3.8-live", self._dial, lambda: not self.calls)

    async def _dial(self) -> Reader | Closing:
        self.dials += 1
        self.dialled.set()
        if len(self.models) < self.dials:
            self.models.append(Reader())
        dialled = self.models[: self.dials]
        self.at_once = max(self.at_once, sum(isinstance(each, Reader) and not each.closed for each in dialled))
        return dialled[-1]

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
    monkeypatch.setattr(room, "QUIET", 0.01)


async def test_a_clip_is_made_in_the_agent_s_own_voice_and_language(tmp_path: Path) -> None:
    model = Reader()
    async with an_office(tmp_path, model) as office:
        clip = await office.clip(replace(AGENT, language="de-DE"))
    opening = f"Hier spricht ein KI-Assistent. {WELCOME}"
    assert clip.text == opening
    assert len(clip.ulaw) == 8000
    setup, prompt = map(str, model.sent)
    assert "Kore" in setup
    assert "de-DE" in setup or "German" in setup
    assert opening in prompt


async def until(known: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not known():  # noqa: ASYNC110 clips tell nobody that they are there
            await asyncio.sleep(0.01)


def names(folder: Path) -> list[str]:
    return [file.stem for file in folder.glob("*.wav")]


def files(folder: Path) -> int:
    return len(names(folder))


async def test_a_clip_is_made_once_and_found_again_by_the_next_service(tmp_path: Path) -> None:
    async with an_office(tmp_path / "clips") as office:
        first = await office.clip()
        assert await office.clip() is first
        await until(lambda: files(tmp_path / "clips") == ALL)
        assert office.dials == ALL
    async with an_office(tmp_path / "clips") as office:
        assert await office.clip() == first
        assert office.dials == 0


@pytest.mark.parametrize("change", [{"voice": "Puck"}, {"welcome": "Good evening."}, {"language": "en-GB"}])
async def test_another_voice_text_or_language_is_another_clip(change: dict[str, str]) -> None:
    other = replace(AGENT, **change)  # type: ignore[arg-type]
    async with an_office(None) as office:
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
        NO_QUOTA,
    ],
)
async def test_a_recording_that_went_wrong_is_never_played_and_made_again(
    bad: Reader | Closing, caplog: pytest.LogCaptureFixture
) -> None:
    async with an_office(None, bad, bad if isinstance(bad, Closing) else Reader("No."), Reader()) as office:
        assert (await office.clip()).text == OPENING
        assert office.dials == 3
    assert "no clip of" in caplog.text


async def test_spelling_and_punctuation_may_differ(tmp_path: Path) -> None:
    words = OPENING.replace("AI", "A.I.").replace(",", "").upper()
    async with an_office(tmp_path, Reader(words)) as office:
        assert (await office.clip()).text == OPENING


def damage(folder: Path) -> None:
    for file in folder.iterdir():
        file.write_bytes(b"RIFF nothing")


async def test_a_file_that_is_damaged_is_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with an_office(tmp_path) as office:
        clip = await office.clip()
        await until(lambda: files(tmp_path) == ALL)
    damage(tmp_path)
    async with an_office(tmp_path) as office:
        assert await office.clip() == clip
        await until(lambda: office.dials == ALL)
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
    office = Office(None, NO_QUOTA)
    async with asyncio.timeout(5), office.clips.running([AGENT]):
        before = asyncio.all_tasks()
        await office.dialled.wait()
    assert asyncio.all_tasks() < before


async def test_agents_that_are_made_for_one_call_do_not_fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST", 3)
    async with an_office(None) as office:
        for name in ("Ann", "Bob", "Cem", "Dan", "Eve"):
            office.clips.opening(replace(AGENT, welcome=f"Good morning, {name}."))
        await until(lambda: office.dials == 3)
        await asyncio.sleep(0.05)
        assert office.dials == 3


# What is said in an agent's stead.

BUSY = "Alle Leitungen sind belegt."
GERMAN = Agent(instructions="Sei nett.", language="de-DE", voice="Kore", busy=Apology(BUSY))


async def test_what_is_said_in_an_agent_s_stead_is_recorded_in_its_voice_one_after_the_other(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        office.clips.opening(GERMAN)
        texts = list(GERMAN.sentences)
        await until(lambda: all(office.clips.sound(GERMAN, *each) for each in texts))
        assert office.dials == len(texts) == 5
        assert office.at_once == 1
        assert office.clips.opening(GERMAN) is None  # it has no clip to begin with
        assert all("Kore" in str(model.sent[0]) for model in office.models if isinstance(model, Reader))
    assert (BUSY, "de-DE") in texts
    assert ("Vielen Dank. Wir rufen Sie zurück. Auf Wiederhören.", "de-DE") in texts


async def test_a_sound_has_a_name_that_only_who_has_heard_it_could_know(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        office.clips.opening(GERMAN)
        await until(lambda: files(tmp_path) == 5)
        name = office.clips.sound(GERMAN, *next(GERMAN.sentences))
        assert name is not None
        assert name not in names(tmp_path)  # the file's is made of the words, which can be guessed
        wav = office.clips.wav(name)
        assert wav is not None
        assert wav.startswith(b"RIFF")
        assert len(wav) == 44 + 2 * 8000
        assert office.clips.wav("0" * 32) is None


async def test_only_the_agent_s_own_voice_speaks_for_it(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        office.clips.opening(GERMAN)
        await until(lambda: office.clips.sound(GERMAN, BUSY, "de-DE"))
        assert office.clips.sound(replace(GERMAN, voice="Puck"), BUSY, "de-DE") is None
        assert office.clips.sound(GERMAN, BUSY, "de-AT") is None
        assert office.clips.sound(GERMAN, "Nobody's words.", "de-DE") is None


async def test_what_can_t_be_kept_is_not_worth_a_recording_but_for_what_calls_begin_with() -> None:
    async with an_office(None) as office:
        await office.clip()
        await asyncio.sleep(0.05)
        assert office.dials == 1


async def test_the_agent_that_answers_at_night_has_its_clips_by_then(tmp_path: Path) -> None:
    night = replace(AGENT, voice="Puck", welcome="Good night.")
    day = replace(AGENT, hours=Hours(timezone="UTC", week={}), closed=night)
    async with an_office(tmp_path) as office:
        office.clips.opening(day)
        await until(lambda: files(tmp_path) == 2 * ALL)


async def test_words_in_a_language_that_the_model_does_not_speak_are_left_to_twilio(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    agent = replace(GERMAN, busy=Apology("Qapla'.", "tlh"))
    async with an_office(tmp_path) as office:
        office.clips.opening(agent)
        await until(lambda: files(tmp_path) == 4)
    assert "does not speak" in caplog.text


async def test_no_call_is_held_up_by_what_is_said_in_its_stead(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        office.calls = 1
        office.clips.opening(GERMAN)
        await asyncio.sleep(0.1)
        assert office.dials == 0
        office.calls = 0
        await until(lambda: files(tmp_path) == 5)


async def test_a_line_that_is_never_quiet_has_its_clips_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LONGEST_QUIET", 0.1)
    async with an_office(tmp_path) as office:
        office.calls = 1
        office.clips.opening(GERMAN)
        await until(lambda: files(tmp_path) == 5)
