"""A caller who speaks over the agent: silence at once, whatever the model does, and nothing lost if it was a cough."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from telephony_agent.ear import FRAME
from telephony_agent.floor import AGREEMENT, LONGEST_HOLD
from telephony_agent.live import messages as live
from telephony_agent.live.options import Options, TurnTaking
from telephony_agent.live.requests import EndActivity, StartActivity
from telephony_agent.phone import messages as phone
from telephony_agent.record.entries import AgentTurn, Mishaps, Waited
from telephony_agent.states import State
from telephony_agent.steps import Action, Requested, ToLive, ToPhone
from telephony_agent.toolbox.context import CollectDigits
from tests.story import CLEAR, Story, of, spoken, talking
from tests.test_ear import ECHO, RATE, Samples, keys, levels, line, mulaw, noise, onsets, recording, silence

WORD = recording("asterisk_digits_7")
SENTENCE = recording("asterisk_check-number-dial-again")
LATE = 0.15  # seconds after which an echo comes back
NOISE = -60.0  # dBFS


class Talk:
    """A call told 20 ms after 20 ms. Twilio plays what it is sent, and returns its marks."""

    def __init__(self, **agent: object) -> None:
        self.story: Story = talking(**agent)
        self.actions: list[tuple[float, Action]] = []
        self.heard = bytearray()  # by the caller
        self._queue = bytearray()
        self._sent = 0
        self._marks: list[tuple[int, str]] = []  # by the bytes before them

    def agent_says(self, samples: Samples, text: str = "So we are open all day.", whole: bool = True) -> None:
        """All at once, as a fast model does."""
        pcm = np.repeat(np.clip(samples, -32768, 32767).astype("<i2"), 3).tobytes()
        self.does(self.story.give(live.AgentSaid(text), live.Spoke(pcm)))
        if whole:
            self.does(self.story.give(live.GenerationComplete()))

    def caller(self, samples: Samples) -> None:
        """Sound of the caller's line, with a little noise."""
        ulaw = mulaw(line(samples))
        for at in range(0, len(ulaw) - FRAME + 1, FRAME):
            self.frame(ulaw[at : at + FRAME])

    def frame(self, ulaw: bytes) -> None:
        played, self._queue = self._queue[:FRAME], self._queue[FRAME:]
        self.heard += played
        self._sent += len(played)
        self.does(self.story.wait(0.02))
        while self._marks and self._marks[0][0] <= self._sent:
            self.does(self.story.give(phone.Played(self._marks.pop(0)[1])))
        self.does(self.story.give(phone.Heard(ulaw)))

    def does(self, actions: Iterable[Action]) -> None:
        for action in actions:
            self.actions.append((self.story.now, action))
            match action:
                case ToPhone(phone.Say(ulaw)):
                    self._queue += ulaw
                case ToPhone(phone.Mark(name)):
                    self._marks.append((self._sent + len(self._queue), name))
                case ToPhone(phone.Clear()):
                    self._queue.clear()
                    self._marks.clear()
                case _:
                    pass

    def cleared(self) -> list[float]:
        return [at for at, action in self.actions if action == CLEAR]

    def told(self) -> list[live.Command]:
        return [action.command for _, action in self.actions if isinstance(action, ToLive)]

    def mishaps(self) -> Mishaps:
        self.does(self.story.give(phone.Stopped()))
        (found,) = of(Mishaps, self.story.records)
        return found


def speaking(**agent: object) -> Talk:
    """The agent says something long, and has been heard for 1.5 s."""
    talk = Talk(**agent)
    talk.agent_says(recording("jfk_inaugural_16k"))
    talk.caller(silence(1.5))
    return talk


def test_the_agent_falls_silent_at_once_and_goes_on_if_the_model_does_not_agree() -> None:
    talk = speaking()
    began = talk.story.now
    talk.caller(WORD)
    talk.caller(silence(12))
    (cleared,) = talk.cleared()
    assert 0.1 < cleared - began < 0.45  # the word begins after a while
    (turn,) = [entry for entry in talk.story.records if isinstance(entry, AgentTurn)]
    assert turn.heard_ms == turn.sent_ms
    whole, again = turn.sent_ms * 8, len(talk.heard) - turn.sent_ms * 8
    assert 0 <= again <= 4000 + FRAME, "only the word that was cut is said again"
    assert whole > 8 * RATE
    assert talk.mishaps() == Mishaps({}, {}, silenced=1, went_on=1)


def test_it_goes_on_soon() -> None:
    talk = speaking()
    talk.caller(WORD)
    talk.caller(silence(2))
    (cleared,) = talk.cleared()
    again = next(at for at, action in talk.actions if at > cleared and spoken([action]))
    assert again - cleared == pytest.approx(AGREEMENT, abs=0.15)


def test_nobody_speaks_over_a_caller_who_goes_on_but_not_for_ever() -> None:
    talk = speaking()
    talk.caller(np.concatenate([SENTENCE] * 3))
    talk.caller(silence(1))
    cleared = talk.cleared()[0]
    again = next(at for at, action in talk.actions if at > cleared and spoken([action]))
    assert AGREEMENT < again - cleared <= LONGEST_HOLD + 0.15


def test_what_was_kept_is_void_when_the_model_agrees() -> None:
    talk = speaking()
    talk.caller(WORD)
    heard = len(talk.heard)
    talk.does(talk.story.give(live.Interrupted(), live.TurnComplete()))
    talk.caller(silence(3))
    assert len(talk.cleared()) == 1
    assert len(talk.heard) == heard
    (turn,) = [entry for entry in talk.story.records if isinstance(entry, AgentTurn)]
    assert abs(turn.heard_ms - heard / 8) <= 40
    assert turn.heard_ms < turn.sent_ms
    assert talk.mishaps() == Mishaps({}, {}, silenced=1, went_on=0)


def test_to_a_model_that_was_done_words_are_enough() -> None:
    talk = speaking()
    talk.does(talk.story.give(live.TurnComplete()))
    talk.caller(WORD)
    talk.does(talk.story.give(live.CallerSaid("Seven.")))
    heard = len(talk.heard)
    talk.caller(silence(3))
    assert len(talk.heard) == heard


def test_what_the_model_says_meanwhile_is_kept_too() -> None:
    talk = Talk()
    jfk = recording("jfk_inaugural_16k")
    talk.agent_says(jfk[: 3 * RATE], whole=False)
    talk.caller(silence(1.5))
    talk.caller(WORD)
    talk.agent_says(jfk[3 * RATE : 6 * RATE])
    talk.caller(silence(8))
    (turn,) = [entry for entry in talk.story.records if isinstance(entry, AgentTurn)]
    assert turn.heard_ms == turn.sent_ms == pytest.approx(6000, abs=50)


def test_an_ear_that_was_mistaken_twice_is_not_believed_for_a_while() -> None:
    talk = speaking()
    talk.agent_says(recording("jfk_inaugural_16k"))
    for _ in range(5):
        talk.caller(WORD)
        talk.caller(silence(2.5))
    assert len(talk.cleared()) == 2
    talk.does(talk.story.give(live.CallerSaid("Seven.")))
    talk.caller(WORD)
    assert len(talk.cleared()) == 3, "the model has heard words: somebody is there"


@pytest.mark.parametrize("tones", [(697, 1209), (941, 1477)])
def test_keys_do_not_silence_it(tones: tuple[int, int]) -> None:
    talk = speaking()
    talk.caller(keys(*tones)[: 3 * RATE])
    assert talk.cleared() == []


def test_it_can_be_told_to_speak_on_whatever_the_caller_says() -> None:
    talk = speaking(options=Options(turn_taking=TurnTaking(interruptible=False)))
    talk.caller(SENTENCE)
    assert talk.cleared() == []


def test_a_farewell_that_was_silenced_is_heard_to_its_end_before_we_hang_up() -> None:
    talk = Talk()
    talk.does(talk.story.calls(name="bye"))
    talk.does(talk.story.has(hang_up=True))
    talk.agent_says(recording("jfk_inaugural_16k")[: 4 * RATE], "Goodbye, and thank you for calling us.")
    talk.caller(silence(1.5))
    talk.caller(WORD)
    assert talk.story.state is State.LEAVING
    while talk.story.hung_up is None:
        talk.caller(silence(0.5))
    (turn,) = [entry for entry in talk.story.records if isinstance(entry, AgentTurn)]
    assert turn.heard_ms == turn.sent_ms


def test_the_model_hears_the_caller_all_the_time() -> None:
    talk = speaking()
    talk.caller(WORD)
    frames = [command for command in talk.told() if isinstance(command, live.Hear)]
    assert len(frames) == 75 + len(WORD) // FRAME


# Turns by our own ear.


def test_the_model_hears_the_caller_s_turns_only_and_is_told_when_they_begin_and_end() -> None:
    talk = Talk(turns="local")
    talk.caller(silence(2))
    talk.caller(WORD)
    talk.caller(silence(2))
    kinds = [type(command) for command in talk.told() if isinstance(command, StartActivity | live.Hear | EndActivity)]
    assert kinds[0] is StartActivity
    assert kinds[-1] is EndActivity
    assert set(kinds[1:-1]) == {live.Hear}
    sound = sum(len(command.pcm) for command in talk.told() if isinstance(command, live.Hear)) / 4 / RATE
    assert len(WORD) / RATE < sound < len(WORD) / RATE + 1.5


def test_a_session_that_comes_while_the_caller_speaks_is_told_so_first() -> None:
    talk = Talk(turns="local")
    talk.caller(silence(1))
    talk.caller(SENTENCE[: RATE // 2])
    talk.does(talk.story.loses_its_model())
    talk.does(talk.story.wait(0.4))
    talk.does(talk.story.is_accepted())
    before = len(talk.told())
    talk.caller(SENTENCE[RATE // 2 :])
    talk.caller(silence(1))
    kinds = [type(command) for command in talk.told()[before:] if isinstance(command, StartActivity | live.Hear)]
    assert kinds[0] is StartActivity
    assert kinds.count(StartActivity) == 1


# How soon.


def silent_after(word: Samples, agent: Samples, random: np.random.Generator) -> float:
    """Seconds from the caller's onset to the agent's silence, with a deaf model, and the agent's echo in the line."""
    talk = Talk()
    talk.agent_says(agent)
    before = silence(1.2 + random.uniform(0, 0.5))
    caller = np.concatenate([before, word[:RATE]])
    caller += np.resize(noise(5, NOISE), len(caller))
    onset = next(i for i, level in enumerate(levels(np.concatenate([before, word]))) if level > -40) * 0.02
    echo = np.concatenate([silence(LATE), agent])[: len(caller)] * ECHO
    ulaw, began = mulaw(caller + echo), talk.story.now
    for at in range(0, len(ulaw) - FRAME + 1, FRAME):
        talk.frame(ulaw[at : at + FRAME])
        if talk.cleared():
            return talk.cleared()[0] - began + 0.02 - onset  # the frame that has begun is played
    return np.inf


def test_the_agent_is_silent_within_250_ms_of_19_of_20_onsets() -> None:
    random = np.random.default_rng(11)
    agent = np.resize(recording("jfk_inaugural_16k", -18.0), 5 * RATE)
    words = [word for level in (-18.0, -24.0, -30.0) for word in onsets(level)]
    took = np.array([silent_after(word, np.roll(agent, -RATE * n // 7), random) for n, word in enumerate(words)])
    assert len(took) > 20
    assert took.min() > 0.1, "nothing but the caller silences it"
    assert np.mean(took <= 0.25) >= 0.95, sorted(took)[-5:]


# How long the caller waits.


def waits(talk: Talk) -> list[float]:
    return [entry.seconds for entry in of(Waited, talk.story.records)]


def test_the_agent_s_first_sound_after_the_caller_s_last_is_the_wait() -> None:
    talk = Talk()
    talk.caller(SENTENCE)
    talk.caller(silence(0.8))
    talk.agent_says(recording("jfk_inaugural_16k"), whole=False)
    talk.agent_says(recording("jfk_inaugural_16k"))
    (wait,) = waits(talk)
    assert 0.8 <= wait < 1.2, "the recording ends with some silence"


def test_who_greets_or_goes_on_has_kept_nobody_waiting() -> None:
    talk = Talk()
    talk.agent_says(WORD)
    talk.caller(silence(3))
    talk.agent_says(WORD)
    assert waits(talk) == []


@pytest.mark.parametrize("keys", ["1234", "12"])
def test_while_the_caller_may_press_keys_it_is_the_agent_that_waits(keys: str) -> None:
    talk = Talk()
    talk.caller(SENTENCE)
    talk.caller(silence(0.8))
    talk.does(talk.story.calls())
    talk.does(talk.story.give(Requested(1, CollectDigits(4, 3.0, "#", secret=True))))
    talk.caller(silence(2))
    talk.does(talk.story.give(*map(phone.Pressed, keys)))
    talk.caller(silence(0.5 if keys == "1234" else 3.5))  # three seconds are for the rest
    talk.agent_says(WORD)
    assert waits(talk) == [pytest.approx(0.5, abs=0.05)]


def nonstop(seconds: float) -> Samples:
    """A sentence again and again, without a breath."""
    loud = np.flatnonzero(np.abs(SENTENCE) > 500)
    sentence = SENTENCE[loud[0] : loud[-1]]
    return np.tile(sentence, int(seconds * RATE / len(sentence)) + 1)


def asked(talk: Talk) -> bool:
    return any(isinstance(each, live.Tell | live.Type) and each.text == "Ask." for each in talk.told())


def test_a_caller_who_talks_and_talks_is_not_asked_whether_anybody_is_there() -> None:
    """Not even where the model sends no transcript before the end."""
    talk = Talk(idle_after=5, idle_prompt="Ask.")
    talk.caller(nonstop(20))
    talk.story.give(live.CallerSaid("Please check the number."))
    talk.agent_says(WORD)
    talk.does(talk.story.give(live.TurnComplete()))
    talk.caller(silence(5))
    assert not asked(talk)
    talk.caller(silence(2))
    assert asked(talk)


def test_a_television_is_not_waited_for_for_ever() -> None:
    talk = Talk(idle_after=5, idle_prompt="Ask.")
    talk.caller(nonstop(33))
    assert not asked(talk)
    talk.caller(nonstop(5))
    assert asked(talk)
