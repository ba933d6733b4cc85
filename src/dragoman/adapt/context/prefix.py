"""The names of a conversation's beginnings: equal beginnings have equal names, in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from dragoman.model.request import Turn

_encode = msgspec.msgpack.Encoder(order="sorted").encode


def name_prefixes(chunks: Iterable[Sequence[Turn]], salt: str) -> list[bytes]:
    """A name for each chunk that stands for it and all chunks before it."""
    digest = hashlib.blake2b(salt.encode(), digest_size=16)
    names = []
    for chunk in chunks:
        for turn in chunk:
            digest.update(_encode(turn))
        names.append(digest.digest())
    return names
