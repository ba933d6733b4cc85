"""What a piece of text costs on average in public vocabularies, for `tools/calibrate.py`. Needs the packages bpe-openai,
mistral-common and Django, of which the gateway itself needs none."""

from __future__ import annotations

import gzip
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from dragoman.adapt.counting.features import Vocabulary
from dragoman.adapt.counting.pieces import PIECES, count_pieces
from tools.least_squares import Belief, fit

MAX_TEXTS = 6_000
TEXT_CHARACTERS = range(16, 20_000)
TRANSLATIONS_A_TEXT = 20

_TRANSLATION = re.compile(r'msgstr "(.{30,})"')
_BELIEF = Belief(1.0, 0.02)

Count = Callable[[str], int]


def measure_vocabularies(corpus: Path) -> dict[str, Vocabulary]:
    """All of them, on the same texts."""
    texts = [*list(dict.fromkeys(read_texts(corpus)))[:MAX_TEXTS], *read_translations()]
    rows = [count_pieces(text) for text in texts]
    beliefs = [_BELIEF] * len(PIECES)
    return {
        name: tuple(fit(rows, [float(max(1, count(text))) for text in texts], beliefs))
        for name, count in load_counters().items()
    }


def load_counters() -> dict[str, Count]:
    """How many tokens a text has, by vocabulary."""
    openai = importlib.import_module("bpe_openai")
    tekken = importlib.import_module("mistral_common.tokens.tokenizers.tekken")
    package = importlib.import_module("mistral_common")
    folder = Path(str(package.__file__)).parent / "data"
    mistral = tekken.Tekkenizer.from_file(max(folder.glob("tekken_*.json")))
    counters: dict[str, Count] = {
        name: _build_counter(openai.get_encoding(f"{name}_base").encode) for name in ("o200k", "cl100k")
    }

    def count(text: str) -> int:
        return len(mistral.encode(text, bos=False, eos=False))

    return {**counters, "tekken": count}


def _build_counter(encode: Callable[[str], Any]) -> Count:
    return lambda text: len(list(encode(text)))


def read_texts(corpus: Path) -> Iterator[str]:
    """Every piece of prose in what was recorded."""
    with gzip.open(corpus) as lines:
        for line in lines:
            exchange = msgspec.json.decode(line)
            for half in ("request", "response"):
                yield from _find_texts(exchange[half])


def _find_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) in TEXT_CHARACTERS and " " in value:
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _find_texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _find_texts(one)


def read_translations() -> Iterator[str]:
    """Sentences in a hundred languages."""
    root = Path(str(importlib.import_module("django").__file__)).parent / "conf" / "locale"
    for path in sorted(root.glob("*/LC_MESSAGES/django.po")):
        found = _TRANSLATION.findall(path.read_text("utf-8"))
        for start in range(0, len(found), TRANSLATIONS_A_TEXT):
            yield "\n".join(found[start : start + TRANSLATIONS_A_TEXT])
