"""What a client tells the model to say."""

import pytest

from telephony_agent.offline.model.asked import words_for


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Greet the caller in one short sentence and ask how you can help.", "Hello! How can I help you?"),
        (
            "Thank the caller for calling The Copper Pot and ask in one short sentence how you can help.",
            "Thank you for calling The Copper Pot. How can I help you?",
        ),
        (
            "Welcome the caller to Bob's Garage, then ask for their name.",
            "Hello, welcome to Bob's Garage. May I have your name, please?",
        ),
        ("Greet the caller: Good evening, this is Bob.", "Good evening, this is Bob."),
        ('Say "Hi there."', "Hi there."),
        ("Say hello.", "Hello!"),
        ('Begin with this: "This is an AI." Then do this: Greet the caller.', "This is an AI. Hello!"),
        ('Begin with this: "This is an AI. Good morning."', "This is an AI. Good morning."),
        (
            "The caller has been silent for a while. Ask in one short sentence whether they are still there.",
            "Are you still there?",
        ),
        (
            "The call has lasted too long. Say so and say goodbye in one short sentence; the call ends after it.",
            "The call has lasted too long. Goodbye!",
        ),
        ("Tell the caller that their table is ready.", "Your table is ready."),
        ('The function f that you called before has answered: {"output": "We open at five."}', "We open at five."),
        ("When are you open?", None),
        ("I want to ask for a table.", None),
        ("A machine records. Say this message, nothing else, once: It is here. Bye.", "It is here. Bye."),
    ],
)
def test_instructions_become_speech(prompt: str, expected: str | None) -> None:
    assert words_for(prompt) == expected
