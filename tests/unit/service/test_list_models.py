"""What a client may ask for."""

from __future__ import annotations

import pytest

from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Target
from dragoman.service.list_models import list_models, read_model
from dragoman.service.switchboard import Switchboard
from tests.unit.routing.house import make_pools, make_provider, make_route

ACME = make_provider("acme", models=("large",))
BOARD = Switchboard(Resolver([make_route(ACME)], [ACME], Target), make_pools(ACME), DIALECTS)


def test_routes_come_first_then_what_providers_are_known_to_have() -> None:
    assert [(card.id, card.owner) for card in list_models(BOARD)] == [("r", "acme"), ("acme/large", "acme")]


def test_any_model_that_could_be_asked_for_can_be_looked_up() -> None:
    assert read_model(BOARD, "acme/unlisted").id == "acme/unlisted"
    with pytest.raises(DragomanError, match="no model"):
        read_model(BOARD, "nobody")
