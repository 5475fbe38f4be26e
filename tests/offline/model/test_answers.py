"""What functions give, as sentences."""

from typing import Any

import pytest

from telephony_agent.offline.model.answers import spoken


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"output": "we open at five"}, "We open at five."),
        ({"result": "Is it urgent?"}, "Is it urgent?"),
        ({"output": None}, "Done."),
        ({}, "Done."),
        ({"output": True}, "Yes."),
        ({"paid": True}, "Yes."),
        ({"reference": "482913"}, "The reference is 482913."),
        ({"reference": ""}, "Done."),
        ({"total": 4.5}, "The total is 4.5."),
        ({"note": "the key is under the mat"}, "The key is under the mat."),
        ({"output": 12}, "12."),
        ({"output": {"message": "Your table is booked.", "id": 4}}, "Your table is booked."),
        ({"id": 4, "note": "Your table is booked for seven."}, "Your table is booked for seven."),
        ({"orderNumber": 47, "ready_by": "Friday"}, "The order number is 47. The ready by is Friday."),
        ({"output": ["pizza", "pasta"]}, "Pizza, pasta."),
        ({"output": []}, "There are none."),
        ({"output": list(range(7))}, "0, 1, 2, 3, 4, and 2 more."),
        ({"output": {"sizes": ["small", "large"], "price": 4.5}}, "The sizes is small, large. The price is 4.5."),
        ({"error": "the kitchen is closed"}, "I am sorry, that did not work. The kitchen is closed."),
        ({"error": "timeout"}, "I am sorry, that did not work."),
        ({"error": {"code": 500}}, "I am sorry, that did not work."),
    ],
)
def test_what_is_said(response: dict[str, Any], expected: str) -> None:
    assert spoken(response) == expected
