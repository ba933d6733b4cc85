"""Every story, told by every provider, heard by every official SDK, whole and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.e2e.clients import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.e2e.gateway import Gateway, running_gateway, write_providers
from tests.e2e.stories import REFUSAL, STORIES, Story
from tests.simulator import Simulator

CLIENTS = {
    "openai_chat": openai_chat,
    "openai_responses": openai_responses,
    "anthropic_messages": anthropic_messages,
    "gemini_generate": gemini_generate,
}
PROVIDERS = ("chat", "responses", "anthropic", "gemini")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Simulator]]:
    """One gateway before one simulator, for all stories."""
    with (
        Simulator() as simulator,
        running_gateway(tmp_path_factory.mktemp("stories"), write_providers(simulator.url)) as gateway,
    ):
        yield gateway, simulator


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("story", STORIES, ids=repr)
def test_a_story_is_heard_as_it_was_told(
    story: Story, client: str, provider: str, way: str, house: tuple[Gateway, Simulator]
) -> None:
    gateway, simulator = house
    simulator.reset()
    simulator.script(story.say)
    speaker: ModuleType = CLIENTS[client]
    heard = getattr(speaker, f"ask_{way}")(gateway.url, story.ask, f"{provider}/sim-large")
    assert heard == story.heard
    assert simulator.complaints == []
    assert [record.outcome for record in simulator.journal] == ["complete"]


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_refusal_is_never_taken_for_an_answer(
    client: str, provider: str, way: str, house: tuple[Gateway, Simulator]
) -> None:
    gateway, simulator = house
    simulator.reset()
    simulator.script(REFUSAL.say)
    heard = getattr(CLIENTS[client], f"ask_{way}")(gateway.url, REFUSAL.ask, f"{provider}/sim-large")
    assert heard.finish == "refusal"
