"""A secret stays one, whichever way it is turned into text."""

from __future__ import annotations

import json

import msgspec
import pytest

from dragoman.model.secret import Secret

LONG = "sk-live-0123456789abcdefghij"


class Holder(msgspec.Struct):
    """Anything that has a secret in it."""

    secret: Secret


@pytest.mark.parametrize(
    "shown",
    [
        repr(Secret(LONG)),
        str(Secret(LONG)),
        f"{Secret(LONG)}",
        f"{Secret(LONG):>60}",
        "%s %r" % (Secret(LONG), Secret(LONG)),  # noqa: UP031 - this way too
        repr(Holder(Secret(LONG))),
        repr({"key": [Secret(LONG)]}),
    ],
)
def test_text_made_of_a_secret_shows_only_its_end(shown: str) -> None:
    assert "ghij" in shown
    assert LONG[:-4] not in shown
    assert "fghij" not in shown


def test_a_short_secret_shows_nothing_at_all() -> None:
    assert repr(Secret("0123456789abcdef")) == "Secret(****)"


@pytest.mark.parametrize("encode", [json.dumps, msgspec.json.encode, msgspec.to_builtins])
def test_no_encoder_can_write_a_secret(encode: object) -> None:
    assert callable(encode)
    with pytest.raises(TypeError):
        encode({"key": Secret(LONG)})


def test_a_secret_has_no_dictionary_to_print() -> None:
    assert not hasattr(Secret(LONG), "__dict__")


def test_whoever_asks_gets_the_text() -> None:
    assert Secret(LONG).reveal() == LONG


def test_secrets_compare_by_text_and_only_with_secrets() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("x")
