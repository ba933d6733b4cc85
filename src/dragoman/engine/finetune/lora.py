"""The LoRA itself: two small matrices beside each linear layer of the text network, and the file that the engine loads.

The second matrix begins with zeros, so that an untrained LoRA changes nothing. Its strength is twice the rank, which
is what most are trained with.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from torch import nn

from dragoman.engine.finetune.weights import LAYER_NAMES, shuffle_rows
from dragoman.engine.gguf import Tensor, write_gguf

STRENGTH = 2.0
A, B = "lora_a", "lora_b"


def add_lora(network: Any, rank: int) -> list[torch.Tensor]:
    """Lay a fresh LoRA on all linear layers of the blocks; the parameters that are to be trained, and no others are."""
    network.requires_grad_(requires_grad=False)
    for layer in network.model.layers:
        for path in LAYER_NAMES.values():
            linear = layer.get_submodule(path)
            a = torch.empty(rank, linear.in_features, dtype=torch.float32)
            nn.init.kaiming_uniform_(a, a=math.sqrt(5))
            linear.register_parameter(A, nn.Parameter(a))
            linear.register_parameter(B, nn.Parameter(torch.zeros(linear.out_features, rank, dtype=torch.float32)))
            linear.register_forward_hook(_add)
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def _add(linear: Any, given: tuple[torch.Tensor], said: torch.Tensor) -> torch.Tensor:
    """What the layer says, with the addition."""
    added = nn.functional.linear(nn.functional.linear(given[0].to(linear.lora_a.dtype), linear.lora_a), linear.lora_b)
    return said + added.to(said.dtype) * STRENGTH


def read_state(network: Any) -> dict[str, torch.Tensor]:
    """The matrices alone, under PyTorch's names."""
    return {name: one for name, one in network.state_dict().items() if name.endswith((A, B))}


def list_matrices(network: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """All matrices under the engine's names, in its order of rows."""
    heads = {"attn_q": network.config.num_attention_heads, "attn_k": network.config.num_key_value_heads}
    for number, layer in enumerate(network.model.layers):
        for own, path in LAYER_NAMES.items():
            linear = layer.get_submodule(path)
            b = shuffle_rows(linear.lora_b, heads[own]) if own in heads else linear.lora_b
            yield f"blk.{number}.{own}.weight.{A}", linear.lora_a
            yield f"blk.{number}.{own}.weight.{B}", b


def write_lora(network: Any, path: Path, name: str) -> None:
    """The engine's file of it; in its place in one step."""
    content = BytesIO()
    tensors = []
    rank = 0
    for own, matrix in list_matrices(network):
        data = matrix.detach().cpu().numpy().tobytes()
        tensors.append(Tensor(own, tuple(matrix.shape), content.tell(), len(data)))
        content.write(data)
        rank = matrix.shape[0] if own.endswith(A) else rank
    facts = {
        "general.architecture": network.config.model_type,
        "general.type": "adapter",
        "general.name": name,
        "adapter.type": "lora",
        "adapter.lora.alpha": float(rank * STRENGTH),
    }
    fresh = path.with_suffix(".new")
    write_gguf(fresh, facts, tensors, content)
    fresh.replace(path)
