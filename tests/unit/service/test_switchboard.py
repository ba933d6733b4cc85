"""The switchboard finds the code that speaks to a provider."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Face, Origin, Timeouts
from tests.unit.service.desk import make_provider, make_switchboard

ORIGIN = Origin("https", "a.example", 443)


@pytest.mark.parametrize("dialect", [name for name, dialect in DIALECTS.items() if dialect.provider])
def test_every_dialect_is_spoken_to_providers(dialect: str) -> None:
    board = make_switchboard(make_provider("a"))
    assert board.provider_side(Face(dialect, ORIGIN, "")).name == dialect


def test_a_dialect_that_only_clients_speak_is_a_clear_error() -> None:
    board = make_switchboard(make_provider("a"))
    deaf = msgspec.structs.replace(DIALECTS["openai_chat"], provider=None)
    board = msgspec.structs.replace(board, dialects={"openai_chat": deaf})
    with pytest.raises(DragomanError) as caught:
        board.provider_side(Face("openai_chat", ORIGIN, ""))
    assert caught.value.kind is Kind.INTERNAL


def test_a_wish_carries_the_boards_patience_and_the_routes_deadline() -> None:
    board = make_switchboard(make_provider("a"), timeouts=Timeouts(total=30.0))
    wish = board.build_wish(12, 100.0, board.resolver.resolve("r"))
    assert (wish.tokens, wish.deadline, wish.max_wait_seconds) == (12, 130.0, board.patience.max_wait_seconds)
    assert wish.budget is board.budget
