"""Azure's older paths, on both sides: the official SDK for Azure before the gateway, and a provider behind it that knows a
model by the name of what was deployed. The judge of the second is that SDK before the same simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import openai
import pytest

from tests.e2e.gateway import CANARY, House, running_house
from tests.e2e.ledger import wait_for_rows
from tests.simulator.journal import Record

VERSION = "2024-10-21"
PROVIDERS = f"""
  azure: {{{{base_url: "{{url}}", api_version: "{VERSION}", api_key: "{CANARY}-azure"}}}}
"""
ASK: list[Any] = [{"role": "user", "content": "Say hello."}]
WAV = ("a.wav", b"RIFF", "audio/wav")

CALLS: dict[str, Callable[[openai.AzureOpenAI, str], Any]] = {
    "chat": lambda client, model: client.chat.completions.create(model=model, messages=ASK),
    "embeddings": lambda client, model: client.embeddings.create(model=model, input="Hi."),
    "completions": lambda client, model: client.completions.create(model=model, prompt="Hi."),
    "images": lambda client, model: client.images.generate(model=model, prompt="A cat."),
    "speech": lambda client, model: client.audio.speech.create(model=model, input="Hi.", voice="alloy"),
    "transcription": lambda client, model: client.audio.transcriptions.create(model=model, file=WAV),
}


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("azure"), more_providers=PROVIDERS) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


@cache
def open_azure(url: str, **more: Any) -> openai.AzureOpenAI:
    """The official client for Azure, pointed at somebody."""
    return openai.AzureOpenAI(
        azure_endpoint=url, api_key=f"{CANARY}-azure", api_version=VERSION, max_retries=0, timeout=20, **more
    )


def describe(record: Record) -> tuple[object, ...]:
    return record.method, record.path, record.query, record.carrier, record.key


@pytest.mark.parametrize("name", CALLS)
def test_a_provider_is_asked_where_azures_own_sdk_asks_it(name: str, house: House) -> None:
    with open_azure.__wrapped__(house.simulator.url) as client:
        CALLS[name](client, "sim-large")
    CALLS[name](open_azure(house.url), "azure/sim-large")
    theirs, ours = house.simulator.journal
    assert describe(ours) == describe(theirs)
    assert ours.path.startswith("/openai/deployments/sim-large/")
    assert ours.query == {"api-version": VERSION}
    assert house.simulator.complaints == []


@pytest.mark.parametrize("model", ["azure/sim-large", "anthropic/sim-large", "chat/sim-large"])
def test_azures_sdk_streams_from_providers_of_every_kind(model: str, house: House) -> None:
    house.simulator.script("Hello.")
    with open_azure(house.url).chat.completions.create(model=model, messages=ASK, stream=True) as stream:
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert text == "Hello."
    (record,) = house.simulator.journal
    assert record.model == "sim-large"


def test_what_was_deployed_goes_before_the_model_in_the_body(house: House) -> None:
    client = open_azure(house.url, azure_deployment="chat/sim-placed")
    client.chat.completions.create(model="another-name", messages=ASK)
    (record,) = house.simulator.journal
    assert record.model == "sim-placed"
    folder = house.gateway.config_path.parent
    (row,) = wait_for_rows(folder, 1, lambda found: found["model"] == "sim-placed")
    assert (row["provider"], row["route"]) == ("chat", "chat/sim-placed")


def test_azures_sdk_lists_models_and_asks_for_responses(house: House) -> None:
    names = {model.id for model in open_azure(house.url).models.list()}
    assert all("/" in name for name in names)
    house.simulator.script("Hello.")
    answer = open_azure(house.url).responses.create(model="responses/sim-large", input="Say hello.")
    assert answer.output_text == "Hello."


def test_errors_are_those_of_openais_api(house: House) -> None:
    with pytest.raises(openai.NotFoundError):
        CALLS["chat"](open_azure(house.url), "nobody/nothing")
