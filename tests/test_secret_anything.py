"""Secret keys, a recording and functions that pause it, in any order: no key is where it must not be."""

from __future__ import annotations

from itertools import zip_longest

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telephony_agent.phone.messages import Pressed
from telephony_agent.record.entries import Noted
from telephony_agent.steps import OURS, Action, Arrange, Arranged, GaveUp, Record, Requested, Settle
from telephony_agent.toolbox.context import CollectDigits, PauseRecording, Request, ResumeRecording
from tests.story import told
from tests.test_taping import recording

SECRET, OTHER = "7", "1"  # what is pressed while somebody collects a secret, and else
WISHES: dict[str, Request] = {
    "asks for a PIN": CollectDigits(4, 10.0, "#", secret=True),
    "asks for digits": CollectDigits(4, 10.0, "#", secret=False),
    "pauses": PauseRecording(),
    "resumes": ResumeRecording(),
}
HAPPENS = [*WISHES, "asks for a PIN", "presses", "presses", "presses", "gives up", "works", "works", "fails"]


class World:
    """A call, its functions, and a Twilio at its worst: it goes on when it is asked to, and pauses when it says so."""

    def __init__(self) -> None:
        self.story = recording(idle_after=3000.0, longest_call=3600.0)
        self.wishes: dict[int, Request] = {}  # that have no answer
        self.under_way: list[Arrange] = []
        self.runs = True  # perhaps
        self.failed = False  # Twilio, the last time
        self.by_hand = False
        self.taped: list[bool] = []  # of the keys that there is no word of yet
        self.ever = False
        self.ids = 2

    @property
    def secret(self) -> bool:
        return any(isinstance(wish, CollectDigits) and wish.secret for wish in self.wishes.values())

    def happens(self, what: str) -> None:
        match what:
            case "presses":
                self.taped.append(self.runs)
                self.ever |= self.runs
                self.sees(self.story.give(Pressed(SECRET if self.secret else OTHER)))
            case "gives up":
                for id in [id for id, wish in self.wishes.items() if isinstance(wish, CollectDigits)]:
                    self.taped = self.taped if self.secret else []
                    del self.wishes[id]
                    self.sees(self.story.give(GaveUp(id)))
            case "works" | "fails":
                self.answers(what == "works" or self.failed)
            case _:
                self.ids += 1
                self.wishes[self.ids] = WISHES[what]
                self.sees(self.story.give(Requested(self.ids, WISHES[what])))

    def answers(self, works: bool) -> None:
        """Twilio does, if it was asked."""
        if not self.under_way:
            return
        ask = self.under_way.pop()
        works |= ask.id != OURS and isinstance(ask.request, ResumeRecording)  # else nobody knows how it ends
        self.failed = not works
        if works and isinstance(ask.request, PauseRecording):
            self.runs = False
        self.sees(self.story.give(Arranged(ask.id, ask.request, *(("RE1",) if works else ("", "refused")))))

    def sees(self, actions: list[Action]) -> None:
        for action, after in zip_longest(actions, actions[1:]):
            match action:
                case Arrange():
                    self.under_way.append(action)
                    assert len(self.under_way) == 1, "one thing at a time"
                    self.runs |= isinstance(action.request, ResumeRecording)
                case Record(Noted(_, "keys", facts)):
                    secret = facts["pressed"] == "secret"
                    assert SECRET not in facts["pressed"]
                    count = len(after.value) if isinstance(after, Settle) else len(self.taped)
                    assert (secret and any(self.taped[:count])) <= ("recorded" in facts) <= (secret and self.ever)
                    del self.taped[:count]
                case Settle(id, value, error) if id != OURS:
                    self.settles(self.wishes.pop(id), value, error)
        assert SECRET not in "".join(told(actions))
        if told(actions):
            self.sees(self.story.waits())

    def settles(self, wish: Request, value: str, error: str) -> None:
        match wish:
            case CollectDigits(secret=False):
                assert error or SECRET not in value
            case PauseRecording() | ResumeRecording() if not error:
                self.by_hand = isinstance(wish, PauseRecording)

    def waits(self, seconds: float) -> None:
        """A model that is told something says that it wants to hear more, within a second."""
        for step in (1.0,) * int(seconds) + (seconds % 1,):
            self.sees(self.story.wait(step))


@settings(derandomize=True, database=None, deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(HAPPENS), st.sampled_from([0.0, 0.1, 0.4, 1.1, 2.5, 6.0])), max_size=30))
def test_no_secret_is_told_or_taped_unnoted_and_a_pause_has_an_end(happenings: list[tuple[str, float]]) -> None:
    world = World()
    for what, later in happenings:
        world.happens(what)
        world.waits(later)
    for _ in range(12):
        world.answers(works=True)
        world.waits(6.0)
    assert (world.wishes, world.under_way, world.runs) == ({}, [], not world.by_hand)
