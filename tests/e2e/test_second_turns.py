"""Two turns of tool use: what a model thought and signed in the first comes back in the second, as SDKs send it.

A provider refuses its own thinking without the signature that it gave, and another's signature: the simulator does too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.genai import types

from tests.e2e.clients import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.e2e.gateway import House, running_house
from tests.e2e.stories import Ask, tell
from tests.simulator import Thinking, ToolCall

ASK = Ask("What is the weather in Paris?", tools=True, thinking=True, max_tokens=4000)
SIGNATURE = "c2lnbmVkLWJ5LXRoZS1wcm92aWRlcg=="
FIRST = tell(
    Thinking("I had better look.", signature=SIGNATURE),
    ToolCall("get_weather", '{"city":"Paris"}', signature=SIGNATURE),
)
SECOND = tell("It is sunny in Paris.")
RESULT = "sunny, 21 degrees"
PROVIDERS = ("chat", "responses", "anthropic", "gemini")


def chat_twice(url: str, model: str) -> str:
    request = openai_chat.build_request(ASK, model)
    create = openai_chat.open_client(url).chat.completions.create
    message = create(**request).choices[0].message
    assert message.tool_calls
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": RESULT}
    request["messages"] += [message.model_dump(exclude_none=True), result]
    return create(**request).choices[0].message.content or ""


def respond_twice(url: str, model: str) -> str:
    request = openai_responses.build_request(ASK, model) | {"include": ["reasoning.encrypted_content"]}
    create = openai_chat.open_client(url).responses.create
    output = create(**request).output
    call = next(item for item in output if item.type == "function_call")
    result = {"type": "function_call_output", "call_id": call.call_id, "output": RESULT}
    request["input"] += [*[item.model_dump(exclude_none=True) for item in output], result]
    return str(create(**request).output_text)


def message_twice(url: str, model: str) -> str:
    request = anthropic_messages.build_request(ASK, model)
    create = anthropic_messages.open_client(url).messages.create
    content = create(**request).content
    call = next(block for block in content if block.type == "tool_use")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": RESULT}
    turns = [{"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
    request["messages"] += turns
    return "".join(block.text for block in create(**request).content if block.type == "text")


def generate_twice(url: str, model: str) -> str:
    request = gemini_generate.build_request(ASK, model)
    generate = gemini_generate.open_client(url).models.generate_content
    candidates = generate(**request).candidates
    assert candidates
    content = candidates[0].content
    assert content is not None
    call = next(part.function_call for part in content.parts or [] if part.function_call)
    answer = types.FunctionResponse(id=call.id, name=call.name, response={"result": RESULT})
    request["contents"] += [content, types.Content(role="user", parts=[types.Part(function_response=answer)])]
    return generate(**request).text or ""


TWICE: dict[str, Callable[[str, str], str]] = {
    "chat": chat_twice,
    "responses": respond_twice,
    "anthropic": message_twice,
    "gemini": generate_twice,
}


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("turns")) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", TWICE)
def test_a_second_turn_is_taken_by_the_provider(client: str, provider: str, house: House) -> None:
    house.simulator.script(FIRST)
    house.simulator.script(SECOND)
    assert TWICE[client](house.url, f"{provider}/sim-large") == "It is sunny in Paris."
    assert house.simulator.complaints == []
    second: dict[str, Any] = house.simulator.journal[1].json
    assert RESULT in json.dumps(second)


@pytest.mark.parametrize("dialect", ["responses", "anthropic", "gemini"])
def test_a_signature_comes_back_to_the_provider_that_gave_it(dialect: str, house: House) -> None:
    house.simulator.script(FIRST)
    house.simulator.script(SECOND)
    TWICE[dialect](house.url, f"{dialect}/sim-large")
    assert SIGNATURE in house.simulator.journal[1].body.decode()
    assert house.simulator.complaints == []
