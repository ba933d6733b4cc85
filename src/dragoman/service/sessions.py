"""Which conversation a request belongs to, so that it can stay with the key whose prompt cache it has warmed.

Asked in this order: headers that agents send for it; fields of the body that name it; else the words of the first user
turn, which is the same in every later request of the conversation. System prompts are left out: all conversations of
an agent share them, and some agents write a changing line into them.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

import msgspec

from dragoman.dialects.base import Envelope
from dragoman.routing.affinity import hash_session
from dragoman.service.exchange import Inbound
from dragoman.wire.json_document import JsonDocument

SESSION_HEADERS = (
    b"x-dragoman-session",
    b"x-claude-code-session-id",
    b"session_id",
    b"session-id",
    b"conversation_id",
    b"x-session-id",
    b"x-session-affinity",
    b"x-opencode-session",
    b"x-task-id",
)
"""Ours; Claude Code's; Codex's; those of opencode, Cline and others."""
_SESSION_HEADERS = frozenset(SESSION_HEADERS)

_FIELDS = ("prompt_cache_key", "session_id")
_EARLIER_RESPONSE = "previous_response_id"
_FILE_MARKS = (b'"file_id"', b'"fileUri"', b'"file_uri"')
_FILE_NAME = re.compile(rb'"(?:file_id|fileUri|file_uri)"\s*:\s*"([^"\\]{1,512})"')
MAX_FILES = 16
_TURNS = ("messages", "input", "contents")
_TEXTS = ("text", "content", "parts", "input_text")
MAX_LEADING_TURNS = 32
MAX_OPENING_CHARACTERS = 8192

_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder().decode


def find_session(inbound: Inbound, envelope: Envelope) -> int | None:
    """The conversation, as a hash; None where nothing tells."""
    identity = _find_header(inbound) or _find_field(envelope.document) or _find_opening(envelope.document)
    return hash_session(inbound.principal.encode() + b"\0" + identity) if identity else None


def find_earlier_response(inbound: Inbound, envelope: Envelope) -> int | None:
    """The response that a request goes on from, as a hash; None where it names none."""
    raw = envelope.document.fields.get(_EARLIER_RESPONSE)
    given = _decode_any(raw) if raw is not None else None
    return hash_response(inbound.principal, given) if type(given) is str else None


def find_files(inbound: Inbound) -> list[int]:
    """The files at a provider that a request names, as hashes: mostly none, and then this is three searches."""
    body = inbound.body
    if max(map(body.find, _FILE_MARKS)) < 0:  # `in` would raise and catch an exception before it looks
        return []
    named = dict.fromkeys(match[1] for match in islice(_FILE_NAME.finditer(body), MAX_FILES))
    return [hash_session(inbound.principal.encode() + b"\0file\0" + name) for name in named]


def hash_response(principal: str, response_id: str) -> int:
    """A response of a provider, known by its id among what one caller has asked."""
    return hash_session(principal.encode() + b"\0response\0" + response_id.encode("utf-8", "surrogatepass"))


def _find_header(inbound: Inbound) -> bytes:
    given = dict(inbound.hints + inbound.forwarded)
    if not _SESSION_HEADERS.isdisjoint(given):
        for name in SESSION_HEADERS:
            if given.get(name):
                return given[name]
    return b""


def _find_field(document: JsonDocument) -> bytes:
    fields = document.fields
    for name in _FIELDS:
        raw = fields.get(name)
        if raw is not None and bytes(raw) not in {b"null", b'""'}:
            return bytes(raw)
    metadata = document.read("metadata") if "metadata" in fields else None
    user = metadata.get("user_id") if type(metadata) is dict else None
    return user.encode("utf-8", "surrogatepass") if type(user) is str else b""


def _find_opening(document: JsonDocument) -> bytes:
    for name in _TURNS:
        raw = document.fields.get(name)
        if raw is not None:
            return _read_opening(raw)
    return b""


def _read_opening(raw: msgspec.Raw) -> bytes:
    try:
        turns = _decode_list(raw)
    except msgspec.DecodeError:
        given = _decode_any(raw)
        return _encode(given) if type(given) is str else b""
    for turn in turns[:MAX_LEADING_TURNS]:
        value = _decode_any(turn)
        if type(value) is dict and value.get("role", "user") == "user":
            return _encode(_collect_text(value, 4))
    return b""


def _collect_text(value: Any, depth: int) -> str:
    """The words of a turn, without cache marks and the like, which move from request to request."""
    if type(value) is str:
        return value
    if depth == 0:
        return ""
    if type(value) is list:
        return "".join([_collect_text(item, depth - 1) for item in value])
    if type(value) is dict:
        return "".join([_collect_text(value[name], depth - 1) for name in _TEXTS if name in value])
    return ""


def _encode(text: str) -> bytes:
    return text[:MAX_OPENING_CHARACTERS].encode("utf-8", "surrogatepass")
