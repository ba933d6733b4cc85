"""Who may do what: no path, host, header or field gets a caller further than its key does, or the gateway's keys elsewhere."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from tests.e2e import raw
from tests.e2e.gateway import CANARY, House, running_house

KEY = "gateway-key-77b0c4e1"
DIALECTS = tuple(raw.PATHS)
PUBLIC = ("/", "/healthz", "/readyz", "/api/hello")
PRIVATE = (
    *((path, "POST") for path in raw.PATHS.values()),
    ("/v1/messages/count_tokens", "POST"),
    ("/v1/responses/input_tokens", "POST"),
    ("/v1beta/models/chat/m:countTokens", "POST"),
    ("/v4/ai/language-model", "POST"),
    ("/v1/models", "GET"),
    ("/v1/models/chat/m", "GET"),
    ("/v1beta/models", "GET"),
    ("/v4/ai/config", "GET"),
)
WRONG_KEYS: tuple[dict[str, str], ...] = (
    {},
    {"authorization": "Bearer wrong"},
    {"authorization": f"Basic {KEY}"},
    {"authorization": f"Bearer {KEY}x"},
    {"authorization": f"Bearer {KEY[:-1]}"},
    {"x-api-key": KEY.upper()},
    {"cookie": f"authorization=Bearer {KEY}"},
    {"x-forwarded-authorization": f"Bearer {KEY}"},
)
LURES: tuple[dict[str, str], ...] = (
    {"x-http-method-override": "GET"},
    {"x-original-url": "/healthz", "x-rewrite-url": "/healthz"},
    {"x-forwarded-host": "localhost", "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1"},
    {"forwarded": "for=127.0.0.1;host=localhost", "via": "1.1 localhost"},
)


def bend(path: str) -> list[str]:
    """The same path, as somebody writes it who wants a guard to overlook it."""
    return [
        f"/{path}",
        f"{path}/",
        f"{path}?healthz",
        f"{path};/healthz",
        f"/healthz/..{path}",
        f"/.{path}",
        path.replace("/v1", "/%76%31", 1),
        path.replace("/", "%2f"),
        f"{path}%00",
        f"{path}#/healthz",
        path.upper(),
    ]


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("rights"), extra=f'auth: {{keys: ["{KEY}"]}}\n') as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    assert KEY not in shared_house.gateway.log
    shared_house.check_quiet()


def test_public_pages_tell_nothing(house: House) -> None:
    for path in PUBLIC:
        answered = raw.ask(house.url, path, None, method="GET")
        assert answered.status == 200
        assert set(answered.json) <= {"name", "status"}


@pytest.mark.parametrize(("path", "method"), PRIVATE)
def test_nothing_else_is_open_without_the_key(path: str, method: str, house: House) -> None:
    body = raw.small_request("chat") if method == "POST" else None
    for headers in WRONG_KEYS:
        assert raw.ask(house.url, path, body, headers, method).status == 401, headers
        for lure in LURES:
            assert raw.ask(house.url, path, body, headers | lure, method).status == 401, (headers, lure)
    for bent in bend(path):
        assert raw.ask(house.url, bent, body, {}, method).status in {400, 401, 404, 405}, bent
    assert house.simulator.journal == []


OVERRIDES = ("base_url", "api_base", "api_key", "custom_host", "proxy", "endpoint", "organization", "extra_headers")
OVERRIDING_HEADERS = (
    "x-base-url",
    "x-api-base",
    "x-portkey-custom-host",
    "x-portkey-provider",
    "x-upstream-url",
    "x-target-url",
    "helicone-target-url",
    "x-dragoman-base-url",
    "x-dragoman-provider",
    "x-forwarded-host",
)
CARRIERS = {"chat": "authorization", "responses": "authorization", "anthropic": "x-api-key", "gemini": "x-goog-api-key"}
PERSONAL = ("cookie", "x-forwarded-for", "x-forwarded-host", "referer", "origin", "openai-organization", "x-custom")


@pytest.mark.parametrize("provider", DIALECTS)
@pytest.mark.parametrize("client", DIALECTS)
def test_no_caller_chooses_where_the_gateways_key_goes(client: str, provider: str, house: House) -> None:
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen()
        place = f"http://127.0.0.1:{trap.getsockname()[1]}"
        path, body = raw.address(client, f"{provider}/sim-large", stream=False)
        fields = dict.fromkeys(OVERRIDES, place) if client != provider else {}
        headers = dict.fromkeys(OVERRIDING_HEADERS, place) | dict.fromkeys(PERSONAL, "http://localhost")
        raw.ask(house.url, path, json.dumps(json.loads(body) | fields).encode(), headers | {"x-api-key": KEY})
        for model in (place, f"{provider}/{place}", f"{place}/m", f"{provider}@{place}/m"):
            path, body = raw.address(client, model, stream=False)
            raw.ask(house.url, path, body, {"x-api-key": KEY})
        trap.setblocking(False)
        with pytest.raises(BlockingIOError):
            trap.accept()
    assert len(house.simulator.journal) >= 1
    for record in house.simulator.journal:
        assert (record.key, record.carrier) == (f"{CANARY}-{provider}", CARRIERS[provider])
        assert not set(record.headers) & {*OVERRIDING_HEADERS, *PERSONAL} - {"host"}
        assert KEY not in str(record)


@pytest.mark.parametrize(
    "model", ["../../files", "..%2f..%2ffiles", "m?alt=media", "m#x", "m\r\nx-evil: 1", "m/../n", "ä m"]
)
def test_a_models_name_cannot_leave_its_place_in_a_path(model: str, house: House) -> None:
    body = raw.small_request("chat", model=f"gemini/{model}")
    raw.ask(house.url, raw.PATHS["chat"], body, {"x-api-key": KEY})
    for record in house.simulator.journal:
        assert record.path.startswith("/v1beta/models/")
        assert record.path.endswith(":generateContent")
        assert ".." not in record.path.split("/")
        assert "x-evil" not in record.headers
        assert not set(record.query) - {"key"}
