"""The browser phone in a real browser: a recorded voice is its microphone, what it plays is measured in its own ear."""

from __future__ import annotations

import asyncio
import audioop
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from telephony_agent import Agent, CallContext, tool
from telephony_agent.offline.model.faculties import Faculties, Say
from telephony_agent.offline.model.scripted import calls, scripted
from telephony_agent.offline.model.server import serving
from telephony_agent.record.entries import AgentTurn, ToolRun
from telephony_agent.steps import Action, Event, Record
from tests.console.browser import PATIENCE, browsing, microphone
from tests.parties import Service, answering

pytestmark = pytest.mark.anyio

TOKEN = "an-operator-s-token-of-the-tests"
HELLO = "Hello, how can I help you?"
LONG = "On Tuesday we are open from five to ten, and there is more to be said about it than anyone would like to hear. "
SILENT = 0.5  # seconds from a barge-in to silence at the ear: 0.25 s of ours, the rest for a busy machine
SOON = 1000 * PATIENCE  # ms

expect.set_options(timeout=SOON)


@tool
async def opening_hours(day: str) -> str:
    """Tell the opening hours."""
    return f"On {day} from five to ten."


@tool
async def say_goodbye(call: CallContext) -> str:
    """End the call."""
    call.hang_up()
    return "Goodbye!"


AGENT = Agent(instructions="Be brief.", greeting="Say hello.", disclosure=None, tools=[opening_hours, say_goodbye])


@asynccontextmanager
async def agent_on(model: Faculties, **settings: Any) -> AsyncIterator[tuple[Service, list[object]]]:
    """The service with that model, for an operator; and what its calls leave behind."""
    entries: list[object] = []

    def observe(call_sid: str, now: float, step: Event | Action) -> None:
        if isinstance(step, Record):
            entries.append(step.entry)

    async with serving(model) as live:
        async with answering(AGENT, live.url, observe, operator_token=TOKEN, **settings) as service:
            yield service, entries


async def dials(page: Page) -> None:
    """The operator comes in by the form, and calls."""
    await page.goto("/console/")
    await page.get_by_label("token").fill(TOKEN)
    await page.get_by_role("button", name="Enter").click()
    await page.get_by_role("button", name="Call", exact=True).click()


async def figures(page: Page) -> Any:
    return await page.evaluate("({sounded: phone.ear.sounded, speaks: phone.ear.agentSpeaks, ...phone.figures})")


async def until(page: Page, condition: str) -> None:
    """Asked again and again, there: the page's own rules forbid what `wait_for_function` would do."""
    async with asyncio.timeout(PATIENCE):
        await page.evaluate(f"async () => {{ while (!({condition})) await new Promise((go) => setTimeout(go, 50)) }}")


async def test_a_call_with_a_tool_and_a_barge_in(tmp_path: Path) -> None:
    model = scripted(
        Say(HELLO),
        calls("opening_hours", day="Tuesday"),
        Say(3 * LONG),
        Say("All right."),
        transcripts=["When are you open on Tuesday?", "Wait!"],
    )
    voice = microphone(
        tmp_path / "voice.wav", 6.0, "asterisk_check-number-dial-again", 6.0, "asterisk_hello-world", 90.0
    )
    async with agent_on(model) as (service, entries), browsing(service, voice) as page:
        await dials(page)
        log = page.get_by_role("log")
        await expect(page.get_by_role("status")).to_have_text("On the line.")
        await expect(log.get_by_text(HELLO)).to_be_visible()
        await expect(log.get_by_text("When are you open on Tuesday?")).to_be_visible()
        await expect(log.get_by_text('opening_hours(day: "Tuesday")')).to_be_visible()
        await until(page, "phone.ear.sounded > 3")
        assert (await figures(page))["latencies"], "an answer began after the caller had ended"

        await until(page, "phone.figures.silences.length > 0")
        heard = await figures(page)
        assert heard["silences"][0] <= SILENT
        assert heard["clears"] >= 1
        assert heard["received"] / 8000 - heard["sounded"] > 1.0, "much of what had come was never played"
        await expect(log.get_by_text("Wait!")).to_be_visible()
        await expect(log.locator("s")).to_be_visible()
        await expect(log.get_by_text("All right.")).to_be_visible()
        await until(page, "phone.figures.latencies.length > 1")
        await picture(page)
        await page.get_by_role("button", name="Hang up").click()
        await expect(page.get_by_role("status")).to_have_text("You hung up.")
        await expect(log.get_by_text(re.compile("The call is over after .*: the caller hung up"))).to_be_visible()
    (run,) = [entry for entry in entries if isinstance(entry, ToolRun)]
    assert (run.name, run.arguments, run.answered) == ("opening_hours", {"day": "Tuesday"}, True)
    hello, cut, *_ = [entry for entry in entries if isinstance(entry, AgentTurn)]
    assert hello.heard_ms == hello.sent_ms, "the marks came back"
    assert 0 < cut.heard_ms < cut.sent_ms
    assert len(cut.heard) < len(cut.text)


async def picture(page: Page) -> None:
    """Kept where PICTURE says, for the README."""
    if file := os.environ.get("PICTURE"):
        await page.screenshot(path=file)


async def test_the_agent_may_hang_up_and_is_heard_to_the_end(tmp_path: Path) -> None:
    model = scripted(Say(HELLO), calls("say_goodbye"), Say("Thank you. Goodbye!"), transcripts=["Goodbye."])
    voice = microphone(tmp_path / "voice.wav", 4.0, "asterisk_goodbye", 90.0)
    async with agent_on(model) as (service, entries), browsing(service, voice) as page:
        await dials(page)
        await expect(page.get_by_role("status")).to_have_text("The agent hung up.")
        await expect(page.get_by_role("log").get_by_text("Thank you. Goodbye!")).to_be_visible()
    turns = [entry for entry in entries if isinstance(entry, AgentTurn)]
    assert turns[-1].heard_ms == turns[-1].sent_ms


async def test_keys_reach_the_call_and_a_muted_voice_does_not(tmp_path: Path) -> None:
    pressed: list[str] = []
    voice = microphone(tmp_path / "voice.wav", *4 * (1.0, "asterisk_hello-world"), 90.0)
    async with serving(scripted(Say(HELLO), transcripts=["I should be muted."])) as live:

        def observe(call_sid: str, now: float, step: Event | Action) -> None:
            pressed.append(getattr(step, "digit", ""))

        async with answering(AGENT, live.url, observe, operator_token=TOKEN) as service:
            async with browsing(service, voice) as page:
                await dials(page)
                mute = page.get_by_role("button", name="Mute")
                await mute.click()
                await expect(mute).to_have_attribute("aria-pressed", "true")
                before = await page.evaluate("phone.figures.sent")
                await page.get_by_role("button", name="star").click()
                await page.keyboard.press("5")
                await until(page, f"phone.figures.sent > {before} + 2 * 8000")
                assert [digit for digit in pressed if digit] == ["?", "?"], "observers are not told which"
                assert await page.evaluate("phone.ear.callerQuiet") > 50, "two seconds of a voice made no sound"


async def test_the_page_says_what_is_wrong(tmp_path: Path) -> None:
    async with agent_on(scripted(), max_calls=1) as (service, _):
        await service.rings()
        async with browsing(service) as page:
            await dials(page)
            await expect(page.get_by_role("alert")).to_have_text("The call was refused: the line is full.")
        async with browsing(service, asked="--deny-permission-prompts") as page:
            await dials(page)
            await expect(page.get_by_role("alert")).to_contain_text("The microphone was not allowed.")
            await expect(page.get_by_role("status")).to_have_text("The call did not work out.")


async def test_its_mu_law_is_everyone_s_and_its_filter_folds_nothing() -> None:
    async with agent_on(scripted()) as (service, _), browsing(service) as page:
        await page.goto("/console/")
        sound = f"const sound = await import('http://{service.address}/console/files/sound.js');"
        decoded = await page.evaluate(f"async () => {{ {sound} return [...Array(256).keys()].map(sound.decode) }}")
        expected = audioop.ulaw2lin(bytes(range(256)), 2)
        assert [round(value * 32768) for value in decoded] == list(memoryview(expected).cast("h"))
        again = await page.evaluate(
            f"async (samples) => {{ {sound} return samples.map((sample) => sound.encode(sample / 32767)) }}",
            [sample * 32768 for sample in decoded],
        )
        assert [code for code in range(256) if again[code] != code] == [0x7F], "the second zero"
        through = f"""async ([from, to, hz]) => {{ {sound}
            const resampler = new sound.Resampler(from, to);
            const out = [];
            for (let at = 0; at < from; at += 128) {{
              const tone = (_, index) => Math.sin(2 * Math.PI * hz * (at + index) / from);
              out.push(...resampler.push(Float32Array.from({{ length: 128 }}, tone)));
            }}
            return [out.length, sound.level(out.slice(2000))];
        }}"""
        for rate in (16_000, 44_100, 48_000):
            pieces = -(-rate // 128) * 128
            for hz, least, most in ((300, -3.2, -2.8), (1000, -3.2, -2.8), (3300, -3.5, -2.8), (4700, -100, -50)):
                count, level = await page.evaluate(through, [rate, 8_000, hz])
                assert abs(count - pieces * 8_000 / rate) <= 1
                assert least < level < most, (rate, hz)
            assert -3.2 < (await page.evaluate(through, [8_000, rate, 1000]))[1] < -2.8


async def test_its_ear_counts_as_the_offline_phone_s() -> None:
    async with agent_on(scripted()) as (service, _), browsing(service) as page:
        await page.goto("/console/")
        count = f"""async (frames) => {{
            const {{ Ear }} = await import('http://{service.address}/console/files/ear.js');
            const ear = new Ear();
            return frames.map(([caller, agent]) => ear.feed(caller, agent));
        }}"""
        loud, quiet = -20, -80
        answered = await page.evaluate(count, 20 * [[loud, quiet]] + 15 * [[quiet, quiet]] + 5 * [[quiet, loud]])
        assert answered[35]["latency"] == pytest.approx(0.3)
        assert not any(answered[:35] + answered[36:])
        cut = await page.evaluate(count, 20 * [[quiet, loud]] + 10 * [[loud, loud]] + 20 * [[quiet, quiet]])
        assert [each["silent"] for each in cut if "silent" in each] == [pytest.approx(0.2)]
