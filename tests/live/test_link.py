"""Coming back to the model: when, how often, and with which handle."""

from __future__ import annotations

import pytest

from telephony_agent.live.closing import Closing, Remedy
from telephony_agent.live.link import Link, Status


def lost(remedy: Remedy = Remedy.RESUME) -> Closing:
    return Closing(remedy, "a test")


def test_a_link_is_down_then_dialled_then_ready() -> None:
    link = Link()
    assert (link.status, link.down, link.ready) == (Status.DOWN, True, False)
    link.dialled()
    assert (link.status, link.down, link.ready) == (Status.DIALLED, False, False)
    link.accepted(5.0)
    assert (link.status, link.down, link.ready) == (Status.READY, False, True)
    link.dropped()
    assert link.down


def test_it_is_dialled_again_later_and_later_and_at_last_not_at_all() -> None:
    link = Link()
    delays = [link.lost(lost(), 10.0) for _ in range(9)]
    assert delays == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0, None]
    assert link.down


@pytest.mark.parametrize(("stood", "delay"), [(29.9, 1.0), (30.0, 0.25), (3600.0, 0.25)])
def test_a_session_that_stood_long_enough_restores_the_tries(stood: float, delay: float) -> None:
    link = Link()
    link.lost(lost(), 0.0)
    link.lost(lost(), 0.5)
    link.dialled()
    link.accepted(1.0)
    assert link.lost(lost(), 1.0 + stood) == delay


def test_only_the_session_that_was_lost_counts_as_stable() -> None:
    link = Link()
    link.accepted(0.0)
    assert link.lost(lost(), 40.0) == 0.25
    assert link.lost(lost(), 80.0) == 0.5  # this dial was never accepted


def test_what_we_close_ourselves_counts_against_nothing() -> None:
    link = Link()
    for _ in range(20):
        link.dialled()
        link.accepted(0.0)
        link.dropped()
    assert link.lost(lost(), 0.0) == 0.25


@pytest.mark.parametrize("remedy", [Remedy.GIVE_UP, Remedy.WAIT])
def test_there_is_no_use_in_dialling_again_at_once(remedy: Remedy) -> None:
    assert Link().lost(lost(remedy), 0.0) is None


def test_a_handle_is_kept_for_three_tries() -> None:
    link = Link()
    link.handle = "h"
    handles = []
    for _ in range(4):
        link.lost(lost(), 0.0)
        handles.append(link.handle)
    assert handles == ["h", "h", "h", None]


def test_a_handle_that_the_server_does_not_know_is_given_up_at_once() -> None:
    link = Link()
    link.handle = "h"
    assert link.lost(lost(Remedy.FRESH), 0.0) == 0.25
    assert link.handle is None
