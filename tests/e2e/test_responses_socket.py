"""The WebSocket mode of the Responses API: the official OpenAI SDK, before providers of each dialect."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e import raw
from tests.e2e.callers import KEYS, SECRETS, open_client
from tests.e2e.gateway import House, running_house, wait_until
from tests.e2e.ledger import wait_for_rows
from tests.grammars.openai_responses import check_stream
from tests.simulator import Fault, Thinking, ToolCall, say

PAGES = "http://pages.example"
EVERYBODY = ("anthropic", "gemini", "chat", "bedrock", "responses")
ENDINGS = {"response.completed", "response.incomplete", "response.failed", "error"}
STALL = Fault(stop="stall", after_event=8)
PLAIN: Any = {"legacy": True}  # the SDK opens connections in a way that the library's newest version warns of
LONG = "A long answer of which somebody has heard enough. " * 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sockets")


@pytest.fixture(scope="module")
def shared_house(folder: Path) -> Iterator[House]:
    with running_house(folder, extra=KEYS) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()
    assert shared_house.simulator.complaints == []


def open_raw(
    house: House, secret: str | None = SECRETS["ann"], **options: Any
) -> AbstractContextManager[ClientConnection]:
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    address = f"{house.url.replace('http', 'ws')}/v1/responses"
    headers |= options.pop("headers", {})
    opened: AbstractContextManager[ClientConnection] = connect(address, additional_headers=headers, **options)
    return opened


def ask(connection: Any, **request: Any) -> Any:
    """One request by the SDK; its last event."""
    connection.response.create(**request)
    return next(event for event in connection if event.type in ENDINGS)


def tell(connection: ClientConnection, **request: Any) -> list[dict[str, Any]]:
    """One request without an SDK; the events of its answer."""
    connection.send(json.dumps({"type": "response.create"} | request))
    events: list[dict[str, Any]] = []
    while not events or events[-1]["type"] not in ENDINGS:
        events.append(json.loads(connection.recv(10)))
    return events


def told(house: House) -> str:
    return json.dumps(house.simulator.journal[-1].json, ensure_ascii=False)


@pytest.mark.parametrize("provider", EVERYBODY)
def test_a_conversation_is_held_over_one_connection_though_nobody_keeps_it(provider: str, house: House) -> None:
    for answer in ("Pleased to meet you, Ada.", "From London.", "You are Ada."):
        house.simulator.script(answer)
    with open_client(house).responses.connect(websocket_connection_options=PLAIN) as connection:
        previous, said = None, []
        for text in ("I am Ada.", "Where do I come from?", "Who am I?"):
            ended = ask(connection, model=f"{provider}/m", input=text, previous_response_id=previous, store=False)
            assert ended.response.previous_response_id == previous
            previous = ended.response.id
            said.append(ended.response.output_text)
    assert said[2] == "You are Ada."
    sent = told(house)
    places = [sent.index(text) for text in ("I am Ada.", "Pleased to", "Where do I", "From London.", "Who am I?")]
    assert places == sorted(places)
    assert "previous_response_id" not in sent


@pytest.mark.parametrize("provider", EVERYBODY)
def test_the_messages_are_the_events_of_a_legal_stream(provider: str, house: House) -> None:
    house.simulator.script(say(Thinking("Hm."), "Hello.", ToolCall("f", '{"a":1}')))
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": False}
    with open_raw(house) as connection:
        events = tell(connection, model=f"{provider}/m", input="Hi", tools=[tool])
    told_of = events[0].pop("headers")
    assert told_of["x-dragoman-target"] == f"{provider}/m"
    frames = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    check_stream("".join(frames).encode())


def test_what_is_lost_is_told_in_the_first_message_and_refused_where_that_is_wanted(house: House) -> None:
    lossy: dict[str, Any] = {"model": "anthropic/m", "input": "Hi", "truncation": "auto", "max_output_tokens": 50}
    with open_raw(house) as connection:
        first = tell(connection, **lossy)[0]
        assert "truncation" in first["headers"]["x-dragoman-losses"]
    with open_raw(house, headers={"x-dragoman-strict": "true"}) as connection:
        (refused,) = tell(connection, **lossy)
        assert (refused["status"], "truncation" in refused["error"]["message"]) == (400, True)


@pytest.mark.parametrize("provider", EVERYBODY)
def test_a_tool_loop_sends_only_what_is_new(provider: str, house: House) -> None:
    house.simulator.script(say(ToolCall("get_weather", '{"city":"Paris"}')))
    house.simulator.script("Sunny.")
    tool: Any = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}, "strict": False}
    with open_client(house).responses.connect(websocket_connection_options=PLAIN) as connection:
        first = ask(connection, model=f"{provider}/m", input="Weather?", tools=[tool], store=False)
        (call,) = [item for item in first.response.output if item.type == "function_call"]
        result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "21 degrees"}
        id = first.response.id
        second = ask(
            connection, model=f"{provider}/m", input=[result], tools=[tool], store=False, previous_response_id=id
        )
    assert second.response.output_text == "Sunny."
    assert told(house).index("get_weather") < told(house).index("21 degrees")


def test_what_the_provider_keeps_is_continued_by_its_name(house: House) -> None:
    with open_client(house).responses.connect(websocket_connection_options=PLAIN) as connection:
        first = ask(connection, model="responses/m", input="I am Ada.", store=True)
        ask(connection, model="responses/m", input="Who am I?", previous_response_id=first.response.id, store=True)
    sent = house.simulator.journal[-1].json
    assert (sent["previous_response_id"], "I am Ada." in told(house)) == (first.response.id, False)


def test_thinking_that_its_provider_did_not_keep_is_not_named_to_it(house: House) -> None:
    house.simulator.script(say(Thinking("Hm."), "Hello."))
    with open_client(house).responses.connect(websocket_connection_options=PLAIN) as connection:
        first = ask(connection, model="responses/m", input="Hi", store=False)
        assert [item.type for item in first.response.output] == ["reasoning", "message"]
        ask(connection, model="responses/m", input="And?", previous_response_id=first.response.id, store=False)
    kinds = [item.get("type", "message") for item in house.simulator.journal[-1].json["input"]]
    assert kinds == ["message", "message", "message"]


def test_another_connection_does_not_know_what_nobody_keeps(house: House) -> None:
    client = open_client(house)
    with client.responses.connect(websocket_connection_options=PLAIN) as connection:
        first = ask(connection, model="anthropic/m", input="Hi")
    with client.responses.connect(websocket_connection_options=PLAIN) as connection:
        unknown = ask(connection, model="anthropic/m", input="And?", previous_response_id=first.response.id)
        assert (unknown.type, unknown.status) == ("error", 400)
        assert unknown.error.code == "previous_response_not_found"
        again = ask(connection, model="anthropic/m", input="Hi")
        assert again.type == "response.completed"


def test_a_warm_up_asks_nobody_and_is_gone_on_from(house: House) -> None:
    with open_client(house).responses.connect(websocket_connection_options=PLAIN) as connection:
        warm = ask(connection, model="anthropic/m", input="I am Ada.", generate=False)
        assert (warm.type, warm.response.output, warm.response.usage.total_tokens) == ("response.completed", [], 0)
        assert house.simulator.journal == []
        ask(connection, model="anthropic/m", input="Who am I?", previous_response_id=warm.response.id)
    assert told(house).index("I am Ada.") < told(house).index("Who am I?")


def test_requests_of_a_lane_wait_for_each_other_and_those_of_others_do_not(house: House) -> None:
    house.simulator.script(LONG, fault=STALL, model="m-stall")
    house.simulator.script("Second.", model="m-lane")
    with open_raw(house) as connection:
        connection.send(json.dumps({"type": "response.create", "model": "anthropic/m-stall", "input": "1"}))
        connection.send(json.dumps({"type": "response.create", "model": "anthropic/m-never", "input": "2"}))
        other = {"type": "response.create", "model": "anthropic/m-lane", "input": "3", "stream_id": "a"}
        house.simulator.wait_for(lambda: house.simulator.in_flight)
        connection.send(json.dumps(other))
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1]["type"] != "response.completed":
            seen.append(json.loads(connection.recv(10)))
        assert seen[-1]["stream_id"] == "a"
        assert {event["type"] for event in seen if "stream_id" not in event} <= {
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
        }
    house.simulator.wait_for(lambda: not house.simulator.in_flight)
    assert sorted(record.model for record in house.simulator.journal) == ["m-lane", "m-stall"]


def test_the_provider_is_left_as_soon_as_the_connection_closes(house: House, folder: Path) -> None:
    house.simulator.script(LONG, fault=STALL, model="m-left")
    with open_raw(house) as connection:
        connection.send(json.dumps({"type": "response.create", "model": "anthropic/m-left", "input": "Hi"}))
        while json.loads(connection.recv(10))["type"] != "response.output_text.delta":
            pass
    house.simulator.wait_for(lambda: not house.simulator.in_flight)
    assert [record.outcome for record in house.simulator.journal] == ["peer_closed"]
    (row,) = wait_for_rows(folder, 1, lambda row: row["model"] == "m-left")
    assert (row["outcome"], row["output"] > 0) == ("cancelled", True)


def test_an_answer_that_is_to_be_finished_for_the_record_is(tmp_path: Path) -> None:
    routes = "routes:\n  finished: {targets: [chat/m-finished], on_disconnect: finish}\n"
    with running_house(tmp_path, extra=routes) as house:
        house.simulator.script(LONG, fault=Fault(pause_seconds=0.02), model="m-finished")
        with open_raw(house, None) as connection:
            connection.send(json.dumps({"type": "response.create", "model": "finished", "input": "Hi"}))
            connection.recv(10)
        (row,) = wait_for_rows(tmp_path, 1, lambda row: row["model"] == "m-finished")
        assert row["outcome"] == "served"
        assert [record.outcome for record in house.simulator.journal] == ["complete"]
        house.check_quiet()


def test_each_request_is_metered_as_one_of_its_own(house: House, folder: Path) -> None:
    with open_client(house, "bob").responses.connect(websocket_connection_options=PLAIN) as connection:
        for text in ("One.", "Two."):
            ask(connection, model="chat/m-metered", input=text)
        ask(connection, model="chat/m-metered", input="Three.", generate=False)
    rows = wait_for_rows(folder, 2, lambda row: row["model"] == "m-metered")
    assert [(row["principal"], row["outcome"], row["client_dialect"], row["is_stream"]) for row in rows] == [
        ("bob", "served", "openai_responses", True)
    ] * 2
    assert all(row["input"] and row["output"] for row in rows)


def test_a_refusal_of_the_provider_is_told_with_its_status_and_when_to_come_back(house: House) -> None:
    house.simulator.script(fault=Fault(status=429, retry_after_seconds=7), times=None, model="m-busy")
    with open_client(house).responses.connect(websocket_connection_options=PLAIN) as connection:
        refused = ask(connection, model="anthropic/m-busy", input="Hi")
        assert (refused.type, refused.status, refused.error.code) == ("error", 429, "rate_limit_exceeded")
        assert int(refused.error.headers["retry-after"]) <= 7


@pytest.mark.parametrize("secret", [None, "wrong-0123456789abcdefghij"])
def test_nobody_opens_a_connection_without_a_key(secret: str | None, house: House) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_raw(house, secret)
    assert refused.value.response.status_code == 401


def test_pages_of_browsers_open_none_unless_the_operator_lets_them(house: House) -> None:
    for origin in (PAGES, "http://localhost:3000", "null"):
        with pytest.raises(InvalidStatus) as refused:
            open_raw(house, origin=origin)
        assert refused.value.response.status_code == 403
    with open_raw(house, origin=house.url) as connection:
        assert tell(connection, model="chat/m", input="Hi")[-1]["type"] == "response.completed"


def test_a_page_that_is_listed_may(tmp_path: Path) -> None:
    with running_house(tmp_path, extra="") as house:
        path = house.gateway.config_path
        path.write_text(path.read_text().replace("server:\n", f"server:\n  allowed_origins: ['{PAGES}']\n"))
        house.gateway.process.send_signal(signal.SIGHUP)

        def is_let_in() -> bool:
            try:
                with open_raw(house, None, origin=PAGES):
                    return True
            except InvalidStatus:
                return False

        assert wait_until(is_let_in)


def test_a_key_that_is_withdrawn_is_worth_nothing_on_an_open_connection_either(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=KEYS) as house, open_raw(house) as connection:
        assert tell(connection, model="chat/m", input="Hi")[-1]["type"] == "response.completed"
        path = house.gateway.config_path
        path.write_text(path.read_text().replace(SECRETS["ann"], "n0body-knows-this-secret-yet"))
        house.gateway.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: tell(connection, model="chat/m", input="Hi")[-1].get("status") == 401)
        house.check_quiet()


def test_a_budget_holds_on_a_connection_as_anywhere(tmp_path: Path) -> None:
    with running_house(tmp_path, extra="budgets: {day_dollars: 1}\n") as house, open_raw(house, None) as connection:
        posted = raw.ask(house.url, raw.PATHS["responses"], b'{"model":"chat/unpriced","input":"Hi"}')
        assert posted.status >= 400
        (refused,) = tell(connection, model="chat/unpriced", input="Hi")
        assert (refused["status"], refused["error"]["message"]) == (posted.status, posted.json["error"]["message"])
        assert house.simulator.journal == []
        house.check_quiet()


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses/input_tokens", "/v1/messages"])
def test_other_paths_are_no_websockets(path: str, house: House) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(
            house.url.replace("http", "ws") + path, additional_headers={"Authorization": f"Bearer {SECRETS['ann']}"}
        )
    assert refused.value.response.status_code == 426


def test_what_cannot_be_understood_is_told_so_and_the_connection_goes_on(house: House) -> None:
    with open_raw(house) as connection:
        for odd in ("hello", "[]", '{"type":"response.cancel"}', '{"type":"response.create"}'):
            connection.send(odd)
            assert json.loads(connection.recv(10))["type"] == "error"
        connection.send(b"\x00\x01")
        assert json.loads(connection.recv(10))["error"]["code"] == "invalid_message"
        connection.send(json.dumps({"type": "response.steer", "previous_response_id": "r", "input": "x"}))
        assert json.loads(connection.recv(10))["type"] == "response.steer.failed"
        assert tell(connection, model="chat/m", input="Hi")[-1]["type"] == "response.completed"


def test_the_asynchronous_sdk_speaks_it_as_well(house: House) -> None:
    async def talk() -> str:
        client = AsyncOpenAI(base_url=f"{house.url}/v1", api_key=SECRETS["ann"], max_retries=0, timeout=20)
        async with client.responses.connect() as connection:
            await connection.response.create(model="gemini/m", input="Hi")
            async for event in connection:
                if event.type == "response.completed":
                    return event.response.output_text
        return ""

    house.simulator.script("Hello.")
    assert asyncio.run(talk()) == "Hello."


def test_a_conversation_is_continued_over_a_connection_as_well(tmp_path: Path) -> None:
    with running_house(tmp_path, extra="responses: {keep: true}\n" + KEYS) as house:
        client = open_client(house)
        conversation = client.conversations.create().id
        with client.responses.connect(websocket_connection_options=PLAIN) as connection:
            ask(connection, model="anthropic/m", input="I am Ada.", conversation=conversation)
            ended = ask(connection, model="anthropic/m", input="Who am I?", conversation=conversation)
            assert ended.response.conversation.id == conversation
            kept = ask(connection, model="chat/m", input="And?", previous_response_id=ended.response.id)
        assert kept.type == "response.completed"
        assert "I am Ada." in told(house)
        assert len(list(client.conversations.items.list(conversation))) == 4
        house.check_quiet()


def read_to_the_end(connection: ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
    """All that still comes, and the code of the good-bye."""
    events: list[dict[str, Any]] = []
    with pytest.raises(ConnectionClosed) as ended:
        while True:
            events.append(json.loads(connection.recv(10)))
    return events, ended.value.rcvd.code if ended.value.rcvd is not None else None


def test_at_the_end_idle_connections_go_at_once_and_busy_ones_after_their_answer(tmp_path: Path) -> None:
    with running_house(tmp_path, drain_seconds=30) as house:
        house.simulator.script(LONG, fault=Fault(pause_seconds=0.05), model="m-slow")
        with open_raw(house, None) as idle, open_raw(house, None) as busy:
            busy.send(json.dumps({"type": "response.create", "model": "chat/m-slow", "input": "Hi"}))
            assert json.loads(busy.recv(10))["type"] == "response.created"
            house.gateway.process.send_signal(signal.SIGTERM)
            assert read_to_the_end(idle) == ([], 1001)
            events, code = read_to_the_end(busy)
        assert (events[-1]["type"], code) == ("response.completed", 1001)
        assert house.gateway.process.wait(10) == 0
        house.check_quiet()


def test_an_answer_that_takes_longer_than_the_end_is_broken_off_in_words(tmp_path: Path) -> None:
    with running_house(tmp_path, drain_seconds=0.5) as house:
        house.simulator.script(LONG, fault=STALL, model="m-stall")
        with open_raw(house, None) as connection:
            connection.send(json.dumps({"type": "response.create", "model": "chat/m-stall", "input": "Hi"}))
            assert json.loads(connection.recv(10))["type"] == "response.created"
            house.gateway.process.send_signal(signal.SIGTERM)
            events, _ = read_to_the_end(connection)
        assert events[-1]["type"] == "response.failed"
        assert "shutting down" in json.dumps(events[-1])
        assert house.gateway.process.wait(10) == 0
        house.check_quiet()
