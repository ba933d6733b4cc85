"""What an error tells."""

from __future__ import annotations

import pytest

from dragoman.errors import STATUS_BY_KIND, Blame, DragomanError, Kind, UpstreamReply, invalid, malformed_upstream


def test_every_kind_has_an_error_status() -> None:
    assert STATUS_BY_KIND.keys() == set(Kind)
    assert all(400 <= status < 600 for status in STATUS_BY_KIND.values())


def test_a_status_of_its_own_goes_before_that_of_its_kind() -> None:
    assert DragomanError(Kind.OVERLOADED, "busy").status == 503
    assert DragomanError(Kind.OVERLOADED, "busy", status=529).status == 529


def test_only_what_passes_is_told_with_a_status_that_makes_clients_try_again() -> None:
    def told(kind: Kind, blame: Blame) -> int:
        return DragomanError(kind, "No.", blame=blame, status=429).own_status

    assert told(Kind.RATE_LIMIT, "upstream") == 429
    assert told(Kind.CONTEXT_LENGTH, "client") == 400
    assert told(Kind.PAYMENT_REQUIRED, "gateway") == 402
    assert DragomanError(Kind.OVERLOADED, "Busy.", blame="upstream", status=529).own_status == 529


def test_a_path_grows_outwards() -> None:
    error = invalid("Wrong.", "text").under("content[0]").under("messages[2]")
    assert error.path == "messages[2].content[0].text"
    assert str(error) == "messages[2].content[0].text: Wrong."


def test_an_index_follows_its_name_without_a_dot() -> None:
    assert invalid("Wrong.").under("[3]").under("stop").path == "stop[3]"


def test_without_a_path_an_error_is_its_message() -> None:
    assert str(invalid("The body is empty.")) == "The body is empty."


@pytest.mark.parametrize(
    ("error", "kind", "blame"),
    [(invalid("x"), Kind.INVALID_REQUEST, "client"), (malformed_upstream("x"), Kind.UNAVAILABLE, "upstream")],
)
def test_the_short_spellings_say_who_is_to_blame(error: DragomanError, kind: Kind, blame: str) -> None:
    assert (error.kind, error.blame) == (kind, blame)


def test_the_providers_words_are_for_the_caller_and_not_for_the_log() -> None:
    error = invalid("Refused.", "model")
    assert error.told == "model: Refused."
    error.quote = "Provider 'a' says: no."
    assert error.told == "model: Refused. Provider 'a' says: no."
    assert "says" not in f"{error!r} {error}"


def test_what_is_logged_of_an_error_shows_no_byte_of_a_providers_answer() -> None:
    reply = UpstreamReply(dialect="openai_chat", status=401, content_type="application/json", body=b"sk-secret")
    error = DragomanError(Kind.AUTHENTICATION, "Refused.", blame="gateway", reply=reply)
    assert "secret" not in f"{error!r} {error} {reply!r}"
    assert repr(reply) == "<UpstreamReply openai_chat 401, 9 bytes>"
