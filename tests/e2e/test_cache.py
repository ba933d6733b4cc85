"""Answers that are given again: to the same key alone, streamed as before, and for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_house
from tests.e2e.ledger import wait_for_rows
from tests.simulator import say

KEYS = {"ann": "w9Yk2VbQ7TzR4mXc1LpN8sJd", "bob": "h3Gf6UaE0KoW5rBi9ZtM2yCv"}
EXTRA = f"""
auth: {{keys: [{{name: ann, secret: {KEYS["ann"]}}}, {{name: bob, secret: {KEYS["bob"]}}}]}}
prices: [{{match: "*/m-*", input: 1.0, output: 2.0}}]
"""


def ask(house: House, key: str, *, stream: bool, **headers: str) -> raw.Answered:
    body = raw.small_request("anthropic", model="chat/m-1", stream=stream)
    return raw.ask(house.url, raw.PATHS["anthropic"], body, headers={"x-api-key": KEYS[key], **headers})


@pytest.mark.parametrize("stream", [False, True])
def test_the_same_key_gets_it_again_and_another_does_not(tmp_path: Path, stream: bool) -> None:
    wanted = {"x-dragoman-cache": "600"}
    with running_house(tmp_path, extra=EXTRA) as house:
        house.simulator.script(say("An answer."), model="m-1")
        answers = [ask(house, key, stream=stream, **wanted) for key in ("ann", "ann", "bob")]
        plain = ask(house, "ann", stream=stream)
        assert [answered.headers.get("x-dragoman-cache") for answered in answers] == ["miss", "hit", "miss"]
        assert "x-dragoman-cache" not in plain.headers
        assert answers[1].body == answers[0].body
        assert len(house.simulator.journal) == 3
        rows = {row["id"]: row for row in wait_for_rows(tmp_path, 4)}
    bought, hit, _ = (rows[answered.headers["x-dragoman-exchange"]] for answered in answers)
    assert (hit["is_hit"], hit["cost_nanodollars"], hit["input"], hit["output"]) == (True, 0, 0, 0)
    assert hit["saved_nanodollars"] == bought["cost_nanodollars"] > 0
