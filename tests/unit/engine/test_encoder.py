"""A sentence encoder's files, made into the engine's own. That the engine takes it is shown where it embeds."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from dragoman.engine.encoder import build_encoder, build_facts, list_tensors, map_name, mark_word
from dragoman.errors import DragomanError

CONFIG = {
    "num_hidden_layers": 1,
    "max_position_embeddings": 8,
    "hidden_size": 4,
    "intermediate_size": 6,
    "num_attention_heads": 2,
    "layer_norm_eps": 1e-12,
    "type_vocab_size": 2,
}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sea", "##men"]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("embeddings.word_embeddings.weight", "token_embd.weight"),
        ("embeddings.LayerNorm.bias", "token_embd_norm.bias"),
        ("encoder.layer.11.attention.self.key.bias", "blk.11.attn_k.bias"),
        ("encoder.layer.0.attention.output.LayerNorm.weight", "blk.0.attn_output_norm.weight"),
        ("encoder.layer.0.output.LayerNorm.weight", "blk.0.layer_output_norm.weight"),
        ("encoder.layer.0.output.dense.weight", "blk.0.ffn_down.weight"),
        ("embeddings.position_ids", ""),
        ("pooler.dense.weight", ""),
    ],
)
def test_every_tensor_has_a_name_with_the_engine_or_no_use(theirs: str, ours: str) -> None:
    assert map_name(theirs) == ours


def test_beginnings_of_words_are_marked_and_not_what_follows() -> None:
    assert [mark_word(word) for word in ("sea", "##men")] == ["▁sea", "men"]


def test_facts_tell_sizes_and_which_words_are_special() -> None:
    facts = build_facts(CONFIG, WORDS, "Tiny")
    assert (facts["general.architecture"], facts["bert.pooling_type"], facts["bert.block_count"]) == ("bert", 1, 1)
    assert facts["tokenizer.ggml.tokens"] == [*WORDS[:5], "▁sea", "men"]
    assert facts["tokenizer.ggml.token_type"] == [3, 3, 3, 3, 3, 1, 1]
    assert (facts["tokenizer.ggml.cls_token_id"], facts["tokenizer.ggml.seperator_token_id"]) == (2, 3)


def test_the_file_is_written_out_of_the_makers_three(tmp_path: Path) -> None:
    weights = struct.pack("<4f", 1, 2, 3, 4)
    head = {
        "__metadata__": {"format": "pt"},
        "embeddings.LayerNorm.bias": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]},
    }
    encoded = json.dumps(head).encode()
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(encoded)) + encoded + weights)
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    build_encoder(tmp_path, tmp_path / "tiny.gguf", "Tiny")
    assert (tmp_path / "tiny.gguf").read_bytes().endswith(weights)
    [tensor] = list_tensors(head, 8 + len(encoded))
    assert (tensor.name, tensor.shape, tensor.size) == ("token_embd_norm.bias", (4,), 16)


def test_a_file_that_holds_no_tensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\xff" * 100)
    (tmp_path / "vocab.txt").write_text("a")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(DragomanError, match="no file of tensors"):
        build_encoder(tmp_path, tmp_path / "tiny.gguf", "Tiny")
