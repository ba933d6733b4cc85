"""One pass over the headers: credentials by every carrier, what travels on, and what never does."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError
from dragoman.http.head import read_accept, read_head

KEY = b"secret-0123456789"


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ([(b"authorization", b"Bearer " + KEY)], b""),
        ([(b"authorization", b"bearer  " + KEY)], b""),
        ([(b"x-api-key", KEY)], b""),
        ([(b"x-goog-api-key", KEY)], b""),
        ([(b"api-key", KEY)], b""),
        ([], b"alt=sse&key=" + KEY),
        ([(b"x-api-key", KEY), (b"authorization", b"Bearer " + KEY)], b"key=" + KEY),
    ],
)
def test_the_same_credential_is_found_by_every_carrier(headers: list[tuple[bytes, bytes]], query: bytes) -> None:
    assert read_head(headers, query).credential == KEY.decode()


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ([(b"x-api-key", KEY), (b"authorization", b"Bearer other")], b""),
        ([(b"x-api-key", KEY), (b"x-api-key", b"other")], b""),
        ([(b"api-key", KEY)], b"key=other"),
        ([], b"key=one&key=two"),
    ],
)
def test_two_different_credentials_are_refused_without_being_named(
    headers: list[tuple[bytes, bytes]], query: bytes
) -> None:
    with pytest.raises(DragomanError, match="Two different credentials") as caught:
        read_head(headers, query)
    assert KEY.decode() not in repr(caught.value)


def test_no_credential_is_none_and_other_schemes_do_not_count() -> None:
    assert read_head([(b"authorization", b"Basic dTpw")], b"").credential is None


def test_only_what_belongs_to_the_dialects_travels_on() -> None:
    travels = [(b"anthropic-beta", b"a,b"), (b"anthropic-version", b"2023-06-01"), (b"openai-beta", b"x")]
    stays = [
        (b"cookie", b"c"),
        (b"authorization", b"Bearer " + KEY),
        (b"x-api-key", KEY),
        (b"openai-organization", b"o"),
        (b"x-forwarded-for", b"1.2.3.4"),
        (b"connection", b"keep-alive"),
        (b"x-dragoman-strict", b"true"),
    ]
    head = read_head([*stays, *travels], b"")
    assert list(head.forwarded) == travels
    assert head.strict is True


def test_a_head_never_shows_its_credential() -> None:
    assert KEY.decode() not in repr(read_head([(b"x-api-key", KEY)], b""))


def test_a_content_length_must_be_a_number() -> None:
    with pytest.raises(DragomanError):
        read_head([(b"content-length", b"-1")], b"")
    assert read_head([(b"content-length", b"12")], b"").content_length == 12


def test_a_model_may_be_named_in_a_header() -> None:
    head = read_head([(b"ai-language-model-id", b"openai/gpt-5"), (b"ai-language-model-streaming", b"true")], b"")
    assert (head.asked_model, head.asks_stream) == ("openai/gpt-5", True)
    assert read_head([(b"ai-model-id", b"google/embed")], b"").asked_model == "google/embed"
    head = read_head([(b"ai-language-model-streaming", b"false")], b"")
    assert (head.asked_model, head.asks_stream) == (None, False)


def test_a_wish_for_a_websocket_is_seen() -> None:
    assert read_head([(b"upgrade", b"WebSocket")], b"").wants_websocket is True
    assert read_head([(b"upgrade", b"h2c")], b"").wants_websocket is False


def test_what_is_said_about_the_way_of_a_request_stays_in_the_house() -> None:
    said = [(b"x-dragoman-order", b"a,b"), (b"session_id", b"s"), (b"x-task-id", b"t")]
    head = read_head([*said, (b"x-dragoman-strict", b"true"), (b"x-other", b"o")], b"")
    assert head.hints == tuple(said)
    assert head.forwarded == ()
    assert head.strict


def test_what_kinds_of_answer_are_liked_is_read_for_pages() -> None:
    assert read_accept([(b"host", b"x"), (b"accept", b"text/plain"), (b"accept", b"*/*;q=0.1")]) == (
        b"text/plain,*/*;q=0.1"
    )
    assert read_accept([]) == b""
