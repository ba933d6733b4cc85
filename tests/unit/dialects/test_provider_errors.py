"""What all dialects take an error for where its words do not say."""

from __future__ import annotations

import pytest

from dragoman.dialects.base import ProviderSide
from dragoman.dialects.provider_errors import KIND_BY_STATUS, MESSAGE_BY_KIND, map_blame, read_seconds, select_own_reply
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError, Kind, UpstreamReply

PROVIDERS = [dialect.provider for dialect in DIALECTS.values() if dialect.provider]


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
@pytest.mark.parametrize(("status", "kind"), KIND_BY_STATUS.items())
def test_a_status_alone_means_the_same_in_every_dialect(provider: ProviderSide, status: int, kind: Kind) -> None:
    error = provider.parse_error(status, [], b"no JSON")
    assert (error.kind, error.blame, str(error)) == (kind, map_blame(kind), MESSAGE_BY_KIND[kind])


@pytest.mark.parametrize(
    ("kind", "blame"),
    [(Kind.CONTEXT_LENGTH, "client"), (Kind.AUTHENTICATION, "gateway"), (Kind.INTERNAL, "upstream")],
)
def test_the_blame_is_the_callers_the_gateways_or_the_providers(kind: Kind, blame: str) -> None:
    assert map_blame(kind) == blame


def test_every_kind_has_words_that_are_a_sentence() -> None:
    assert set(MESSAGE_BY_KIND) == set(Kind)
    assert all(message.endswith(".") for message in MESSAGE_BY_KIND.values())


@pytest.mark.parametrize(
    ("value", "seconds"), [(b"2.5", 2.5), (b"0", 0.0), (b"-1", None), (b"inf", None), (b"soon", None)]
)
def test_only_a_number_of_seconds_is_a_wait(value: bytes, seconds: float | None) -> None:
    assert read_seconds(value) == seconds
    assert read_seconds(None) is None


@pytest.mark.parametrize(
    ("kind", "dialect", "is_passed_on"),
    [
        (Kind.INVALID_REQUEST, "a", True),
        (Kind.NOT_FOUND, "a", True),
        (Kind.AUTHENTICATION, "a", False),
        (Kind.INVALID_REQUEST, "b", False),
    ],
)
def test_a_providers_words_go_on_in_its_own_dialect_unless_they_are_about_our_key(
    kind: Kind, dialect: str, is_passed_on: bool
) -> None:
    reply = UpstreamReply(dialect="a", status=400, content_type="text/plain", body=b"no")
    error = DragomanError(kind, "no", blame=map_blame(kind), reply=reply)
    assert select_own_reply(error, dialect) is (reply if is_passed_on else None)
