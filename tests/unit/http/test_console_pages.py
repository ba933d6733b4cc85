"""Small pages of ours."""

from __future__ import annotations

from dragoman.http.console_pages import HOME, lead_to, tell


def test_the_browser_is_sent_on_and_nothing_is_kept() -> None:
    page = lead_to("/console/", ((b"set-cookie", b"a=b"),))
    headers = dict(page.headers)
    assert (page.status, page.content) == (303, b"")
    assert (headers[b"location"], headers[b"set-cookie"], headers[b"cache-control"]) == (
        b"/console/",
        b"a=b",
        b"no-store",
    )


def test_what_is_told_is_text_and_has_a_link_where_one_helps() -> None:
    page = tell(403, "Not here", "<script>alert(1)</script>")
    assert page.status == 403
    assert b"<script>" not in page.content
    assert HOME.encode() not in page.content
    assert b'href="/console/"' in tell(401, "No entry", "x", has_link=True).content
