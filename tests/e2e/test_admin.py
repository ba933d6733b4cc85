"""An operator at work: the link, the numbers, a key that rests, a route that is moved, a wall against strangers."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e import raw
from tests.e2e.gateway import CANARY, Gateway, running_gateway, running_house, wait_until, write_providers
from tests.simulator import Fault, Simulator

ROUTES = "routes:\n  fast: [chat/m-1]\n"
KEY = "Zk3-quite-unguessable-9"


class Operator:
    """A browser that has followed the printed link."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        link = re.search(r"/console/login\?token=\S+", gateway.log)
        assert link is not None, gateway.log
        self.link = link[0]
        entered = raw.ask(gateway.url, self.link, None, method="GET")
        assert entered.status == 303
        self.headers = {"cookie": entered.headers["set-cookie"].partition(";")[0], "x-dragoman-console": "1"}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> raw.Answered:
        content = json.dumps(body).encode() if body is not None else None
        given = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answered = raw.ask(self.gateway.url, f"/admin/api{path}", content, given, method=method)
        assert CANARY.encode() not in answered.body
        return answered

    def see(self, path: str) -> Any:
        answered = self.ask("GET", path)
        assert answered.status == 200, (answered.body, self.gateway.log)
        return answered.json


def chat(gateway: Gateway, model: str = "fast") -> raw.Answered:
    return raw.ask(gateway.url, "/v1/chat/completions", raw.small_request("chat", model=model))


def count_connections(gateway: Gateway) -> int:
    """Sockets that the gateway holds open with clients, those that only listen not counted."""
    port = f":{gateway.port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(fields[1].endswith(port) and fields[3] in {"01", "08"} for fields in map(str.split, lines))


def test_traffic_is_seen_in_every_number(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=ROUTES) as house:
        operator = Operator(house.gateway)
        served = [chat(house.gateway) for _ in range(3)]
        translated = raw.ask(house.url, "/v1/messages", raw.small_request("anthropic", model="gemini/m-2"))
        assert translated.status == 200
        assert wait_until(lambda: operator.see("/overview")["totals"]["exchanges"] == 4)
        listed = operator.see("/exchanges")["items"]
        assert {one["id"] for one in listed} >= {answer.headers["x-dragoman-exchange"] for answer in served}
        lines = {line["name"]: line["totals"]["exchanges"] for line in operator.see("/usage?by=provider")["lines"]}
        assert lines == {"chat": 3, "gemini": 1}
        one = operator.see(f"/exchanges/{translated.headers['x-dragoman-exchange']}")
        assert (one["exchange"]["client_dialect"], one["exchange"]["provider_dialect"]) == (
            "anthropic_messages",
            "gemini_generate",
        )
        assert [span["target"] for span in one["waterfall"] if span["kind"] == "attempt"] == ["gemini/m-2"]
        house.check_quiet()


def test_a_key_that_the_provider_slows_down_is_seen_to_rest(tmp_path: Path) -> None:
    with running_house(tmp_path, extra="routing: {max_wait_seconds: 0}\n" + ROUTES) as house:
        operator = Operator(house.gateway)
        house.simulator.script(fault=Fault(status=429, retry_after_seconds=60), model="m-1")
        assert chat(house.gateway).status == 429
        provider = next(one for one in operator.see("/providers")["items"] if one["name"] == "chat")
        (credential,) = provider["credentials"]
        assert (credential["state"], 50 < credential["seconds"] <= 60) == ("cooling", True)
        assert "credential_resting" in {one["kind"] for one in operator.see("/overview")["trouble"]}
        probe = operator.ask("POST", f"/providers/chat/credentials/{credential['name']}/probe", {"model": "m-1"})
        assert probe.json["ok"] is True, probe.body
        assert chat(house.gateway).status == 200


def test_a_route_is_changed_and_the_traffic_moves_at_once(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=ROUTES) as house:
        operator = Operator(house.gateway)
        assert chat(house.gateway).headers["x-dragoman-target"] == "chat/m-1"
        shown = operator.see("/config")
        text = shown["text"].replace("fast: [chat/m-1]", "fast: [responses/m-9]")
        told = operator.ask("POST", "/config/diff", {"text": text}).json
        assert [one["path"] for one in told["changes"]] == ["routes.fast.targets[0].target"]
        assert operator.ask("PUT", "/config", {"text": text}, if_match="stale").status == 412
        written = operator.ask("PUT", "/config", {"text": text}, if_match=shown["version"])
        assert written.status == 200, written.body
        assert chat(house.gateway).headers["x-dragoman-target"] == "responses/m-9"
        assert CANARY in house.gateway.config_path.read_text()


def test_the_playground_asks_in_the_name_of_the_session(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=ROUTES) as house:
        operator = Operator(house.gateway)
        streamed = operator.ask(
            "POST", "/play/v1/messages", json.loads(raw.small_request("anthropic", model="fast", stream=True))
        )
        assert streamed.status == 200
        assert b"event: message_stop" in streamed.body
        assert operator.ask("GET", "/play/v1/models").json["data"]
        house.check_quiet()


@pytest.mark.parametrize("has_key", [False, True])
def test_the_playground_needs_no_key_where_others_do(tmp_path: Path, has_key: bool) -> None:
    with Simulator() as simulator:
        environment = {"DRAGOMAN_API_KEY": KEY} if has_key else {}
        with running_gateway(tmp_path, write_providers(simulator.url, extra=ROUTES), environment) as gateway:
            operator = Operator(gateway)
            assert operator.see("/me")["needs_key"] is has_key
            assert chat(gateway).status == (401 if has_key else 200)
            answered = operator.ask(
                "POST", "/play/v1/chat/completions", json.loads(raw.small_request("chat", model="fast"))
            )
            assert answered.status == 200, answered.body


def test_strangers_stay_outside(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=ROUTES) as house:
        operator = Operator(house.gateway)
        assert raw.ask(house.url, operator.link, None, method="GET").status == 401
        assert raw.ask(house.url, "/admin/api/overview", None, method="GET").status == 401
        assert (
            raw.ask(house.url, "/admin/api/overview", None, {"authorization": "Bearer x"}, method="GET").status == 401
        )
        assert operator.ask("GET", "/overview", origin="http://evil.example").status == 403
        assert operator.ask("GET", "/overview", origin=f"http://127.0.0.1:{house.gateway.port + 1}").status == 403
        assert operator.ask("GET", "/overview", host="rebound.example").status == 403
        assert operator.ask("GET", "/overview", origin=house.url).status == 200, house.gateway.log
        forged = {"cookie": operator.headers["cookie"], "content-type": "text/plain"}
        assert raw.ask(house.url, "/admin/api/config/validate", b'{"text": ""}', forged).status == 403
        for path in ("/admin/api/../v1/models", "/admin/api//me", f"/admin/api/{quote('../' * 5)}etc/passwd"):
            assert raw.ask(house.url, path, None, operator.headers, method="GET").status in {400, 404}
        assert operator.ask("DELETE", "/session").status == 204
        assert operator.ask("GET", "/me").status == 401


def test_who_watches_hears_each_second_and_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=ROUTES, drain_seconds=300) as house:
        operator = Operator(house.gateway)
        connection = http.client.HTTPConnection("127.0.0.1", house.gateway.port, timeout=10)
        connection.request("GET", "/admin/api/live", headers=operator.headers)
        response = connection.getresponse()
        assert response.getheader("content-type") == "text/event-stream"
        exchange = chat(house.gateway).headers["x-dragoman-exchange"]
        heard: list[str] = []
        while exchange not in heard and len(heard) < 1000:
            line = response.readline()
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                heard += [one["id"] for one in event["last"]] or ["nothing"]
        assert exchange in heard
        assert house.gateway.stop() == 0
        connection.close()
        assert "Traceback" not in house.gateway.log


def test_a_watcher_who_leaves_is_forgotten(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=ROUTES) as house:
        operator = Operator(house.gateway)
        for _ in range(5):
            connection = http.client.HTTPConnection("127.0.0.1", house.gateway.port, timeout=10)
            connection.request("GET", "/admin/api/live", headers=operator.headers)
            connection.getresponse().readline()
            connection.close()
        assert chat(house.gateway).status == 200
        assert wait_until(lambda: count_connections(house.gateway) == 0)
        house.check_quiet()


def test_roles_hold_over_the_wire(tmp_path: Path) -> None:
    with Simulator() as simulator:
        environment = {"DRAGOMAN_API_KEY": KEY}
        with running_gateway(tmp_path, write_providers(simulator.url, extra=ROUTES), environment) as gateway:
            headers = {"authorization": f"Bearer {KEY}"}
            me = raw.ask(gateway.url, "/admin/api/me", None, headers, method="GET")
            assert (me.status, me.json["role"]) == (200, "admin")
            opened = raw.ask(gateway.url, "/admin/api/session", json.dumps({"key": KEY}).encode())
            assert opened.status == 200
            assert "HttpOnly; SameSite=Strict" in opened.headers["set-cookie"]
            assert raw.ask(gateway.url, "/admin/api/session", b'{"key": "wrong"}').status == 401
            wish = json.dumps({"name": "vic", "role": "viewer"}).encode()
            made = raw.ask(gateway.url, "/admin/api/keys", wish, headers)
            assert made.status == 201, made.body
            viewer = {"authorization": f"Bearer {made.json['secret']}"}
            assert raw.ask(gateway.url, "/admin/api/overview", None, viewer, method="GET").status == 200
            for method, path, body in (("POST", "/keys", wish), ("PUT", "/config", b'{"text": ""}')):
                assert raw.ask(gateway.url, f"/admin/api{path}", body, viewer, method=method).status == 403
            actions = raw.ask(gateway.url, "/admin/api/audit", None, viewer, method="GET").json["items"]
            assert {one["action"] for one in actions} >= {"key.create", "session.begin"}
            assert made.json["secret"] not in gateway.log
