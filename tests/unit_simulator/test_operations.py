"""What the simulator answers beside chat, as the makers' own SDKs see it."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from google import genai
from google.genai import errors, types

from tests.simulator import Fault, Simulator, Tokens


@pytest.fixture
def client(simulator: Simulator) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{simulator.url}/v1", api_key="sk-test", max_retries=0) as made:
        yield made


@pytest.fixture
def google(simulator: Simulator) -> Iterator[genai.Client]:
    made = genai.Client(api_key="g-test", http_options=types.HttpOptions(base_url=simulator.url, timeout=60_000))
    yield made
    made.close()


def test_completions_are_told_whole_and_in_pieces(simulator: Simulator, client: openai.OpenAI) -> None:
    whole = client.completions.create(model="old", prompt="Once upon a time")
    pieces = list(
        client.completions.create(
            model="old", prompt="Once upon a time", stream=True, stream_options={"include_usage": True}
        )
    )
    assert whole.choices[0].text == "".join(piece.choices[0].text for piece in pieces if piece.choices) == "and then"
    assert whole.usage == pieces[-1].usage
    assert [record.billed for record in simulator.journal] == [Tokens(input=4, output=2)] * 2


def test_pictures_speech_and_verdicts_are_given(simulator: Simulator, client: openai.OpenAI) -> None:
    assert (client.images.generate(model="painter", prompt="a ship").data or [])[0].b64_json
    assert client.audio.speech.create(model="tts", voice="alloy", input="ho").content.endswith(b"oh")
    assert len(client.moderations.create(model="judge", input=["a", "b"]).results) == 2
    assert [record.operation for record in simulator.journal] == ["draw", "speak", "moderate"]


def test_an_empty_prompt_is_a_complaint(simulator: Simulator, client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="prompt"):
        client.completions.create(model="old", prompt="")
    assert simulator.journal[0].complaint


def test_a_fault_cuts_these_too(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.set_default(fault=Fault(stop="rst", after_event=0))
    with pytest.raises(openai.APIConnectionError):
        client.completions.create(model="old", prompt="Once")


def test_gemini_embeds_only_under_the_models_own_name(simulator: Simulator, google: genai.Client) -> None:
    made = google.models.embed_content(model="embed-001", contents=["a", "b", "a"])
    vectors = [one.values for one in made.embeddings or []]
    assert vectors[0] == vectors[2] != vectors[1]
    body = {"requests": [{"model": "models/other", "content": {"parts": [{"text": "a"}]}}]}
    with pytest.raises(errors.ClientError, match="must match the model"):
        google.models.embed_content(
            model="embed-001",
            contents="a",
            config=types.EmbedContentConfig(http_options=types.HttpOptions(extra_body=body)),
        )
    assert simulator.journal[-1].complaint
