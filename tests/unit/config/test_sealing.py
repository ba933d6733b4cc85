"""Where sealing keys come from, and what is no key."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from dragoman.config.sealing import SEAL_KEY, SEAL_KEY_FILE, read_sealing_keys
from dragoman.errors import DragomanError

ONE, TWO = bytes(range(32)), bytes(range(32, 64))
TEXTS = [base64.b64encode(key).decode() for key in (ONE, TWO)]


def test_keys_stand_in_a_variable_or_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("\n".join(TEXTS) + "\n")
    assert read_sealing_keys({}) == []
    assert read_sealing_keys({SEAL_KEY: ",".join(TEXTS)}) == [ONE, TWO]
    assert read_sealing_keys({SEAL_KEY_FILE: str(tmp_path / "keys")}) == [ONE, TWO]
    assert read_sealing_keys({SEAL_KEY: TEXTS[1], SEAL_KEY_FILE: "/nowhere"}) == [TWO]


@pytest.mark.parametrize(
    "text", ["changeme", base64.b64encode(b"short").decode(), base64.b64encode(bytes(32)).decode(), "é"]
)
def test_what_is_no_random_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(DragomanError) as caught:
        read_sealing_keys({SEAL_KEY: text})
    assert text not in caught.value.message


def test_a_file_that_cannot_be_read_is_told() -> None:
    with pytest.raises(DragomanError) as caught:
        read_sealing_keys({SEAL_KEY_FILE: "/nowhere/at/all"})
    assert "/nowhere/at/all" in caught.value.message
