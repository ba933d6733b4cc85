"""A judge of somebody else's: `llm-comply` asks the gateway in all four dialects, with providers of three behind it.

A soak test. Two misses are explained: it wants every call of Anthropic's to say who made it (`caller`), which only
Anthropic's own servers do, and agents would send the field back, where it is a loss on the way to anybody else; and it
takes `encrypted_content` for a text, which is null where nobody asked for it, as OpenAI itself says it. An answer of the
simulated Anthropic is passed on to Anthropic's clients as it came, so there it would be the simulator that is judged.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gateway import House, running_house
from tests.simulator import Say, Thinking, ToolCall

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

REQUIREMENTS = Path(__file__).with_name("llm-comply-requirements.txt")
FOLDER = Path(__file__).resolve().parents[2] / "build" / "llm-comply"
INSTALL_SECONDS = 240.0
RUN_SECONDS = 120.0

FORMATS = {"openai-chat": "/v1", "open-responses": "/v1", "anthropic": "/v1", "google-genai": ""}
MODELS = {"anthropic": "claude-sonnet-4-5"}
PROVIDERS = ("chat", "anthropic", "gemini")
COUNTS = {"openai-chat": 9, "open-responses": 13, "anthropic": 9, "google-genai": 9}

CALL = Say(parts=(ToolCall("get_weather", '{"location":"Paris"}'),))
THOUGHT = Say(parts=(Thinking("Let me see.", signature="c2lnbmVk"), "Hello there."))
HELLO = Say(parts=("Hello there.",))

EXPLAINED = {
    "anth-tool-calling": "'type': 'tool_use'",
    "reasoning-summary": "'encrypted_content': None",
}
PAIRS = [
    (form, provider) for form in FORMATS for provider in PROVIDERS if (form, provider) != ("anthropic", "anthropic")
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    install_or_skip()
    with running_house(tmp_path_factory.mktemp("comply")) as house:
        yield house


def install_or_skip() -> None:
    """The judge, below `build/`."""
    if (FOLDER / "llm_comply").exists():
        return
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "install", "--quiet", "--python", sys.executable, "--target", str(FOLDER)]
    try:
        ended = subprocess.run(
            [*command, "--require-hashes", "--requirement", str(REQUIREMENTS)],
            timeout=INSTALL_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"llm-comply cannot be installed here: {error}")
    if ended.returncode:
        pytest.skip(f"llm-comply cannot be installed here: {ended.stderr.strip()[-300:]}")


def judge(house: House, form: str, provider: str, script: Say, *only: str) -> list[dict[str, Any]]:
    """Its verdicts, with the model behind the gateway saying always the same."""
    house.simulator.reset()
    house.simulator.set_default(script)
    asked = ["-u", house.url + FORMATS[form], "-k", "caller-key", "-m", f"{provider}/{MODELS.get(form, 'gpt-5')}"]
    code = f"import sys; sys.path.insert(0, {str(FOLDER)!r}); from llm_comply.cli import main; sys.exit(main())"
    chosen = ["-f", ",".join(only)] if only else []
    ended = subprocess.run(
        [sys.executable, "-c", code, *asked, "--format", form, "--json", "--timeout", "20", *chosen],
        timeout=RUN_SECONDS,
        capture_output=True,
        text=True,
        check=False,
    )
    results: list[dict[str, Any]] = json.loads(ended.stdout)["results"]
    return results


def select_script(name: str) -> Say:
    """What the model has to say for a question to be answered at all."""
    if "tool" in name:
        return CALL
    return THOUGHT if "reasoning" in name or "thinking" in name else HELLO


@pytest.mark.parametrize(("form", "provider"), PAIRS)
def test_it_has_no_fault_to_find(form: str, provider: str, house: House) -> None:
    verdicts = judge(house, form, provider, HELLO)
    assert len(verdicts) == COUNTS[form]
    faults = {}
    for verdict in verdicts:
        name = verdict["id"]
        script = select_script(name)
        told = verdict if script is HELLO else judge(house, form, provider, script, name)[0]
        if told["status"] != "passed":
            faults[name] = told["errors"]
    for name, words in EXPLAINED.items():
        if name in faults:
            assert all(words in error for error in faults.pop(name))
    assert faults == {}
