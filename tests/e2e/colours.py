"""Squares of one colour, and the request of each dialect that asks for its name."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 200, 40),
    "blue": (30, 50, 220),
    "yellow": (230, 220, 40),
    "black": (15, 15, 15),
    "white": (240, 240, 240),
    "purple": (140, 30, 160),
    "orange": (240, 140, 20),
}
QUESTION = "What colour is this?"


def build_png(colour: str, side: int) -> str:
    """A square, as the base64 of a PNG file."""
    return paint_png(COLOURS[colour], side)


def paint_png(colour: tuple[int, int, int], side: int) -> str:
    """The same in any shade."""
    row = b"\0" + bytes(colour) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(row * side)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def _chat(model: str, data: str) -> tuple[str, Any]:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    content = [image, {"type": "text", "text": QUESTION}]
    return "/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": content}]}


def _responses(model: str, data: str) -> tuple[str, Any]:
    image = {"type": "input_image", "image_url": f"data:image/png;base64,{data}"}
    content = [image, {"type": "input_text", "text": QUESTION}]
    return "/v1/responses", {"model": model, "input": [{"role": "user", "content": content}]}


def _anthropic(model: str, data: str) -> tuple[str, Any]:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}
    content = [image, {"type": "text", "text": QUESTION}]
    messages = [{"role": "user", "content": content}]
    return "/v1/messages", {"model": model, "max_tokens": 20, "messages": messages}


def _gemini(model: str, data: str) -> tuple[str, Any]:
    parts = [{"inlineData": {"mimeType": "image/png", "data": data}}, {"text": QUESTION}]
    return f"/v1beta/models/{model}:generateContent", {"contents": [{"role": "user", "parts": parts}]}


_REQUESTS: dict[str, Callable[[str, str], tuple[str, Any]]] = {
    "chat": _chat,
    "responses": _responses,
    "anthropic": _anthropic,
    "gemini": _gemini,
}
DIALECTS = tuple(_REQUESTS)


def ask_colour(dialect: str, model: str, colour: str, side: int) -> tuple[str, bytes]:
    """Path and body of the question, for greedy drawing."""
    return ask_image(dialect, model, build_png(colour, side))


def ask_image(dialect: str, model: str, data: str) -> tuple[str, bytes]:
    """The same about any image, in base64."""
    path, body = _REQUESTS[dialect](model, data)
    if dialect == "gemini":
        body["generationConfig"] = {"temperature": 0, "maxOutputTokens": 20}
    else:
        body["temperature"] = 0
    return path, json.dumps(body).encode()


def read_text(dialect: str, body: Any) -> str:
    """The text of a whole answer."""
    match dialect:
        case "chat":
            return str(body["choices"][0]["message"]["content"])
        case "responses":
            return "".join(part["text"] for item in body["output"] for part in item.get("content") or ())
        case "anthropic":
            return "".join(part.get("text", "") for part in body["content"])
        case _:
            return "".join(part.get("text", "") for part in body["candidates"][0]["content"]["parts"])
