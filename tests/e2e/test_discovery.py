"""The models of a server of one's own are found while the gateway runs, and can be asked for by their bare names."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e import raw
from tests.e2e.gateway import CANARY, Gateway, running_gateway, wait_until
from tests.simulator import Simulator


def list_names(gateway: Gateway) -> set[str]:
    return {model["id"] for model in raw.ask(gateway.url, "/v1/models", None, method="GET").json["data"]}


def test_what_a_local_server_has_is_listed_and_answers_by_its_bare_name(tmp_path: Path) -> None:
    with Simulator(models=("qwen-local",)) as simulator:
        server = {"row": "vllm", "base_url": f"{simulator.url}/v1", "api_key": f"{CANARY}-1"}
        config = json.dumps({"discover_providers": False, "providers": {"mine": server}})
        with running_gateway(tmp_path, config) as gateway:
            assert wait_until(lambda: "mine/qwen-local" in list_names(gateway))
            body = json.dumps({"model": "qwen-local", "messages": [{"role": "user", "content": "Hi."}]})
            answered = raw.ask(gateway.url, "/v1/chat/completions", body.encode())
            assert answered.status == 200
            assert answered.headers["x-dragoman-target"] == "mine/qwen-local"
