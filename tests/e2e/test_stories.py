"""Every story, told by every provider, heard by every official SDK, whole and streamed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.e2e.clients import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.e2e.gateway import House, running_house
from tests.e2e.stories import PIXEL, REFUSAL, STORIES, Story

CLIENTS = {
    "openai_chat": openai_chat,
    "openai_responses": openai_responses,
    "anthropic_messages": anthropic_messages,
    "gemini_generate": gemini_generate,
}
UNSAID = {("openai_chat", "tool-result-image"): [PIXEL]}
"""In Chat Completions the result of a tool is text, so the client had no way to send it."""

PROVIDERS = ("chat", "responses", "anthropic", "gemini", "bedrock")


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One gateway before one simulator, for all stories."""
    with running_house(tmp_path_factory.mktemp("stories")) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("story", STORIES, ids=repr)
def test_a_story_is_heard_as_it_was_told(story: Story, client: str, provider: str, way: str, house: House) -> None:
    house.simulator.script(story.say)
    heard = getattr(CLIENTS[client], f"ask_{way}")(house.url, story.ask, f"{provider}/sim-large")
    assert heard == story.heard
    assert house.simulator.complaints == []
    assert [record.outcome for record in house.simulator.journal] == ["complete"]
    received = json.dumps(house.simulator.journal[0].json, ensure_ascii=False).replace('\\"', '"')
    missing = [word for word in story.ask.words if word not in received]
    assert missing == UNSAID.get((client, story.name), [])


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_refusal_is_never_taken_for_an_answer(client: str, provider: str, way: str, house: House) -> None:
    house.simulator.script(REFUSAL.say)
    heard = getattr(CLIENTS[client], f"ask_{way}")(house.url, REFUSAL.ask, f"{provider}/sim-large")
    assert heard.finish == "refusal"
