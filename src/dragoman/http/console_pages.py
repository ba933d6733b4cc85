"""Small pages of ours beside the console's files: a way on, and a word about what went wrong."""

from __future__ import annotations

import html

from dragoman.http.console_files import PREFIX, PageFile, write_page

HOME = f"{PREFIX}/"

Headers = tuple[tuple[bytes, bytes], ...]


def lead_to(place: str, headers: Headers = ()) -> PageFile:
    """Sends the browser on. `place` is ours, or was checked."""
    page = write_page(303, "")
    return PageFile(303, b"", [*page.headers, (b"location", place.encode()), *headers])


def tell(status: int, title: str, message: str, *, has_link: bool = False) -> PageFile:
    """A page that says one thing; with a link to the console, if that helps."""
    link = f' <a href="{HOME}">to the console</a>' if has_link else ""
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><p>{html.escape(message)}{link}</p></html>"
    )
    return write_page(status, text)
