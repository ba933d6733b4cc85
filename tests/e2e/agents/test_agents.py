"""Each agent finishes a task of two steps with a model of every other dialect behind the gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.agents.agents import AGENTS, Desk, run_agent
from tests.e2e.gateway import running_house
from tests.e2e.javascript.node import install_or_skip
from tests.e2e.stories import tell

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

HERE = Path(__file__).resolve().parent
WORD = "chrysanthemum"
MOST_REQUESTS = 12
PROVIDERS = ("chat", "responses", "anthropic", "gemini")
CROSSINGS = [(name, provider) for name, agent in AGENTS.items() for provider in PROVIDERS if provider != agent.dialect]


@pytest.mark.parametrize(("name", "provider"), CROSSINGS)
def test_an_agent_reads_a_file_and_tells_what_is_in_it(name: str, provider: str, tmp_path: Path) -> None:
    node, packages = install_or_skip("agents", HERE)
    agent = AGENTS[name]
    home, folder, logs = (tmp_path / part for part in ("home", "folder", "logs"))
    for path in (home, folder, logs):
        path.mkdir()
    (folder / "note.txt").write_text(f"The word is {WORD}.\n")
    with running_house(logs) as house:
        house.simulator.set_default("Noted.")
        large = "sim-large"
        house.simulator.script(tell("I will read it.", agent.read_file(folder / "note.txt")), model=large)
        house.simulator.script(tell("Done: I have read the word."), model=large)
        desk = Desk(node, packages, home, folder, house.url, f"{provider}/{large}", f"{provider}/sim-small")
        ended = run_agent(agent, desk)
        journal = [record for record in house.simulator.journal if record.model == large]
        told = f"{ended.stdout}\n{ended.stderr}\n{house.gateway.log}"
        assert house.simulator.complaints == [], told
        assert len(house.simulator.journal) <= MOST_REQUESTS, told
    assert ("a WebSocket was opened" in told) is agent.opens_socket, told
    assert ended.returncode == 0, told
    assert "Done: I have read the word." in ended.stdout, told
    assert len(journal) == 2, told
    assert WORD.encode() not in journal[0].body
    assert WORD.encode() in journal[1].body, told
