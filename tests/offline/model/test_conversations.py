"""Minds by handle."""

from telephony_agent.offline.model.conversations import Conversations
from telephony_agent.offline.model.scripted import Script
from telephony_agent.offline.model.tokens import Turn


def test_a_handle_leads_to_its_mind_and_each_is_new() -> None:
    conversations = Conversations()
    first, second = Script(()), Script(())
    handles = conversations.keep(first), conversations.keep(second)
    assert handles[0] != handles[1]
    assert conversations.find(handles[0]) is first
    assert conversations.find("unknown") is None


def test_what_the_turns_have_left_is_kept_with_the_mind() -> None:
    conversations = Conversations()
    handle = conversations.keep(Script(()), (Turn(letters=40, seconds=2.0),))
    assert conversations.turns(handle) == (Turn(letters=40, seconds=2.0),)
    assert conversations.turns("unknown") == ()


def test_the_oldest_is_forgotten_first() -> None:
    conversations = Conversations(kept=2)
    handles = [conversations.keep(Script(())) for _ in range(3)]
    assert [conversations.find(handle) is None for handle in handles] == [True, False, False]
