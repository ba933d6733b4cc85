"""Compares what was said with what arrived, and asks for an explanation of every difference.

What a loss speaks of need not arrive. All else must arrive, and nothing may arrive that was not said, but for what
follows from a loss (text that moved, a finish reason that goes with a part that was dropped), what the target's own
parser notes of its own words, and `NEEDED`, what the target demands although it means nothing. The rules of `level_*`
and `joining` say which forms are equal.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Response
from tests.matrix.crossing import Crossing
from tests.matrix.facts import Fact, list_facts
from tests.matrix.joining import Saying, join_facts
from tests.matrix.level_requests import level_request
from tests.matrix.level_responses import level_response

NEEDED: tuple[tuple[str, str, str | None, str], ...] = (
    ("openai_chat", "file.name", '"document.pdf"', "a file without a name is refused"),
    ("openai_chat", "file.name", '"document.txt"', "a file without a name is refused"),
    ("openai_responses", "file.name", '"document.pdf"', "a file without a name is refused"),
    ("openai_responses", "file.name", '"document.txt"', "a file without a name is refused"),
    ("bedrock_converse", "file.name", '"document"', "a file without a name is refused"),
    ("bedrock_converse", "tool_choice", "given", "tools that have to be there may be called"),
    ("bedrock_converse", "tool_choice.mode", '"auto"', "tools that have to be there may be called"),
    ("gemini_generate", "reasoning", "given", "shown unasked by Anthropic, but not by Gemini"),
    ("gemini_generate", "reasoning.display", '"summary"', "shown unasked by Anthropic, but not by Gemini"),
    ("gemini_generate", "citations.start", "0", "a source of the whole text covers all of it"),
    ("gemini_generate", "citations.cited_text", None, "a segment repeats the text that it covers"),
    ("openai_chat", "citations.start", None, "a source of the whole text covers all of it"),
    ("openai_chat", "citations.end", None, "a source of the whole text covers all of it"),
    ("openai_responses", "citations.start", None, "a source of the whole text covers all of it"),
    ("openai_responses", "citations.end", None, "a source of the whole text covers all of it"),
)
"""What a target says that the caller did not: the dialect, the end of the topic, the value (None: any), the reason."""

MOVED_FROM = '"From the result of tool call'
"""What is said about a part that moved out of a tool's result."""

_PART = re.compile(r"(turns\[\d+\]|candidates\[\d+\])\.parts\[\d+\]")
_INDEX_OF_CITATION = re.compile(r"\.citations\[\d+\]")
_PART_CORES = (".source", ".kind", ".text", ".transcript")


@dataclass(frozen=True)
class Difference:
    """A stretch of sayings that turned into another stretch; either may be empty."""

    gone: tuple[Saying, ...]
    come: tuple[Saying, ...]


class Explainer:
    """Knows the losses of one crossing."""

    def __init__(self, crossing: Crossing) -> None:
        self._target = crossing.target
        self._losses = crossing.losses
        self._paths = [_plain(loss.path) for loss in crossing.losses]
        self._roles = {loss.path for loss in crossing.losses if loss.path.endswith(".role")}
        self._siblings = {path.rpartition(".")[0] for path in self._paths} - {""}
        self._has_renamed = any(loss.code == "renamed" for loss in crossing.losses)
        self._has_moved = any(loss.code == "moved" for loss in crossing.losses)
        facts = read_facts(crossing.before, crossing.target)
        self.lost = [fact for fact in facts if self._is_lost(fact)]
        self.kept = [self._put_role(fact) for fact in facts if not self._is_lost(fact)]
        self._lost_meanings = {outside_of_results(fact.meaning) for fact in self.lost}
        turns = {fact.path.split(".")[0] for fact in self.lost}
        self._lost_meanings |= {fact.meaning for fact in facts if fact.path.removesuffix(".role") in turns}

    def explains_gone(self, saying: Saying) -> bool:
        """A loss is about something in it, or about what it follows from."""
        return any(self._is_touched(fact) for fact in saying.facts)

    def explains_come(self, saying: Saying) -> bool:
        """It stands for what was lost, or the target's dialect demands it."""
        return (
            not saying.value  # what is in it tells whether it belongs here
            or all(outside_of_results(fact.meaning) in self._lost_meanings for fact in saying.facts)
            or any(self._is_lost(fact) or self._is_touched(fact) for fact in saying.facts)
            or saying.topic.rpartition(".")[0] in self._siblings
            or (self._has_moved and (saying.topic == "turns.role" or saying.value.startswith(MOVED_FROM)))
            or ("cache" in self._paths and saying.topic.endswith((".cache", ".cache.ttl")))
            or saying.topic.startswith(f"extras.{self._target}.")
            or any(
                target == self._target and saying.topic.endswith(topic) and value in {None, saying.value}
                for target, topic, value, _ in NEEDED
            )
            or (self._has_renamed and saying.topic.endswith((".id", ".call_id")))
        )

    def explains_join(self, gone: list[Saying], come: list[Saying], around: Difference) -> bool:
        """Texts that stand together now, since what stood between them left; they may hold what was lost elsewhere."""
        gone = [saying for saying in gone if saying.value]
        if not all(saying.topic.endswith(".text") for saying in (*gone, *come)):
            return False
        left = "".join(_squeeze(saying) for saying in around.come if saying.topic.endswith(".text"))
        for saying in gone:
            piece = _squeeze(saying)
            if piece not in left:
                return False
            left = left.replace(piece, "", 1)
        return not left or any(".source" in fact.topic or fact.topic.endswith(".text") for fact in self.lost)

    def list_about(self, fact: Fact) -> list[Loss]:
        """The losses that tell what became of a fact."""
        return [loss for loss in self._losses if self._is_about(fact, [_plain(loss.path)])]

    def _is_lost(self, fact: Fact) -> bool:
        """A loss is about this or about something around it."""
        if fact.topic == "turns.role":
            return False
        path = _plain(fact.path)
        if not fact.value and any(path + core in self._paths for core in _PART_CORES):
            return True
        return any(_is_within(path, loss) for loss in self._paths)

    def _is_touched(self, fact: Fact) -> bool:
        return self._is_about(fact, self._paths)

    def _is_about(self, fact: Fact, losses: list[str]) -> bool:
        path = _plain(fact.path)
        if fact.topic == "candidates.finish.reason":
            root = path.removesuffix("finish.reason")
            followed = {f"{root}finish{rest}" for rest in ("", ".reason", ".stop_sequence")}
            return any(loss in followed or (loss.startswith(root) and _PART.fullmatch(loss)) for loss in losses)
        if not fact.value:
            return any(_is_within(path, loss) for loss in losses)
        return any(_is_within(path, loss) or _is_within(loss, path) for loss in losses)

    def _put_role(self, fact: Fact) -> Fact:
        """Who has no role of its own there speaks as the user."""
        return Fact(fact.path, fact.topic, '"user"') if fact.path in self._roles else fact


def read_facts(root: Request | Response, target: str) -> list[Fact]:
    """What it says, in the form in which it is compared."""
    return list_facts(level_request(root, target) if isinstance(root, Request) else level_response(root, target))


def find_differences(before: list[Saying], after: list[Saying]) -> list[Difference]:
    """What is not in both, in this order."""
    ours, theirs = [saying.meaning for saying in before], [saying.meaning for saying in after]
    if ours == theirs:
        return []
    return [
        Difference(tuple(before[first:last]), tuple(after[start:end]))
        for code, first, last, start, end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
        if code != "equal"
    ]


def list_unexplained(crossing: Crossing) -> list[str]:
    """Every difference that nothing explains, for people to read."""
    if crossing.after is None:
        return []
    explainer = Explainer(crossing)
    after = join_facts(read_facts(crossing.after, crossing.target))
    words = []
    for difference in find_differences(join_facts(explainer.kept), after):
        gone = [saying for saying in difference.gone if not explainer.explains_gone(saying)]
        come = [saying for saying in difference.come if not explainer.explains_come(saying)]
        if (gone or come) and not explainer.explains_join(gone, come, difference):
            words += [_describe(saying, "gone") for saying in gone] + [_describe(saying, "come") for saying in come]
    return words


def _plain(path: str) -> str:
    """Streams tell citations one by one and do not count them."""
    return _INDEX_OF_CITATION.sub(".citations", path)


def outside_of_results(meaning: tuple[str, str]) -> tuple[str, str]:
    """What is in a tool's result may move out of it."""
    return meaning[0].replace(".tool_result", ""), meaning[1]


def _is_within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))


def _squeeze(saying: Saying) -> str:
    """The text without white space: texts are joined with or without an empty line."""
    return "".join(str(json.loads(saying.value)).split()) if saying.value else ""


def _describe(saying: Saying, what: str) -> str:
    return f"{what}: {saying.facts[0].path} {saying.value[:200]}".rstrip()
