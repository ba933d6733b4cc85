"""Responses that build on each other, and are asked for again, where the provider keeps none: the official OpenAI SDK."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.responses import Response

from tests.e2e.callers import KEPT, KEYS, open_client
from tests.e2e.clients import openai_responses
from tests.e2e.gateway import House, running_house, wait_until
from tests.e2e.stories import Ask
from tests.grammars.openai_responses import check_stream
from tests.simulator import Thinking, ToolCall, say

FOREIGN = ("anthropic", "gemini", "chat")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def shared_house(folder: Path) -> Iterator[House]:
    with running_house(folder, extra=KEPT) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()
    assert shared_house.simulator.complaints == []


def is_stored(response: Response) -> bool:
    return bool(response.to_dict()["store"])  # the SDK's type has no such field


def list_texts(items: Iterable[Any]) -> list[str]:
    return [item.content[0].text for item in items]


def last_request(house: House) -> str:
    return json.dumps(house.simulator.journal[-1].json, ensure_ascii=False)


@pytest.mark.parametrize("provider", FOREIGN)
def test_a_second_turn_is_told_with_the_first_before_it(provider: str, house: House) -> None:
    house.simulator.script("Pleased to meet you, Ada.")
    house.simulator.script("You are Ada.")
    create = open_client(house).responses.create
    first = create(model=f"{provider}/m", input="I am Ada.", instructions="Be kind.")
    second = create(model=f"{provider}/m", input="Who am I?", previous_response_id=first.id)
    assert second.output_text == "You are Ada."
    assert (second.previous_response_id, is_stored(first), is_stored(second)) == (first.id, True, True)
    told = last_request(house)
    assert told.index("I am Ada.") < told.index("Pleased to meet you, Ada.") < told.index("Who am I?")
    assert "Be kind." not in told  # instructions are not carried over


def test_a_tool_result_finds_its_call_among_what_is_kept(house: House) -> None:
    house.simulator.script(say(ToolCall("get_weather", '{"city":"Paris"}')))
    house.simulator.script("Sunny.")
    tool: Any = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}, "strict": False}
    create = open_client(house).responses.create
    first = create(model="anthropic/m", input="Weather in Paris?", tools=[tool])
    call = first.output[0]
    assert call.type == "function_call"
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "21 degrees"}
    second = create(model="anthropic/m", input=[result], tools=[tool], previous_response_id=first.id)
    assert second.output_text == "Sunny."
    items = list(open_client(house).responses.input_items.list(second.id, order="asc"))
    assert [item.type for item in items] == ["message", "function_call", "function_call_output"]


@pytest.mark.parametrize("include", [[], ["reasoning.encrypted_content"]])
@pytest.mark.parametrize("provider", FOREIGN)
def test_a_thinking_model_goes_on_after_its_tool(provider: str, include: list[Any], house: House) -> None:
    signature = "c2lnbmVkLWJ5LXRoZS1wcm92aWRlcg=="
    call = ToolCall("get_weather", '{"city":"Paris"}', signature=signature)
    house.simulator.script(say(Thinking("I had better look.", signature=signature), call))
    house.simulator.script("Sunny.")
    request = openai_responses.build_request(Ask(tools=True, thinking=True), f"{provider}/sim-large")
    request |= {"store": True, "include": include}
    create = open_client(house).responses.create
    first = create(**request)
    (made,) = [item for item in first.output if item.type == "function_call"]
    result = {"type": "function_call_output", "call_id": made.call_id, "output": "21 degrees"}
    second = create(**request | {"input": [result], "previous_response_id": first.id})
    assert second.output_text == "Sunny."
    assert (signature in last_request(house)) is (bool(include) and provider != "chat")


def test_a_streamed_response_is_kept_as_its_last_event_has_it(house: House) -> None:
    house.simulator.script("Pleased to meet you, Ada.")
    house.simulator.script("You are Ada.")
    client = open_client(house)
    events = client.responses.create(model="anthropic/m", input="I am Ada.", stream=True)
    (ended,) = [event.response for event in events if event.type == "response.completed"]
    assert client.responses.retrieve(ended.id).to_dict() == ended.to_dict()
    with client.responses.stream(model="gemini/m", input="Who am I?", previous_response_id=ended.id) as stream:
        assert stream.get_final_response().output_text == "You are Ada."
    assert "Pleased to meet you, Ada." in last_request(house)


def test_a_kept_stream_is_still_a_legal_one(house: House) -> None:
    house.simulator.script("Hello.")
    with open_client(house).responses.with_streaming_response.create(
        model="anthropic/m", input="Hi", stream=True
    ) as answer:
        check_stream(answer.read())


def test_a_response_is_read_listed_and_removed(house: House) -> None:
    responses = open_client(house).responses
    made = responses.create(model="anthropic/m", input="One.")
    assert responses.retrieve(made.id).to_dict() == made.to_dict()
    assert list_texts(responses.input_items.list(made.id)) == ["One."]
    responses.delete(made.id)
    for ask in (responses.retrieve, responses.delete, responses.input_items.list, responses.cancel):
        with pytest.raises(openai.NotFoundError, match=f"Response with id '{made.id}' not found"):
            ask(made.id)


def test_items_come_page_by_page(house: House) -> None:
    responses = open_client(house).responses
    given: Any = [{"role": "user", "content": f"Number {number}."} for number in range(5)]
    made = responses.create(model="anthropic/m", input=given)
    page = responses.input_items.list(made.id, limit=2)
    assert [len(page.data), page.has_next_page()] == [2, True]
    assert list_texts(responses.input_items.list(made.id, limit=2)) == [
        f"Number {number}." for number in (4, 3, 2, 1, 0)
    ]


def test_nobody_finds_the_response_of_another_key(house: House) -> None:
    made = open_client(house).responses.create(model="anthropic/m", input="A secret.")
    bob = open_client(house, "bob").responses
    for ask in (bob.retrieve, bob.delete, bob.input_items.list, bob.cancel):
        with pytest.raises(openai.NotFoundError):
            ask(made.id)
    with pytest.raises(openai.BadRequestError, match="not found"):
        bob.create(model="anthropic/m", input="Tell.", previous_response_id=made.id)
    assert open_client(house).responses.retrieve(made.id).id == made.id
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a synchronous response"):
        open_client(house).responses.cancel(made.id)


@pytest.mark.parametrize("unknown", ["resp_dragoman_" + "0" * 24, "resp_of_somebody_else"])
@pytest.mark.parametrize("provider", FOREIGN)
def test_what_nobody_knows_cannot_be_continued(provider: str, unknown: str, house: House) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        open_client(house).responses.create(model=f"{provider}/m", input="Hi", previous_response_id=unknown)
    assert (refused.value.code, refused.value.param) == ("previous_response_not_found", "previous_response_id")
    assert f"Previous response with id '{unknown}' not found." in str(refused.value)


def test_what_shall_not_be_kept_is_not(house: House, folder: Path) -> None:
    made = open_client(house).responses.create(model="anthropic/m", input="Between us: xyzzy.", store=False)
    assert not is_stored(made)
    with pytest.raises(openai.NotFoundError):
        open_client(house).responses.retrieve(made.id)
    kept = b"".join(path.read_bytes() for path in (folder / "ledger").glob("responses.sqlite*"))
    assert b"xyzzy" not in kept


def test_a_provider_of_the_same_dialect_keeps_its_own(house: House) -> None:
    made = open_client(house).responses.create(model="responses/m", input="Hi", previous_response_id="resp_theirs")
    assert not made.id.startswith("resp_dragoman_")
    assert house.simulator.journal[-1].json["previous_response_id"] == "resp_theirs"


def test_a_conversation_moves_to_a_provider_of_the_same_dialect(house: House) -> None:
    client = open_client(house)
    first = client.responses.create(model="anthropic/m", input="I am Ada.")
    client.responses.create(model="responses/m", input="Who am I?", previous_response_id=first.id)
    told = house.simulator.journal[-1].json
    assert "previous_response_id" not in told
    assert [item["role"] for item in told["input"]] == ["user", "assistant", "user"]


def test_items_that_are_only_named_are_told_in_full(house: House) -> None:
    house.simulator.script("Pleased to meet you, Ada.")
    create = open_client(house).responses.create
    first = create(model="anthropic/m", input="I am Ada.")
    named: Any = {"type": "item_reference", "id": first.output[0].id}
    hello: Any = {"role": "user", "content": "I am Ada."}
    create(model="gemini/m", input=[hello, named, {"role": "user", "content": "Who am I?"}])
    assert "Pleased to meet you, Ada." in last_request(house)


def test_all_that_is_continued_is_counted(house: House) -> None:
    client = open_client(house)
    first = client.responses.create(model="anthropic/m", input="word " * 200)
    count = client.responses.input_tokens.count
    alone = count(model="anthropic/m", input="Hi").input_tokens
    assert count(model="anthropic/m", input="Hi", previous_response_id=first.id).input_tokens > alone + 100


def test_kept_responses_outlive_the_gateway(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=KEPT) as house:
        first = open_client(house).responses.create(model="anthropic/m", input="I am Ada.")
        assert open_client(house).responses.retrieve(first.id).id == first.id  # it is in the file now
        house.gateway.process.kill()
        house.gateway.process.wait(10)
    with running_house(tmp_path, extra=KEPT) as house:
        assert open_client(house).responses.retrieve(first.id).id == first.id
        second = open_client(house).responses.create(model="chat/m", input="And?", previous_response_id=first.id)
        assert second.previous_response_id == first.id
        assert "I am Ada." in last_request(house)


def test_by_default_nothing_is_kept_and_the_refusal_names_the_setting(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=KEYS) as house:
        client = open_client(house)
        made = client.responses.create(model="anthropic/m", input="Hi", store=True)
        assert not is_stored(made)
        with pytest.raises(openai.NotFoundError, match=r"responses\.keep"):
            client.responses.retrieve("resp_dragoman_" + "0" * 24)
        for previous in (made.id, "resp_dragoman_" + "0" * 24):
            with pytest.raises(openai.BadRequestError, match=r"`responses\.keep`") as refused:
                client.responses.create(model="anthropic/m", input="And?", previous_response_id=previous)
            assert refused.value.code == "previous_response_not_found"
        assert not list((tmp_path / "ledger").glob("responses*"))
        house.check_quiet()


@pytest.mark.parametrize("provider", FOREIGN)
def test_in_background_mode_a_response_is_promised_polled_and_then_there(house: House, provider: str) -> None:
    house.simulator.script(say("At last."), model="m-slow")
    client = open_client(house)
    response = client.responses.create(model=f"{provider}/m-slow", input="Take your time.", background=True)
    assert response.status in {"in_progress", "completed"}
    assert wait_until(lambda: client.responses.retrieve(response.id).status == "completed")
    finished = client.responses.retrieve(response.id)
    assert (finished.output_text, finished.background) == ("At last.", True)
    again = client.responses.create(model=f"{provider}/m-next", input="And?", previous_response_id=response.id)
    assert again.previous_response_id == response.id
