"""The console's files, and nothing but them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from dragoman.http.console_files import ConsoleFiles, PageFile

SCRIPT = "console.log('hello');" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "built"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html><title>Console</title>")
    (built / "assets" / "app-1234.js").write_text(SCRIPT)
    (built / "icon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("not yours")
    return built


def header(page: PageFile, name: bytes) -> bytes:
    return dict(page.headers).get(name, b"")


def test_assets_may_be_kept_and_pages_are_asked_for_again(folder: Path) -> None:
    files = ConsoleFiles(folder)
    script = files.find("/console/assets/app-1234.js", takes_gzip=False)
    assert (script.status, script.content) == (200, SCRIPT.encode())
    assert b"immutable" in header(script, b"cache-control")
    assert header(script, b"content-type").startswith(b"text/javascript")
    page = files.find("/console/", takes_gzip=False)
    assert header(page, b"cache-control") == b"no-cache"
    assert header(files.find("/console/icon.svg", takes_gzip=False), b"content-type") == b"image/svg+xml"


@pytest.mark.parametrize("path", ["/console", "/console/", "/console/exchanges", "/console/exchanges/ex_1/x"])
def test_paths_of_the_console_itself_get_its_page(folder: Path, path: str) -> None:
    page = ConsoleFiles(folder).find(path, takes_gzip=False)
    assert (page.status, b"Console" in page.content) == (200, True)


@pytest.mark.parametrize(
    "path",
    [
        "/console/../secret.txt",
        "/console//etc/passwd.txt",
        "/console/assets/../../secret.txt",
        "/console/assets/gone.js",
        "/console/gone.png",
    ],
)
def test_nothing_else_is_handed_out(folder: Path, path: str) -> None:
    page = ConsoleFiles(folder).find(path, takes_gzip=False)
    assert page.status == 404
    assert b"not yours" not in page.content


def test_no_page_runs_anything_else_or_is_framed(folder: Path) -> None:
    for path in ("/console/", "/console/assets/app-1234.js", "/console/gone.png"):
        page = ConsoleFiles(folder).find(path, takes_gzip=False)
        policy = header(page, b"content-security-policy").decode()
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert header(page, b"x-content-type-options") == b"nosniff"


def test_texts_are_compressed_for_who_takes_that(folder: Path) -> None:
    files = ConsoleFiles(folder)
    page = files.find("/console/assets/app-1234.js", takes_gzip=True)
    assert header(page, b"content-encoding") == b"gzip"
    assert gzip.decompress(page.content) == SCRIPT.encode()
    assert header(page, b"content-length") == str(len(page.content)).encode()
    assert header(files.find("/console/", takes_gzip=True), b"content-encoding") == b""


def test_a_new_build_shows_at_once(folder: Path) -> None:
    files = ConsoleFiles(folder)
    before = files.find("/console/", takes_gzip=False)
    assert files.find("/console/", takes_gzip=False) is before
    (folder / "index.html").write_text("<!doctype html><title>Newer</title>")
    assert b"Newer" in files.find("/console/", takes_gzip=False).content


def test_without_a_build_a_page_says_how_to_make_one(tmp_path: Path) -> None:
    page = ConsoleFiles(tmp_path).find("/console/", takes_gzip=True)
    assert page.status == 503
    assert b"make console" in page.content
