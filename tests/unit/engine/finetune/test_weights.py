"""The engine's files become networks of the same weights."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the extra dragoman[finetune]")

import torch

from dragoman.engine.finetune.weights import (
    Eye,
    ModelFile,
    build_text,
    check_whole,
    name_eye,
    restore_rows,
    shuffle_rows,
)
from dragoman.errors import DragomanError
from tests.tiny_models import MISTRAL, MISTRAL_EYE, SEER, SEER_EYE, SHIFT, THINKER


def test_the_order_of_rows_is_undone_by_its_counterpart() -> None:
    rows = torch.arange(16).reshape(8, 2)
    assert shuffle_rows(rows, 2)[:, 0].tolist() == [0, 4, 2, 6, 8, 12, 10, 14]
    assert torch.equal(restore_rows(shuffle_rows(rows, 2), 2), rows)


@pytest.mark.parametrize("path", [SEER, THINKER], ids=["smolvlm", "smollm3"])
def test_a_network_has_the_measures_and_the_weights_of_its_file(path: Any) -> None:
    file = ModelFile(path)
    network = build_text(file)
    assert len(network.model.layers) == file.of_family("block_count")
    assert torch.equal(network.model.embed_tokens.weight, file.load()["token_embd.weight"])


def test_the_eye_makes_as_many_vectors_of_a_tile_as_its_rule_says() -> None:
    eye = Eye(ModelFile(SEER_EYE), "cpu")
    assert (eye.rule.edge, eye.rule.tile_tokens) == (32, 4)
    assert eye.look(torch.zeros(2, 3, 32, 32)).shape == (8, 64)


def test_files_with_the_names_of_a_perceptrons_layers_changed_over_are_read_as_well() -> None:
    class Config:
        intermediate_size = 96

    up, down = torch.zeros(96, 48), torch.zeros(48, 96)
    straight = name_eye({"v.blk.0.ffn_up.weight": up, "v.blk.0.ffn_down.weight": down}, Config)
    crossed = name_eye({"v.blk.0.ffn_up.weight": down, "v.blk.0.ffn_down.weight": up}, Config)
    assert {name: one.shape for name, one in straight.items()} == {name: one.shape for name, one in crossed.items()}


def test_families_that_cannot_be_taught_are_named() -> None:
    with pytest.raises(DragomanError, match="mistral3"):
        build_text(ModelFile(MISTRAL))
    with pytest.raises(DragomanError, match="SmolVLM2"):
        Eye(ModelFile(MISTRAL_EYE), "cpu")


def test_a_file_that_lacks_a_part_is_refused() -> None:
    with pytest.raises(DragomanError, match=r"lacks model\.norm"):
        check_whole(["model.norm.weight"])
    with pytest.raises((DragomanError, KeyError)):
        build_text(ModelFile(SHIFT))
