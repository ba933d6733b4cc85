"""Words of a provider, made fit to be repeated: it was shown a key, and may say it again, whole or in part.

Every run of eight or more characters that also stands in one of the secrets is masked. So is what looks like a
credential of anybody's, and the names of accounts, which are the operator's own affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from dragoman.telemetry.logs import MASK, Redactor

PIECE_LENGTH = 8
MIN_SECRET_LENGTH = 4  # of less every sentence is full
MAX_READ_LENGTH = 4000
MAX_QUOTED_LENGTH = 500
MAX_SEARCHED_BYTES = 64 * 1024

_ACCOUNT = re.compile(r"\b(?:org|proj|acct|user)[-_](?=\w*\d)\w{6,}")
_LOOKS = Redactor()


def quote_words(words: str, secrets: Iterable[str]) -> str:
    """One printable line of bounded length, without anything of the secrets."""
    printable = "".join(character if character.isprintable() else " " for character in words[:MAX_READ_LENGTH])
    line = _LOOKS.redact(mask_pieces(" ".join(printable.split()), secrets))
    line = _ACCOUNT.sub(MASK, line)
    return line if len(line) <= MAX_QUOTED_LENGTH else line[: MAX_QUOTED_LENGTH - 1].rstrip() + "…"


def mask_body(body: bytes, secrets: Iterable[str]) -> bytes:
    """A provider's error answer as it came, but for pieces of the secrets; of a long one, but for the whole of them."""
    text = body.decode("latin-1")
    if len(body) <= MAX_SEARCHED_BYTES:
        masked = mask_pieces(text, secrets)
    else:
        masked = text
        for secret in filter(None, secrets):
            masked = masked.replace(secret, MASK)
    return body if masked == text else masked.encode("latin-1")


def mask_pieces(text: str, secrets: Iterable[str]) -> str:
    """The text with every piece of a secret masked; of a secret that is shorter than a piece, the whole."""
    pieces = {
        secret[start : start + PIECE_LENGTH]
        for secret in secrets
        if len(secret) >= MIN_SECRET_LENGTH
        for start in range(max(1, len(secret) - PIECE_LENGTH + 1))
    }
    if not any(piece in text for piece in pieces):
        return text
    is_secret = [False] * len(text)
    for length in {len(piece) for piece in pieces}:
        for start in range(len(text) - length + 1):
            if text[start : start + length] in pieces:
                is_secret[start : start + length] = [True] * length
    runs = groupby(zip(is_secret, text, strict=True), key=lambda pair: pair[0])
    return "".join(MASK if covered else "".join(character for _, character in run) for covered, run in runs)
