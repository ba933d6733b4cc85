"""Failures as the official SDKs show them: the class that a program catches, the status, and when to come again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, NamedTuple

import anthropic
import openai
import pytest
from google.genai import errors as google_errors

from tests.e2e import raw
from tests.e2e.clients import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.e2e.following import Followed, open_followers
from tests.e2e.gateway import CANARY, House, running_house
from tests.e2e.stories import Ask
from tests.simulator import Fault

CLIENTS: dict[str, ModuleType] = {
    "chat": openai_chat,
    "responses": openai_responses,
    "anthropic": anthropic_messages,
    "gemini": gemini_generate,
}
DIALECTS = tuple(CLIENTS)
KEY = "gateway-key-0c41d9e7"
SDK_ERRORS = (openai.APIStatusError, anthropic.APIStatusError, google_errors.APIError)

OPENAI_CLASSES: dict[int, type[Exception]] = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    413: openai.APIStatusError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
}
ANTHROPIC_CLASSES: dict[int, type[Exception]] = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    404: anthropic.NotFoundError,
    409: anthropic.ConflictError,
    413: anthropic.APIStatusError,
    422: anthropic.UnprocessableEntityError,
    429: anthropic.RateLimitError,
}

SEEN = {
    400: {400},
    404: {404},
    409: {409},
    413: {413},
    422: {422},
    429: {429},
    500: {500, 502},
    503: {503, 529},
    529: {503, 529},
}
"""What a provider answers, and what a client may see: Anthropic's word for overload is 529, that of the others 503."""

REFUSED = """
  refused-{provider}-{status}: {{{{dialect: {dialect}, base_url: "{{url}}{base}", api_key: "{{canary}}-{status}"}}}}
"""
FACES = {
    "chat": ("openai_chat", "/v1"),
    "responses": ("openai_responses", "/v1"),
    "anthropic": ("anthropic_messages", ""),
    "gemini": ("gemini_generate", "/v1beta"),
}


class Failure(NamedTuple):
    """An SDK's exception, in words that all of them share."""

    error: Exception
    status: int
    retry_after: str | None
    message: str


def write_refused() -> str:
    """A provider for each way to refuse the gateway's own key, because a refused key rests for a while."""
    return "".join(
        REFUSED.format(
            provider=f"{client}-{provider}", status=status, dialect=FACES[provider][0], base=FACES[provider][1]
        )
        for client in DIALECTS
        for provider in DIALECTS
        for status in (401, 403)
    )


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("errors")
    with running_house(folder, more_providers=write_refused()) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


def fail(url: str, client: str, way: str, model: str, ask: Ask = Ask()) -> Failure:  # noqa: B008
    """The exception that an SDK raises."""
    with pytest.raises(SDK_ERRORS) as caught:
        getattr(CLIENTS[client], f"ask_{way}")(url, ask, model)
    error: Any = caught.value
    status = error.code if isinstance(error, google_errors.APIError) else error.status_code
    headers = error.response.headers if hasattr(error.response, "headers") else {}
    return Failure(error, int(status), headers.get("retry-after"), str(error))


def is_right_class(client: str, failure: Failure) -> bool:
    status = failure.status
    if client == "gemini":
        return isinstance(failure.error, google_errors.ServerError if status >= 500 else google_errors.ClientError)
    if client == "anthropic":
        return isinstance(failure.error, ANTHROPIC_CLASSES.get(status, anthropic.InternalServerError))
    return isinstance(failure.error, OPENAI_CLASSES.get(status, openai.InternalServerError))


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("client", DIALECTS)
def test_a_providers_error_becomes_the_sdks_own(client: str, way: str, house: House) -> None:
    """At the same time, because the gateway tries again after a pause where that may help."""
    cells = [(provider, status) for provider in DIALECTS for status in SEEN]
    for status in SEEN:
        house.simulator.script(fault=Fault(status=status), model=f"{client}-{way}-{status}", times=None)

    def fail_cell(cell: tuple[str, int]) -> Failure:
        return fail(house.url, client, way, f"{cell[0]}/{client}-{way}-{cell[1]}")

    first = fail_cell(cells[0])  # alone, so that the threads find the client made
    with ThreadPoolExecutor(len(cells)) as threads:
        failures = [first, *threads.map(fail_cell, cells[1:])]
    for (provider, status), failure in zip(cells, failures, strict=True):
        assert failure.status in SEEN[status], (provider, status, failure)
        assert is_right_class(client, failure), (provider, status, failure)
        assert client != provider or failure.status == status
    assert house.simulator.complaints == []


@pytest.mark.parametrize("client", ["chat", "responses", "anthropic"])
def test_a_client_is_told_when_to_come_again(client: str, house: House) -> None:
    cells = [(provider, status) for provider in DIALECTS for status in (429, 503)]
    for status in (429, 503):
        fault = Fault(status=status, retry_after_seconds=70)
        house.simulator.script(fault=fault, model=f"again-{client}-{status}", times=None)
    for provider, status in cells:
        failure = fail(house.url, client, "plain", f"{provider}/again-{client}-{status}")
        assert failure.retry_after == "70", (provider, status, failure)


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("client", DIALECTS)
def test_the_reason_of_a_provider_reaches_clients_of_every_dialect_without_the_key(
    client: str, way: str, house: House
) -> None:
    for provider in DIALECTS:
        for status in (400, 404, 413, 422):
            message = f"field zeta must be below 7 (you are {CANARY}-{provider})"
            house.simulator.set_default(fault=Fault(status=status, message=message))
            failure = fail(house.url, client, way, f"{provider}/reason-{client}-{way}-{status}")
            assert "field zeta must be below 7" in failure.message, (provider, status)
            assert client == provider or f"Provider '{provider}' says: " in failure.message
            assert CANARY not in failure.message, (provider, status)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("provider", DIALECTS)
@pytest.mark.parametrize("client", DIALECTS)
def test_the_gateways_own_refused_key_is_named_and_not_shown(
    client: str, provider: str, status: int, house: House
) -> None:
    name = f"refused-{client}-{provider}-{status}"
    house.simulator.set_default(fault=Fault(status=status))
    failure = fail(house.url, client, "plain", f"{name}/m")
    assert (failure.status, is_right_class(client, failure)) == (503, True)
    assert name in failure.message
    assert "'key-1'" in failure.message
    assert CANARY not in failure.message


@pytest.mark.parametrize("way", ["plain", "stream"])
@pytest.mark.parametrize("client", DIALECTS)
def test_an_unknown_model_is_not_found(client: str, way: str, house: House) -> None:
    failure = fail(house.url, client, way, "no-such-model")
    assert (failure.status, is_right_class(client, failure)) == (404, True)
    assert house.simulator.journal == []


BODIES = [
    b' { "error" : {"type":"invalid_request_error", "message":"Gr\xc3\xbc\xc3\x9fe \\u2028", "n":1e5} }\n',
    b"<html><body>429</body></html>",
    b"",
]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_error_within_a_dialect_keeps_its_bytes(dialect: str, house: House) -> None:
    for number, body in enumerate(BODIES):
        house.simulator.set_default(fault=Fault(status=400, body=body.decode()))
        path, request = raw.address(dialect, f"{dialect}/bytes-{number}", stream=False)
        answered = raw.ask(house.url, path, request)
        assert (answered.status, answered.body) == (400, body)


async def follow_all(house: House, cells: list[tuple[str, str]]) -> list[Followed]:
    async with open_followers(house.url) as followers:
        return await asyncio.gather(*[followers[client](Ask(), model) for client, model in cells])


TEXT = "This much was said, and then no more."


def test_an_error_in_the_middle_of_a_stream_is_told_after_what_was_said(house: House) -> None:
    cells = [(client, f"{provider}/middle-{client}") for client in DIALECTS for provider in DIALECTS]
    house.simulator.set_default(TEXT, fault=Fault(status=529, message="Overloaded", error_after_event=6))
    for cell, end in zip(cells, asyncio.run(follow_all(house, cells)), strict=True):
        assert (bool(end.trouble), TEXT.startswith(end.text)) == (True, True), (cell, end)
        assert end.text, (cell, end)


def test_a_wrong_key_is_an_authentication_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The SDKs of these tests all carry a key that this gateway does not know."""
    with running_house(tmp_path_factory.mktemp("keys"), extra=f'auth: {{keys: ["{KEY}"]}}\n') as house:
        for client in DIALECTS:
            for way in ("plain", "stream"):
                failure = fail(house.url, client, way, "chat/m")
                assert (failure.status, is_right_class(client, failure)) == (401, True), failure
        assert house.simulator.journal == []
        assert KEY not in house.gateway.log
