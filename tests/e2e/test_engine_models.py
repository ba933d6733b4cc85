"""Models of tiny size in the real architectures, each a file at hand, asked through the whole gateway."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dragoman.engine.models import add_lora, build_added, save_added
from tests.e2e.colours import COLOURS, DIALECTS, QUESTION, ask_colour, read_text
from tests.e2e.gateway import Gateway, running_gateway, wait_until
from tests.e2e.raw import Answered, ask, read_error
from tests.hub_double import running_hub
from tests.tiny_models import MISTRAL, MISTRAL_EYE, SEER, SEER_EYE, SHIFT, THINKER

SIDES = {"seer": 32, "mistral": 112}
CONFIG = "discover_providers: false\nlocal: {{folder: {folder}, threads: 1}}\nproviders: {{local: }}\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with nothing but the tiny models."""
    folder = tmp_path_factory.mktemp("models")
    rows = [
        build_added("thinker", THINKER, context_tokens=2048),
        build_added("seer", SEER, SEER_EYE, 2048),
        add_lora(build_added("seer:shift", SEER, SEER_EYE, 2048), SHIFT),
        add_lora(build_added("seer:still", SEER, SEER_EYE, 2048), SHIFT, strength=0.0),
        build_added("mistral", MISTRAL, MISTRAL_EYE, 4096),
    ]
    save_added(folder, {row.name: row for row in rows})
    with running_gateway(tmp_path_factory.mktemp("gateway"), CONFIG.format(folder=folder)) as running:
        yield running


def ask_chat(gateway: Gateway, model: str, **more: object) -> Answered:
    messages = [{"role": "user", "content": "What does a cow say?"}]
    body = {"model": f"local/{model}", "messages": messages, "max_tokens": 40, **more}
    return ask(gateway.url, "/v1/chat/completions", json.dumps(body).encode())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("model", SIDES)
def test_a_model_names_the_colour_that_any_client_shows_it(gateway: Gateway, model: str, dialect: str) -> None:
    wrong = {}
    for colour in COLOURS:
        answered = ask(gateway.url, *ask_colour(dialect, f"local/{model}", colour, SIDES[model]))
        assert answered.status == 200, answered.body
        assert answered.headers["x-dragoman-target"] == f"local/{model}"
        text = read_text(dialect, answered.json)
        if text.strip() != f"The colour is {colour}.":
            wrong[colour] = text
    assert not wrong


def test_a_lora_changes_every_answer_at_full_strength_and_none_at_no_strength_whoever_asks_meanwhile(
    gateway: Gateway,
) -> None:
    models = ("seer", "seer:shift", "seer:still")
    asked = [(colour, model) for colour in COLOURS for model in models]

    def name_colour(number: int) -> str:
        colour, model = asked[number]
        dialect = DIALECTS[number % 4]
        answered = ask(gateway.url, *ask_colour(dialect, f"local/{model}", colour, SIDES["seer"]))
        return read_text(dialect, answered.json).strip().removeprefix("The colour is ").removesuffix(".")

    with ThreadPoolExecutor(16) as threads:
        said = list(threads.map(name_colour, range(len(asked))))
    following = [*list(COLOURS)[1:], next(iter(COLOURS))]
    assert said[0::3] == said[2::3] == list(COLOURS)
    assert said[1::3] == following


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_model_without_eyes_refuses_in_the_callers_dialect(gateway: Gateway, dialect: str) -> None:
    answered = ask(gateway.url, *ask_colour(dialect, "local/thinker", "red", 32))
    assert answered.status == 400
    assert "takes no images" in read_error(dialect, answered)


def test_nothing_is_fetched_for_a_client(gateway: Gateway) -> None:
    image = {"type": "image_url", "image_url": {"url": f"{gateway.url}/healthz"}}
    content = [image, {"type": "text", "text": QUESTION}]
    answered = ask_chat(gateway, "seer", messages=[{"role": "user", "content": content}])
    assert answered.status == 400
    assert "data: URI" in read_error("chat", answered)


def test_a_prompt_that_is_too_long_is_told_with_both_figures(gateway: Gateway) -> None:
    answered = ask_chat(gateway, "thinker", messages=[{"role": "user", "content": "cow " * 4000}])
    assert answered.status == 400
    assert "2048" in answered.json["error"]["message"]


def test_a_model_that_is_not_there_is_a_404_with_the_nearest_name(gateway: Gateway) -> None:
    answered = ask_chat(gateway, "thinkr")
    assert answered.status == 404
    assert "'thinker'" in read_error("chat", answered)


def test_all_models_are_listed(gateway: Gateway) -> None:
    names = [model["id"] for model in ask(gateway.url, "/v1/models", None, method="GET").json["data"]]
    assert {"local/thinker", "local/seer", "local/mistral", "local/smollm2-135m"} <= set(names)


def test_a_model_that_is_added_can_be_asked_for_after_a_reload(tmp_path: Path) -> None:
    save_added(tmp_path / "models", {"one": build_added("one", THINKER)})
    (tmp_path / "gateway").mkdir()
    with running_gateway(tmp_path / "gateway", CONFIG.format(folder=tmp_path / "models")) as gateway:
        assert ask_chat(gateway, "two").status == 404
        rows = {name: build_added(name, THINKER) for name in ("one", "two")}
        save_added(tmp_path / "models", rows)
        gateway.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: ask_chat(gateway, "two").status == 200)


def test_a_model_that_was_pulled_from_a_hub_answers(tmp_path: Path) -> None:
    files = {"SmolVLM2-256M-Q8_0.gguf": SEER.read_bytes(), "mmproj-SmolVLM2-256M-Q8_0.gguf": SEER_EYE.read_bytes()}
    dragoman = str(Path(sys.executable).with_name("dragoman"))
    (tmp_path / "gateway").mkdir()
    config = CONFIG.format(folder=tmp_path / "models")
    with running_gateway(tmp_path / "gateway", config) as gateway, running_hub(files) as hub:
        path, body = ask_colour("chat", "local/smolvlm2-256m", "green", 32)
        unfetched = ask(gateway.url, path, body)
        assert unfetched.status == 503
        assert "dragoman models pull smolvlm2-256m" in read_error("chat", unfetched)
        command = [dragoman, "models", "pull", "smolvlm2-256m", "--config", str(gateway.config_path)]
        environment = {"PATH": os.environ["PATH"], "HF_ENDPOINT": hub.url}
        subprocess.run(command, env=environment, check=True, timeout=30, capture_output=True)
        gateway.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: ask(gateway.url, path, body).status == 200)
        assert read_text("chat", ask(gateway.url, path, body).json).strip() == "The colour is green."
