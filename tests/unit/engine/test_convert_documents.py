"""The text of PDFs, and pictures of pages that have none."""

from __future__ import annotations

import pytest

from dragoman.engine.conversion import DocumentJob, Fault, ImageJob, Page, Pages
from dragoman.engine.convert_documents import convert
from tests.media_files import build_pdf, read_colour


def read(pages: list[str], **limits: int) -> Pages:
    outcome = convert(DocumentJob(build_pdf(pages), **{"max_pages": 10, "max_characters": 1000, **limits}))
    assert isinstance(outcome, Pages), outcome
    return outcome


def test_the_text_of_each_page_is_read() -> None:
    assert read(["First page.", "Second page."]) == Pages([Page("First page."), Page("Second page.")], 2)


def test_pages_beyond_the_limit_are_counted() -> None:
    assert read(["One.", "Two.", "Three."], max_pages=2) == Pages([Page("One."), Page("Two.")], 3)


def test_text_beyond_the_limit_is_cut() -> None:
    assert read(["12345678", "abcdefgh", "more"], max_characters=10) == Pages([Page("12345678"), Page("ab")], 3)


def test_a_page_without_text_is_drawn_where_that_is_wanted() -> None:
    assert read(["", "Text."]).pages == [Page(""), Page("Text.")]
    drawn, written = read(["", "Text."], max_edge=60).pages
    assert drawn.image.startswith(b"\x89PNG")
    assert read_colour(drawn.image) == "red"
    assert written == Page("Text.")


@pytest.mark.parametrize(
    "job", [DocumentJob(b"%PDF-1.4 broken", 1, 1), DocumentJob(b"", 1, 1), ImageJob(b"", "image/png")]
)
def test_a_broken_file_becomes_words(job: DocumentJob | ImageJob) -> None:
    assert isinstance(convert(job), Fault)
