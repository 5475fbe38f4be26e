"""What a function is called and does, as words."""

from telephony_agent.offline.model.declared import declared, spoken


def test_all_that_is_declared_of_a_function_is_one_text() -> None:
    assert declared("rentBike", "Hire a bike. ", ["days", "kind"]) == "rent bike. Hire a bike. days, kind"
    assert declared("dance", "", []) == "dance."


def test_a_name_in_code_is_spoken_as_words() -> None:
    assert spoken("trackParcel") == spoken("track_parcel") == spoken("track.parcel") == "track parcel"
