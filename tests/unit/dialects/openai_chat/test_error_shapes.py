"""What an error body tells, in whichever shape it comes."""

from __future__ import annotations

import pytest

from dragoman.dialects.openai_chat.error_shapes import Told, read_error_body, read_error_fields
from dragoman.wire.json_document import encode_json


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"error": {"message": "m", "type": "t", "param": "p", "code": "c"}}, Told("m", ("c", "t"), None, "p")),
        ({"error": {"message": "m", "code": 429}}, Told("m", (), 429)),
        ({"error": {"message": "m", "code": "401"}}, Told("m", (), 401)),
        ({"error": {"message": "m", "code": "content_filter", "status": 400}}, Told("m", ("content_filter",), 400)),
        ({"error": "m"}, Told("m")),
        ({"error": {}}, Told()),
        ({"detail": "m"}, Told("m")),
        ({"detail": [{"loc": ["body", "messages", 0], "msg": "m"}]}, Told("m", param="messages.0")),
        ({"detail": []}, Told()),
        ({"detail": [{"loc": ["body", "a place\n"], "msg": "m"}]}, Told("m")),
        ({"error": {"message": "m", "param": "of course: " + "p" * 90}}, Told("m")),
        ({"message": "m", "type": "Bad Request", "code": 400}, Told("m", ("Bad Request",), 400)),
        ({"object": "error", "message": "m", "code": "3051", "raw_status_code": 400}, Told("m", (), 400)),
        ([{"error": {"message": "m"}}], Told("m")),
        ([], Told()),
        (3, Told()),
        ({"message": {"nested": 1}, "code": ["a"], "param": 3}, Told()),
    ],
)
def test_the_same_facts_are_found_wherever_they_stand(body: object, told: Told) -> None:
    assert read_error_body(encode_json(body)) == told


def test_what_is_no_json_tells_nothing() -> None:
    assert read_error_body(b"<html>502 Bad Gateway</html>") == Told()


def test_a_message_is_one_line_of_bounded_length() -> None:
    told = read_error_fields({"error": {"message": "a\n\n  b " + "x" * 5000}})
    assert told.message.startswith("a b x")
    assert len(told.message) <= 600
