"""What the official SDKs ask beside an answer: which models there are, and how many tokens a request has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.clients import anthropic_messages, gemini_generate, openai_chat
from tests.e2e.gateway import House, running_house

DIALECTS = ("chat", "responses", "anthropic", "gemini")
ROUTES = """
routes:
  wise: chat/sim-large
  kind: {targets: [anthropic/sim-large, gemini/sim-large], aliases: [gentle]}
"""
NAMES = {"wise", "kind", "gentle"}
TEXT = "How many tokens has this question?"


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("listing"), extra=ROUTES) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


def test_every_sdk_lists_the_models(house: House) -> None:
    openai = {model.id for model in openai_chat.open_client(house.url).models.list()}
    anthropic = {model.id for model in anthropic_messages.open_client(house.url).models.list()}
    google = {str(model.name).removeprefix("models/") for model in gemini_generate.open_client(house.url).models.list()}
    assert openai >= NAMES
    assert openai == anthropic == google


def test_every_sdk_looks_a_model_up(house: House) -> None:
    assert openai_chat.open_client(house.url).models.retrieve("wise").id == "wise"
    assert anthropic_messages.open_client(house.url).models.retrieve("gentle").id == "gentle"
    assert gemini_generate.open_client(house.url).models.get(model="kind").name == "models/kind"


@pytest.mark.parametrize("provider", DIALECTS)
def test_every_sdk_that_can_counts_tokens(provider: str, house: House) -> None:
    model = f"{provider}/sim-large"
    messages = anthropic_messages.open_client(house.url).messages
    anthropic = messages.count_tokens(model=model, messages=[{"role": "user", "content": TEXT}])
    google = gemini_generate.open_client(house.url).models.count_tokens(model=model, contents=TEXT)
    openai = openai_chat.open_client(house.url).responses.input_tokens.count(model=model, input=TEXT)
    for count in (anthropic.input_tokens, google.total_tokens or 0, openai.input_tokens):
        assert 3 <= count <= 100
    assert house.simulator.complaints == []
