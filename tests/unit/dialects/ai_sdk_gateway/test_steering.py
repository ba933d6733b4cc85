"""Wishes about the way of a request, where routing looks for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.steering import hoist_steering
from dragoman.errors import DragomanError
from dragoman.wire.json_document import JsonDocument


def hoist(gateway: Any, **more: Any) -> dict[str, Any]:
    body = {"prompt": [], "providerOptions": {"gateway": gateway, **more}}
    return hoist_steering(JsonDocument(json.dumps(body).encode())).decode()


def test_what_routing_can_honour_stands_where_it_is_looked_for() -> None:
    told = hoist(
        {"models": ["a/b"], "order": ["x"], "only": ["x", "y"], "sort": "ttft", "tags": ["t"]}, openai={"user": "u"}
    )
    assert told["models"] == ["a/b"]
    assert told["provider"] == {"order": ["x"], "only": ["x", "y"], "sort": "latency"}
    assert told["providerOptions"] == {"gateway": {"tags": ["t"]}, "openai": {"user": "u"}}


@pytest.mark.parametrize("gateway", [{}, {"tags": ["t"]}, {"models": [], "order": []}, {"sort": "whim"}, 7])
def test_a_request_without_such_wishes_stays_as_it_is(gateway: Any) -> None:
    assert hoist(gateway) == {"prompt": [], "providerOptions": {"gateway": gateway}}


@pytest.mark.parametrize("gateway", [{"only": "x"}, {"order": [1]}, {"models": [{"model": "m", "when": {}}]}])
def test_wishes_that_cannot_be_read_are_refused_by_name(gateway: Any) -> None:
    with pytest.raises(DragomanError) as caught:
        hoist(gateway)
    assert caught.value.path == f"providerOptions.gateway.{next(iter(gateway))}"
