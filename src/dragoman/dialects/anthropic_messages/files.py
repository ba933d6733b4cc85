"""Files that the gateway keeps for its callers: their ids, what is told of them, and what stands for them in a request.

A file's id has a form of its own, so that none of Anthropic's is taken for one of ours. In a request each block that names
one gets the file itself: base64 for images and PDF, text for whatever is text.
Spec: https://docs.anthropic.com/en/api/files-create (read November 2026).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.wire.json_document import JsonDocument, encode_json
from dragoman.wire.json_read import Fields
from dragoman.wire.multipart import Form, FormFile

ID_PREFIX: Final = "file_dragoman_"
PAGE_PREFIX: Final = "page_"
MAX_NAMED: Final = 100
MAX_NAME: Final = 500
DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 1000

_OWN_ID = re.compile(r"file_dragoman_[0-9a-f]{24}")
_TEXT_TYPES: Final = frozenset({"application/json", "application/xml", "application/yaml"})


class KeptFile(NamedTuple):
    """A file as it goes into a request."""

    media_type: str
    data: bytes


def is_own_id(file_id: object) -> bool:
    """Whether it is one that this gateway gave."""
    return type(file_id) is str and _OWN_ID.fullmatch(file_id) is not None


def read_form(body: bytes) -> FormFile:
    """The file of an upload."""
    files = Form(body).read_files()
    if len(files) != 1:
        raise invalid("The form must have exactly one file.", "file")
    if not 0 < len(files[0].name) <= MAX_NAME:
        raise invalid(f"The file needs a name of at most {MAX_NAME} characters.", "file")
    return files[0]


def describe_file(file_id: str, file: FormFile, created_ms: int) -> bytes:
    """What is told of a file."""
    created = datetime.fromtimestamp(created_ms // 1000, UTC).isoformat().replace("+00:00", "Z")
    return encode_json(
        {
            "id": file_id,
            "type": "file",
            "filename": file.name,
            "mime_type": file.media_type or "application/octet-stream",
            "size_bytes": len(file.data),
            "created_at": created,
            "downloadable": False,
        }
    )


def emit_page(heads: Sequence[tuple[str, Fields]], query: Mapping[str, str]) -> bytes:
    """A page of a list whose newest comes first: (id, what is told of it). Older clients ask for the next one by the last
    id (`after_id`), newer ones by the page's name."""
    limit = query.get("limit", str(DEFAULT_LIMIT))
    if not limit.isdecimal() or not 0 < int(limit[:9]) <= MAX_LIMIT:
        raise invalid(f"This must be a number from 1 to {MAX_LIMIT}.", "limit")
    ids = [file_id for file_id, _ in heads]
    after = query.get("after_id") or query.get("page", "").removeprefix(PAGE_PREFIX)
    first, last = 0, len(ids)
    if after:
        first = ids.index(after) + 1 if after in ids else last
    elif "before_id" in query:
        last = ids.index(query["before_id"]) if query["before_id"] in ids else 0
        first = max(0, last - int(limit))
    page = heads[first : min(last, first + int(limit))]
    is_more = first + len(page) < last
    ends = {"first_id": page[0][0] if page else None, "last_id": page[-1][0] if page else None}
    more = {
        "has_more": is_more or (first > 0 and "before_id" in query),
        "next_page": PAGE_PREFIX + page[-1][0] if is_more else None,
    }
    return encode_json({"data": [head for _, head in page], **more, **ends})


def emit_deletion(file_id: str) -> bytes:
    """What is told of a file that is gone."""
    return encode_json({"id": file_id, "type": "file_deleted"})


def find_named(document: JsonDocument) -> list[str]:
    """The files of ours that a request names, each once."""
    sources = _list_sources(document.decode().get("messages"))
    named = list(dict.fromkeys(source["file_id"] for source, _ in sources))
    if len(named) > MAX_NAMED:
        raise invalid(f"A request may name no more than {MAX_NAMED} files.", "messages")
    return named


def put_files(document: JsonDocument, files: Mapping[str, KeptFile]) -> bytes:
    """The request with the files themselves in place of their names."""
    messages = document.decode().get("messages")
    for source, block in list(_list_sources(messages)):
        block["source"] = _emit_source(files[source["file_id"]])
    return document.patch({"messages": encode_json(messages)})


def file_not_found(file_id: str) -> DragomanError:
    """It never was there, is there no more, or is somebody else's."""
    return DragomanError(Kind.NOT_FOUND, f"File not found: {file_id[:100]}")


def not_downloadable() -> DragomanError:
    """As Anthropic answers for files that were uploaded."""
    return invalid("Files that were uploaded cannot be downloaded.")


def _list_sources(messages: Any) -> Iterator[tuple[Fields, Fields]]:
    """Each source that names a file of ours, with the block that it stands in, wherever that is."""
    waiting: list[Any] = [messages]
    while waiting:
        value = waiting.pop()
        if type(value) is list:
            waiting += value
        elif type(value) is dict:
            source = value.get("source")
            if type(source) is dict and source.get("type") == "file" and is_own_id(source.get("file_id")):
                yield source, value
            elif "content" in value or "source" in value:
                waiting += (value.get("content"), source)


def _emit_source(file: KeptFile) -> Fields:
    media_type = file.media_type
    if media_type.startswith("image/") or media_type == "application/pdf":
        return {"type": "base64", "media_type": media_type, "data": base64.b64encode(file.data).decode()}
    if media_type.startswith("text/") or media_type in _TEXT_TYPES:
        return {"type": "text", "media_type": "text/plain", "data": file.data.decode("utf-8", "replace")}
    message = f"A file of type {media_type[:64] or 'unknown'} cannot be put into a request; images, PDF and text can."
    raise DragomanError(Kind.UNSUPPORTED, message, path="messages")
