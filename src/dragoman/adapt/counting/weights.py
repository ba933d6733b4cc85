"""What each amount costs in each family of models: numbers derived from recorded requests whose tokens are known.

`weights.json` is written by `tools/calibrate.py`; only numbers are kept of what they were derived from.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path

import msgspec

from dragoman.adapt.counting.features import Vocabulary

WEIGHTS_PATH = Path(__file__).with_name("weights.json")
OTHER = "other"
"""The family of models that belong to none."""

MATCHES: tuple[tuple[str, str], ...] = (
    ("*gpt-oss*", "gpt_oss"),
    ("*gpt-3*", "gpt_4"),
    ("gpt-4o*", "gpt"),
    ("gpt-4.1*", "gpt"),
    ("gpt-4.5*", "gpt"),
    ("gpt-4*", "gpt_4"),
    ("*gpt-[5-9]*", "gpt_5"),
    ("chatgpt*", "gpt"),
    ("codex*", "gpt"),
    ("o[1-9]", "gpt"),
    ("o[1-9]-*", "gpt"),
    ("computer-use*", "gpt"),
    ("*claude*-3-[057]*", "claude_4"),
    ("*claude-[1-3]*", "claude_4"),
    ("*claude-*-4", "claude_4"),
    ("*claude-*-4-[01]*", "claude_4"),
    ("*claude-*-4.[01]*", "claude_4"),
    ("*claude-*-4-20*", "claude_4"),
    ("*claude-*-4@*", "claude_4"),
    ("*claude-*-4[-.][0-6]*", "claude"),
    ("*claude-*-4[-.][7-9]*", "claude_5"),
    ("*claude-*-[5-9]*", "claude_5"),
    ("*claude*", "claude"),
    ("*gemini-1*", "gemini_2_0"),
    ("*gemini-2.0*", "gemini_2_0"),
    ("*gemini-3*", "gemini_3"),
    ("*gemini*", "gemini"),
    ("*mistral*", "mistral"),
    ("*ministral*", "mistral"),
    ("*magistral*", "mistral"),
    ("*voxtral*", "mistral"),
    ("*pixtral*", "mistral"),
    ("*codestral*", "mistral"),
    ("*devstral*", "mistral"),
    ("*distill-llama*", "llama"),
    ("*distill-qwen*", "qwen"),
    ("*deepseek*", "deepseek"),
    ("*qwen*", "qwen"),
    ("*qwq*", "qwen"),
    ("*llama-4*", "llama_4"),
    ("*llama*", "llama"),
    ("grok-4-1*", "other"),  # so written where it is served without xAI's own words before the request
    ("*grok*", "grok"),
    ("*glm*", "glm"),
    ("*kimi*", "kimi"),
)
"""Which family a model belongs to by its name without the maker before it; the first pattern that fits counts."""

_SNAPSHOT = re.compile(r"[@:].*$")


class Family(msgspec.Struct, frozen=True):
    """How one family counts: its vocabulary by name, and tokens for one of each amount."""

    vocabulary: str
    weights: dict[str, float]


class WeightsFile(msgspec.Struct, frozen=True):
    """`weights.json`."""

    notice: str
    vocabularies: dict[str, Vocabulary]
    families: dict[str, Family]


@cache
def load_weights() -> WeightsFile:
    """All families."""
    return msgspec.json.decode(WEIGHTS_PATH.read_bytes(), type=WeightsFile)


@lru_cache(maxsize=1024)
def find_family(model: str) -> str:
    """The name of the family that a model belongs to."""
    name = _SNAPSHOT.sub("", model.lower().rpartition("/")[2])
    for pattern, family in MATCHES:
        if fnmatchcase(name, pattern):
            return family
    return OTHER
