"""Requests to which nothing is answered: an id and the request's own settings, and nobody is asked."""

from __future__ import annotations

import json

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError
from dragoman.service.keeping.warm_up import WarmUps
from tests.unit.service.desk import client_side

WARM_UPS = WarmUps(client_side("openai_responses"), FixedClock())


def test_a_warm_up_has_an_id_of_its_own_and_repeats_its_request() -> None:
    messages, answer = WARM_UPS.answer(b'{"model":"m","input":"Hi","instructions":"Be kind.","stream":true}', None)
    told = json.loads(answer)
    assert (told["model"], told["instructions"], told["created_at"]) == ("m", "Be kind.", 1_750_000_000)
    assert [json.loads(message)["type"] for message in messages] == ["response.created", "response.completed"]
    _, other = WARM_UPS.answer(b'{"model":"m"}', None)
    assert json.loads(other)["id"] != told["id"]


@pytest.mark.parametrize("body", [b"{}", b'{"model":"m","tools":7}'])
def test_what_could_not_be_answered_is_not_warmed_up(body: bytes) -> None:
    with pytest.raises(DragomanError):
        WARM_UPS.answer(body, None)
