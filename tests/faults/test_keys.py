"""Virtual keys against a running gateway: who has one gets what it grants, nobody else, and for no longer than it lasts."""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from dragoman.clock import SystemClock
from dragoman.service.principals import Principal, Principals, digest_secret
from tests.e2e import raw
from tests.e2e.gateway import CANARY, House, running_gateway, running_house, wait_until, write_providers
from tests.e2e.keys import ROOT, ROOT_KEY, add_key, add_team, call_admin, check_no_key, end_key, limited
from tests.e2e.ledger import wait_for_rows
from tests.simulator import Simulator

CARRIERS: dict[str, Any] = {
    "bearer": lambda key: ("", {"authorization": f"Bearer {key}"}),
    "anthropic": lambda key: ("", {"x-api-key": key}),
    "google": lambda key: ("", {"x-goog-api-key": key}),
    "azure": lambda key: ("", {"api-key": key}),
    "query": lambda key: (f"?key={key}", {}),
}
MODELS = "/v1/models"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def shared_house(folder: Path) -> Iterator[House]:
    with running_house(folder, extra=f"{ROOT_KEY}responses: {{keep: true}}\n") as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()
    check_no_key(shared_house.gateway.log)


def get(house: House, key: str, path: str = MODELS) -> raw.Answered:
    return raw.ask(house.url, path, None, {"x-api-key": key}, "GET")


def open_key(house: House, folder: Path, name: str, **wish: Any) -> str:
    secret = add_key(folder, name, **wish)
    assert wait_until(lambda: get(house, secret).status == 200)
    return secret


def ask(house: House, key: str, model: str, dialect: str = "chat", **more: Any) -> raw.Answered:
    path, body = limited(dialect, model)
    return raw.ask(house.url, path, json.dumps(json.loads(body) | more).encode(), {"x-api-key": key})


def test_a_revoked_key_is_worth_nothing_within_five_seconds(house: House, folder: Path) -> None:
    key = open_key(house, folder, "short-lived")
    end_key(folder, "short-lived")
    assert wait_until(lambda: get(house, key).status == 401)


def test_a_key_that_expires_ends_in_that_moment(house: House, folder: Path) -> None:
    end_ms = time.time_ns() // 1_000_000 + 2_500
    key = open_key(house, folder, "expiring", expires_ms=end_ms)
    assert wait_until(lambda: get(house, key).status == 401)
    assert abs(time.time_ns() // 1_000_000 - end_ms) < 1_000


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_carrier_is_held_to_the_same_policy(carrier: str, house: House, folder: Path) -> None:
    key = open_key(house, folder, f"by-{carrier}")
    query, headers = CARRIERS[carrier](key)
    assert raw.ask(house.url, MODELS + query, None, headers, "GET").status == 200
    prefix, key_id, tail = key.split("_")
    near = [key[:-1], key + "0", key.upper(), f"{prefix}_{key_id}_{tail[::-1]}", f"{prefix}_{key_id}_", key_id, tail]
    for wrong in near:
        query, headers = CARRIERS[carrier](wrong)
        assert raw.ask(house.url, MODELS + query, None, headers, "GET").status == 401
    query, headers = CARRIERS[carrier](key)
    other = {"authorization": f"Bearer {ROOT}"} if carrier != "bearer" else {"x-api-key": ROOT}
    assert raw.ask(house.url, MODELS + query, None, headers | other, "GET").status == 400


def test_unknown_wrong_revoked_and_expired_are_told_the_same(house: House, folder: Path) -> None:
    revoked = open_key(house, folder, "gone")
    end_key(folder, "gone")
    assert wait_until(lambda: get(house, revoked).status == 401)
    expired = open_key(house, folder, "late", expires_ms=time.time_ns() // 1_000_000 + 1_500)
    assert wait_until(lambda: get(house, expired).status == 401)
    wrong = (revoked, expired, revoked + "0", "dgm_0123456789_" + "0" * 48, "sk-nothing")
    told = {get(house, key).body for key in wrong}
    assert len(told) == 1


def test_the_time_of_a_refusal_tells_nothing() -> None:
    clock = SystemClock()
    good, late = "dgm_aaaaaaaaaa_" + "a" * 48, "dgm_bbbbbbbbbb_" + "b" * 48
    table = {digest_secret(good): Principal("a"), digest_secret(late): Principal("b", expires_ms=1)}
    table |= {digest_secret(f"dgm_{number:010d}_x"): Principal(str(number)) for number in range(1_000)}
    principals = Principals(table, clock)

    def take(secret: str) -> float:
        begun = time.perf_counter()
        with pytest.raises(Exception, match="valid key"):
            principals.identify(secret)
        return time.perf_counter() - begun

    wrong = (good[:-1] + "b", late, "dgm_cccccccccc_" + "c" * 48)
    times = {secret: median(take(secret) for _ in range(2_000)) for secret in wrong}
    assert max(times.values()) - min(times.values()) < 0.001


def test_a_key_asks_for_what_it_was_granted_on_no_way_for_more(house: House, folder: Path) -> None:
    key = open_key(house, folder, "narrow", models=("chat/*",), providers=("chat", "gemini"))
    assert ask(house, key, "chat/sim-large").status == 200
    for model in ("anthropic/sim-large", "gemini/sim-large"):
        answered = ask(house, key, model)
        assert (answered.status, answered.json["error"]["code"]) == (403, "model_not_allowed")
    assert ask(house, key, "chat/sim-large", models=["anthropic/sim-large"]).status == 403
    counting = raw.ask(
        house.url,
        "/v1/messages/count_tokens",
        raw.small_request("anthropic", model="anthropic/sim-large"),
        {"x-api-key": key},
    )
    assert counting.status == 403
    assert (
        raw.ask(
            house.url, "/v1beta/models/gemini/m:generateContent", raw.small_request("gemini"), {"x-api-key": key}
        ).status
        == 403
    )
    assert {record.key.rpartition("-")[2] for record in house.simulator.journal} == {"chat"}
    listed = [model["id"] for model in get(house, key).json["data"]]
    assert all(name.startswith("chat/") for name in listed)


def test_what_a_key_asks_for_stands_in_the_ledger_as_its_own(house: House, folder: Path) -> None:
    add_team(folder, "red")
    key = open_key(house, folder, "booked", team="red", user="ada", tags=("prod", "web"))
    assert ask(house, key, "chat/sim-large").status == 200
    (row,) = wait_for_rows(folder, 1, lambda row: row["principal"] == "booked")
    assert (row["key_id"], row["team"], row["user"], row["tags"]) == (key.split("_")[1], "red", "ada", "prod,web")


def test_what_one_key_has_kept_is_not_there_for_another(house: House, folder: Path) -> None:
    ours, theirs = (open_key(house, folder, name) for name in ("tenant-a", "tenant-b"))
    kept = ask(house, ours, "anthropic/sim-large", "responses", store=True).json["id"]
    seen = len(house.simulator.journal)
    assert get(house, ours, f"/v1/responses/{kept}").status == 200
    for method, path in (("GET", ""), ("GET", "/input_items"), ("POST", "/cancel"), ("DELETE", "")):
        answered = raw.ask(
            house.url, f"/v1/responses/{kept}{path}", b"{}" if method == "POST" else None, {"x-api-key": theirs}, method
        )
        assert answered.status == 404, (method, path)
    assert ask(house, theirs, "anthropic/sim-large", "responses", previous_response_id=kept).status in {400, 404}
    assert len(house.simulator.journal) == seen
    assert get(house, ours, f"/v1/responses/{kept}").status == 200


def test_what_one_key_has_asked_is_told_to_no_other(house: House, folder: Path) -> None:
    ours, theirs = (open_key(house, folder, name) for name in ("payer-a", "payer-b"))
    asked = ask(house, ours, "chat/sim-large").headers["x-dragoman-exchange"]
    wait_for_rows(folder, 1, lambda row: row["principal"] == "payer-a")
    path = f"/v1/generation?id={asked}"
    assert get(house, ours, path).json["data"]["id"] == asked
    assert get(house, theirs, path).status == 404
    assert get(house, ROOT, path).status == 404
    assert get(house, "sk-nothing", path).status == 401
    unknown = get(house, theirs, f"/v1/generation?id={asked[:-1]}x")
    assert unknown.body.replace(asked[:-1].encode() + b"x", asked.encode()) == get(house, theirs, path).body
    (day,) = get(house, ours, "/v1/report").json["results"]
    assert (day["request_count"], day["total_cost"]) == (1, float(get(house, ours, "/v1/credits").json["total_used"]))
    assert get(house, theirs, "/v1/report").json["results"] == []
    assert get(house, theirs, "/v1/credits").json["total_used"] == "0"


def test_a_file_of_keys_that_is_locked_refuses_nobody(house: House, folder: Path) -> None:
    key = open_key(house, folder, "steady")
    with closing(sqlite3.connect(folder / "ledger" / "control.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        deadline = time.monotonic() + 2.5
        while time.monotonic() < deadline:
            assert get(house, key).status == 200
        other.execute("ROLLBACK")


def test_a_file_of_keys_that_is_broken_at_the_start_calls_no_key_wrong(tmp_path: Path) -> None:
    key = add_key(tmp_path, "ada")
    path = tmp_path / "ledger" / "control.sqlite"
    for leftover in path.parent.glob("control.sqlite-*"):
        leftover.unlink()
    whole = path.read_bytes()
    path.write_bytes(b"broken" * 1000)
    with running_house(tmp_path, extra=ROOT_KEY) as house:
        refused = get(house, key)
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert get(house, ROOT).status == 200
        assert get(house, "sk-nothing").status == 401
        path.unlink()
        path.write_bytes(whole)
        assert wait_until(lambda: get(house, key).status == 200)


def test_the_first_key_closes_an_open_gateway(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        assert raw.ask(house.url, MODELS, None, {}, "GET").status == 200
        key = add_key(tmp_path, "ada")
        assert wait_until(lambda: raw.ask(house.url, MODELS, None, {}, "GET").status == 401)
        assert get(house, key).status == 200


def test_a_stolen_file_holds_no_usable_key(house: House, folder: Path) -> None:
    secrets = [open_key(house, folder, f"stolen-{number}").rpartition("_")[2] for number in range(5)]
    dump = b"".join(path.read_bytes() for path in (folder / "ledger").glob("control*")) + house.gateway.log.encode()
    for secret in secrets:
        assert not any(secret[start : start + 8].encode() in dump for start in range(len(secret) - 8))


def test_a_key_of_the_admin_api_is_good_and_bad_at_once(house: House) -> None:
    made = call_admin(house.url, "POST", "/keys", {"name": "by-api", "models": ["chat/*"]})
    key = made["secret"]
    assert ask(house, key, "chat/sim-large").status == 200
    assert ask(house, key, "anthropic/sim-large").status == 403
    call_admin(house.url, "PATCH", "/keys/by-api", {"models": ["anthropic/*"]})
    assert ask(house, key, "anthropic/sim-large").status == 200
    renewed = call_admin(house.url, "POST", "/keys/by-api/rotate")["secret"]
    assert [get(house, one).status for one in (key, renewed)] == [401, 200]
    call_admin(house.url, "POST", "/keys/by-api/revoke")
    assert get(house, renewed).status == 401
    actions = [entry["action"] for entry in call_admin(house.url, "GET", "/audit?text=by-api")["items"]]
    assert actions == ["key.revoke", "key.rotate", "key.change", "key.create"]


def test_a_stored_key_of_a_provider_is_used_at_once_and_never_told(tmp_path: Path) -> None:
    stored = f"{CANARY}-stored"
    sealing = {"DRAGOMAN_SEAL_KEY": base64.b64encode(bytes(range(32))).decode()}
    with Simulator() as simulator:
        config = write_providers(simulator.url, extra=ROOT_KEY)
        for is_first in (True, False):
            with running_gateway(tmp_path, config, sealing) as gateway:
                if is_first:
                    call_admin(gateway.url, "POST", "/vault", {"provider": "chat", "name": "main", "key": stored})
                house = House(gateway, simulator)
                simulator.reset()
                for number in range(20):  # each a conversation of its own, since one stays with its key
                    turns = [{"role": "user", "content": f"Question {number}"}]
                    assert ask(house, ROOT, "chat/sim-large", messages=turns).status == 200
                assert {record.key for record in simulator.journal} == {f"{CANARY}-chat", stored}
                shown = [call_admin(gateway.url, "GET", path) for path in ("/vault", "/providers", "/audit", "/config")]
                assert stored not in str(shown)
    assert stored.encode() not in b"".join(path.read_bytes() for path in (tmp_path / "ledger").glob("control*"))
