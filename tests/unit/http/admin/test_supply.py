"""Providers, keys, prices and local models, as the API steers them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.scripted import Script
from tests.unit.http.admin.counter import Counter
from tests.unit.service.desk import CHAT_ANSWER

KEY = "/providers/a/credentials/a-1"


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def test_providers_are_listed_with_their_keys(counter: Counter) -> None:
    (provider,) = counter.ask("GET", "/providers", key="viewer-key").json["items"]
    assert (provider["name"], provider["address"], provider["is_enabled"]) == ("a", "https://a.example/v1", True)
    assert [(one["name"], one["state"]) for one in provider["credentials"]] == [("a-1", "ready"), ("a-2", "ready")]
    assert "a-secret-of-the-provider" not in str(provider)


def test_a_paused_key_is_left_alone_until_it_is_resumed(counter: Counter) -> None:
    pool, now = counter.board.pools["a"], counter.clock.monotonic()
    assert counter.ask("POST", f"{KEY}/pause", key="admin-key").json["state"] == "paused"
    picked = [pool.pick("m", now) for _ in range(4)]
    assert {one.name for one in picked if one is not None} == {"a-2"}
    assert counter.ask("POST", f"{KEY}/resume", key="admin-key").json["state"] == "ready"
    picked = [pool.pick("m", now) for _ in range(4)]
    assert {one.name for one in picked if one is not None} == {"a-1", "a-2"}


def test_a_key_with_more_weight_is_used_more(counter: Counter) -> None:
    assert counter.ask("PATCH", KEY, {"weight": 3}, key="admin-key").json["weight"] == 3.0
    pool = counter.board.pools["a"]
    picked = [pool.pick("m", 0.0) for _ in range(8)]
    assert sum(one is not None and one.name == "a-1" for one in picked) == 6
    assert counter.ask("PATCH", KEY, {"weight": 0}, key="admin-key").status == 400


@pytest.mark.parametrize("path", ["/providers/a/credentials/x/pause", "/providers/x/credentials/a-1/pause"])
def test_what_is_not_there_cannot_be_steered(counter: Counter, path: str) -> None:
    assert counter.ask("POST", path, key="admin-key").status == 404


def test_a_probe_asks_with_this_key_alone_and_lifts_its_rests(counter: Counter) -> None:
    pool = counter.board.pools["a"]
    lease = pool.lease(pool.credentials[0], "m", 1, counter.clock.monotonic())
    refused = DragomanError(Kind.AUTHENTICATION, "no", blame="upstream")
    pool.settle_failure(lease, pool.credentials[0], "m", refused, counter.clock.monotonic())
    (provider,) = counter.ask("GET", "/providers", key="viewer-key").json["items"]
    assert provider["credentials"][0]["state"] == "quarantined"
    assert [rest["reason"] for rest in provider["credentials"][0]["rests"]] == ["quarantined"]
    result = counter.ask("POST", f"{KEY}/probe", {}, key="admin-key").json
    assert (result["ok"], result["target"], result["text"]) == (True, "a/m", "Hello!")
    (request,) = counter.transport.requests
    assert (b"authorization", b"Bearer 1") in request.headers
    (provider,) = counter.ask("GET", "/providers", key="viewer-key").json["items"]
    assert provider["credentials"][0]["state"] == "ready"


def test_a_probe_that_fails_says_why_and_lifts_nothing(tmp_path: Path) -> None:
    body = b'{"error": {"message": "Incorrect API key provided: sk-1234567890abcdef", "type": "invalid_request_error", "code": "invalid_api_key"}}'
    counter = Counter(tmp_path, lambda request: Script(401, [(b"content-type", b"application/json")], (body,)))
    result = counter.ask("POST", f"{KEY}/probe", {"model": "m"}, key="admin-key").json
    assert (result["ok"], result["status"], result["text"]) == (False, 401, "")
    assert "Incorrect API key" in result["message"]
    assert "1234567890abcdef" not in result["message"]


def test_a_probe_needs_a_model_to_ask(counter: Counter) -> None:
    assert counter.ask("POST", f"{KEY}/probe", {}, key="admin-key").json["error"]["path"] == "model"


def test_a_provider_is_tried_before_it_is_kept(counter: Counter) -> None:
    trial = {"base_url": "https://new.example/v1", "dialect": "openai_chat", "key": "k-${x}", "model": "m"}
    result = counter.ask("POST", "/providers/test", trial, key="admin-key").json
    assert (result["ok"], result["target"]) == (True, "trial/m")
    (request,) = counter.transport.requests
    assert request.origin.host == "new.example"
    assert (b"authorization", b"Bearer k-${x}") in request.headers
    assert CHAT_ANSWER
    wrong = counter.ask("POST", "/providers/test", {"row": "nobody", "key": "k"}, key="admin-key")
    assert wrong.status == 404
    assert counter.ask("POST", "/providers/test", {"row": "openai", "key": "k"}, key="admin-key").status in {200, 400}


def test_the_catalogue_says_who_is_in_use(counter: Counter) -> None:
    items = counter.ask("GET", "/catalogue", key="viewer-key").json["items"]
    assert {"openai", "anthropic", "ollama"} <= {one["name"] for one in items}
    assert not any(one["is_configured"] for one in items)


def test_prices_are_told_in_dollars(counter: Counter) -> None:
    told = counter.ask("GET", "/prices?model=a/gpt-4o", key="viewer-key").json
    (item,) = told["items"]
    assert item["rates"][0]["dollars_per_million"]["input"] == "2.5"
    assert counter.ask("GET", "/prices", key="viewer-key").json["unpriced"] == ["a/m", "b/m"]
    assert counter.ask("GET", "/prices?model=gpt-4o", key="viewer-key").status == 400


def test_local_models_are_listed_and_unknown_ones_told(counter: Counter) -> None:
    told = counter.ask("GET", "/local-models", key="viewer-key").json
    assert told["memory_budget_bytes"] > 0
    assert "smollm2-135m" in {one["name"] for one in told["items"]}
    assert {one["state"] for one in told["items"]} == {"stopped"}
    for method, action in (("POST", "load"), ("POST", "unload"), ("POST", "pull"), ("DELETE", "pull")):
        reply = counter.ask(method, f"/local-models/nobody/{action}", key="admin-key")
        assert (reply.status, reply.json["error"]["kind"]) == (404, "not_found")
