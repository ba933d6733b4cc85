"""Token probabilities: `logprobsResult` ⇄ the shape of OpenAI chat, which the model uses.

Gemini lists the chosen tokens and, in a second list of the same length, the best candidates for each.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.gemini_generate.marks import Fields
from dragoman.model.loss import Loss


def parse_logprobs(result: Any) -> Fields | None:
    """None where there are none, or none that make sense."""
    chosen = _list(result, "chosenCandidates")
    if not chosen:
        return None
    best = _list(result, "topCandidates")
    content = []
    for index, token in enumerate(chosen):
        others = _list(best[index], "candidates") if index < len(best) else []
        content.append({**_parse_token(token), "top_logprobs": [_parse_token(other) for other in others]})
    return {"content": content}


def _parse_token(fields: Any) -> Fields:
    token = fields.get("token") if type(fields) is dict else None
    value = fields.get("logProbability", 0.0) if type(fields) is dict else 0.0
    text = token if type(token) is str else ""
    return {
        "token": text,
        "logprob": value if type(value) in {int, float} else 0.0,
        "bytes": list(text.encode(errors="replace")),
    }


def emit_logprobs(logprobs: Fields, path: str, losses: list[Loss]) -> Fields | None:
    """`logprobsResult`; None where no token of visible text has any. Other dialects pass on what their provider said, so
    it need not make sense."""
    for name, tokens in logprobs.items():
        if tokens and name != "content":
            losses.append(Loss("dropped", f"{path}.logprobs.{name}", "there are none but those of the text here"))
    content = _list(logprobs, "content")
    if not content:
        return None
    result: Fields = {"chosenCandidates": [_emit_token(token) for token in content]}
    best = [_list(token, "top_logprobs") for token in content]
    if any(best):
        result["topCandidates"] = [{"candidates": [_emit_token(other) for other in others]} for others in best]
    return result


def _emit_token(token: Any) -> Fields:
    fields = token if type(token) is dict else {}
    return {"token": fields.get("token", ""), "logProbability": fields.get("logprob", 0.0)}


def _list(fields: Any, name: str) -> list[Any]:
    value = fields.get(name) if type(fields) is dict else None
    return value if type(value) is list else []
