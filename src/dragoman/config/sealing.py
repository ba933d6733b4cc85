"""The keys that providers' keys are sealed with: out of a variable, or out of a file that another one names."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

from dragoman.errors import DragomanError, Kind

SEAL_KEY = "DRAGOMAN_SEAL_KEY"
SEAL_KEY_FILE = "DRAGOMAN_SEAL_KEY_FILE"
KEY_BYTES = 32
ADVICE = 'Make one with: python3 -c "import base64, os; print(base64.b64encode(os.urandom(32)).decode())"'


def read_sealing_keys(environment: Mapping[str, str]) -> list[bytes]:
    """Keys in the order in which they stand, with commas or line breaks between them; none where none is named."""
    text, source = environment.get(SEAL_KEY, ""), SEAL_KEY
    if not text and (path := environment.get(SEAL_KEY_FILE)):
        source = path
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _wrong(f"{SEAL_KEY_FILE}: {path} cannot be read ({type(error).__name__}).") from None
    words = text.replace(",", " ").split()
    return [_read_key(word, source) for word in words]


def _read_key(word: str, source: str) -> bytes:
    try:
        key = base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        raise _wrong(f"{source}: a sealing key is {KEY_BYTES} random bytes in base64. {ADVICE}")
    return key


def _wrong(message: str) -> DragomanError:
    return DragomanError(Kind.INVALID_REQUEST, message, blame="gateway")
