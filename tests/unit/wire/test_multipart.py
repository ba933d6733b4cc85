"""Forms: one field is read and changed, every other byte stays, and what is not whole is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import DragomanError
from dragoman.wire.multipart import Form, FormFile

SOUND = bytes(range(256)) + b'\r\n--wrong\r\nname="model"\r\n'
FORM = (
    b'--b1\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    + SOUND
    + b'\r\n--b1\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1'
    + b'\r\n--b1\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n--b1--\r\n'
)


def test_plain_fields_are_read_and_files_are_not() -> None:
    form = Form(FORM)
    assert (form.read("model"), form.read("prompt"), form.read("file")) == ("whisper-1", "Grüße", None)
    assert form.content_type == b'multipart/form-data; boundary="b1"'


def test_only_the_field_changes() -> None:
    assert Form(FORM).patch("model", "x/y") == FORM.replace(b"whisper-1", b"x/y")
    assert Form(Form(FORM).patch("model", "x")).read("model") == "x"


def test_an_empty_field_is_there() -> None:
    assert Form(b'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\n\r\n--b--').read("model") == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"--\r\n",
        b"--b1\n",
        b"--" + b"x" * 71 + b"\r\n",
        FORM[:60],
        FORM[:-6],
        FORM.replace(b"--b1--", b"--b1xx"),
    ],
)
def test_what_is_no_whole_form_is_refused(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        Form(body)
    assert caught.value.blame == "client"


def test_a_field_that_stands_twice_is_refused() -> None:
    twice = FORM.replace(b'name="prompt"', b'name="model"')
    with pytest.raises(DragomanError, match="twice"):
        Form(twice)


def test_text_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(DragomanError, match="UTF-8"):
        Form(FORM.replace(b"whisper-1", b"\xff")).read("model")


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_any_bytes_raise_nothing_but_our_own_error(start: bytes, end: bytes) -> None:
    for body in (start, b"--b1\r\n" + start + b"\r\n--b1" + end):
        with contextlib.suppress(DragomanError):
            Form(body)


def test_files_are_read_as_their_sender_calls_them() -> None:
    body = (
        b'--b\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nx\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xc3\xa9t\xc3\xa9.txt"\r\n'
        b"Content-Type: Text/Plain; charset=utf-8\r\n\r\none\r\ntwo\r\n"
        b'--b\r\ncontent-disposition: form-data; name="more"; filename=""\r\n\r\n\r\n--b--\r\n'
    )
    assert Form(body).read_files() == [FormFile("été.txt", "text/plain", b"one\r\ntwo"), FormFile("", "", b"")]
