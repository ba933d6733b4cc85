"""From the files of a BERT sentence encoder, as its makers publish them, to the one file that the engine loads.

Nothing is computed: tensors get the engine's names, and words of the vocabulary the engine's marks (a word's beginning
is marked, where WordPiece marks the pieces that follow).
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from dragoman.engine.failures import unavailable
from dragoman.engine.gguf import Fact, Tensor, write_gguf

MODEL, VOCABULARY, FACTS = "model.safetensors", "vocab.txt", "config.json"
MEAN_POOLING = 1
MAX_HEAD_BYTES = 16 * 1024 * 1024

_NORMAL, _CONTROL = 1, 3
_WORD_BEGINNING = "\u2581"
_PIECE_MARK = "##"

_FIXED_NAMES = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.LayerNorm": "token_embd_norm",
}
_LAYER_NAMES = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_LAYER_PREFIX = "encoder.layer."
_SPECIAL_IDS = {
    "unknown_token_id": "[UNK]",
    "seperator_token_id": "[SEP]",  # spelled like this in the format
    "padding_token_id": "[PAD]",
    "cls_token_id": "[CLS]",
    "mask_token_id": "[MASK]",
    "bos_token_id": "[CLS]",
    "eos_token_id": "[SEP]",
}


def build_encoder(folder: Path, path: Path, name: str) -> None:
    """Write the engine's file out of a folder with the makers' three."""
    config = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    words = (folder / VOCABULARY).read_text(encoding="utf-8").splitlines()
    with (folder / MODEL).open("rb") as source:
        size = struct.unpack("<Q", source.read(8))[0]
        if size > MAX_HEAD_BYTES:
            raise unavailable(f"{MODEL} is no file of tensors.")
        head: dict[str, Any] = json.loads(source.read(size))
        tensors = list_tensors(head, 8 + size)
        write_gguf(path, build_facts(config, words, name), tensors, source)


def list_tensors(head: dict[str, Any], start: int) -> list[Tensor]:
    """The tensors that the engine knows, under its names; `start` is where the first one's bytes lie."""
    tensors = []
    for name, told in head.items():
        own = map_name(name)
        if own:
            begin, end = told["data_offsets"]
            tensors.append(Tensor(own, tuple(told["shape"]), start + begin, end - begin))
    return tensors


def map_name(name: str) -> str:
    """The engine's name of a tensor; empty for one that it has no use for."""
    stem, _, kind = name.rpartition(".")
    if stem.startswith(_LAYER_PREFIX):
        number, _, part = stem.removeprefix(_LAYER_PREFIX).partition(".")
        return f"blk.{number}.{_LAYER_NAMES[part]}.{kind}"
    return f"{_FIXED_NAMES[stem]}.{kind}" if stem in _FIXED_NAMES else ""


def build_facts(config: dict[str, Any], words: list[str], name: str) -> dict[str, Fact]:
    """What the engine wants to know of the model and of its vocabulary."""
    is_special = [word.startswith("[") and word.endswith("]") for word in words]
    facts: dict[str, Fact] = {
        "general.architecture": "bert",
        "general.name": name,
        "general.file_type": 0,
        "bert.block_count": config["num_hidden_layers"],
        "bert.context_length": config["max_position_embeddings"],
        "bert.embedding_length": config["hidden_size"],
        "bert.feed_forward_length": config["intermediate_size"],
        "bert.attention.head_count": config["num_attention_heads"],
        "bert.attention.layer_norm_epsilon": float(config["layer_norm_eps"]),
        "bert.attention.causal": False,
        "bert.pooling_type": MEAN_POOLING,
        "tokenizer.ggml.model": "bert",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.token_type_count": config["type_vocab_size"],
        "tokenizer.ggml.tokens": [
            word if special else mark_word(word) for word, special in zip(words, is_special, strict=True)
        ],
        "tokenizer.ggml.token_type": [_CONTROL if special else _NORMAL for special in is_special],
    }
    return facts | {f"tokenizer.ggml.{name}": words.index(word) for name, word in _SPECIAL_IDS.items()}


def mark_word(word: str) -> str:
    """A word of the vocabulary with its beginning marked."""
    return word.removeprefix(_PIECE_MARK) if word.startswith(_PIECE_MARK) else _WORD_BEGINNING + word
