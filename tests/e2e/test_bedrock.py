"""Bedrock behind the gateway, with the official SDKs before it: signatures, models whose names are addresses, errors,
thinking that comes back, and what the ledger has of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import anthropic
import openai
import pytest
from anthropic.types import MessageParam
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.e2e.gateway import CANARY, House, running_house
from tests.e2e.ledger import wait_for_rows
from tests.simulator import Fault, Say, Thinking, Tokens, ToolCall
from tests.simulator.journal import Record

KEY_ID, SECRET, TOKEN = "AKIDSIMULATED", f"{CANARY}-secret", f"{CANARY}-session"
PROVIDERS = f"""
  iam: {{{{row: bedrock-iam, base_url: "{{url}}", api_key: "{KEY_ID}:{SECRET}:{TOKEN}"}}}}
"""
ROUTES = """
routes:
  pair: {targets: [bedrock/sim-large, iam/sim-large]}
"""
ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2"
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ASK: list[Any] = [{"role": "user", "content": "Say hello."}]


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("bedrock"), more_providers=PROVIDERS, extra=ROUTES) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


@cache
def open_chat(house: House) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{house.url}/v1", api_key="caller-key", max_retries=0, timeout=60)


def read_stream(house: House, model: str = "bedrock/sim-large") -> str:
    """The text of a streamed answer."""
    with open_chat(house).chat.completions.create(model=model, messages=ASK, stream=True) as stream:
        return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


@cache
def open_messages(house: House) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=house.url, api_key="caller-key", max_retries=0, timeout=60)


def sign_as_amazon(record: Record, url: str) -> str:
    """The signature that Amazon's own library puts under what has arrived."""
    names = re.findall(r"SignedHeaders=([^,]+)", record.headers["authorization"])[0].split(";")
    headers = {name: record.headers[name] for name in names}
    request = AWSRequest(record.method, url + record.path, headers, record.body)
    request.context["timestamp"] = record.headers["x-amz-date"]
    signer = SigV4Auth(Credentials(KEY_ID, SECRET, TOKEN), "bedrock", "us-east-1")
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


@pytest.mark.parametrize("model", ["sim-large", CLAUDE, ARN])
def test_what_arrives_is_signed_as_amazons_own_library_would(model: str, house: House) -> None:
    house.simulator.script("Hello.")
    answer = open_chat(house).chat.completions.create(model=f"iam/{model}", messages=ASK)
    assert answer.choices[0].message.content == "Hello."
    (record,) = house.simulator.journal
    assert (record.model, record.carrier, record.key) == (model, "sigv4", KEY_ID)
    assert record.headers["authorization"].endswith(f"Signature={sign_as_amazon(record, house.simulator.url)}")
    assert record.headers["x-amz-security-token"] == TOKEN
    assert SECRET not in str(record.headers)


def test_thinking_that_was_signed_comes_back_to_bedrock_byte_for_byte(house: House) -> None:
    thought = Thinking("I need the weather.", signature="c2lnbmF0dXJl")
    house.simulator.script(Say(parts=(thought, ToolCall("get_weather", '{"city":"Paris"}'))))
    house.simulator.script("Sunny.")
    client, model = open_messages(house), f"bedrock/{CLAUDE}"
    tools: list[Any] = [{"name": "get_weather", "input_schema": {"type": "object"}}]
    wish: Any = {"type": "enabled", "budget_tokens": 2048}
    first = client.messages.create(model=model, max_tokens=4000, messages=ASK, tools=tools, thinking=wish)
    call = first.content[1]
    assert call.type == "tool_use"
    result: Any = {"type": "tool_result", "tool_use_id": call.id, "content": "22 °C"}
    history: list[MessageParam] = [
        *ASK,
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [result]},
    ]
    with client.messages.stream(model=model, max_tokens=4000, messages=history, tools=tools, thinking=wish) as stream:
        assert stream.get_final_text() == "Sunny."
    asked = house.simulator.journal[1].json
    block = asked["messages"][1]["content"][0]["reasoningContent"]["reasoningText"]
    assert block == {"text": "I need the weather.", "signature": "c2lnbmF0dXJl"}
    assert asked["additionalModelRequestFields"]["thinking"] == wish
    assert house.simulator.complaints == []


def test_amazon_counts_the_tokens_of_a_claude(house: House) -> None:
    counted = open_messages(house).messages.count_tokens(model=f"bedrock/{CLAUDE}", messages=ASK)
    assert counted.input_tokens > 0
    (record,) = house.simulator.journal
    assert (record.operation, record.model) == ("count", "anthropic.claude-sonnet-4-5-20250929-v1:0")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (503, openai.InternalServerError),
        (500, openai.InternalServerError),
        (403, openai.InternalServerError),
    ],
)
def test_errors_are_those_of_the_client(status: int, error: type[Exception], house: House) -> None:
    house.simulator.set_default(fault=Fault(status=status, message="Amazon says no."))
    with pytest.raises(error):
        open_chat(house).chat.completions.create(model="bedrock/sim-large", messages=ASK)
    assert 1 <= len(house.simulator.journal) <= 3


def test_an_exception_before_the_first_word_is_tried_again_unseen(house: House) -> None:
    house.simulator.script("Hello.", fault=Fault(status=500, error_after_event=1))
    house.simulator.script("Hello again.")
    assert read_stream(house, "pair") == "Hello again."
    assert len(house.simulator.journal) == 2


def test_an_exception_amid_the_answer_ends_it_as_an_error(house: House) -> None:
    house.simulator.script("Hello there, you.", fault=Fault(status=429, error_after_event=3))
    with pytest.raises(openai.APIError):
        read_stream(house)


def test_a_cut_amid_the_answer_ends_it_as_an_error(house: House) -> None:
    house.simulator.script("Hello there, you.", fault=Fault(stop="eof", after_event=4))
    with pytest.raises(openai.APIError):
        read_stream(house)


@pytest.mark.parametrize("way", ["plain", "stream"])
def test_the_ledger_has_every_class_of_tokens(way: str, house: House) -> None:
    usage = Tokens(input=10, cached=20, cache_write=5, cache_write_1h=2, output=7)
    house.simulator.script(Say(parts=("Hello.",), usage=usage))
    model = f"bedrock/ledger-{way}"
    create: Any = open_chat(house).chat.completions.create
    answer = create(model=model, messages=ASK, stream=way == "stream")
    if way == "stream":
        list(answer)
    folder = house.gateway.config_path.parent
    (row,) = wait_for_rows(folder, 1, lambda found: found["route"] == model)
    names = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    assert [row[name] for name in names] == [10, 20, 5, 2, 7]
