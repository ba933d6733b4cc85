"""Words and numbers outside quotes, as JSON: what Python and JavaScript say for null, true and false, and numbers in
forms that JSON does not have. Anything else is a text whose quotes were forgotten."""

from __future__ import annotations

import re
from json.encoder import encode_basestring

_WORDS = {
    "true": "true",
    "false": "false",
    "null": "null",
    "none": "null",
    "nil": "null",
    "undefined": "null",
    "nan": "null",
    "infinity": "null",
    "-infinity": "null",
}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LOOSE_NUMBER = re.compile(r"([+-]?)0*([0-9]{1,3}(?:_[0-9]{3})+|[0-9]*)(?:\.([0-9]*))?([eE][+-]?[0-9]+)?")
MAX_NUMBER = 64


def is_plain(word: str) -> bool:
    """Whether a word is a number, true, false or null, in whatever spelling."""
    return not read_word(word).startswith('"')


def read_word(word: str) -> str:
    """The JSON for a word."""
    if len(word) > MAX_NUMBER:
        return encode_basestring(word)
    if _NUMBER.fullmatch(word):
        return word
    known = _WORDS.get(word.lower())
    if known is not None:
        return known
    return _read_loose_number(word) or encode_basestring(word)


def _read_loose_number(word: str) -> str:
    """`+5`, `.5`, `5.`, `007`, `1_000`; empty if it is none of these."""
    found = _LOOSE_NUMBER.fullmatch(word)
    if found is None or not any(character.isdigit() for character in word):
        return ""
    sign, whole, fraction, exponent = found.groups()
    if not word.lstrip("+-")[:1].isdigit() and not fraction:
        return ""
    return (
        ("-" if sign == "-" else "")
        + (whole.replace("_", "") or "0")
        + (f".{fraction}" if fraction else "")
        + (exponent or "")
    )
