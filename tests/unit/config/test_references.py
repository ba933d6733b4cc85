"""`${NAME}` in texts."""

from __future__ import annotations

import pytest

from dragoman.config.references import BadReferenceError, fill_references

ENVIRONMENT = {"NAME": "value", "EMPTY": "", "NESTED": "${NAME}"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${NAME}", "value"),
        ("a ${NAME} b ${NAME}", "a value b value"),
        ("${MISSING:-x}", "x"),
        ("${MISSING:-}", ""),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY}", ""),
        ("${NAME:-x}", "value"),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$${NAME}"),
        ("$NAME", "$NAME"),
        ("100$", "100$"),
        ("{NAME}", "{NAME}"),
        ("${NESTED}", "${NAME}"),
        ("${MISSING:-a b:-c}", "a b:-c"),
    ],
)
def test_references_are_filled(text: str, filled: str) -> None:
    assert fill_references(text, ENVIRONMENT) == filled


@pytest.mark.parametrize("text", ["${", "${NAME", "${}", "${1A}", "${A B}", "${NAME-x}", "${NA${NAME}}"])
def test_a_malformed_reference_is_refused(text: str) -> None:
    with pytest.raises(BadReferenceError, match="must look like"):
        fill_references(text, ENVIRONMENT)


def test_a_variable_that_is_not_set_is_named_with_its_nearest_neighbour() -> None:
    with pytest.raises(BadReferenceError, match=r"NAMES is not set\. Did you mean 'NAME'\?"):
        fill_references("${NAMES}", ENVIRONMENT)
