"""From the files that the engine serves to a network that can be trained: the same weights, unpacked.

So nothing else has to be fetched, and what is learnt fits the rounded weights that it will be laid on. The engine keeps
the rows of queries and keys of each head in another order than PyTorch's networks do; `shuffle_rows` is that order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader, dequantize
from transformers import LlamaConfig, LlamaForCausalLM, SmolLM3Config, SmolLM3ForCausalLM, SmolVLMConfig
from transformers.models.smolvlm.modeling_smolvlm import SmolVLMConnector, SmolVLMVisionTransformer

from dragoman.engine.finetune.tiles import TileRule
from dragoman.errors import invalid

NETWORKS = {"llama": (LlamaConfig, LlamaForCausalLM), "smollm3": (SmolLM3Config, SmolLM3ForCausalLM)}
"""The families that can be taught, by the engine's name."""

LAYER_NAMES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_NORM_NAMES = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
_TEXT_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_EYE_NAMES = {
    "v.patch_embd": "embeddings.patch_embedding",
    "v.position_embd": "embeddings.position_embedding",
    "v.post_ln": "post_layernorm",
}
_EYE_LAYER_NAMES = {
    "ln1": "layer_norm1",
    "ln2": "layer_norm2",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_out": "self_attn.out_proj",
    "ffn_up": "mlp.fc1",
    "ffn_down": "mlp.fc2",
}


class ModelFile:
    """A file of the engine's: its facts, and its tensors as 32-bit floats."""

    def __init__(self, path: Path) -> None:
        self._reader = GGUFReader(path)
        self.architecture: str = self.read("general.architecture")

    def read(self, name: str, default: Any = None) -> Any:
        """A fact."""
        field = self._reader.fields.get(name)
        return default if field is None else field.contents()

    def of_family(self, name: str, default: Any = None) -> Any:
        """A fact that stands under the name of the architecture."""
        return self.read(f"{self.architecture}.{name}", default)

    def load(self) -> dict[str, torch.Tensor]:
        """All tensors by the engine's names."""
        return {
            one.name: torch.from_numpy(dequantize(one.data, one.tensor_type).copy()) for one in self._reader.tensors
        }


def shuffle_rows(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """PyTorch's order of rows to the engine's: the two halves of a head alternate."""
    return rows.reshape(heads, 2, -1, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def restore_rows(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """The engine's order to PyTorch's."""
    return rows.reshape(heads, -1, 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def build_text(file: ModelFile) -> Any:
    """The network that writes; raises if there is none for this family."""
    if file.architecture not in NETWORKS or file.read(f"{file.architecture}.rope.scaling.type"):
        raise invalid(f"Models of the family {file.architecture!r} cannot be taught here; SmolLM and SmolVLM can.")
    build_config, build_network = NETWORKS[file.architecture]
    tensors = file.load()
    heads = file.of_family("attention.head_count")
    config = build_config(
        vocab_size=tensors["token_embd.weight"].shape[0],
        hidden_size=file.of_family("embedding_length"),
        intermediate_size=file.of_family("feed_forward_length"),
        num_hidden_layers=file.of_family("block_count"),
        num_attention_heads=heads,
        num_key_value_heads=file.of_family("attention.head_count_kv", heads),
        max_position_embeddings=file.of_family("context_length"),
        rope_parameters={"rope_type": "default", "rope_theta": file.of_family("rope.freq_base", 10_000.0)},
        rms_norm_eps=file.of_family("attention.layer_norm_rms_epsilon"),
        tie_word_embeddings="output.weight" not in tensors,
        pad_token_id=None,
    )
    network = build_network(config)
    missing, _ = network.load_state_dict(name_text(tensors, config), strict=False)
    check_whole([name for name in missing if name != "lm_head.weight"])
    network.tie_weights()
    return network


def name_text(tensors: dict[str, torch.Tensor], config: Any) -> dict[str, torch.Tensor]:
    """The tensors of a text model under PyTorch's names and in its order."""
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    named = {}
    for name, tensor in tensors.items():
        stem, _, kind = name.rpartition(".")
        if stem in _TEXT_NAMES:
            named[f"{_TEXT_NAMES[stem]}.{kind}"] = tensor
        elif stem.startswith("blk."):
            _, number, part = stem.split(".")
            own = {**LAYER_NAMES, **_NORM_NAMES}[part]
            named[f"model.layers.{number}.{own}.{kind}"] = (
                restore_rows(tensor, heads[part]) if part in heads else tensor
            )
    return named


class Eye:
    """The network that sees: what the text network is given for each tile of an image."""

    def __init__(self, file: ModelFile, device: str) -> None:
        if file.read("clip.projector_type") != "idefics3":
            raise invalid("Only models that see as SmolVLM2 does can be taught with images.")
        config = build_eye_config(file)
        tensors = file.load()
        self._tower = SmolVLMVisionTransformer(config.vision_config)
        self._connector = SmolVLMConnector(config)
        missing, _ = self._tower.load_state_dict(name_eye(tensors, config.vision_config), strict=False)
        check_whole(missing)
        self._connector.load_state_dict({"modality_projection.proj.weight": tensors["mm.model.fc.weight"]})
        self._device = device
        for part in (self._tower, self._connector):
            part.eval().requires_grad_(requires_grad=False).to(device)
        self.rule = build_rule(file, config)

    def look(self, tiles: torch.Tensor) -> torch.Tensor:
        """What it sees in the tiles of one image, one row for each token."""
        side = tiles.shape[-1] // self._tower.config.patch_size
        mask = torch.ones((len(tiles), side, side), dtype=torch.bool, device=self._device)
        with torch.no_grad():
            seen: torch.Tensor = self._connector(self._tower(tiles.to(self._device), mask).last_hidden_state)
        return seen.reshape(-1, seen.shape[-1])


def build_eye_config(file: ModelFile) -> Any:
    """The configuration of the network that sees."""
    vision = {
        "hidden_size": file.read("clip.vision.embedding_length"),
        "intermediate_size": file.read("clip.vision.feed_forward_length"),
        "num_hidden_layers": file.read("clip.vision.block_count"),
        "num_attention_heads": file.read("clip.vision.attention.head_count"),
        "image_size": file.read("clip.vision.image_size"),
        "patch_size": file.read("clip.vision.patch_size"),
        "layer_norm_eps": file.read("clip.vision.attention.layer_norm_epsilon"),
    }
    text = {"model_type": "llama", "hidden_size": file.read("clip.vision.projection_dim")}
    scale = file.read("clip.vision.projector.scale_factor")
    return SmolVLMConfig(vision_config=vision, text_config=text, scale_factor=scale)


def build_rule(file: ModelFile, config: Any) -> TileRule:
    """How images are cut for it."""
    edge = config.vision_config.image_size
    return TileRule(
        edge=edge,
        longest_edge=file.read("clip.vision.preproc_image_size", edge),
        tile_tokens=(edge // config.vision_config.patch_size // config.scale_factor) ** 2,
        mean=list(file.read("clip.vision.image_mean")),
        deviation=list(file.read("clip.vision.image_std")),
    )


def name_eye(tensors: dict[str, torch.Tensor], config: Any) -> dict[str, torch.Tensor]:
    """The tensors of the network that sees under PyTorch's names. Some files have the two layers of each perceptron
    under each other's name."""
    names = dict(_EYE_LAYER_NAMES)
    if tensors["v.blk.0.ffn_up.weight"].shape[0] != config.intermediate_size:
        names["ffn_up"], names["ffn_down"] = names["ffn_down"], names["ffn_up"]
    named = {}
    for name, tensor in tensors.items():
        stem, _, kind = name.rpartition(".")
        if stem in _EYE_NAMES:
            named[f"{_EYE_NAMES[stem]}.{kind}"] = tensor
        elif stem.startswith("v.blk."):
            _, _, number, part = stem.split(".")
            named[f"encoder.layers.{number}.{names[part]}.{kind}"] = tensor
    return named


def check_whole(missing: list[str]) -> None:
    """Raises if the file had no tensor for a part of the network."""
    if missing:
        raise invalid(f"The model's file lacks {missing[0]}.")
