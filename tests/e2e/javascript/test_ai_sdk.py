"""Stories heard by programs that use the AI SDK: with its gateway provider, and with those of the makers."""

from __future__ import annotations

import msgspec
import pytest

from tests.e2e.javascript.node import RefusedError, Room
from tests.e2e.stories import REFUSAL, STORIES, Story
from tests.simulator import Fault

pytestmark = pytest.mark.timeout(600)  # the first run installs Node and the packages

GATEWAY = "ai_sdk_gateway"
MAKERS = ("ai_sdk_openai_chat", "ai_sdk_openai_responses", "ai_sdk_anthropic", "ai_sdk_google")
DEAF = frozenset({"ai_sdk_openai_chat"})
"""OpenAI's chat has no thinking in its answers, so its provider in the AI SDK does not look for any."""

PROVIDERS = ("chat", "responses", "anthropic", "gemini")
WAYS = ("plain", "stream")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", [GATEWAY, *MAKERS])
@pytest.mark.parametrize("story", [*STORIES, REFUSAL], ids=repr)
def test_a_story_is_heard_as_it_was_told(story: Story, client: str, provider: str, way: str, room: Room) -> None:
    room.simulator.script(story.say)
    heard = room.speaker.ask(client, way, room.url, story.ask, f"{provider}/sim-large")
    if story is REFUSAL:
        assert heard.finish == "refusal"
    else:
        assert heard == (msgspec.structs.replace(story.heard, thinking="") if client in DEAF else story.heard)
    assert room.simulator.complaints == []


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", [GATEWAY, *MAKERS])
def test_a_cut_stream_is_never_taken_for_a_whole_one(client: str, provider: str, room: Room) -> None:
    room.simulator.set_default(STORIES[0].say, fault=Fault(stop="rst", after_event=4))
    with pytest.raises(RefusedError):
        room.speaker.ask(client, "stream", room.url, STORIES[0].ask, f"{provider}/sim-large")
