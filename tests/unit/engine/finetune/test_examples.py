"""What a file of conversations amounts to, and what is wrong with one that does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dragoman.engine.finetune.examples import MARK, load_examples
from dragoman.errors import DragomanError

ASK: dict[str, Any] = {"role": "user", "content": "hi"}
SAY: dict[str, Any] = {"role": "assistant", "content": "ahoy"}


def write(folder: Path, *conversations: object) -> Path:
    path = folder / "data.jsonl"
    path.write_text("\n\n".join(json.dumps(one) for one in conversations))
    return path


def show(url: str) -> dict[str, Any]:
    image = {"type": "image_url", "image_url": {"url": url}}
    return {"role": "user", "content": [{"type": "text", "text": "what?"}, image]}


def test_every_answer_is_an_example_with_all_that_was_said_before(tmp_path: Path) -> None:
    first, second = load_examples(write(tmp_path, {"messages": [ASK, SAY, ASK, {**SAY, "content": "aye"}]}))
    assert (first.messages, first.answer) == ([ASK], "ahoy")
    assert (second.messages, second.answer) == ([ASK, SAY, ASK], "aye")


def test_an_answer_of_no_weight_is_context_only(tmp_path: Path) -> None:
    (example,) = load_examples(write(tmp_path, {"messages": [ASK, {**SAY, "weight": 0}, ASK, SAY]}))
    assert len(example.messages) == 3


def test_images_come_from_data_uris_and_from_files_beside_the_data(tmp_path: Path) -> None:
    (tmp_path / "square.png").write_bytes(b"pixels")
    conversation = {"messages": [show("data:image/png;base64,AAEC"), SAY, show("square.png"), SAY]}
    first, second = load_examples(write(tmp_path, conversation))
    assert first.images == [b"\0\1\2"]
    assert second.images == [b"\0\1\2", b"pixels"]
    assert first.messages[0]["content"][1] is MARK


@pytest.mark.parametrize(
    ("conversation", "said"),
    [
        ({}, "line 1.messages: There must be a list"),
        ({"messages": [{"role": "robot", "content": "x"}]}, r"messages\[0\].role: The role must be one of"),
        ({"messages": [{"role": "user", "content": 1}]}, r"messages\[0\].content: The content must be"),
        ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, r"content\[0\]: A part must be"),
        ({"messages": [show("https://example.com/x.png"), SAY]}, "nothing is fetched"),
        ({"messages": [show("data:image/png;base64,*"), SAY]}, "not in base64"),
        ({"messages": [show("missing.png"), SAY]}, "missing.png cannot be read"),
        ({"messages": [ASK, {"role": "assistant", "content": ""}]}, "must be a text"),
        ({"messages": [ASK, SAY], "tools": [{}]}, "Calls of tools cannot be taught"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, conversation: object, said: str) -> None:
    with pytest.raises(DragomanError, match=said):
        load_examples(write(tmp_path, conversation))


def test_a_file_without_answers_or_without_being_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match="no answers to teach"):
        load_examples(write(tmp_path, {"messages": [ASK]}))
    with pytest.raises(DragomanError, match="cannot be read"):
        load_examples(tmp_path / "nowhere.jsonl")
