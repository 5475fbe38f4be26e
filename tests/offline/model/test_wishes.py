"""What callers say who want a function."""

from telephony_agent.offline.model.wishes import frames, phrasings, spoken


def test_a_function_is_asked_for_by_all_that_is_declared_of_it_and_in_the_caller_s_voice() -> None:
    assert phrasings("rentBike", "Hire a bike to the customer.", ["days", "kind"]) == [
        "rent bike. Can you hire a bike to me? days, kind",
        "I want you to hire a bike to me",
    ]


def test_everybody_asks_for_the_same_deed_in_the_same_words() -> None:
    assert "Where is it?" in frames("track_parcel", "Tell where a parcel is.")
    assert "How much is it?" in frames("tyre_price", "")
    assert "I don't need it any more." in frames("cancel", "Cancel it.")
    assert frames("dance", "Dance.") == []


def test_a_name_in_code_is_spoken_as_words() -> None:
    assert spoken("trackParcel") == spoken("track_parcel") == spoken("track.parcel") == "track parcel"
