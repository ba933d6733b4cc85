"""Reads what is to be taught: conversations in OpenAI's form for fine-tuning, one JSON object a line.

Each line has `messages`; every answer of the assistant is taught, but for those with `"weight": 0`. Images are data:
URIs, or paths of files, relative to the folder of the data; nothing is fetched from elsewhere.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from dragoman.errors import DragomanError, invalid
from dragoman.wire.json_document import decode_value

ROLES = ("system", "user", "assistant")
MARK: dict[str, Any] = {
    "type": "image_url",
    "image_url": {
        "url": "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==",
    },
}
"""Stands where an image does: a picture of one dot, for whoever only wants to know the place."""


class Example(msgspec.Struct, frozen=True):
    """One answer, and the conversation before it. `images` are those of its marks, in their order."""

    messages: list[dict[str, Any]]
    images: list[bytes]
    answer: str

    def __repr__(self) -> str:
        return f"<Example of {len(self.messages)} messages and {len(self.images)} images>"


def load_examples(path: Path) -> list[Example]:
    """All answers of a file; raises at the first line that is wrong, and says which."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise invalid(f"{path} cannot be read: {error.strerror}.") from None
    found: list[Example] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found += parse_line(line, path.parent)
            except DragomanError as error:
                raise error.under(f"{path.name}, line {number}") from None
    if not found:
        raise invalid(f"{path} has no answers to teach.")
    return found


def parse_line(line: bytes, folder: Path) -> list[Example]:
    """The answers of one conversation."""
    conversation = decode_value(line)
    turns = conversation.get("messages") if isinstance(conversation, dict) else None
    if not isinstance(turns, list):
        raise invalid("There must be a list of messages.", "messages")
    if isinstance(conversation, dict) and conversation.get("tools"):
        raise invalid("Calls of tools cannot be taught.", "tools")
    messages: list[dict[str, Any]] = []
    images: list[bytes] = []
    examples = []
    for index, turn in enumerate(turns):
        message, shown = _read_turn(turn, f"messages[{index}]", folder)
        if message["role"] == "assistant" and turn.get("weight") != 0:
            examples.append(Example(list(messages), list(images), _read_answer(message, f"messages[{index}]")))
        messages.append(message)
        images += shown
    return examples


def _read_turn(turn: Any, path: str, folder: Path) -> tuple[dict[str, Any], list[bytes]]:
    """A message with marks for images, and the images."""
    role = turn.get("role") if isinstance(turn, dict) else None
    if role not in ROLES:
        raise invalid(f"The role must be one of {', '.join(ROLES)}.", f"{path}.role")
    content = turn.get("content")
    if isinstance(content, str):
        return {"role": role, "content": content}, []
    if not isinstance(content, list):
        raise invalid("The content must be text, or a list of parts.", f"{path}.content")
    parts = list(_read_parts(content, f"{path}.content", folder))
    shown = [image for _, image in parts if image is not None]
    return {"role": role, "content": [part for part, _ in parts]}, shown


def _read_parts(content: Sequence[Any], path: str, folder: Path) -> Iterator[tuple[dict[str, Any], bytes | None]]:
    for index, part in enumerate(content):
        where = f"{path}[{index}]"
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            yield {"type": "text", "text": part["text"]}, None
        elif kind == "image_url":
            image = part.get("image_url")
            yield MARK, _read_image(image.get("url") if isinstance(image, dict) else image, where, folder)
        else:
            raise invalid("A part must be a text or an image_url.", where)


def _read_image(url: Any, path: str, folder: Path) -> bytes:
    if not isinstance(url, str) or url.startswith(("http:", "https:")):
        raise invalid("An image must be a data: URI or the path of a file; nothing is fetched.", path)
    if not url.startswith("data:"):
        try:
            return (folder / url.removeprefix("file://")).read_bytes()
        except OSError as error:
            raise invalid(f"The image {url[:200]} cannot be read: {error.strerror}.", path) from None
    head, _, data = url.partition(",")
    try:
        if head.endswith(";base64"):
            return base64.b64decode(data, validate=True)
    except binascii.Error:
        pass
    raise invalid("The image is not in base64.", path)


def _read_answer(message: dict[str, Any], path: str) -> str:
    content = message["content"]
    texts = [content] if isinstance(content, str) else [part.get("text") for part in content]
    if not all(texts) or None in texts:
        raise invalid('An answer to teach must be a text; leave it out with "weight": 0.', f"{path}.content")
    return "".join(texts)
