"""Lays conversations out as the engine will: its template, its tokens, its marks where images stand.

Nothing of that is guessed. A worker of the very model is asked, so that what is learnt in training is what will be shown
in use. The answer's own surroundings (a space before it, say) are what the template puts between the prompt and an
answer that is already in the past.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
from collections.abc import Iterable
from typing import Any

from dragoman.engine.failures import unavailable
from dragoman.engine.finetune.examples import MARK, Example
from dragoman.engine.finetune.messages import Lesson
from dragoman.errors import invalid

TIMEOUT_SECONDS = 60.0
_AFTERWARDS = {"role": "user", "content": "?"}


class WorkerLine:
    """Asks a running worker, without keeping a connection."""

    def __init__(self, socket_path: str, api_key: str) -> None:
        self._socket_path = socket_path
        self._headers = {
            "authorization": f"Bearer {api_key}",
            "connection": "close",
            "content-type": "application/json",
        }
        properties = self.ask("GET", "/props")
        self.marker: str = properties.get("media_marker") or "<__media__>"
        self.end = self.cut(properties.get("eos_token", ""))

    def lay_out(self, messages: list[dict[str, Any]]) -> str:
        """The text that the model would be shown."""
        return str(self.ask("POST", "/apply-template", {"messages": messages})["prompt"])

    def cut(self, text: str, *, is_first: bool = False) -> list[int]:
        """Its tokens."""
        body = {"content": text, "add_special": is_first, "parse_special": True}
        tokens: list[int] = self.ask("POST", "/tokenize", body)["tokens"]
        return tokens

    def count(self, messages: list[dict[str, Any]]) -> int:
        """How many tokens it makes of messages, with their images."""
        answer = self.ask("POST", "/v1/chat/completions", {"messages": messages, "max_tokens": 1})
        return int(answer["usage"]["prompt_tokens"])

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Whatever else; raises what it refuses."""
        connection = http.client.HTTPConnection("local", timeout=TIMEOUT_SECONDS)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(TIMEOUT_SECONDS)
        connection.sock.connect(self._socket_path)
        connection.request(method, path, json.dumps(body) if body else None, self._headers)
        with connection.getresponse() as response:
            answer: dict[str, Any] = json.load(response)
        if response.status != 200:
            reason = str(answer.get("error", {}).get("message", ""))[:300]
            raise unavailable(f"The local model cannot lay this out: {reason or response.status}")
        return answer


def build_lessons(line: WorkerLine, examples: Iterable[Example]) -> list[Lesson]:
    """A lesson for each example. The engine is asked for the length of the first one with images, to compare with."""
    lessons: list[Lesson] = []
    is_counted = False
    for example in examples:
        is_sample = bool(example.images) and not is_counted
        is_counted |= is_sample
        shown = line.count(_put_images(example)) if is_sample else 0
        lessons.append(build_lesson(line, example, shown))
    return lessons


def build_lesson(line: WorkerLine, example: Example, shown_tokens: int = 0) -> Lesson:
    """One example in the model's tokens."""
    prompt = line.lay_out(example.messages)
    texts = prompt.split(line.marker)
    if len(texts) != len(example.images) + 1:
        raise invalid("The model's template leaves images of this conversation out.")
    past = line.lay_out([*example.messages, {"role": "assistant", "content": example.answer}, _AFTERWARDS])
    return Lesson(
        pieces=[line.cut(text, is_first=number == 0) for number, text in enumerate(texts)],
        images=example.images,
        answer=line.cut(find_lead(prompt, past, example.answer) + example.answer) + line.end,
        shown_tokens=shown_tokens,
    )


def find_lead(prompt: str, past: str, answer: str) -> str:
    """What stands between a prompt and its answer once both are in the past; nothing where the template words the past
    in another way."""
    if not past.startswith(prompt):
        return ""
    start = past.find(answer, len(prompt))
    return past[len(prompt) : start] if start >= 0 else ""


def _put_images(example: Example) -> list[dict[str, Any]]:
    """The messages with their images instead of the marks."""
    images = iter(example.images)

    def put(part: dict[str, Any]) -> dict[str, Any]:
        if part is not MARK:
            return part
        data = base64.b64encode(next(images)).decode()
        return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}

    return [
        message if isinstance(message["content"], str) else {**message, "content": [put(x) for x in message["content"]]}
        for message in example.messages
    ]
