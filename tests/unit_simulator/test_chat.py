"""Chat Completions as OpenAI's own SDK sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.simulator import Citation, Fault, Refusal, Say, Simulator, Text, Thinking, Tokens, ToolCall

ASK: dict[str, Any] = {"model": "gpt-sim", "messages": [{"role": "user", "content": "Hello"}]}
TOOLS: Any = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("look", "find")
]
USAGE = Tokens(input=10, cached=20, cache_write=5, output=7, reasoning=3)
EVERYTHING = Say(
    parts=(
        Thinking("First I think."),
        Text("Two calls follow.", (Citation(url="http://a.test/", title="A", start=0, end=3),)),
        ToolCall("look", ('{"at', '": "sea"}'), "call_a"),
        ToolCall("find", '{"what": "gold"}'),
    ),
    usage=USAGE,
)


@pytest.fixture
def client(simulator: Simulator) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{simulator.url}/v1", api_key="sk-test", max_retries=0) as made:
        yield made


def stream(client: openai.OpenAI, **more: Any) -> list[ChatCompletionChunk]:
    return list(client.chat.completions.create(**ASK, stream=True, **more))


def test_a_json_answer_holds_everything_that_was_scripted(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(EVERYTHING)
    answer: ChatCompletion = client.chat.completions.create(**ASK, tools=TOOLS)
    ChatCompletion.model_validate(answer.model_dump(), strict=True)
    [choice] = answer.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content == "Two calls follow."
    assert choice.message.model_dump()["reasoning_content"] == "First I think."
    calls = choice.message.tool_calls or []
    assert [(call.function.name, call.function.arguments) for call in calls if call.type == "function"] == [
        ("look", '{"at": "sea"}'),
        ("find", '{"what": "gold"}'),
    ]
    assert calls[0].id == "call_a"
    assert calls[1].id.startswith("call_")
    assert (choice.message.annotations or [])[0].url_citation.url == "http://a.test/"
    assert answer.usage
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (35, 10, 45)
    assert answer.usage.prompt_tokens_details
    assert answer.usage.prompt_tokens_details.cached_tokens == 20
    assert answer.usage.prompt_tokens_details.cache_write_tokens == 5
    assert answer.usage.completion_tokens_details
    assert answer.usage.completion_tokens_details.reasoning_tokens == 3
    assert simulator.journal[0].billed == USAGE


def test_the_sdks_stream_accumulator_sees_the_same_as_the_json_answer(
    simulator: Simulator, client: openai.OpenAI
) -> None:
    simulator.script(EVERYTHING, times=2)
    whole = client.chat.completions.create(**ASK)
    with client.chat.completions.stream(**ASK, stream_options={"include_usage": True}) as events:
        for _ in events:
            pass
        final = events.get_final_completion()
    told, kept = final.choices[0].message, whole.choices[0].message
    assert told.content == kept.content
    calls = [(call.function.name, call.function.arguments) for call in told.tool_calls or []]
    assert calls == [("look", '{"at": "sea"}'), ("find", '{"what": "gold"}')]
    assert final.usage == whole.usage
    assert final.choices[0].finish_reason == whole.choices[0].finish_reason


def test_every_chunk_has_the_keys_that_strict_parsers_want(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(EVERYTHING)
    chunks = stream(client)
    assert len({chunk.id for chunk in chunks}) == 1
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk.model_dump(), strict=True)
        assert {"logprobs", "finish_reason", "delta", "index"} <= chunk.choices[0].model_fields_set
        assert "usage" not in chunk.model_fields_set
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices[0].finish_reason] == ["tool_calls"]
    pieces = [call.function.arguments for c in chunks for call in c.choices[0].delta.tool_calls or [] if call.function]
    assert pieces[:3] == ["", '{"at', '": "sea"}']


def test_the_usage_chunk_comes_only_when_asked_for(client: openai.OpenAI) -> None:
    assert all(chunk.choices for chunk in stream(client))
    *others, last = stream(client, stream_options={"include_usage": True})
    assert last.choices == []
    assert last.usage
    assert all("usage" in chunk.model_fields_set and chunk.usage is None for chunk in others)


def test_candidates_take_turns_and_can_say_different_things(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(Say(parts=("one and the same",), others=(("another",),)))
    texts = ["", "", ""]
    order = []
    for chunk in stream(client, n=3):
        [choice] = chunk.choices
        texts[choice.index] += choice.delta.content or ""
        order.append(choice.index)
    assert texts == ["one and the same", "another", "one and the same"]
    assert order[:6] == [0, 1, 2, 0, 1, 2]
    assert len(client.chat.completions.create(**ASK, n=2).choices) == 2


def test_a_refusal_and_probabilities_have_their_own_places(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(Say(parts=(Refusal("I will not."),)), times=2)
    refused = client.chat.completions.create(**ASK).choices[0]
    assert (refused.message.content, refused.message.refusal, refused.finish_reason) == (None, "I will not.", "stop")
    assert "".join(chunk.choices[0].delta.refusal or "" for chunk in stream(client)) == "I will not."
    probable = client.chat.completions.create(**ASK, logprobs=True, top_logprobs=2).choices[0].logprobs
    assert probable
    assert [len(token.top_logprobs) for token in probable.content or []] == [2, 2]
    assert any(chunk.choices[0].logprobs for chunk in stream(client, logprobs=True))


def test_what_the_sdk_makes_of_each_way_to_end_a_stream_too_early(simulator: Simulator, client: openai.OpenAI) -> None:
    simulator.script(fault=Fault(stop="rst", after_event=2))
    simulator.script(fault=Fault(stop="fin", after_event=2))
    simulator.script(fault=Fault(stop="eof", after_event=2))
    simulator.script(fault=Fault(status=500, error_after_event=2))
    simulator.script(fault=Fault(hide_done=True))
    with pytest.raises(openai.APIConnectionError):
        stream(client)
    with pytest.raises(openai.APIConnectionError):
        stream(client)
    assert len(stream(client)) == 2, "the SDK itself does not see a well-formed end that comes too early"
    with pytest.raises(openai.APIError, match="server had an error"):
        stream(client)
    assert stream(client)[-1].choices[0].finish_reason == "stop"
    assert [record.outcome for record in simulator.journal] == ["cut", "cut", "cut", "failed", "complete"]


def test_embeddings_and_models_are_answered(client: openai.OpenAI) -> None:
    made = client.embeddings.create(model="embed-sim", input=["a", "b", "a"], dimensions=4)
    assert len(made.data) == 3
    assert made.data[0].embedding == made.data[2].embedding != made.data[1].embedding
    plain = client.embeddings.create(model="embed-sim", input="a", dimensions=4, encoding_format="float")
    assert plain.data[0].embedding == pytest.approx(made.data[0].embedding)
    assert [model.id for model in client.models.list()] == ["sim-large", "sim-small"]
