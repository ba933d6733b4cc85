"""The stories once more, for the official Mistral SDK at the Chat Completions endpoint."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from tests.e2e.clients import mistral_chat
from tests.e2e.gateway import House, running_house
from tests.e2e.stories import STORIES, Story

PROVIDERS = ("chat", "responses", "anthropic", "gemini")
IN_PIECES = "parallel-tool-calls"


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("mistral")) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("story", STORIES, ids=repr)
def test_a_story_is_heard_as_it_was_told(story: Story, provider: str, house: House) -> None:
    house.simulator.script(story.say)
    heard = mistral_chat.ask_plain(house.url, story.ask, f"{provider}/sim-large")
    assert heard == msgspec.structs.replace(story.heard, thinking="", cached_tokens=0)
    assert house.simulator.complaints == []


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("story", [story for story in STORIES if story.name != IN_PIECES], ids=repr)
def test_a_stream_is_heard_as_it_was_told(story: Story, provider: str, house: House) -> None:
    house.simulator.script(story.say)
    heard = mistral_chat.ask_stream(house.url, story.ask, f"{provider}/sim-large")
    shown = msgspec.structs.replace(story.heard, thinking="", input_tokens=0, output_tokens=0, cached_tokens=0)
    assert heard == shown
    assert house.simulator.complaints == []
