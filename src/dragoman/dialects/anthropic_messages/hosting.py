"""Where a request goes. As others host Claude, the model stands in the path, and the version of the API in the body.

Spec: https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai. The base URL ends in
`/publishers/anthropic`; tokens are counted under a path that looks like a model.
"""

from __future__ import annotations

from urllib.parse import quote

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.base import WireRequest
from dragoman.errors import invalid
from dragoman.model.profile import Profile
from dragoman.wire.json_document import JsonDocument, encode_json

HOSTED_COUNT_PATH = "/models/count-tokens:rawPredict"


def address_request(body: bytes, profile: Profile, model: str, *, is_stream: bool) -> WireRequest:
    """A body of Anthropic's own API on its way to whoever serves the model."""
    if profile.anthropic_version is None:
        return WireRequest(wire.GENERATE_PATH, body, wire.VERSION_HEADER)
    version = encode_json(profile.anthropic_version)
    hosted = JsonDocument(body).patch({"model": None, "anthropic_version": version})
    return WireRequest(build_path(model, is_stream=is_stream), hosted)


def build_path(model: str, *, is_stream: bool) -> str:
    """The path of a model, which is one segment whatever is in its name."""
    if model in {"", ".", ".."}:
        raise invalid("This is not the name of a model.", "model")
    return f"/models/{quote(model, safe='@')}:{'streamRawPredict' if is_stream else 'rawPredict'}"
