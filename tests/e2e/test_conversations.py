"""Conversations that the gateway keeps by name, whoever answers in them: the official OpenAI SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.e2e.callers import KEPT, KEYS, open_client
from tests.e2e.gateway import House, running_house, wait_until
from tests.grammars.openai_responses import check_stream
from tests.simulator import Fault, Say, Thinking, ToolCall, say

EVERYBODY = ("anthropic", "gemini", "chat", "bedrock", "responses")
UNKNOWN = "conv_dragoman_" + "0" * 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("conversations")


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


def told(house: House) -> str:
    return json.dumps(house.simulator.journal[-1].json, ensure_ascii=False)


def list_texts(client: OpenAI, conversation: str, **query: Any) -> list[str]:
    items: Any = client.conversations.items.list(conversation, **{"order": "asc"} | query)
    return [item.content[0].text for item in items if item.type == "message"]


def user(text: str) -> Any:
    return {"type": "message", "role": "user", "content": text}


def test_a_conversation_is_begun_read_changed_and_removed(house: House) -> None:
    conversations = open_client(house).conversations
    made = conversations.create(metadata={"topic": "demo"}, items=[user("I am Ada.")])
    assert (made.object, made.metadata) == ("conversation", {"topic": "demo"})
    assert made.id.startswith("conv_")
    assert conversations.retrieve(made.id) == made
    assert conversations.update(made.id, metadata={"topic": "other"}).metadata == {"topic": "other"}
    assert conversations.retrieve(made.id).metadata == {"topic": "other"}
    assert list_texts(open_client(house), made.id) == ["I am Ada."]
    gone = conversations.delete(made.id)
    assert (gone.id, gone.deleted, gone.object) == (made.id, True, "conversation.deleted")
    for ask in (conversations.retrieve, conversations.delete, conversations.items.list):
        with pytest.raises(openai.NotFoundError, match=f"Conversation with id '{made.id}' not found"):
            ask(made.id)


def test_items_are_added_listed_page_by_page_read_and_removed(house: House) -> None:
    client = open_client(house)
    items = client.conversations.items
    made = client.conversations.create()
    added: Any = items.create(made.id, items=[user(f"Number {number}.") for number in range(5)])
    assert [item.type for item in added.data] == ["message"] * 5
    assert len({item.id for item in added.data}) == 5
    assert (added.first_id, added.last_id, added.has_more) == (added.data[0].id, added.data[4].id, False)
    page = items.list(made.id, limit=2)
    assert (len(page.data), page.has_next_page(), page.last_id) == (2, True, added.data[3].id)
    assert list_texts(client, made.id, limit=2, order="desc") == [f"Number {number}." for number in (4, 3, 2, 1, 0)]
    assert list_texts(client, made.id, limit=2) == [f"Number {number}." for number in range(5)]
    assert list_texts(client, made.id, after=added.data[2].id) == ["Number 3.", "Number 4."]
    one: Any = items.retrieve(added.data[1].id, conversation_id=made.id)
    assert (one.content[0].text, one.status, one.role) == ("Number 1.", "completed", "user")
    assert items.delete(one.id, conversation_id=made.id).id == made.id
    assert list_texts(client, made.id) == ["Number 0.", "Number 2.", "Number 3.", "Number 4."]
    with pytest.raises(openai.NotFoundError, match=f"Item with id '{one.id}' not found"):
        items.retrieve(one.id, conversation_id=made.id)


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("provider", EVERYBODY)
def test_each_turn_is_told_with_all_earlier_ones_before_it(provider: str, is_stream: bool, house: House) -> None:
    house.simulator.script("Pleased to meet you, Ada.")
    house.simulator.script("You are Ada.")
    client = open_client(house)
    conversation = client.conversations.create(items=[user("I am Ada.")])
    for text in ("Hello?", "Who am I?"):
        answer: Any = client.responses.create(
            model=f"{provider}/m", input=text, conversation=conversation.id, stream=is_stream
        )
        if is_stream:
            events = list(answer)
            assert events[0].response.conversation.id == conversation.id
            answer = events[-1].response
        assert (answer.conversation.id, answer.previous_response_id) == (conversation.id, None)
    sent = told(house)
    assert conversation.id not in sent
    assert sent.index("I am Ada.") < sent.index("Hello?") < sent.index("Pleased to meet") < sent.index("Who am I?")
    said = ["I am Ada.", "Hello?", "Pleased to meet you, Ada.", "Who am I?", "You are Ada."]
    assert list_texts(client, conversation.id) == said


def test_one_conversation_moves_through_all_providers(house: House) -> None:
    client = open_client(house)
    conversation = client.conversations.create()
    for number, provider in enumerate(EVERYBODY):
        house.simulator.script(f"Answer {number}.")
        client.responses.create(
            model=f"{provider}/m", input=f"Question {number}.", conversation={"id": conversation.id}
        )
    sent = told(house)
    assert all(f"Question {number}." in sent for number in range(5))
    assert all(f"Answer {number}." in sent for number in range(4))
    assert len(list_texts(client, conversation.id)) == 10


@pytest.mark.parametrize("way", ["conversation", "previous_response_id"])
def test_thinking_of_others_is_not_named_to_a_provider_that_does_not_know_it(way: str, house: House) -> None:
    house.simulator.script(say(Thinking("Hm."), "Hello."))
    client = open_client(house)
    conversation: Any = {"conversation": client.conversations.create().id} if way == "conversation" else {}
    first = client.responses.create(model="anthropic/m", input="Hi", **conversation)
    assert [item.type for item in first.output] == ["reasoning", "message"]
    name: Any = conversation or {way: first.id}
    client.responses.create(model="responses/m", input="And?", **name)
    kinds = [item.get("type", "message") for item in house.simulator.journal[-1].json["input"]]
    assert kinds == ["message", "message", "message"]


@pytest.mark.parametrize("provider", EVERYBODY)
def test_a_tool_result_finds_its_call_in_the_conversation(provider: str, house: House) -> None:
    house.simulator.script(say(ToolCall("get_weather", '{"city":"Paris"}')))
    house.simulator.script("Sunny.")
    tool: Any = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}, "strict": False}
    client = open_client(house)
    conversation = client.conversations.create().id
    first = client.responses.create(
        model=f"{provider}/m", input="Weather in Paris?", tools=[tool], conversation=conversation
    )
    (call,) = [item for item in first.output if item.type == "function_call"]
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "21 degrees"}
    second = client.responses.create(model=f"{provider}/m", input=[result], tools=[tool], conversation=conversation)
    assert second.output_text == "Sunny."
    kinds = [item.type for item in client.conversations.items.list(conversation, order="asc")]
    assert kinds == ["message", "function_call", "function_call_output", "message"]


def test_a_stream_in_a_conversation_is_still_a_legal_one(house: House) -> None:
    for provider in ("anthropic", "responses"):
        house.simulator.script("Hello.")
        client = open_client(house)
        conversation = client.conversations.create().id
        with client.responses.with_streaming_response.create(
            model=f"{provider}/m", input="Hi", stream=True, conversation=conversation
        ) as answer:
            check_stream(answer.read())


@pytest.mark.parametrize("provider", ["anthropic", "responses"])
def test_in_background_mode_the_turn_is_added_when_the_response_is_there(house: House, provider: str) -> None:
    house.simulator.script(say("At last."), model="m-slow")
    client = open_client(house)
    conversation = client.conversations.create().id
    response = client.responses.create(
        model=f"{provider}/m-slow", input="Take your time.", background=True, conversation=conversation
    )
    assert response.conversation is not None
    assert response.conversation.id == conversation
    assert wait_until(lambda: client.responses.retrieve(response.id).status == "completed")
    assert list_texts(client, conversation) == ["Take your time.", "At last."]
    finished = client.responses.retrieve(response.id)
    assert finished.conversation == response.conversation


@pytest.mark.parametrize("provider", EVERYBODY)
def test_a_turn_that_failed_adds_nothing_and_may_be_tried_again(provider: str, house: House) -> None:
    client = open_client(house)
    conversation = client.conversations.create().id
    house.simulator.script("Never to be told. " * 20, fault=Fault(stop="rst", after_event=8), model="m-cut")
    with client.responses.create(
        model=f"{provider}/m-cut", input="Hi", conversation=conversation, stream=True
    ) as events:
        assert "response.failed" in {event.type for event in events}
    assert list_texts(client, conversation) == []
    house.simulator.script("Hello.")
    client.responses.create(model=f"{provider}/m", input="Hi again.", conversation=conversation)
    assert list_texts(client, conversation) == ["Hi again.", "Hello."]


def test_an_answer_that_was_cut_short_by_its_limit_is_added(house: House) -> None:
    house.simulator.script(Say(parts=("A long st",), finish="length"))
    client = open_client(house)
    conversation = client.conversations.create().id
    answer = client.responses.create(
        model="anthropic/m", input="Tell.", conversation=conversation, max_output_tokens=16
    )
    assert answer.status == "incomplete"
    assert list_texts(client, conversation) == ["Tell.", "A long st"]


def test_a_response_of_a_conversation_can_be_continued_by_its_own_id(house: House) -> None:
    client = open_client(house)
    conversation = client.conversations.create(items=[user("I am Ada.")]).id
    house.simulator.script("Hello, Ada.")
    first = client.responses.create(model="anthropic/m", input="Hello?", conversation=conversation)
    client.responses.create(model="gemini/m", input="Something else.", conversation=conversation)
    aside = client.responses.create(model="chat/m", input="Who am I?", previous_response_id=first.id)
    sent = told(house)
    assert sent.index("I am Ada.") < sent.index("Hello?") < sent.index("Hello, Ada.") < sent.index("Who am I?")
    assert "Something else." not in sent
    texts: Any = list(client.responses.input_items.list(aside.id, order="asc"))
    assert [item.content[0].text for item in texts] == ["I am Ada.", "Hello?", "Hello, Ada.", "Who am I?"]


def test_all_of_a_conversation_is_counted(house: House) -> None:
    client = open_client(house)
    conversation = client.conversations.create(items=[user("word " * 200)]).id
    count = client.responses.input_tokens.count
    alone = count(model="anthropic/m", input="Hi").input_tokens
    assert count(model="anthropic/m", input="Hi", conversation=conversation).input_tokens > alone + 100


def test_nobody_finds_the_conversation_of_another_key(house: House) -> None:
    made = open_client(house).conversations.create(items=[user("A secret.")])
    bob = open_client(house, "bob")
    item: Any = open_client(house).conversations.items.list(made.id).data[0].id
    asked: list[Any] = [
        lambda: bob.conversations.retrieve(made.id),
        lambda: bob.conversations.update(made.id, metadata={}),
        lambda: bob.conversations.delete(made.id),
        lambda: bob.conversations.items.list(made.id),
        lambda: bob.conversations.items.create(made.id, items=[user("Mine.")]),
        lambda: bob.conversations.items.retrieve(item, conversation_id=made.id),
        lambda: bob.conversations.items.delete(item, conversation_id=made.id),
        lambda: bob.responses.create(model="anthropic/m", input="Tell.", conversation=made.id),
        lambda: bob.responses.create(model="responses/m", input="Tell.", conversation=made.id),
    ]
    for ask in asked:
        with pytest.raises(openai.NotFoundError, match=f"Conversation with id '{made.id}' not found"):
            ask()
    assert list_texts(open_client(house), made.id) == ["A secret."]
    assert house.simulator.journal == []


@pytest.mark.parametrize("unknown", [UNKNOWN, "conv_of_somebody_else"])
@pytest.mark.parametrize("provider", ["anthropic", "gemini", "chat", "bedrock"])
def test_what_nobody_knows_is_no_conversation(provider: str, unknown: str, house: House) -> None:
    with pytest.raises(openai.NotFoundError, match=f"Conversation with id '{unknown}' not found"):
        open_client(house).responses.create(model=f"{provider}/m", input="Hi", conversation=unknown)
    assert house.simulator.journal == []


def test_a_provider_of_the_same_dialect_keeps_its_own_conversations(house: House) -> None:
    open_client(house).responses.create(model="responses/m", input="Hi", conversation="conv_theirs")
    assert house.simulator.journal[-1].json["conversation"] == "conv_theirs"


def test_a_conversation_and_an_earlier_response_exclude_each_other(house: House) -> None:
    client = open_client(house)
    conversation = client.conversations.create().id
    with pytest.raises(openai.BadRequestError, match="Mutually exclusive parameters") as refused:
        client.responses.create(
            model="anthropic/m", input="Hi", conversation=conversation, previous_response_id="resp_1"
        )
    assert refused.value.code == "mutually_exclusive_parameters"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"metadata": {"number": 1}}, "metadata"),
        ({"metadata": {str(number): "x" for number in range(17)}}, "metadata"),
        ({"metadata": {"x" * 65: "y"}}, "metadata"),
        ({"metadata": {"x": "y" * 513}}, "metadata"),
        ({"items": [user("Hi")] * 21}, "items"),
        ({"items": "Hi"}, "items"),
        ({"items": [{"type": "item_reference", "id": "msg_1"}]}, "items[0]"),
        ({"items": [user("Hi"), {"type": "message", "role": "user"}]}, "items[1]"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(house: House, body: Any, path: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        open_client(house).conversations.create(**body)
    assert str(refused.value.param).startswith(path)


def test_conversations_outlive_the_gateway(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=KEPT) as house:
        client = open_client(house)
        conversation = client.conversations.create(items=[user("I am Ada.")]).id
        client.responses.create(model="anthropic/m", input="Hello?", conversation=conversation)
        assert len(list_texts(client, conversation)) == 3  # it is in the file now
        house.gateway.process.kill()
        house.gateway.process.wait(10)
    with running_house(tmp_path, extra=KEPT) as house:
        client = open_client(house)
        assert list_texts(client, conversation)[:2] == ["I am Ada.", "Hello?"]
        client.responses.create(model="chat/m", input="Who am I?", conversation=conversation)
        assert "I am Ada." in told(house)


def test_by_default_none_is_begun_and_the_refusal_names_the_setting(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=KEYS) as house:
        client = open_client(house)
        with pytest.raises(openai.BadRequestError, match=r"`responses\.keep`"):
            client.conversations.create()
        with pytest.raises(openai.NotFoundError, match=r"`responses\.keep`"):
            client.conversations.retrieve(UNKNOWN)
        with pytest.raises(openai.NotFoundError, match=r"`responses\.keep`"):
            client.responses.create(model="anthropic/m", input="Hi", conversation=UNKNOWN)
        assert not list((tmp_path / "ledger").glob("conversations*"))
        house.check_quiet()
