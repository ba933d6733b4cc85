"""What can be granted, and that nobody grants more than they have."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Grant, Limits
from dragoman.service.access.grants import (
    Maker,
    Terms,
    TermsChange,
    build_grant,
    change_grant,
    check_name,
    check_tags,
    find_maker,
    inherit_grant,
)
from dragoman.service.scope import compile_patterns
from tests.unit.service.registry import Registry


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        ({"rpm": -1}, "rpm"),
        ({"concurrency": 2**60}, "concurrency"),
        ({"budgets": {"day": 0}}, "budgets.day"),
        ({"models": ("gpt-?",)}, "models"),
        ({"models": ("[a]",)}, "models"),
        ({"providers": ("",)}, "providers"),
        ({"providers": ("a",) * 201}, "providers"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(terms: dict[str, Any], path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        build_grant(Terms(**terms))
    assert (caught.value.kind, caught.value.path) == (Kind.INVALID_REQUEST, path)


def test_a_change_leaves_the_rest_as_it_is() -> None:
    grant = build_grant(Terms(models=("a",), rpm=5, budgets={"day": 7}, allow_unpriced=True))
    changed = change_grant(grant, TermsChange(rpm=6))
    assert changed == build_grant(Terms(models=("a",), rpm=6, budgets={"day": 7}, allow_unpriced=True))
    assert change_grant(grant, TermsChange(models=None, budgets={})).models is None


@pytest.mark.parametrize("name", ["", " a", "a ", "-a", "a" * 65, "a,b", "a\nb", "ä", "a/b", "a#b"])
def test_names_that_could_be_mistaken_are_refused(name: str) -> None:
    with pytest.raises(DragomanError):
        check_name(name)


def test_ordinary_names_and_tags_are_taken() -> None:
    check_name("Ada's".replace("'", "") + " laptop-2_x@home.org")
    check_tags(["team:red", "env=prod"])
    with pytest.raises(DragomanError):
        check_tags(["a,b"])


def test_what_is_left_open_is_what_the_maker_has() -> None:
    maker = Maker("m", grant=Grant(models=("gpt-*",), providers=("openai",)))
    assert inherit_grant(Grant(), maker) == Grant(models=("gpt-*",), providers=("openai",))
    narrower = Grant(models=("gpt-4o*",), providers=("openai",), limits=Limits(rpm=5))
    assert inherit_grant(narrower, maker) == narrower


@pytest.mark.parametrize(
    "wider", [Grant(models=("*",)), Grant(models=("gpt-4", "o1")), Grant(models=("gp*",)), Grant(providers=("*",))]
)
def test_more_than_the_maker_has_is_refused(wider: Grant) -> None:
    maker = Maker("m", grant=Grant(models=("gpt-*",), providers=("openai",)))
    with pytest.raises(DragomanError) as caught:
        inherit_grant(wider, maker)
    assert caught.value.kind is Kind.PERMISSION


def test_a_maker_with_limits_of_its_own_hands_out_nothing() -> None:
    with pytest.raises(DragomanError) as caught:
        inherit_grant(Grant(limits=Limits(rpm=1)), Maker("m", grant=Grant(limits=Limits(rpm=1))))
    assert caught.value.kind is Kind.PERMISSION


PATTERNS = st.text("ab*", min_size=1, max_size=5)


@given(had=PATTERNS, wanted=PATTERNS, name=st.text("ab", max_size=6))
def test_a_covered_pattern_never_fits_what_the_covering_one_does_not(had: str, wanted: str, name: str) -> None:
    if compile_patterns((had,))(wanted) and compile_patterns((wanted,))(name):
        assert compile_patterns((had,))(name)


def test_the_maker_behind_a_virtual_key_has_what_that_key_has() -> None:
    registry = Registry()
    registry.add_key(models=("a/*",), role="admin")
    keys = registry.store.read_holdings().keys
    assert find_maker(keys, "ada", "admin", "").grant == Grant(models=("a/*",))
    assert find_maker(keys, "root", "admin", "").grant is None
