"""What a client tells the model to say."""

import ast
import inspect

import pytest

from telephony_agent import builtin
from telephony_agent.asked import UNPAUSED
from telephony_agent.offline.model.answers import spoken
from telephony_agent.offline.model.asked import followed, words_for
from telephony_agent.toolbox import run


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
        ("Ask the caller how else you can help.", "How else can I help you?"),
        ("Ask the caller to hold the line for a moment.", "Please hold the line for a moment."),
        ("The caller is back: the bar could not be reached. Say so.", "You are back: the bar could not be reached."),
        ("When are you open?", None),
        ("I want to ask for a table.", None),
        ("A machine records. Say this message, nothing else, once: It is here. Bye.", "It is here. Bye."),
    ],
)
def test_instructions_become_speech(prompt: str, expected: str | None) -> None:
    assert words_for(prompt) == expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("They will not be called again. Say so, and say goodbye.", "You will not be called again. Goodbye!"),
        ("Say goodbye in one short sentence; the call ends after it.", "Goodbye!"),
        ("The bar is closed. Tell the caller, and ask how you can help.", "The bar is closed. How can I help you?"),
        ("Tell the caller in one short sentence that you put them through.", "I put you through."),
        ("They can hear you again. Ask whether they are ready.", "Are you ready?"),
        ("The caller pressed 1 2 3 4.", "You pressed 1 2 3 4."),
        (
            "The caller has two orders. Ask the caller for a number.",
            "You have two orders. May I have a number, please?",
        ),
        ("Their card has expired; tell them so.", "Your card has expired."),
        ("It broke; ask the customer to call later.", "Please call later."),
        ("Tell the caller.", "Done."),
        ("Tell the caller to press 1.", "Please press 1."),
        ("It broke. Ask the caller not to hang up.", "It broke. Please do not hang up."),
        (UNPAUSED, "Please do not press it now."),
    ],
)
def test_advice_is_followed_not_read_out(result: str, expected: str) -> None:
    assert followed(result) == expected


@pytest.mark.parametrize(
    "result",
    [
        "Thank you for calling The Copper Pot. Goodbye!",
        "They were pressed.",
        "Go to the desk, and tell them your name.",
        "Ask for Maria at the door. Say hello to her.",
        "Your table is booked. You can park in the yard.",
        "What name should I put the booking under?",
    ],
)
def test_what_is_for_the_caller_stays_as_it_is(result: str) -> None:
    assert followed(result) == result


RETURNED = [node.value for node in ast.walk(ast.parse(inspect.getsource(builtin))) if isinstance(node, ast.Return)]
OURS = [str(value.value) for value in RETURNED if isinstance(value, ast.Constant)]


@pytest.mark.parametrize("text", [*OURS, run.FAILED, run.BUSY])
def test_nothing_that_our_own_functions_advise_reaches_a_caller(text: str) -> None:
    assert len(OURS) > 5
    said = followed(spoken({"output": text}))
    assert not any(words in said for words in ("the caller", "The caller", "Say ", "say goodbye", "Tell ", "tell them"))
