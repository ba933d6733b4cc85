"""Agents finish a task of two steps with a model that has no tools at all: they are told and called as text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dragoman.adapt.tools.forms import FORMS
from tests.e2e.agents.agents import AGENTS, Desk, run_agent
from tests.e2e.gateway import running_house
from tests.e2e.javascript.node import install_or_skip
from tests.e2e.stories import tell

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

HERE = Path(__file__).resolve().parent
WORD = "chrysanthemum"
PROVIDER = """
  plain: {{dialect: openai_chat, base_url: "{url}/v1", api_key: "{canary}-chat", profile: {{tool_form: FORM}}}}
"""
PAIRS = [("claude-code", "hermes"), ("codex", "dragoman"), ("gemini-cli", "anthropic_xml"), ("opencode", "llama_json")]


@pytest.mark.parametrize(("name", "form"), PAIRS)
def test_an_agent_reads_a_file_by_a_model_that_only_writes_text(name: str, form: str, tmp_path: Path) -> None:
    node, packages = install_or_skip("agents", HERE)
    agent = AGENTS[name]
    home, folder, logs = (tmp_path / part for part in ("home", "folder", "logs"))
    for path in (home, folder, logs):
        path.mkdir()
    (folder / "note.txt").write_text(f"The word is {WORD}.\n")
    call = agent.read_file(folder / "note.txt")
    assert isinstance(call.arguments, str)
    written = FORMS[form].write_calls([(call.name, call.arguments)])
    with running_house(logs, more_providers=PROVIDER.replace("FORM", form)) as house:
        house.simulator.set_default("Noted.")
        house.simulator.script(tell(f"I will read it.\n{written}"), model="sim-large")
        house.simulator.script(tell("Done: I have read the word."), model="sim-large")
        desk = Desk(node, packages, home, folder, house.url, "plain/sim-large", "plain/sim-small")
        ended = run_agent(agent, desk)
        journal = [record for record in house.simulator.journal if record.model == "sim-large"]
        told = f"{ended.stdout}\n{ended.stderr}\n{house.gateway.log}"
        assert house.simulator.complaints == [], told
    assert ended.returncode == 0, told
    assert "Done: I have read the word." in ended.stdout, told
    assert len(journal) == 2, told
    assert all("tools" not in json.loads(record.body) for record in journal)
    assert call.name.encode() in journal[0].body
    assert WORD.encode() not in journal[0].body
    assert WORD.encode() in journal[1].body, told
