"""Documents: inline, stored, as plain text, or by URL in the one form that the target takes, if it takes any."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_chat.marks import form_of
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.dialects.openai_chat.source import write_url
from dragoman.model.content import File, InlineData, PlainText, StoredFile
from dragoman.wire.json_read import Fields

_NAMES = {"application/pdf": "document.pdf", "text/plain": "document.txt", "text/csv": "table.csv"}


def emit_file(part: File, outlet: Outlet, path: str) -> Fields | None:
    """One document. OpenAI wants a file name with data; a missing one is made up from the type."""
    if part.context is not None:
        outlet.lose(f"{path}.context")
    if part.cite:
        outlet.lose(f"{path}.cite")
    source = part.source
    shape = form_of(part.extras).get("shape")
    if isinstance(source, PlainText):
        outlet.lose(path, "The document is given as text.", "approximated")
        return {"type": "text", "text": f"{part.name}\n\n{source.text}" if part.name else source.text}
    if isinstance(source, StoredFile):
        return _wrap({"file_id": source.file_id}, part.name)
    if isinstance(source, InlineData) and shape is None:
        return _wrap({"file_data": write_url(source)}, part.name or _NAMES.get(source.media_type, "document"))
    return _emit_link(part, source, shape or outlet.profile.file_url, outlet, path)


def _emit_link(part: File, source: Any, shape: str | None, outlet: Outlet, path: str) -> Fields | None:
    url = write_url(source)
    if url is None or shape is None:
        outlet.lose(path, "The target takes documents only inline or stored.")
        return None
    if shape in {"file", "file_data"}:
        is_bare = isinstance(source, InlineData) and not source.media_type
        return _wrap({"file_data": source.data if is_bare else url}, part.name)
    if shape == "file_url":
        return {"type": "file_url", "file_url": {"url": url}}
    named = {"document_name": part.name} if part.name is not None else {}
    return {"type": "document_url", "document_url": url, **named}


def _wrap(inner: Fields, name: str | None) -> Fields:
    if name is not None:
        inner["filename"] = name
    return {"type": "file", "file": inner}
