"""An agent that works on for three hundred turns with a model of eight thousand tokens, through the real gateway, with
the makers' own SDKs. The simulator refuses a call without its result, as the real APIs do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import BadRequestError

from dragoman.adapt.counting.ruler import find_ruler
from dragoman.dialects.registry import DIALECTS
from tests.e2e.clients import anthropic_messages, openai_chat
from tests.e2e.gateway import House, running_house
from tests.e2e.ledger import wait_for_rows
from tests.simulator import ToolCall
from tests.simulator.say import say

WINDOW = 8_192
STEPS = 150
SUMMING_STEPS = 80
TASK = "Read the whole book to me, page after page."
SCHEMA = {"type": "object", "properties": {"page": {"type": "integer"}}, "required": ["page"]}
CONFIG = """
context: {window_tokens: 8192}
routes:
  refusing: {targets: chat/gpt-4o, context: {policy: error}}
  dropping: {targets: chat/gpt-4o, context: {policy: drop_oldest}}
  summing: {targets: chat/gpt-4o, context: {policy: [summarise, drop_oldest], summary_route: cheap}}
  cheap: responses/gpt-4o-mini
  growing: {targets: [chat/gpt-4o, anthropic/claude-opus-4-6], context: {policy: larger, window_tokens: 0}}
  as-it-is: chat/gpt-4o
  small-chat: {targets: chat/gpt-4o, context: &small {policy: [trim_results, drop_oldest], window_tokens: 2500}}
  small-responses: {targets: responses/gpt-4o, context: *small}
  small-anthropic: {targets: anthropic/claude-sonnet-4-5, context: *small}
  small-gemini: {targets: gemini/gemini-2.5-flash, context: *small}
"""


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("context"), extra=CONFIG) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    assert shared_house.simulator.complaints == []
    shared_house.check_quiet()


def write_page(number: int) -> str:
    return f"Page {number}. " + "The interpreter stood between the merchants and told each what was said. " * 8


def work_with_openai(url: str, model: str, steps: int = STEPS) -> int:
    """The agent's loop over Chat Completions; how many turns were answered."""
    create = openai_chat.open_client(url).chat.completions.create
    tools: Any = [{"type": "function", "function": {"name": "read", "description": "Reads.", "parameters": SCHEMA}}]
    messages: list[Any] = [{"role": "system", "content": "You read books."}, {"role": "user", "content": TASK}]
    for number in range(steps):
        message = create(model=model, messages=messages, tools=tools, max_completion_tokens=500).choices[0].message
        assert message.tool_calls
        result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": write_page(number)}
        messages += [message.model_dump(exclude_none=True), result]
    return len(messages)


def work_with_anthropic(url: str, model: str, steps: int = STEPS) -> int:
    """The same over Messages."""
    create = anthropic_messages.open_client(url).messages.create
    tools: Any = [{"name": "read", "description": "Reads.", "input_schema": SCHEMA}]
    messages: list[Any] = [{"role": "user", "content": TASK}]
    for number in range(steps):
        answer = create(model=model, max_tokens=500, system="You read books.", messages=messages, tools=tools)
        call = next(block for block in answer.content if block.type == "tool_use")
        result = {"type": "tool_result", "tool_use_id": call.id, "content": write_page(number)}
        messages += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": [result]}]
    return len(messages)


AGENTS = {"openai": work_with_openai, "anthropic": work_with_anthropic}


def start_reading(house: House) -> None:
    """The model asks for page after page, and whoever sums up says so."""
    house.simulator.set_default(say("I read on.", ToolCall("read", '{"page": 1}')))
    house.simulator.script("They read many pages.", model="gpt-4o-mini", times=None)


def list_requests(house: House, model: str) -> list[dict[str, Any]]:
    return [json.loads(record.body) for record in house.simulator.journal if record.model == model]


def count_tokens(request: dict[str, Any]) -> int:
    """As the gateway estimates them; how near that is to the truth is for the recorded requests to say."""
    client = DIALECTS["openai_chat"].client
    assert client is not None
    return find_ruler("gpt-4o").count_request(
        client.parse_request(client.open_envelope(json.dumps(request).encode(), None, None))
    )


def list_notes(requests: list[dict[str, Any]], words: str) -> list[str]:
    """The different notes that stand in the place of earlier turns, in their order."""
    texts = [str(message["content"]) for request in requests for message in request["messages"][:3]]
    return list(dict.fromkeys(text for text in texts if words in text))


@pytest.mark.parametrize("agent", AGENTS)
def test_an_agent_works_on_beyond_the_window(agent: str, house: House) -> None:
    start_reading(house)
    assert AGENTS[agent](house.url, "dropping") > 2 * STEPS
    requests = list_requests(house, "gpt-4o")
    assert len(requests) == STEPS
    assert max(map(count_tokens, requests)) < WINDOW
    notes = list_notes(requests, "earlier turns of this conversation were left out")
    assert 3 < len(notes) < 10
    assert write_page(STEPS - 2) in json.dumps(requests[-1])
    assert write_page(0) not in json.dumps(requests[-1])


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("provider", ["chat", "responses", "anthropic", "gemini"])
def test_every_dialect_takes_what_is_left(agent: str, provider: str, house: House) -> None:
    """The simulator would refuse a call without its result, a wrong order of turns, and the like."""
    start_reading(house)
    AGENTS[agent](house.url, f"small-{provider}", 20)
    first, *_, last = [len(record.body) for record in house.simulator.journal]
    assert last < first + 15_000
    assert b"were left out to fit" in house.simulator.journal[-1].body


def write_long_talk() -> Any:
    turns = [{"role": role, "content": "water " * 300} for role in ("user", "assistant") * 30]
    return [*turns, {"role": "user", "content": "So?"}]


def test_what_was_left_out_is_told_and_noted(house: House) -> None:
    create = openai_chat.open_client(house.url).chat.completions.with_raw_response.create
    headers = create(model="dropping", messages=write_long_talk()).headers
    assert headers["x-dragoman-losses"] == "dropped:conversation"
    name = headers["x-dragoman-exchange"]
    (row,) = wait_for_rows(house.gateway.config_path.parent, 1, lambda row: row["id"] == name)
    assert row["losses"] == "dropped"


def test_a_stream_is_fitted_as_well(house: House) -> None:
    create = openai_chat.open_client(house.url).chat.completions.create
    house.simulator.script("It rains.")
    chunks = list(create(model="dropping", messages=write_long_talk(), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "It rains."
    assert b"were left out to fit" in house.simulator.journal[0].body


def test_strict_callers_get_a_refusal_instead(house: House) -> None:
    client = openai_chat.open_client(house.url).with_options(default_headers={"x-dragoman-strict": "true"})
    with pytest.raises(BadRequestError, match="of 61 turns, the oldest, were left out"):
        client.chat.completions.create(model="dropping", messages=write_long_talk())
    assert house.simulator.journal == []


def test_every_beginning_is_summed_up_once(house: House) -> None:
    start_reading(house)
    work_with_openai(house.url, "summing", SUMMING_STEPS)
    requests, questions = list_requests(house, "gpt-4o"), list_requests(house, "gpt-4o-mini")
    notes = list_notes(requests, "summed up")
    assert len(requests) == SUMMING_STEPS
    assert max(map(count_tokens, requests)) < WINDOW
    assert len(questions) == len(notes) > 1
    assert len({json.dumps(question) for question in questions}) == len(questions)
    assert all("They read many pages." in json.dumps(question) for question in questions[1:])


def test_a_refusal_has_the_numbers_and_goes_to_nobody(house: House) -> None:
    create = openai_chat.open_client(house.url).chat.completions.create
    with pytest.raises(BadRequestError) as caught:
        create(model="refusing", messages=[{"role": "user", "content": "water " * 9_000}])
    assert caught.value.code == "context_length_exceeded"
    assert f"room for {WINDOW}" in caught.value.message
    assert house.simulator.journal == []


def test_what_is_too_long_for_one_target_goes_to_a_larger_one(house: House) -> None:
    create = openai_chat.open_client(house.url).chat.completions.create
    create(model="growing", messages=[{"role": "user", "content": "Hi"}])
    create(model="growing", messages=[{"role": "user", "content": "water " * 150_000}])
    assert [record.model for record in house.simulator.journal] == ["gpt-4o", "claude-opus-4-6"]


def test_nothing_is_done_where_nothing_was_asked_for(house: House) -> None:
    body = {"model": "as-it-is", "messages": [{"role": "user", "content": "water " * 9_000}], "odd": [1, 2]}
    openai_chat.open_client(house.url).post("/chat/completions", cast_to=object, body=body)
    assert list_requests(house, "gpt-4o") == [{**body, "model": "gpt-4o"}]


def test_what_fits_goes_through_as_it_came(house: House) -> None:
    body = {"model": "dropping", "messages": [{"role": "user", "content": "Hi"}], "odd": [1, 2]}
    openai_chat.open_client(house.url).post("/chat/completions", cast_to=object, body=body)
    assert list_requests(house, "gpt-4o") == [{**body, "model": "gpt-4o"}]
