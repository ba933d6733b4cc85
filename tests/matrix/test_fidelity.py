"""The published table is what the crossings show, and it has no empty cell."""

from __future__ import annotations

import pytest

from dragoman.model.loss import Loss
from tests.matrix.crossing import ASKED, NAMES, PROVIDERS, cross, list_vectors
from tests.matrix.features import ABSENT, ERRORS, FEATURES, Feature, Side
from tests.matrix.fidelity import describe, judge, shows
from tests.matrix.page import END, START, TITLES, put_fragment, write_fragment, write_page
from tests.matrix.write import PAGE, README


def test_the_page_is_what_the_crossings_show() -> None:
    assert PAGE.read_text("utf-8") == write_page(), "write it again: make matrix"


def test_the_readme_repeats_the_counts() -> None:
    text = README.read_text("utf-8")
    assert put_fragment(text, write_fragment()) == text, "write it again: make matrix"


def test_every_dialect_has_a_title() -> None:
    assert set(TITLES) == set(PROVIDERS)


@pytest.mark.parametrize("dialect", PROVIDERS)
def test_each_side_of_a_feature_has_a_vector_or_a_reason_why_there_is_none(dialect: str) -> None:
    for feature in FEATURES:
        for side in feature.sides:
            if side.form == "request" and dialect not in NAMES:
                continue  # its requests come from clients of other dialects
            is_absent = (feature.name, side.form, dialect) in ABSENT
            assert is_shown(side, dialect) != is_absent, f"{feature.name} ({side.form})"


def is_shown(side: Side, dialect: str) -> bool:
    target = next(name for name in NAMES if name != dialect)
    vectors = [vector for vector in list_vectors(dialect, side.form) if vector.name in side.vectors]
    return any(shows(cross(vector, side.form, target), side) for vector in vectors)


def test_reasons_are_given_for_features_that_exist() -> None:
    known = {(feature.name, side.form, name) for feature in FEATURES for side in feature.sides for name in PROVIDERS}
    assert set(ABSENT) <= known


@pytest.mark.parametrize(("client", "provider"), ASKED)
def test_whatever_does_not_arrive_whole_has_its_reason(client: str, provider: str) -> None:
    for feature in FEATURES:
        verdict = judge(feature, client, provider)
        assert (verdict.mark == "yes") == (not verdict.reasons), feature.name


@pytest.mark.parametrize(
    ("name", "client", "provider", "mark"),
    [
        ("text", "openai_chat", "anthropic_messages", "yes"),
        ("parallel tool calls", "gemini_generate", "openai_responses", "yes"),
        ("images in tool results", "anthropic_messages", "openai_chat", "loss"),
        ("structured output", "openai_chat", "gemini_generate", "yes"),
        ("JSON mode", "openai_chat", "anthropic_messages", "no"),
        ("audio in", "openai_chat", "anthropic_messages", "no"),
        ("audio in", "anthropic_messages", "openai_chat", "none"),
        ("several candidates", "openai_chat", "anthropic_messages", "no"),
        ("streamed tool arguments", "gemini_generate", "openai_chat", "loss"),
        ("streamed tool arguments", "openai_chat", "gemini_generate", "yes"),
        ("cache breakpoints", "anthropic_messages", "openai_chat", "no"),
    ],
)
def test_cells_that_one_knows_by_heart(name: str, client: str, provider: str, mark: str) -> None:
    feature = next(feature for feature in FEATURES if feature.name == name)
    assert judge(feature, client, provider).mark == mark


def test_a_feature_that_nobody_shows_is_noticed() -> None:
    side = Side("request", ("no-such-vector",), ("turns.hologram",))
    with pytest.raises(AssertionError, match="no vector of openai_chat shows it"):
        judge(Feature("holograms", (side,)), "openai_chat", "gemini_generate")


def test_errors_are_judged_by_their_kinds() -> None:
    verdict = judge(ERRORS, "anthropic_messages", "openai_chat")
    assert verdict.mark == "loss"
    assert "content policy is understood as invalid request" in verdict.reasons


def test_a_loss_is_told_without_numbers() -> None:
    loss = Loss("dropped", "turns[2].parts[0].parts[1].cache.ttl_a", "Too late.")
    assert describe(loss) == "cache.ttl a left out: Too late"
    assert describe(Loss("moved", "turns[2].parts[0]")) == "moved"


def test_a_text_without_markers_stays_as_it_is() -> None:
    assert put_fragment("No markers.", "new") == "No markers."
    assert put_fragment(f"a{START}old{END}b", "new\n") == f"a{START}\nnew\n{END}b"
