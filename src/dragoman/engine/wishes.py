"""What a client may wish of a local model: refused where the worker would ignore it or do harm, else put plainly.

The worker leaves out tools that the model's template has no words for, takes a `tool_choice` that names a tool for no
choice at all, fetches images from wherever their URL points, and writes without end where no limit is set. Pure: the
bytes of a chat request in, the bytes that the worker gets out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dragoman.engine.failures import unsupported
from dragoman.engine.spec import Abilities
from dragoman.errors import invalid
from dragoman.wire.json_document import decode_value, encode_json

_LIMITS = ("max_tokens", "max_completion_tokens")


def settle_wishes(body: bytes, name: str, abilities: Abilities, max_tokens: int) -> bytes:
    """The request as the model `name` can answer it; raises if it cannot."""
    if abilities.embeds:
        raise unsupported(f"The local model {name!r} makes embeddings and does not chat.", "model")
    wishes = _decode(body)
    for path, part in _find_parts(wishes):
        _check_part(part, path, name, abilities)
    _settle_tools(wishes, name, abilities)
    wishes.pop("lora", None)  # it is laid on for all of the model's requests
    if all(wishes.get(limit) is None for limit in _LIMITS):
        wishes["max_tokens"] = max_tokens
    return encode_json(wishes)


def settle_embedding(body: bytes, name: str, abilities: Abilities) -> bytes:
    """The same for texts to embed: the worker would answer with another length than was asked for."""
    if not abilities.embeds:
        raise unsupported(f"The local model {name!r} makes no embeddings.", "model")
    if _decode(body).get("dimensions") is not None:
        raise unsupported(f"The local model {name!r} has embeddings of one length only.", "dimensions")
    return body


def _decode(body: bytes) -> dict[str, Any]:
    wishes = decode_value(body)
    if not isinstance(wishes, dict):
        raise invalid("The request must be a JSON object.")
    return wishes


def _find_parts(wishes: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of every message's content, with where it stands."""
    messages = wishes.get("messages")
    for turn, message in enumerate(messages if isinstance(messages, list) else ()):
        content = message.get("content") if isinstance(message, dict) else None
        for index, part in enumerate(content if isinstance(content, list) else ()):
            if isinstance(part, dict):
                yield f"messages[{turn}].content[{index}]", part


def _check_part(part: dict[str, Any], path: str, name: str, abilities: Abilities) -> None:
    kind = part.get("type")
    if kind in {"text", "refusal"}:
        return
    if kind != "image_url":
        raise unsupported(f"The local model {name!r} takes no part of the type {str(kind)[:40]!r}.", path)
    if not abilities.images:
        raise unsupported(f"The local model {name!r} takes no images.", path)
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    if not isinstance(url, str) or not url.startswith("data:"):
        raise unsupported("A local model fetches nothing: send the image itself, as a data: URI.", path)


def _settle_tools(wishes: dict[str, Any], name: str, abilities: Abilities) -> None:
    tools, choice = wishes.get("tools"), wishes.get("tool_choice")
    if tools and choice == "none" and abilities.tools and wishes.get("response_format"):
        return  # its words are bound to a call, and it has to know which there are
    if not tools or choice == "none":
        wishes.pop("tools", None)
        wishes.pop("tool_choice", None)
        return
    if not abilities.tools:
        raise unsupported(f"The local model {name!r} cannot call tools.", "tools")
    if isinstance(choice, dict) and isinstance(tools, list):
        chosen = [tool for tool in tools if _name_of(tool) == _name_of(choice)]
        if not chosen:
            raise invalid("tool_choice names a tool that is not there.", "tool_choice")
        wishes["tools"] = chosen
        wishes["tool_choice"] = "required"


def _name_of(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    return function.get("name") if isinstance(function, dict) else None
