"""What a conversation costs."""

from telephony_agent.offline.model.messages import Usage
from telephony_agent.offline.model.tokens import Tokens


def test_each_turn_pays_for_all_before_it() -> None:
    tokens = Tokens()
    tokens.text("x" * 40)
    tokens.heard(2.0)
    assert tokens.turn(4.0) == Usage(prompt_text=10, prompt_audio=50, response_audio=100)
    assert tokens.turn(0.0) == Usage(prompt_text=10, prompt_audio=150, response_audio=0)
