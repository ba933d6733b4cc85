"""Signs are never missing where a shaping has something to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dragoman.adapt.media.plan import list_media
from dragoman.adapt.tools.prompt import uses_tools
from dragoman.dialects.registry import DIALECTS
from dragoman.model.request import JsonSchemaOutput, Request
from dragoman.service.reshaping.signs import SIGNS, may_concern
from tests.vector_files import VECTORS, Vector, load_vectors

SPOKEN = sorted(name for name, dialect in DIALECTS.items() if dialect.client and (VECTORS / name).is_dir())
REQUESTS = [vector for name in SPOKEN for vector in load_vectors(name) if vector.request]

CONCERNS: dict[str, Callable[[Request], bool]] = {
    "output": lambda request: isinstance(request.output, JsonSchemaOutput),
    "tools": uses_tools,
    "media": lambda request: any(True for _ in list_media(request)),
}


def parse(vector: Vector) -> Request:
    client = DIALECTS[vector.dialect].client
    assert client is not None
    assert vector.request is not None
    return client.parse_request(client.open_envelope(vector.request, "m", False))


@pytest.mark.parametrize("vector", REQUESTS, ids=repr)
def test_whatever_concerns_a_shaping_has_a_sign(vector: Vector) -> None:
    request = parse(vector)
    assert vector.request is not None
    for name, concerns in CONCERNS.items():
        assert may_concern((name,), vector.request) or not concerns(request), name


@pytest.mark.parametrize("name", SIGNS)
def test_every_dialect_has_vectors_that_concern_it(name: str) -> None:
    assert {vector.dialect for vector in REQUESTS if CONCERNS[name](parse(vector))} == set(SPOKEN)


def test_plain_talk_has_no_sign() -> None:
    plain = [vector for vector in REQUESTS if vector.name == "multi-turn"]
    assert {vector.dialect for vector in plain} == set(SPOKEN)
    assert not any(may_concern(tuple(SIGNS), vector.request) for vector in plain if vector.request)


def test_a_shaping_without_signs_is_always_asked() -> None:
    assert may_concern(("media", "plugins"), b"{}")
    assert not may_concern((), b"{}")
