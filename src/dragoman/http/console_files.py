"""The console's built files, out of the package: paths that a page of it has of its own all get the one page.

What the build has named by its content may be kept for a year; everything else is asked for again. No page may run
anything that is not one of these files, or be shown inside another.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent.parent / "console_files"
PREFIX = "/console"
INDEX = "index.html"
ASSETS = "assets/"
MIN_COMPRESSED = 1024

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
    ".map": "application/json",
}
COMPRESSED = frozenset({".html", ".js", ".css", ".json", ".svg", ".webmanifest", ".map"})

SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
"""What a page of the console may load, from where: itself, and what it has made in memory."""
POLICY = "; ".join(f"{kind} {source}" for kind, source in SOURCES.items()).encode()

GUARDS: list[tuple[bytes, bytes]] = [
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]

NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Dragoman</title>
<h1>The console is not built</h1>
<p>This gateway runs from sources whose console has not been built. Run <code>make console</code>, which needs Node or
fetches it, and load this page again. Everything that the console does is in the admin API at <code>/admin/api</code>.</p>
</html>
"""


class PageFile(msgspec.Struct, frozen=True):
    """What is sent for a path."""

    status: int
    content: bytes
    headers: list[tuple[bytes, bytes]]


class ConsoleFiles:
    """Reads each file once, and again when it has changed."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder.resolve()
        self._known: dict[tuple[str, bool], tuple[int, PageFile]] = {}

    def __repr__(self) -> str:
        return f"<ConsoleFiles of {self._folder.name}>"

    @property
    def is_built(self) -> bool:
        """Whether there is a console at all."""
        return (self._folder / INDEX).is_file()

    def find(self, path: str, *, takes_gzip: bool) -> PageFile:
        """The file at a path below /console."""
        if not self.is_built:
            return write_page(503, NOT_BUILT)
        name = path.removeprefix(PREFIX).lstrip("/")
        file = (self._folder / name).resolve() if name and "\0" not in name else self._folder
        if not file.is_relative_to(self._folder) or not file.is_file():
            if name.startswith(ASSETS) or "." in name.rpartition("/")[2]:
                return write_page(404, "<!doctype html><title>Not found</title><p>There is no such file.")
            file = self._folder / INDEX
        return self._load(file, takes_gzip=takes_gzip)

    def _load(self, file: Path, *, takes_gzip: bool) -> PageFile:
        changed = file.stat().st_mtime_ns
        key = (str(file), takes_gzip)
        known = self._known.get(key)
        if known is None or known[0] != changed:
            known = self._known[key] = (changed, self._read(file, takes_gzip=takes_gzip))
        return known[1]

    def _read(self, file: Path, *, takes_gzip: bool) -> PageFile:
        content = file.read_bytes()
        is_asset = file.is_relative_to(self._folder / ASSETS)
        kept = b"public, max-age=31536000, immutable" if is_asset else b"no-cache"
        kind = TYPES.get(file.suffix, "application/octet-stream").encode()
        headers = [(b"content-type", kind), (b"cache-control", kept), (b"vary", b"accept-encoding"), *GUARDS]
        if takes_gzip and file.suffix in COMPRESSED and len(content) >= MIN_COMPRESSED:
            content = gzip.compress(content, 9, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        return PageFile(200, content, [*headers, (b"content-length", b"%d" % len(content))])


def write_page(status: int, text: str) -> PageFile:
    """A page of ours that is no file."""
    content = text.encode()
    headers = [(b"content-type", TYPES[".html"].encode()), (b"cache-control", b"no-store"), *GUARDS]
    return PageFile(status, content, [*headers, (b"content-length", b"%d" % len(content))])
