"""Shorthands that the tests of this dialect share."""

from __future__ import annotations

import json
from typing import Any

from dragoman.dialects.bedrock_converse.dialect import ConverseProviders
from dragoman.model.content import Part
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request, Turn
from dragoman.model.stream import StreamEvent
from dragoman.wire.json_document import decode_object
from tests.vector_files import VECTORS as FOLDER
from tests.vector_files import Vector, frame_events, load_vectors

PROVIDER = ConverseProviders()
CLAUDE = Profile(converse_extras="anthropic")
PLAIN = Profile()

VECTORS = load_vectors("bedrock_converse")
ERRORS = [vector for vector in VECTORS if vector.name.startswith("error-") and vector.response]
ANSWERS = [vector for vector in VECTORS if vector.response and not vector.name.startswith("error-")]
STREAMS = [vector for vector in VECTORS if vector.stream and not vector.name.startswith("error-")]
BROKEN_STREAMS = [vector for vector in VECTORS if vector.stream and vector.name.startswith("error-")]

Fields = dict[str, Any]


def find(name: str) -> Vector:
    return next(vector for vector in VECTORS if vector.name == name)


def emit(request: Request, losses: list[Loss] | None = None, profile: Profile = CLAUDE) -> Fields:
    return decode_object(PROVIDER.emit_request(request, profile, [] if losses is None else losses).body)


def emit_turns(*turns: Turn, losses: list[Loss] | None = None, profile: Profile = CLAUDE) -> Fields:
    return emit(Request("m", list(turns)), losses, profile)


def emit_user(*parts: Part, losses: list[Loss] | None = None, profile: Profile = CLAUDE) -> Any:
    """The blocks of one user turn."""
    messages = emit_turns(Turn("user", list(parts)), losses=losses, profile=profile)["messages"]
    return messages[0]["content"] if messages else []


def frame(*events: tuple[str, Fields]) -> bytes:
    return frame_events("\n".join(json.dumps({word: fields}) for word, fields in events).encode())


def read_stream(data: bytes) -> list[StreamEvent]:
    parser = PROVIDER.open_parser()
    return parser.feed(data) + parser.finish()


def read_lines(name: str) -> list[Fields]:
    """A stream's events, as they are kept."""
    data = (FOLDER / "bedrock_converse" / f"{name}.stream.jsonl").read_bytes()
    return [json.loads(line) for line in data.splitlines()]


def codes(losses: list[Loss]) -> list[tuple[str, str]]:
    return [(loss.code, loss.path) for loss in losses]
