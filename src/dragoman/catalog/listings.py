"""What servers of one's own say of the models that they have. Pure: which pages to ask for, and their bytes into facts.

Most tell their models under `/models`, in OpenAI's form, and vLLM and SGLang their context as well. llama.cpp tells its
context under `/props`, LM Studio under a page of its own. Ollama serves a model with whatever context it was loaded or
made with, which is seldom the one that the model was trained for, and cuts longer prompts without a word: so what
matters is its `num_ctx`, and where nobody says so its default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

OLLAMA_DEFAULT_CONTEXT = 4096
MAX_MODELS = 512
MAX_NAME = 256

_NUM_CTX = re.compile(r"^\s*num_ctx\s+(\d+)\s*$", re.MULTILINE)
_WINDOW_FIELDS = ("max_model_len", "loaded_context_length", "max_context_length", "context_length", "context_window")


class ListedModel(msgspec.Struct, frozen=True):
    """One model of a server. `context_window` is None where it does not say."""

    name: str
    context_window: int | None = None


Models = tuple[ListedModel, ...]


class Page(msgspec.Struct, frozen=True):
    """What is asked for: a path from the server's root, or from the base URL; with `ask`, once for each model."""

    path: str
    read: Callable[[bytes, Models], Models]
    is_under_base: bool = False
    asks_each: bool = False  # POST with the model's name


def read_models(body: bytes, _: Models) -> Models:
    """A list in OpenAI's form, with the context where a server adds it."""
    return _bound(
        ListedModel(name, _find_window(entry))
        for entry in _list_objects(_decode(body).get("data"))
        if (name := _read_name(entry.get("id")))
    )


def read_chat_models(body: bytes, known: Models) -> Models:
    """LM Studio's own list: models that only embed are left out."""
    entries = [entry for entry in _list_objects(_decode(body).get("data")) if entry.get("type") != "embeddings"]
    return read_models(msgspec.json.encode({"data": entries}), known)


def read_properties(body: bytes, known: Models) -> Models:
    """llama.cpp's properties: the context of the one model that it has loaded."""
    settings = _decode(body).get("default_generation_settings")
    window = _read_count(settings.get("n_ctx")) if isinstance(settings, dict) else None
    return tuple(msgspec.structs.replace(model, context_window=window) for model in known) if window else known


def read_tags(body: bytes, _: Models) -> Models:
    """Ollama's list."""
    entries = _list_objects(_decode(body).get("models"))
    return _bound(ListedModel(name) for entry in entries if (name := _read_name(entry.get("name"))))


def read_shown(body: bytes, known: Models) -> Models:
    """What Ollama says of one model (`known` is that one): the context that it was made with, no more than it has."""
    told = _decode(body)
    parameters, facts = told.get("parameters"), told.get("model_info")
    found = _NUM_CTX.search(parameters) if isinstance(parameters, str) else None
    window = int(found[1]) if found else OLLAMA_DEFAULT_CONTEXT
    trained = [
        value for name, value in (facts.items() if isinstance(facts, dict) else ()) if name.endswith("context_length")
    ]
    window = min([window, *filter(None, map(_read_count, trained))])
    return tuple(msgspec.structs.replace(model, context_window=window) for model in known)


def read_loaded(body: bytes, known: Models) -> Models:
    """Ollama's running models: a model that is loaded has the context that it was loaded with."""
    entries = _list_objects(_decode(body).get("models"))
    loaded = {entry.get("name"): _read_count(entry.get("context_length")) for entry in entries}
    return tuple(
        msgspec.structs.replace(model, context_window=loaded[model.name]) if loaded.get(model.name) else model
        for model in known
    )


PAGES: dict[str, Sequence[Page]] = {
    "ollama": (
        Page("/api/tags", read_tags),
        Page("/api/show", read_shown, asks_each=True),
        Page("/api/ps", read_loaded),
    ),
    "llamacpp": (Page("/models", read_models, is_under_base=True), Page("/props", read_properties)),
    "lmstudio": (Page("/api/v0/models", read_chat_models),),
}
"""By the row of the catalogue. The first page must answer; what the others add may be missing."""

DEFAULT_PAGES = (Page("/models", read_models, is_under_base=True),)


def _find_window(entry: dict[str, Any]) -> int | None:
    """The first that is there counts: how a model is loaded goes before how it could be."""
    return next((window for name in _WINDOW_FIELDS if (window := _read_count(entry.get(name)))), None)


def _decode(body: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return value if isinstance(value, dict) else {}


def _list_objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _read_name(value: Any) -> str:
    return value if isinstance(value, str) and 0 < len(value) <= MAX_NAME and value.isprintable() else ""


def _read_count(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None


def _bound(models: Any) -> Models:
    return tuple({model.name: model for model in models}.values())[:MAX_MODELS]
