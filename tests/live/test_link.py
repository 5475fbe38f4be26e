"""Coming back to the model: when, how often, and with which handle."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.link import LAST_REDIAL, SHORTEST, TRIES, TRIES_WITHIN, Link, Status


class NoJitter(random.Random):
    def random(self) -> float:
        return 0.5


def a_link() -> Link:
    return Link(NoJitter())


def lost(remedy: Remedy = Remedy.RESUME) -> Closing:
    return Closing(remedy, "a test")


def test_a_link_is_down_then_dialled_then_ready() -> None:
    link = a_link()
    assert (link.status, link.down, link.ready) == (Status.DOWN, True, False)
    link.dialled(4.0)
    assert (link.status, link.down, link.ready) == (Status.DIALLED, False, False)
    link.accepted(5.0)
    assert (link.status, link.down, link.ready) == (Status.READY, False, True)
    assert link.stood(7.5) == 2.5
    link.left()
    assert link.down
    assert link.stood(7.5) == 0.0


def test_it_is_dialled_again_later_and_later() -> None:
    link = a_link()
    delays = []
    for _ in range(7):
        assert link.lost(lost(), 10.0)
        delays.append(link.may_be_dialled_at(10.0) - 10.0)
    assert delays == pytest.approx([0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0])
    assert link.down


def test_the_delays_are_drawn_from_a_fifth_around() -> None:
    link = Link(random.Random(1))
    delays = []
    for _ in range(1000):
        link.lost(lost(), 0.0)
        delays.append(link.may_be_dialled_at(0.0) / LAST_REDIAL)
    late = delays[10:]
    assert (min(late), max(late)) == pytest.approx((0.8, 1.2), abs=0.01)


@pytest.mark.parametrize(("stood", "delay"), [(29.9, 1.0), (30.0, 0.25), (3600.0, 0.25)])
def test_a_session_that_stood_long_enough_has_the_delays_begin_anew(stood: float, delay: float) -> None:
    link = a_link()
    link.lost(lost(), 0.0)
    link.lost(lost(), 0.5)
    link.dialled(1.0)
    link.accepted(1.0)
    link.lost(lost(), 1.0 + stood)
    assert link.may_be_dialled_at(0.0) == pytest.approx(1.0 + stood + delay)


def test_only_the_session_that_was_lost_counts_as_stable() -> None:
    link = a_link()
    link.accepted(0.0)
    link.lost(lost(), 40.0)
    assert link.may_be_dialled_at(40.0) == pytest.approx(40.25)
    link.lost(lost(), 80.0)  # this dial was never accepted
    assert link.may_be_dialled_at(80.0) == pytest.approx(80.5)


def test_what_we_leave_ourselves_delays_nothing() -> None:
    link = a_link()
    for minute in range(20):
        link.dialled(60.0 * minute)
        link.accepted(60.0 * minute)
        link.left()
        assert link.may_be_dialled_at(60.0 * minute) == 60.0 * minute


def test_after_eight_dials_in_thirty_seconds_the_ninth_waits() -> None:
    link = a_link()
    for second in range(8):
        assert link.may_be_dialled_at(float(second)) == second
        link.dialled(float(second))
    assert link.may_be_dialled_at(8.0) == 30.0
    assert link.may_be_dialled_at(31.0) == 31.0


def test_a_session_is_not_left_right_away_nor_without_a_dial_to_spend() -> None:
    link = a_link()
    for second in range(8):
        link.dialled(float(second))
    link.accepted(8.0)
    assert link.may_be_left_at(8.0) == 30.0
    assert link.may_be_left_at(40.0) == 40.0
    fresh = a_link()
    fresh.dialled(0.0)
    fresh.accepted(0.5)
    assert fresh.may_be_left_at(1.0) == 0.5 + SHORTEST


@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(["lost", "left", "stands"]), st.floats(0, 40)), max_size=60))
def test_no_history_has_it_dialled_more_than_eight_times_in_thirty_seconds(happenings: list[tuple[str, float]]) -> None:
    link, now, dials = Link(random.Random(0)), 0.0, []
    for what, later in happenings:
        now = link.may_be_dialled_at(now)
        link.dialled(now)
        dials.append(now)
        if what != "lost":
            link.accepted(now)
        now = link.may_be_left_at(now) if what == "left" else now + later
        if what == "left":
            link.left()
        else:
            link.lost(lost(), now)
    for index, at in enumerate(dials):
        assert sum(at <= each < at + TRIES_WITHIN for each in dials[index:]) <= TRIES


# What is lost.


@pytest.mark.parametrize("remedy", [Remedy.GIVE_UP, Remedy.WAIT])
def test_there_is_no_use_in_dialling_again_at_once(remedy: Remedy) -> None:
    assert not a_link().lost(lost(remedy), 0.0)


def test_a_handle_is_kept_for_three_tries() -> None:
    link = a_link()
    link.handle = "h"
    handles = []
    for _ in range(4):
        link.lost(lost(), 0.0)
        handles.append(link.handle)
    assert handles == ["h", "h", "h", None]


@pytest.mark.parametrize("remedy", [Remedy.FRESH, Remedy.FORGET])
def test_a_handle_that_leads_to_what_is_refused_is_given_up_at_once(remedy: Remedy) -> None:
    link = a_link()
    link.accepted(0.0)
    link.handle = "h"
    assert link.lost(lost(remedy), 0.0)
    assert link.handle is None


def test_a_setup_that_is_refused_is_not_sent_again() -> None:
    link = a_link()
    link.dialled(0.0)
    assert not link.lost(lost(Remedy.FORGET), 0.5)


def test_what_is_refused_a_second_time_will_be_refused_a_third_time() -> None:
    link = a_link()
    verdicts = []
    for _ in range(2):
        link.dialled(0.0)
        link.accepted(0.0)
        verdicts.append(link.lost(lost(Remedy.FORGET), 10.0))
    assert verdicts == [True, False]


def test_what_was_refused_half_a_minute_ago_is_another_matter() -> None:
    link = a_link()
    for at in (0.0, 100.0, 200.0):
        link.dialled(at)
        link.accepted(at)
        assert link.lost(lost(Remedy.FORGET), at + 40.0)
