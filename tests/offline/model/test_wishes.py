"""What callers say who want a function."""

from telephony_agent.offline.model.wishes import frames, phrasings, spoken


def test_a_function_is_asked_for_by_name_description_parameters_and_choices() -> None:
    said = phrasings("rentBike", "Hire a bike to the customer.", {"how long": "Days", "kind": ""}, ["city", "tandem"])
    assert said[:3] == ["rent bike", "Hire a bike to the customer", "hire a bike to me"]
    assert {"Can you hire a bike to me?", "rent bike days", "rent bike kind", "rent bike tandem"} <= set(said)


def test_everybody_asks_for_the_same_deed_in_the_same_words() -> None:
    assert "Where is my parcel?" in frames("track_parcel", "Tell where a parcel is.")
    assert "How much is a tyre?" in frames("tyre_price", "")
    assert "I don't need it any more." in frames("cancel", "Cancel it.")
    assert frames("dance", "Dance.") == []


def test_a_name_in_code_is_spoken_as_words() -> None:
    assert spoken("trackParcel") == spoken("track_parcel") == spoken("track.parcel") == "track parcel"
