"""What the page of metrics says of real traffic is what the providers saw, and who may read it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.e2e import raw
from tests.e2e.gateway import CANARY, House, running_house, wait_until
from tests.e2e.ledger import wait_for_rows
from tests.grammars.exposition import Metric, parse_exposition, read_sum
from tests.simulator import Fault, say

SETTINGS = """
routes:
  r: [chat/first, anthropic/second]
prices:
  - {match: "*/*", input: 1.1, output: 5.9}
"""
DIALECTS = ("chat", "responses", "anthropic", "gemini")
KEY = "q8ZrT2vLw0xYpKd4Nn7Ju3Hs"


def read_metrics(house: House, **headers: str) -> dict[str, Metric]:
    answered = raw.ask(house.url, "/metrics", None, headers, "GET")
    assert answered.status == 200, answered.body
    assert CANARY.encode() not in answered.body
    is_openmetrics = "openmetrics" in answered.headers["content-type"]
    return parse_exposition(answered.body, is_openmetrics=is_openmetrics)


def ask(house: House, client: str, model: str, *, stream: bool = False) -> int:
    path, body = raw.address(client, model, stream=stream)
    return raw.ask(house.url, path, body).status


def test_the_counts_are_those_of_the_providers_journal(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=SETTINGS) as house:
        house.simulator.script(fault=Fault(status=503), model="first", times=None)
        house.simulator.script(say("Hello there, wide world"), model="second", times=None)
        for stream in (False, True):
            for client in DIALECTS:
                assert ask(house, client, "r", stream=stream) == 200
                assert ask(house, client, f"{client}/own", stream=stream) == 200
        assert ask(house, "chat", "nowhere") == 404
        rows = wait_for_rows(tmp_path, 17)
        spent = sum(row["cost_nanodollars"] for row in rows)
        # A row is in the store a moment before its cost is counted.
        wait_until(lambda: read_sum(read_metrics(house)["dragoman_cost_dollars_total"]) * 1e9 > spent - 1)
        shown, journal = read_metrics(house), list(house.simulator.journal)

    requests, attempts = shown["dragoman_requests_total"], shown["dragoman_attempts_total"]
    complete = [record for record in journal if record.outcome == "complete"]
    assert read_sum(requests, outcome="served") == len(complete) == 16
    assert read_sum(requests, route="r", provider="anthropic", model="second") == 8
    assert read_sum(requests, outcome="failed", error="not_found", provider="none") == 1
    assert read_sum(attempts) == len(journal)
    assert read_sum(attempts, provider="chat") - read_sum(attempts, provider="chat", error="") == len(journal) - 16
    for model, count in Counter(record.model for record in complete).items():
        assert read_sum(requests, model=model, outcome="served") == count
        billed = [record.billed for record in complete if record.model == model]
        tokens = shown["dragoman_tokens_total"]
        assert read_sum(tokens, model=model, **{"class": "input"}) == sum(one.input for one in billed)
        assert read_sum(tokens, model=model) == sum(one.input + one.all_output for one in billed)
    assert round(read_sum(shown["dragoman_cost_dollars_total"]) * 1e9) == spent > 0
    assert read_sum(shown["dragoman_time_to_first_token_seconds"], le="+Inf") == 8
    assert read_sum(shown["dragoman_request_duration_seconds"], le="+Inf") == 17
    assert read_sum(shown["dragoman_losses_total"]) == sum(len(set(row["losses"].split(",")) - {""}) for row in rows)
    assert read_sum(shown["dragoman_requests_in_flight"]) == 0
    assert read_sum(shown["dragoman_credential_uses_in_flight"]) == 0


def test_what_is_under_way_is_seen_while_it_is(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        house.simulator.script(fault=Fault(stop="stall"), model="slow")
        path, body = raw.address("chat", "chat/slow", stream=True)
        peer = raw.begin(house.gateway.port, path, body)
        assert wait_until(lambda: read_sum(read_metrics(house)["dragoman_credential_uses_in_flight"]) == 1)
        assert read_sum(read_metrics(house)["dragoman_requests_in_flight"]) == 1
        peer.close()
        assert wait_until(lambda: read_sum(read_metrics(house)["dragoman_requests_total"], outcome="cancelled") == 1)
        assert read_sum(read_metrics(house)["dragoman_requests_in_flight"]) == 0


def test_a_key_is_needed_where_there_are_keys_unless_the_page_is_public(tmp_path: Path) -> None:
    keys = f"auth: {{keys: [{KEY}]}}\n"
    with running_house(tmp_path, extra=keys) as house:
        assert house.gateway.status_of("/metrics") == 401
        shown = read_metrics(house, authorization=f"Bearer {KEY}", accept="application/openmetrics-text")
        assert "dragoman_requests" in shown
        config = house.gateway.config_path
        config.write_text("metrics: {public: true}\n" + config.read_text())
        assert wait_until(lambda: house.gateway.status_of("/metrics") == 200)


def test_nothing_is_shown_where_nothing_is_counted(tmp_path: Path) -> None:
    with running_house(tmp_path, extra="metrics: {enabled: false}\n") as house:
        assert ask(house, "chat", "chat/m") == 200
        assert house.gateway.status_of("/metrics") == 404
