"""Every story, told by every provider, heard by the makers' JavaScript SDKs, whole and streamed."""

from __future__ import annotations

import pytest

from tests.e2e.javascript.node import RefusedError, Room
from tests.e2e.stories import REFUSAL, STORIES, Story
from tests.simulator import Fault

pytestmark = pytest.mark.timeout(600)  # the first run installs Node and the packages

CLIENTS = ("openai_chat", "openai_responses", "anthropic_messages", "gemini_generate")
PROVIDERS = ("chat", "responses", "anthropic", "gemini")


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("story", [*STORIES, REFUSAL], ids=repr)
def test_a_story_is_heard_as_it_was_told(story: Story, client: str, provider: str, way: str, room: Room) -> None:
    room.simulator.script(story.say)
    heard = room.speaker.ask(client, way, room.url, story.ask, f"{provider}/sim-large")
    if story is REFUSAL:
        assert heard.finish == "refusal"
    else:
        assert heard == story.heard
    assert room.simulator.complaints == []


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("client", CLIENTS)
def test_an_overloaded_provider_is_an_error_of_the_sdk(client: str, way: str, room: Room) -> None:
    room.simulator.set_default(fault=Fault(status=429))
    with pytest.raises(RefusedError) as caught:
        room.speaker.ask(client, way, room.url, STORIES[0].ask, "chat/sim-large")
    assert caught.value.told["status"] == 429


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_cut_stream_is_never_taken_for_a_whole_one(client: str, provider: str, room: Room) -> None:
    room.simulator.set_default(STORIES[0].say, fault=Fault(stop="rst", after_event=4))
    with pytest.raises(RefusedError):
        room.speaker.ask(client, "stream", room.url, STORIES[0].ask, f"{provider}/sim-large")
