"""No key, no configuration: texts are embedded by a model on this machine, for the maker's SDK."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path

import pytest
from openai import BadRequestError, OpenAI

from dragoman.engine.models import EMBEDDER
from tests.e2e.gateway import Gateway, running_gateway

PULL_SECONDS = 100
MODEL = f"local/{EMBEDDER}"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that nobody has told anything. The model is fetched first, unless it is here already."""
    dragoman = str(Path(sys.executable).with_name("dragoman"))
    folder = tmp_path_factory.mktemp("embedder")
    command = [dragoman, "models", "pull", EMBEDDER]
    pulled = subprocess.run(
        command, cwd=folder, env=dict(os.environ), timeout=PULL_SECONDS, capture_output=True, text=True, check=False
    )
    if pulled.returncode:
        pytest.skip(f"the embedding model cannot be had here: {pulled.stderr.strip()}")
    own = {name: value for name, value in os.environ.items() if name == "XDG_CACHE_HOME"}
    with running_gateway(folder, "discover_providers: true\n", own) as running:
        yield running


@pytest.fixture
def client(gateway: Gateway) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{gateway.url}/v1", api_key="none", max_retries=0) as openai:
        yield openai


def find_nearness(one: Sequence[float], other: Sequence[float]) -> float:
    lengths = sqrt(sum(x * x for x in one)) * sqrt(sum(x * x for x in other))
    return sum(x * y for x, y in zip(one, other, strict=True)) / lengths


def test_what_means_the_same_is_near_and_what_does_not_is_far(client: OpenAI) -> None:
    texts = ["A cat sits on the mat.", "A kitten rests on a rug.", "The central bank raised its interest rates."]
    answer = client.embeddings.create(model=MODEL, input=texts)
    first, second, third = (one.embedding for one in answer.data)
    assert len(first) == 384
    assert find_nearness(first, second) > 0.5
    assert find_nearness(first, third) < 0.2
    assert answer.usage.prompt_tokens > 15


def test_numbers_and_their_packed_form_are_the_same(client: OpenAI) -> None:
    numbers = client.embeddings.create(model=MODEL, input="ahoy", encoding_format="float").data[0].embedding
    text = str(client.embeddings.create(model=MODEL, input="ahoy", encoding_format="base64").data[0].embedding)
    assert struct.unpack("<384f", b64decode(text)) == pytest.approx(numbers, abs=1e-6)


@pytest.mark.parametrize(
    ("more", "said"), [({"input": "word " * 900}, "at most 512 tokens"), ({"dimensions": 64}, "one length only")]
)
def test_what_it_cannot_do_is_told_to_the_caller(client: OpenAI, more: dict[str, object], said: str) -> None:
    with pytest.raises(BadRequestError, match=said):
        client.embeddings.create(**{"model": MODEL, "input": "ahoy", **more})  # type: ignore[arg-type]


def test_a_model_that_chats_embeds_nothing_and_the_other_way_round(client: OpenAI) -> None:
    with pytest.raises(BadRequestError, match="does not chat"):
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
    assert MODEL in [model.id for model in client.models.list()]
