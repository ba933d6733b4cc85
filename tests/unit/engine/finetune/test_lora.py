"""The matrices of a LoRA, and the file that the engine reads them from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra dragoman[finetune]")

import torch

from dragoman.engine.finetune.lora import add_lora, list_matrices, read_state, write_lora
from dragoman.engine.finetune.weights import LAYER_NAMES, ModelFile, build_text
from dragoman.engine.models import add_lora as add_row
from dragoman.engine.models import build_added
from tests.tiny_models import SEER, SHIFT
from tests.unit.engine.finetune.test_lessons import ask_worker

PROMPT = [1, 328, 68, 263, 388, 323, 318, 386, 73, 5, 241, 327, 68]
NEAR = 0.04
"""Mean distance of logarithms; the engine reckons with rounded numbers, the network does not."""


def say(network: Any) -> Any:
    with torch.no_grad():
        return network(torch.tensor([[1, 2, 3]])).logits


def test_a_fresh_lora_changes_nothing_and_a_taught_one_does() -> None:
    network = build_text(ModelFile(SEER))
    before = say(network)
    parameters = add_lora(network, 4)
    assert torch.equal(say(network), before)
    assert len(parameters) == len(read_state(network)) == 2 * 2 * 7
    with torch.no_grad():
        for parameter in parameters:
            parameter.add_(0.1)
    assert not torch.allclose(say(network), before)


@pytest.mark.parametrize("part", LAYER_NAMES)
def test_the_engine_says_what_the_network_says_with_any_lora_on_any_layer(tmp_path: Path, part: str) -> None:
    network = build_text(ModelFile(SEER))
    add_lora(network, 4)
    torch.manual_seed(1)
    for layer in network.model.layers:
        torch.nn.init.normal_(layer.get_submodule(LAYER_NAMES[part]).lora_b, std=0.5)
    write_lora(network, tmp_path / "lora.gguf", "random")
    model = add_row(build_added("seer", SEER, context_tokens=512), tmp_path / "lora.gguf")
    body = {"prompt": PROMPT, "n_predict": 1, "n_probs": 408, "temperature": 0.0}
    answer = ask_worker(model, lambda line: line.ask("POST", "/completion", body))
    told = {one["id"]: one["logprob"] for one in answer["completion_probabilities"][0]["top_logprobs"]}
    with torch.no_grad():
        known = network(torch.tensor([PROMPT])).logits[0, -1].log_softmax(-1)
    distance = sum(abs(told[token] - float(known[token])) for token in told) / len(told)
    assert distance < NEAR


def test_only_the_lora_is_trained() -> None:
    network = build_text(ModelFile(SEER))
    trained = {id(one) for one in add_lora(network, 4)}
    assert {id(one) for one in network.parameters() if one.requires_grad} == trained


def test_the_file_has_what_the_engine_looks_for(tmp_path: Path) -> None:
    network = build_text(ModelFile(SEER))
    add_lora(network, 8)
    write_lora(network, tmp_path / "lora.gguf", "mine")
    own, known = ModelFile(tmp_path / "lora.gguf"), ModelFile(SHIFT)
    for fact in ("general.architecture", "general.type", "adapter.type", "adapter.lora.alpha"):
        assert own.read(fact) == known.read(fact)
    assert {name: one.shape for name, one in own.load().items()} == {
        name: one.shape for name, one in known.load().items()
    }
    assert torch.equal(
        own.load()["blk.0.ffn_up.weight.lora_a"], dict(list_matrices(network))["blk.0.ffn_up.weight.lora_a"]
    )
    assert [path.name for path in tmp_path.iterdir()] == ["lora.gguf"]
