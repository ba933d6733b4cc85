"""The model → an answer's body: its items, how it ended, and what of it cannot be said. `answer_body.py` has the rest."""

from __future__ import annotations

from dragoman.dialects.openai_responses.answer_body import Body, write_body
from dragoman.dialects.openai_responses.emit_output import OutputWriter
from dragoman.dialects.openai_responses.marks import Fields, is_ours, report_foreign_extras
from dragoman.dialects.openai_responses.output_items import mark_cut, text_message
from dragoman.dialects.openai_responses.wire import APPROXIMATE_ENDINGS, ENDING_BY_FINISH
from dragoman.model.content import read_only_text
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Candidate, Finish, Response


def emit_body(response: Response, request: Request, losses: list[Loss]) -> Body | Fields:
    """The whole body. There is room for one candidate."""
    ours = is_ours(response.extras)
    candidates = response.candidates
    text = _read_plain(candidates)
    if text is not None:
        items, finish = [text_message(response.id, text)], candidates[0].finish
    else:
        writer = OutputWriter(response.id, request, losses, is_ours=ours)
        finish = _write_candidate(candidates, writer, losses) if candidates else Finish("other")
        items = writer.items
    if response.extras is not None:
        report_foreign_extras(response.extras, "", losses)
    ending = ENDING_BY_FINISH[finish.reason] if ours else select_ending(finish, items)
    if not ours:
        report_ending(finish, ending, losses)
        if items and ending[0] == "incomplete":
            items[-1] = mark_cut(items[-1])
    return write_body(response, items, ending, request)


def _read_plain(candidates: list[Candidate]) -> str | None:
    """The text of an answer that is one text and nothing beside it, as most are; None for any other."""
    if len(candidates) != 1:
        return None
    only = candidates[0]
    if only.logprobs is not None or only.extras is not None or only.finish.extras is not None:
        return None
    return read_only_text(only.parts)


def _write_candidate(candidates: list[Candidate], writer: OutputWriter, losses: list[Loss]) -> Finish:
    """Write the first of them; why it ended."""
    if len(candidates) > 1:
        losses.extend(Loss("dropped", f"candidates[{index}]") for index in range(1, len(candidates)))
    candidate = candidates[0]
    writer.logprobs = candidate.logprobs
    report_logprobs(candidate.logprobs, losses)
    if candidate.extras is not None:
        report_foreign_extras(candidate.extras, "candidates[0]", losses)
    if candidate.finish.extras is not None:
        report_foreign_extras(candidate.finish.extras, "candidates[0].finish", losses)
    writer.write(candidate.parts)
    return candidate.finish


def report_logprobs(logprobs: Fields | None, losses: list[Loss]) -> None:
    """Only text has probabilities here."""
    if logprobs is not None:
        names = [name for name, tokens in logprobs.items() if tokens and name != "content"]
        losses.extend(Loss("dropped", f"candidates[0].logprobs.{name}") for name in names)


def report_ending(finish: Finish, ending: tuple[str, str | None], losses: list[Loss]) -> None:
    """What the word for an ending does not tell."""
    if finish.reason == "stop" and finish.stop_sequence is None:
        return
    word = ending[1] or ending[0]
    if finish.reason in APPROXIMATE_ENDINGS or (finish.reason == "refusal" and word == "content_filter"):
        losses.append(Loss("approximated", "candidates[0].finish", f"{finish.reason} is said as {word}"))
    if finish.stop_sequence is not None:
        losses.append(Loss("dropped", "candidates[0].finish.stop_sequence", "nobody says here which one was met"))


def select_ending(finish: Finish, items: list[Fields]) -> tuple[str, str | None]:
    """Status and reason. A refusal without words of its own would look like an answer; it was filtered, then."""
    if finish.reason == "refusal" and not any(_refuses(item) for item in items):
        return ENDING_BY_FINISH["content_filter"]
    return ENDING_BY_FINISH[finish.reason]


def _refuses(item: Fields) -> bool:
    return item["type"] == "message" and any(part["type"] == "refusal" for part in item["content"])
