"""One key's reasons to rest, in the order in which they are looked for."""

from __future__ import annotations

import msgspec

from dragoman.routing.key_state import MAX_GAUGES, MAX_MODELS, KeyState, ModelState
from dragoman.routing.limit_headers import Reading
from dragoman.routing.target import Credential
from tests.unit.routing.house import make_provider

CREDENTIAL = make_provider("acme").credentials[0]


def test_a_key_of_which_nothing_is_known_is_ready() -> None:
    assert KeyState(CREDENTIAL).find_rest("m", 10, 0.0) is None


def test_each_reason_is_told_with_its_length() -> None:
    key = KeyState(msgspec.structs.replace(CREDENTIAL, models=frozenset({"m"}), tpm=100))
    assert key.find_rest("n", 0, 0.0) == ("other_models", float("inf"))
    assert key.tokens is not None
    key.tokens.charge(60, 10.0)
    assert key.find_rest("m", 50, 20.0) == ("own_limit", 50.0)
    state = key.open_model("m", 20.0)
    state.open_gauge("requests").read(Reading("requests", 0, 9.0), 0, 20.0)
    assert key.find_rest("m", 0, 20.0) == ("exhausted", 9.0)
    state.cool("overloaded", 30.0)
    assert key.find_rest("m", 0, 20.0) == ("overloaded", 10.0)
    state.cool("cooling", 25.0)
    assert key.find_rest("m", 0, 20.0) == ("overloaded", 10.0)
    key.quarantine.note_refusal(20.0)
    assert key.find_rest("m", 0, 25.0) == ("quarantined", 5.0)


def test_what_a_provider_counts_is_bounded() -> None:
    state = ModelState()
    for number in range(MAX_GAUGES * 2):
        state.open_gauge(f"scope-{number}")
    assert len(state.gauges) == MAX_GAUGES


def test_states_that_say_something_are_kept_when_there_are_too_many() -> None:
    key = KeyState(CREDENTIAL)
    key.open_model("resting", 0.0).cool("cooling", 1e9)
    key.open_model("busy", 0.0).unanswered = 1
    for number in range(MAX_MODELS):
        key.open_model(str(number), 10.0)
    assert {"resting", "busy"} <= key.models.keys()
    assert len(key.models) < 10


def test_names_that_clients_make_up_to_be_refused_do_not_pile_up_either() -> None:
    key = KeyState(CREDENTIAL)
    key.open_model("busy", 0.0).unanswered = 1
    for number in range(MAX_MODELS * 2):
        key.open_model(str(number), 10.0).quarantine.note_refusal(10.0)
    assert len(key.models) <= MAX_MODELS
    assert "busy" in key.models


def test_a_key_as_a_whole_rests_when_it_rests_for_all_that_it_was_used_with() -> None:
    key = KeyState(Credential("k", {}, concurrency=2))
    assert key.find_state(0.0) == "ready"
    key.open_model("a", 0.0).cool("cooling", 50.0)
    assert key.find_state(0.0) == "cooling"
    other = key.open_model("b", 0.0)
    assert key.find_state(0.0) == "ready"
    other.cool("overloaded", 9.0)
    assert key.find_state(0.0) == "overloaded"
    assert key.find_state(10.0) == "ready"
    key.in_flight = 2
    assert key.find_state(10.0) == "busy"
