"""The marks between which models write calls, whichever family taught them, and how they are recognised.

Marks are compared by their words: `<|tool_call|>`, `＜tool_call＞`, `<Tool-Call>` and `<tool▁call>` are the same. What a
word means stands in the tables; the patterns find candidates at the speed of C and never go back over what they have
read. A pattern of beginnings tells how much of a chunk's end may be the beginning of a mark and has to wait.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

MAX_REST = 160  # characters of attributes in a tag
WINDOW = 256  # no beginning of a mark is longer

_WORDS = (
    "tool",
    "function",
    "invoke",
    "call",
    "python_",
    "channel",
    "start",
    "think",
    "code",
    "end",
    "return",
    "message",
)
SPACES = ("antml:", "minimax:", "DSML|", "DSML｜")
SPACE = r"antml:|minimax:|DSML[|｜]"
LESS, MORE = "[<＜〈《]", "[>＞〉》]"
ANGLES = "<>＜＞〈〉《》"
"""As they are typed, and as they are typed in East Asia."""

OPENERS = frozenset("<＜〈《")


def _any_case(words: Iterable[str]) -> str:
    """A pattern for these words in any case. Each begins with a set of characters, which is what `re` passes over at
    once where another one stands."""
    rests: dict[str, list[str]] = {}
    for word in words:
        rests.setdefault(word[0], []).append(word[1:])
    return "|".join(f"[{first}{first.upper()}](?i:{'|'.join(rest)})" for first, rest in rests.items())


TAG = re.compile(
    rf"{LESS}(?P<slash>[|｜]?[/／]|)(?P<bar>[|｜]?+)(?:{SPACE}|)(?P<word>(?:{_any_case(_WORDS)})[\w▁-]*+)"
    rf"(?P<rest>[^{ANGLES}{{\n]{{0,{MAX_REST}}}+)(?:{MORE}|(?=\{{)|(?=\n))",
)
ANY_TAG = re.compile(
    rf"{LESS}(?P<slash>[|｜]?[/／]|)(?P<bar>[|｜]?)(?:{SPACE})?(?P<word>[^\W\d][\w▁-]*+)"
    rf"(?P<rest>[^{ANGLES}{{\n]{{0,{MAX_REST}}}+)(?:{MORE}|(?=\{{)|(?=\n))",
)

_NAMED = re.compile(r"""\s*[=:]\s*["']?([\w.:/-]+)|.*?\bname\s*=\s*["']?([\w.:/-]+)""")

OPENING = frozenset(
    "tool_call tool_calls toolcall toolcalls tools_call function_call function_calls functioncall functioncalls tool_use"
    " tool_code tool_calls_begin tool_call_begin tool_calls_section_begin tool_call_start tool_calls_start python_tag"
    " python_start tools".split()
)
OPENING_WITH_NAME = frozenset({"function", "invoke", "tool", "call", "tool_call"})
PAST = frozenset("tool_response tool_responses tool_result tool_results tool_outputs_begin tool_output_begin".split())
THINKING = frozenset({"think", "thinking"})
HARMONY = frozenset({"channel", "start", "message", "end", "return", "call"})
NOISE = frozenset(
    {"im_end", "im_start", "eot_id", "eom_id", "end_of_text", "constrain", "tool_sep", "tool_call_argument_begin"}
)
PARAMETER = frozenset({"parameter", "param", "arg", "argument"})
PARAMETERS = frozenset({"parameters", "params", "args", "arguments"})
NAME = frozenset({"tool_name", "name", "function_name"})
WITHIN = NAME | PARAMETER | PARAMETERS
"""Tags within a call: their end is not that of the call."""

FENCES = ("tool_call", "tool_calls", "tool_code", "tool_use", "function_call")


class Tag(NamedTuple):
    """A tag by its meaning."""

    word: str
    closes: bool
    has_bar: bool
    name: str  # what it names in an attribute, or behind = or :
    is_empty: bool = False  # it closes itself


def read_tag(found: re.Match[str]) -> Tag:
    """What a match of `TAG` or `ANY_TAG` says."""
    word = found["word"].lower().replace("▁", "_").replace("-", "_")
    closes = bool(found["slash"]) or word.endswith("_end")
    rest = found["rest"]
    named = _NAMED.match(rest) if rest else None
    is_empty = rest.rstrip()[-1:] in {"/", "／"} and bool(rest)
    return Tag(word, closes, bool(found["bar"]), (named[1] or named[2] or "").rstrip("/") if named else "", is_empty)


def opens_block(tag: Tag) -> bool:
    """Whether a call, or several, may follow."""
    if tag.closes or (tag.has_bar and tag.word in HARMONY):
        return False
    return tag.word in OPENING or (tag.word in OPENING_WITH_NAME and bool(tag.name))


# -- patterns that depend on what is listened for --------------------------------------------------------------------


class Listening(NamedTuple):
    """`full` finds what has to be looked at in text; `beginning` matches what may become such a thing in the next chunk,
    from one of the characters (`first`) with which all of them begin."""

    full: re.Pattern[str]
    beginning: re.Pattern[str]
    first: re.Pattern[str]
    harmony: bool = False

    def find_beginning(self, text: str, start: int) -> int:
        """Where the end of a text begins that has to wait; the length of the text if nothing has to."""
        for first in self.first.finditer(text, max(start, len(text) - WINDOW)):
            if self.beginning.match(text, first.start()) is not None:
                return first.start()
        return len(text)


_TAG_GOES_ON = "[/／|｜amD" + "".join(sorted({one for word in _WORDS for one in (word[0], word[0].upper())})) + "]"
_KEYS = "name function tool tool_name type id tool_calls arguments parameters".split()
_TAGGED = rf"[|｜]?[/／]?[|｜]?(?:{SPACE}|)(?:{_any_case(_WORDS)})"


@lru_cache(maxsize=64)
def build_listening(*, objects: bool = False, names: tuple[str, ...] = (), harmony: bool = False) -> Listening:
    """What is listened for in text. Marks always; where the form has calls without marks, also objects that begin like a
    call, or lists that begin with the name of a tool and a parenthesis. Each branch of the pattern begins with a character
    of its own, and its group stands at its end: so `re` looks only for these characters, and leaves a false alarm soon.
    Long rows of one of them are passed over in one go."""
    firsts = "<＜〈《`~[【［"
    tag = _unname(TAG.pattern.removeprefix(LESS))
    rows = [
        ("tag", "<＜〈《", f"(?={_TAG_GOES_ON})(?:{tag})", rf"{_TAGGED}[^{ANGLES}{{\n]{{0,{MAX_REST}}}"),
        ("", "<＜〈《", "", rf"[|｜]?[/／]?[|｜]?(?:(?:{SPACE})?(?i:{_beginnings(_WORDS)})?|{_beginnings(SPACES)})"),
        ("fence", "`", rf"``(?:{'|'.join(FENCES)})[ \t]*\n", rf"``(?:{_beginnings([f'{one} ' for one in FENCES])})"),
        ("ticks", "`", "`*+", "`*+"),
        ("waves", "~", "~~~*+", "~*+"),
        (
            "bracket",
            "[【［",
            r"(?:TOOL_CALLS?|tool_calls?)[\]】］]",
            rf"(?:{_beginnings(['TOOL_CALLS', 'tool_calls'])})?",
        ),
    ]
    if objects:
        firsts += "{"
        begun = rf"\s{{0,32}}(?:[\"'](?:(?:{_beginnings(_KEYS)})[\"']?\s{{0,8}})?)?"
        key = rf"\s{{0,32}}[\"'](?:{'|'.join(_KEYS)})[\"']\s{{0,8}}:"
        rows += [("object", "{", key, begun), ("objects", "[【［", rf"\s{{0,8}}\{{{key}", rf"\s{{0,8}}(?:\{{{begun})?")]
    if names:
        known = sorted(names, key=len, reverse=True)
        listed = rf"\s{{0,8}}(?:{'|'.join(map(re.escape, known))})\("
        rows.append(("python", "[", listed, rf"\s{{0,8}}(?:{_beginnings(known)})?"))
        firsts += "".join(sorted({name[0] for name in known}))
        rows += [("python", name[0], rf"{re.escape(name[1:])}\(", _begin_rest(name[1:])) for name in known]
    if harmony:
        for head in ("assistantcommentary to=functions.", "commentary to=functions.", "to=functions."):
            firsts += head[0]
            rows.append(("to", head[0], re.escape(head[1:]), f"(?:{_beginnings([head[1:]])})?"))
    rows = [
        *[("row", one, rf"{re.escape(one)}{{15,}}(?={re.escape(one)})", "") for one in "<＜〈《[{" if one in firsts],
        *rows,
    ]
    full = _join((kind, first, f"(?:{rest})") for kind, first, rest, _ in rows if kind)
    begun = _join(("", first, rf"(?:{rest})\Z") for _, first, _, rest in rows if rest)
    return Listening(re.compile(full), re.compile(begun), re.compile(f"[{re.escape(firsts)}]"), harmony)


def name_kind(found: re.Match[str]) -> str:
    """Which of the things that are listened for was found."""
    return (found.lastgroup or "").rstrip("0123456789")


def _join(rows: Iterable[tuple[str, str, str]]) -> str:
    """One branch for each character that something begins with: (kind, characters, what follows them). No two groups may
    have the same name, so they are numbered."""
    by_first: dict[str, list[str]] = {}
    for kind, firsts, rest in rows:
        for first in firsts:
            rests = by_first.setdefault(first, [])
            rests.append(f"{rest}(?P<{kind}{ord(first)}{len(rests)}>)" if kind else rest)
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rests)})" for first, rests in by_first.items())


def _begin_rest(rest: str) -> str:
    return f"(?:{beginnings_of(rest)})?" if rest else "(?:)"


def _beginnings(words: Iterable[str]) -> str:
    return "|".join(map(beginnings_of, words))


def beginnings_of(word: str) -> str:
    """A pattern for all beginnings of a word but the empty one."""
    pattern = re.escape(word[-1])
    for letter in reversed(word[:-1]):
        pattern = f"{re.escape(letter)}(?:{pattern})?"
    return pattern


def _unname(pattern: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)
