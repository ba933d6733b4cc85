"""Documents on their way out."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.emit_file import emit_file
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.model.content import File, InlineData, PlainText, RemoteUrl, StoredFile
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile

PDF = InlineData("application/pdf", "AA")
PDF_URL = "data:application/pdf;base64,AA"
LINK = RemoteUrl("https://example.com/a.pdf")


@pytest.mark.parametrize(
    ("part", "wire"),
    [
        (File(PDF), {"type": "file", "file": {"file_data": PDF_URL, "filename": "document.pdf"}}),
        (File(PDF, "a.pdf"), {"type": "file", "file": {"file_data": PDF_URL, "filename": "a.pdf"}}),
        (File(StoredFile("file-1"), "a"), {"type": "file", "file": {"file_id": "file-1", "filename": "a"}}),
    ],
)
def test_a_document_goes_inline_or_by_its_id(part: File, wire: dict[str, Any]) -> None:
    losses: list[Loss] = []
    assert emit_file(part, Outlet(losses), "x") == wire
    assert losses == []


@pytest.mark.parametrize(
    ("shape", "wire"),
    [
        ("file_data", {"type": "file", "file": {"file_data": LINK.url, "filename": "a"}}),
        ("file_url", {"type": "file_url", "file_url": {"url": LINK.url}}),
        ("document_url", {"type": "document_url", "document_url": LINK.url, "document_name": "a"}),
    ],
)
def test_a_link_goes_in_the_form_that_the_target_takes(shape: Any, wire: dict[str, Any]) -> None:
    assert emit_file(File(LINK, "a"), Outlet([], Profile(file_url=shape)), "x") == wire


def test_a_link_is_lost_where_the_target_takes_none() -> None:
    losses: list[Loss] = []
    assert emit_file(File(LINK), Outlet(losses), "x") is None
    assert losses == [Loss("dropped", "x", "The target takes documents only inline or stored.")]


def test_plain_text_is_told_as_text() -> None:
    losses: list[Loss] = []
    part = File(PlainText("The sky is blue."), "Colours", context="From a book", cite=True)
    assert emit_file(part, Outlet(losses), "x") == {"type": "text", "text": "Colours\n\nThe sky is blue."}
    assert [(loss.code, loss.path) for loss in losses] == [
        ("dropped", "x.context"),
        ("dropped", "x.cite"),
        ("approximated", "x"),
    ]
