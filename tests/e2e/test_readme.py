"""The README's first screen, as a newcomer tries it: its keys, its curl, its Python, its environment variables."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import raw
from tests.e2e.gateway import CANARY, House, running_gateway
from tests.simulator import Simulator

README = Path(__file__).resolve().parents[2] / "README.md"
WRITTEN_URL = "http://127.0.0.1:8642"
RUN_SECONDS = 30

BY_ENVIRONMENT = """
from anthropic import Anthropic
from google import genai
from openai import OpenAI

ask = [{"role": "user", "content": "Hello!"}]
print(OpenAI().chat.completions.create(model="anthropic/claude-sonnet-4-5", messages=ask).choices[0].message.content)
print(OpenAI().responses.create(model="google/gemini-2.5-flash", input="Hello!").output_text)
print(Anthropic().messages.create(model="openai/gpt-5-mini", max_tokens=200, messages=ask).content[0].text)
with genai.Client() as client:
    print(client.models.generate_content(model="anthropic/claude-sonnet-4-5", contents="Hello!").text)
"""


def read_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Nothing but the environment: keys, and where the providers are in this test."""
    with Simulator() as simulator:
        keys = {f"{name}_API_KEY": f"{CANARY}-{name}" for name in ("OPENAI", "ANTHROPIC", "GEMINI")}
        places = {
            "OPENAI_BASE_URL": f"{simulator.url}/v1",
            "ANTHROPIC_BASE_URL": simulator.url,
            "GOOGLE_GEMINI_BASE_URL": simulator.url,
        }
        with running_gateway(tmp_path_factory.mktemp("readme"), "", keys | places) as gateway:
            yield House(gateway, simulator)


def run_python(code: str, **environment: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def test_each_curl_is_answered(house: House) -> None:
    requests = [
        (path, json.loads(body))
        for block in read_blocks("sh")
        for path, body in re.findall(rf"curl {WRITTEN_URL}(\S+) .*?-d '(.*?)'", block, re.DOTALL)
    ]
    known = [(path, body) for path, body in requests if body["model"] != "default"]
    assert known
    for path, body in known:
        assert raw.ask(house.url, path, json.dumps(body).encode()).status == 200


def test_the_python_is_answered(house: House) -> None:
    house.simulator.reset()
    for block in read_blocks("python"):
        run_python(block.replace(WRITTEN_URL, house.url))
    assert [record.dialect for record in house.simulator.journal] == ["anthropic", "openai-chat"]
    assert house.simulator.complaints == []


def test_the_sdks_find_the_gateway_by_the_variables_in_the_table(house: House) -> None:
    house.simulator.reset()
    house.simulator.set_default("Hello, newcomer.")
    table = dict(re.findall(rf"`(\w+_BASE_URL)={WRITTEN_URL}(.*?)`", README.read_text()))
    places = {name: house.url + path for name, path in table.items()}
    keys = {"OPENAI_API_KEY": "-", "ANTHROPIC_API_KEY": "-", "GEMINI_API_KEY": "-"}
    assert run_python(BY_ENVIRONMENT, **places, **keys) == ["Hello, newcomer."] * 4
    assert house.simulator.complaints == []
