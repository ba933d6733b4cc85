"""The headers of a request to the admin API."""

from __future__ import annotations

import pytest

from dragoman.http.admin.head import AdminHead, read_admin_head, read_cookie


def test_each_header_goes_to_its_place() -> None:
    head = read_admin_head(
        [
            (b"host", b"h:1"),
            (b"origin", b"http://h:1"),
            (b"cookie", b"a=b; dragoman_session=s1"),
            (b"authorization", b"Bearer k1"),
            (b"if-match", b'"v1"'),
            (b"content-type", b"application/json"),
            (b"sec-fetch-site", b"same-origin"),
            (b"x-dragoman-console", b"1"),
        ]
    )
    assert (head.host, head.session, head.credential, head.if_match) == (b"h:1", "s1", "k1", '"v1"')
    assert (head.content_type, head.fetch_site, head.has_mark, head.is_foreign) == (
        "application/json",
        "same-origin",
        True,
        False,
    )
    assert "s1" not in repr(head)
    assert "k1" not in repr(head)


@pytest.mark.parametrize(
    ("value", "session"),
    [
        (b"dragoman_session=x", "x"),
        (b'a=1;dragoman_session="x"', "x"),
        (b"xdragoman_session=no", ""),
        (b"dragoman_session=", ""),
        (b"", ""),
    ],
)
def test_our_cookie_is_found_among_others(value: bytes, session: str) -> None:
    assert read_cookie(value) == session


@pytest.mark.parametrize(
    ("value", "credential"),
    [(b"Bearer k", "k"), (b"bearer k", "k"), (b"k", "k"), (b"Basic abc", ""), (b"", "")],
)
def test_a_credential_comes_bare_or_as_a_bearer(value: bytes, credential: str) -> None:
    assert read_admin_head([(b"authorization", value)]).credential == credential


@pytest.mark.parametrize(
    ("origin", "site", "is_foreign"),
    [
        (b"", "", False),
        (b"http://H:1", "", False),
        (b"https://h:1", "none", False),
        (b"http://h:2", "", True),
        (b"null", "", True),
        (b"http://h:1", "cross-site", True),
    ],
)
def test_a_browser_tells_which_page_asks(origin: bytes, site: str, is_foreign: bool) -> None:
    assert AdminHead(host=b"h:1", origin=origin, fetch_site=site).is_foreign is is_foreign
