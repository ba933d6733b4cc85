"""What only the AI SDK's gateway provider asks: models, options, and tokens that must come home."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e import raw
from tests.e2e.gateway import wait_until
from tests.e2e.javascript.node import RefusedError, Room
from tests.e2e.stories import PIXEL, STORIES, Ask, tell
from tests.simulator import Thinking, ToolCall
from tests.simulator.operations import PICTURE, make_vector

pytestmark = pytest.mark.timeout(600)  # the first run installs Node and the packages

CLIENT, OLD_CLIENT = "ai_sdk_gateway", "ai_sdk_gateway_3"
HELLO = STORIES[0]


def refused(room: Room, way: str, **more: Any) -> dict[str, Any]:
    """What the SDK's error says of itself."""
    with pytest.raises(RefusedError) as caught:
        room.speaker.call(CLIENT, way, room.url, **more)
    return caught.value.told


@pytest.mark.parametrize(("client", "version"), [(CLIENT, "v4"), (OLD_CLIENT, "v3")])
def test_models_are_listed(client: str, version: str, room: Room) -> None:
    models = room.speaker.call(client, "models", room.url)
    assert {model["specification"]["specificationVersion"] for model in models} == {version}
    assert all(model["id"].startswith(f"{model['specification']['provider']}/") for model in models)


def test_the_account_is_told_in_the_gateways_own_words(room: Room) -> None:
    answered = raw.ask(room.url, raw.PATHS["chat"], raw.small_request("chat"))
    asked = answered.headers["x-dragoman-exchange"]
    wait_until(lambda: raw.ask(room.url, f"/v1/generation?id={asked}", None, method="GET").status == 200)
    told = room.speaker.call(CLIENT, "generation", room.url, id=asked)
    assert (told["id"], told["model"], told["finishReason"], told["streamed"]) == (
        asked,
        "chat/sim-large",
        "stop",
        False,
    )
    assert told["promptTokens"] > 0
    report = room.speaker.call(
        CLIENT, "report", room.url, startDate="2025-01-01", endDate="2099-01-01", groupBy="model"
    )
    assert "chat/sim-large" in {one["model"] for one in report["results"]}
    assert float(room.speaker.call(CLIENT, "credits", room.url)["totalUsed"]) >= 0


def test_a_generation_that_is_not_there_is_not_found(room: Room) -> None:
    told = refused(room, "generation", id="gen_1")
    assert (told["name"], told["status"]) == ("GatewayNotFoundError", 404)


@pytest.mark.parametrize("provider", ["chat", "gemini", "bedrock"])
def test_texts_are_embedded_by_models_of_every_maker(provider: str, room: Room) -> None:
    model = f"{provider}/cohere.embed-english-v3"
    told = room.speaker.call(CLIENT, "embed", room.url, model=model, values=["sea", "sky"], settings={})
    text: Any = {"parts": [{"text": "sea"}]} if provider == "gemini" else "sea"
    assert len(told["embeddings"]) == 2
    assert told["embeddings"][0] == make_vector(text, 8)


def test_a_picture_is_drawn(room: Room) -> None:
    told = room.speaker.call(CLIENT, "draw", room.url, model="chat/painter", prompt="a cat", settings={"seed": 7})
    assert told["images"] == [PICTURE]
    assert any("seed" in warning.get("feature", "") for warning in told["warnings"])


def test_a_model_that_makes_no_vectors_is_refused(room: Room) -> None:
    told = refused(room, "embed", model="anthropic/sim-large", values=["sea"], settings={"maxRetries": 0})
    assert told["name"] == "GatewayInvalidRequestError"


@pytest.mark.parametrize("way", ["plain", "stream"])
def test_a_model_that_nobody_has_is_not_found(way: str, room: Room) -> None:
    told = refused(room, way, ask=HELLO.ask, model="nobody/knows")
    assert (told["name"], told["isRetryable"]) == ("GatewayModelNotFoundError", False)


def test_a_promise_that_the_gateway_cannot_keep_is_refused(room: Room) -> None:
    settings = {"providerOptions": {"gateway": {"zeroDataRetention": True}}}
    told = refused(room, "plain", ask=HELLO.ask, model="chat/sim-large", settings=settings)
    assert told["name"] == "GatewayInvalidRequestError"
    assert "zeroDataRetention" in told["message"]
    assert not room.simulator.journal


def test_further_models_and_their_order_are_honoured(room: Room) -> None:
    way = {
        "models": ["gemini/sim-small", "anthropic/sim-small"],
        "order": ["anthropic", "gemini"],
        "only": ["anthropic"],
    }
    settings = {"providerOptions": {"gateway": way}}
    told = room.speaker.call(CLIENT, "warn", room.url, ask=HELLO.ask, model="chat/sim-large", settings=settings)
    assert told["warnings"] == []
    assert [(record.dialect, record.model) for record in room.simulator.journal] == [("anthropic", "sim-small")]
    settings = {"providerOptions": {"gateway": {"only": ["nobody"]}}}
    told = refused(room, "plain", ask=HELLO.ask, model="chat/sim-large", settings=settings)
    assert (told["name"], told["status"]) == ("GatewayNotFoundError", 404)


def test_what_is_not_carried_is_a_warning_or_under_strict_a_refusal(room: Room) -> None:
    settings: dict[str, Any] = {"providerOptions": {"gateway": {"tags": ["blue"]}}, "topK": 3}
    asked = {"ask": HELLO.ask, "model": "chat/sim-large"}
    told = room.speaker.call(CLIENT, "warn", room.url, **asked, settings=settings)
    features = {warning["feature"] for warning in told["warnings"]}
    assert features == {"sampling.top_k", "extras.ai_sdk_gateway.providerOptions.gateway.tags"}
    strict = {**settings, "headers": {"x-dragoman-strict": "true"}}
    assert "sampling.top_k" in refused(room, "plain", **asked, settings=strict)["message"]


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("provider", ["chat", "responses", "anthropic", "gemini"])
def test_a_program_that_uses_a_tool_comes_to_its_end_with_every_token_at_home(
    provider: str, is_streamed: bool, room: Room
) -> None:
    signature = "c2lnbmF0dXJlIG9mIHRoZSBmaXJzdCBzdGVw"
    call = ToolCall("get_weather", '{"city":"Paris"}', signature=signature if provider == "gemini" else None)
    thought = Thinking("The weather first.", signature=signature)
    room.simulator.script(tell(thought, call) if provider != "gemini" else tell(Thinking("The weather first."), call))
    room.simulator.script(tell("It is sunny in Paris."))
    question = Ask("What is the weather in Paris?", thinking=True, max_tokens=4000)
    options = {"openai": {"include": ["reasoning.encrypted_content"], "store": False}}
    told = room.speaker.call(
        CLIENT,
        "loop",
        room.url,
        ask=question,
        model=f"{provider}/sim-large",
        streamed=is_streamed,
        settings={"providerOptions": options} if provider == "responses" else {},
    )
    assert told == {"text": "It is sunny in Paris.", "steps": 2}
    assert room.simulator.complaints == []
    first, second = room.simulator.journal
    assert "sunny in Paris" in str(second.body)
    assert "sunny in Paris" not in str(first.body)
    assert (signature in str(second.body)) is (provider != "chat")


@pytest.mark.parametrize("provider", ["chat", "responses", "anthropic", "gemini"])
def test_version_three_is_spoken_to_clients_of_version_three(provider: str, room: Room) -> None:
    room.simulator.script(tell("One pixel."), times=2)
    question = {"ask": Ask("What is this?"), "model": f"{provider}/sim-large"}
    told = room.speaker.call(OLD_CLIENT, "plain", room.url, **question)
    assert told["content"] == [{"type": "text", "text": "One pixel."}]
    assert (told["finish"], told["usage"]["inputTokens"]["total"]) == ("stop", 12)
    parts = room.speaker.call(OLD_CLIENT, "stream", room.url, **question)
    assert "".join(part["delta"] for part in parts if part["type"] == "text-delta") == "One pixel."
    assert parts[-1]["finishReason"]["unified"] == "stop"
    assert room.simulator.complaints == []
    assert PIXEL in str(room.simulator.journal[-1].body)
