"""A provider's trouble, as an error of the class that the AI SDK has for it.

Each provider is in trouble once only: the gateway remembers, and rests what has failed.
"""

from __future__ import annotations

import pytest

from tests.e2e.javascript.node import RefusedError, Room
from tests.e2e.stories import STORIES
from tests.simulator import Fault

pytestmark = pytest.mark.timeout(600)  # the first run installs Node and the packages


@pytest.mark.parametrize(
    ("provider", "way", "status", "name"),
    [
        ("chat", "plain", 400, "GatewayInvalidRequestError"),
        ("chat", "stream", 400, "GatewayInvalidRequestError"),
        ("anthropic", "plain", 429, "GatewayRateLimitError"),
        ("gemini", "stream", 500, "GatewayInternalServerError"),
        ("responses", "plain", 401, "GatewayInternalServerError"),
    ],
)
def test_trouble_is_an_error_of_the_sdk_s_own_class(
    provider: str, way: str, status: int, name: str, room: Room
) -> None:
    room.simulator.set_default(fault=Fault(status=status))
    with pytest.raises(RefusedError) as caught:
        room.speaker.ask("ai_sdk_gateway", way, room.url, STORIES[0].ask, f"{provider}/sim-large")
    told = caught.value.told
    assert told["name"] == name
    assert told["isRetryable"] is (name != "GatewayInvalidRequestError")
