"""Media sources as URLs, and URLs as sources: what is inline is a data URI."""

from __future__ import annotations

from dragoman.model.content import InlineData, RemoteUrl, Source


def parse_source(url: str) -> InlineData | RemoteUrl:
    """Data URIs in base64 are data; all else is left to the provider to fetch."""
    if url.startswith("data:"):
        head, comma, data = url.partition(",")
        if comma and head.endswith(";base64"):
            return InlineData(head[5:-7], data)
    return RemoteUrl(url)


def parse_loose_source(data: str) -> InlineData | RemoteUrl:
    """Fields that should hold base64 but that some fill with a URL."""
    if data.startswith(("data:", "https://", "http://")):
        return parse_source(data)
    return InlineData("", data)


def write_url(source: Source) -> str | None:
    """A URL for the media, a data URI where the bytes are here; None where there can be none."""
    if isinstance(source, RemoteUrl):
        return source.url
    if isinstance(source, InlineData):
        return f"data:{source.media_type};base64,{source.data}"
    return None
