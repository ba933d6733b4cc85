"""What stands for a file in a request, and what is told of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from dragoman.dialects.anthropic_messages import files
from dragoman.dialects.anthropic_messages.files import KeptFile
from dragoman.errors import DragomanError, Kind
from dragoman.wire.json_document import JsonDocument
from dragoman.wire.multipart import FormFile

ID = files.ID_PREFIX + "0123456789abcdef01234567"
OTHER = files.ID_PREFIX + "f" * 24


def write_form(*heads: str) -> bytes:
    parts = "".join(f"--b\r\ncontent-disposition: form-data; name=file; {head}\r\n\r\nbytes\r\n" for head in heads)
    return f"{parts}--b--\r\n".encode()


def named(file_id: str, kind: str = "document", **more: Any) -> dict[str, Any]:
    return {"type": kind, "source": {"type": "file", "file_id": file_id}, **more}


def document_of(*blocks: Any) -> JsonDocument:
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": list(blocks)}]}
    return JsonDocument(json.dumps(body).encode())


def test_a_form_has_one_file_with_a_name() -> None:
    form = write_form('filename="a.txt"\r\ncontent-type: Text/Plain; charset=x')
    assert files.read_form(form) == FormFile("a.txt", "text/plain", b"bytes")
    for wrong in (write_form(), write_form('filename="a"', 'filename="b"'), write_form('filename=""')):
        with pytest.raises(DragomanError):
            files.read_form(wrong)


def test_a_file_is_told_of_without_what_is_in_it() -> None:
    told = json.loads(files.describe_file(ID, FormFile("a.txt", "", b"bytes"), 1_750_000_000_123))
    assert told == {
        "id": ID,
        "type": "file",
        "filename": "a.txt",
        "mime_type": "application/octet-stream",
        "size_bytes": 5,
        "created_at": "2025-06-15T15:06:40Z",
        "downloadable": False,
    }


def test_files_are_named_wherever_blocks_stand() -> None:
    result = {"type": "tool_result", "tool_use_id": "t", "content": [named(OTHER, "image")]}
    foreign = named("file_011CNha8iCJcU1wXNR6q4V8w")
    assert set(files.find_named(document_of(named(ID), result, foreign, named(ID)))) == {ID, OTHER}
    assert files.find_named(JsonDocument(b'{"messages":"none"}')) == []


def test_each_block_gets_the_file_as_its_kind_is_given() -> None:
    kept = {ID: KeptFile("text/markdown", "# Été".encode()), OTHER: KeptFile("image/png", b"\x89PNG")}
    document = document_of(named(ID, title="A"), named(OTHER, "image", cache_control={"type": "ephemeral"}))
    text, image = json.loads(files.put_files(document, kept))["messages"][0]["content"]
    assert text == {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "# Été"},
        "title": "A",
    }
    assert image["source"] == {
        "type": "base64",
        "media_type": "image/png",
        "data": base64.b64encode(b"\x89PNG").decode(),
    }
    assert image["cache_control"] == {"type": "ephemeral"}


def test_what_is_neither_text_nor_to_be_looked_at_is_refused() -> None:
    with pytest.raises(DragomanError) as refused:
        files.put_files(document_of(named(ID)), {ID: KeptFile("application/zip", b"PK")})
    assert refused.value.kind is Kind.UNSUPPORTED


def test_a_request_names_no_more_than_some() -> None:
    blocks = [named(f"{files.ID_PREFIX}{number:024x}") for number in range(files.MAX_NAMED + 1)]
    with pytest.raises(DragomanError, match="100 files"):
        files.find_named(document_of(*blocks))


@pytest.mark.parametrize(
    ("query", "ids", "more"),
    [
        ({}, "abcde", False),
        ({"limit": "2"}, "ab", True),
        ({"limit": "2", "after_id": "b"}, "cd", True),
        ({"limit": "2", "page": "page_d"}, "e", False),
        ({"limit": "2", "before_id": "d"}, "bc", True),
        ({"limit": "5", "before_id": "d"}, "abc", False),
        ({"after_id": "gone"}, "", False),
    ],
)
def test_a_list_is_paged_both_ways(query: dict[str, str], ids: str, more: bool) -> None:
    page = json.loads(files.emit_page([(one, {"id": one}) for one in "abcde"], query))
    assert "".join(file["id"] for file in page["data"]) == ids
    assert page["has_more"] is more
    assert (page["first_id"], page["last_id"]) == ((ids[0], ids[-1]) if ids else (None, None))


@pytest.mark.parametrize("limit", ["0", "1001", "x", ""])
def test_a_page_has_a_sensible_length(limit: str) -> None:
    with pytest.raises(DragomanError, match="limit"):
        files.emit_page([], {"limit": limit})
