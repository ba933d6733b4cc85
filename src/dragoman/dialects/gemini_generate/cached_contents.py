"""Contents that the gateway keeps for its callers (`cachedContents`): their names, what is told of them, and what stands
for them in a request.

A name has a form of its own, so that none of Google's is taken for one of ours. A request that names one gets all of it in
front of its own contents, whoever answers; what is said twice is refused in Google's way.
Spec: https://ai.google.dev/api/caching (read November 2026).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from dragoman.dialects.gemini_generate.keys import REQUEST, rename_keys
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.wire.json_document import JsonDocument, decode_object, encode_json
from dragoman.wire.json_read import Fields, read_optional, read_required

ID_PREFIX: Final = "dragoman_"
NAME_PREFIX: Final = "cachedContents/"
DEFAULT_SECONDS: Final = 3600
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 1000

_OWN_NAME = re.compile(r"cachedContents/(dragoman_[0-9a-f]{24})")
_TTL = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
_PARTS: Final = ("contents", "systemInstruction", "tools", "toolConfig")
_SETTINGS: Final = {"systemInstruction": "system_instruction", "tools": "tools", "toolConfig": "tool_config"}


class Creation(NamedTuple):
    """What is to be kept. `body` is a request's contents and settings, in JSON."""

    model: str
    display_name: str | None
    body: bytes
    ends_ms: int


def read_creation(body: bytes, now_ms: int) -> Creation:
    """A request to keep contents."""
    fields = _decode(body)
    kept = {name: fields[name] for name in _PARTS if fields.get(name) is not None}
    if not kept:
        raise invalid("There is nothing to be cached: give contents, systemInstruction or tools.", "contents")
    ends_ms = read_end(fields, now_ms)
    return Creation(
        "models/" + read_required(fields, "model", str).removeprefix("models/"),
        read_optional(fields, "displayName", str),
        encode_json({"contents": [], **kept}),
        ends_ms if ends_ms is not None else now_ms + DEFAULT_SECONDS * 1000,
    )


def read_change(body: bytes, now_ms: int) -> int:
    """The end that somebody wants instead; nothing else can be changed."""
    ends_ms = read_end(_decode(body), now_ms)
    if ends_ms is None:
        raise invalid("Only ttl and expireTime can be changed; give one of them.", "ttl")
    return ends_ms


def read_end(fields: Fields, now_ms: int) -> int | None:
    """When what is kept goes, by one of two fields."""
    seconds, moment = read_optional(fields, "ttl", str), read_optional(fields, "expireTime", str)
    if seconds is not None:
        found = _TTL.fullmatch(seconds)
        if found is None:
            raise invalid('This must be seconds, such as "300s".', "ttl")
        return now_ms + int(float(found[1]) * 1000)
    if moment is None:
        return None
    try:
        return int(datetime.fromisoformat(moment).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise invalid("This must be a time, such as 2026-11-21T18:00:00Z.", "expireTime") from None


def describe_content(name: str, creation: Creation, created_ms: int, tokens: int) -> Fields:
    """What is told of contents, but for their end, which may change."""
    shown: Fields = {"name": name, "model": creation.model}
    if creation.display_name is not None:
        shown["displayName"] = creation.display_name
    moment = _emit_moment(created_ms)
    return shown | {"createTime": moment, "updateTime": moment, "usageMetadata": {"totalTokenCount": tokens}}


def emit_content(shown: Fields, ends_ms: int, now_ms: int | None = None) -> bytes:
    """What is told of contents, with their end; `now_ms` where that has just been changed."""
    changed = {} if now_ms is None else {"updateTime": _emit_moment(now_ms)}
    return encode_json({**shown, **changed, "expireTime": _emit_moment(ends_ms)})


def emit_page(heads: Sequence[tuple[str, Fields]], query: Mapping[str, str]) -> bytes:
    """A page of a list: (id, what is told of it). A page's token is the last id of the one before."""
    size = query.get("pageSize", str(DEFAULT_LIMIT))
    if not size.isdecimal():
        raise invalid("This must be a number.", "pageSize")
    ids = [content_id for content_id, _ in heads]
    token = query.get("pageToken")
    first = ids.index(token) + 1 if token in ids else 0
    page = heads[first : first + (min(int(size[:9]), MAX_LIMIT) or DEFAULT_LIMIT)]
    more = {"nextPageToken": page[-1][0]} if page and first + len(page) < len(heads) else {}
    return encode_json({"cachedContents": [head for _, head in page], **more})


def find_named(document: JsonDocument) -> str | None:
    """The id of the contents of ours that a request names."""
    named = document.read("cachedContent") or document.read("cached_content")
    found = _OWN_NAME.fullmatch(named) if type(named) is str else None
    return found[1] if found is not None else None


def put_contents(document: JsonDocument, model: str | None, kept_model: str, kept: bytes) -> bytes:
    """The request with what it names in front of its own contents."""
    asked = f"models/{(model or '').removeprefix('models/')}"
    if asked != kept_model:
        raise invalid(
            f"The cached content is for {kept_model[:200]}, and the request for {asked[:200]}.", "cachedContent"
        )
    given = [name for name, snake in _SETTINGS.items() if name in document.fields or snake in document.fields]
    if given:
        message = f"CachedContent can not be used with a request that sets {', '.join(given)}; these belong into it."
        raise invalid(message, given[0])
    found = decode_object(kept)
    own = document.read("contents")
    contents = [*_list(found.pop("contents")), *_list(own)]
    changes: dict[str, bytes | None] = {name: encode_json(value) for name, value in found.items()}
    changes |= {"cachedContent": None, "cached_content": None, "contents": encode_json(contents)}
    return document.patch(changes)


def content_not_found() -> DragomanError:
    """As Google says it."""
    return DragomanError(Kind.PERMISSION, "CachedContent not found (or permission denied)", path="cachedContent")


def _decode(body: bytes) -> Fields:
    fields = decode_object(body)
    rename_keys(fields, REQUEST)
    return fields


def _list(contents: Any) -> list[Any]:
    """A request may have one content in the place of several."""
    if type(contents) is list:
        return [{"role": "user", "parts": [{"text": one}]} if type(one) is str else one for one in contents]
    return [] if contents is None else _list([contents])


def _emit_moment(unix_ms: int) -> str:
    try:
        return datetime.fromtimestamp(unix_ms // 1000, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return "9999-12-31T23:59:59Z"
