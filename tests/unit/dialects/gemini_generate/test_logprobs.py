"""Token probabilities, both ways."""

from __future__ import annotations

import pytest

from dragoman.dialects.gemini_generate.logprobs import emit_logprobs, parse_logprobs
from dragoman.model.loss import Loss
from tests.unit.dialects.gemini_generate.samples import codes

BEST = {"candidates": [{"token": "é", "logProbability": -0.5}, {"token": "e", "logProbability": -1.5}]}
WIRE = {
    "chosenCandidates": [{"token": "é", "tokenId": 5, "logProbability": -0.5}, {"token": "!", "logProbability": 0}],
    "topCandidates": [BEST],
}


def test_chosen_tokens_carry_their_rivals() -> None:
    assert parse_logprobs(WIRE) == {
        "content": [
            {
                "token": "é",
                "logprob": -0.5,
                "bytes": [195, 169],
                "top_logprobs": [
                    {"token": "é", "logprob": -0.5, "bytes": [195, 169]},
                    {"token": "e", "logprob": -1.5, "bytes": [101]},
                ],
            },
            {"token": "!", "logprob": 0, "bytes": [33], "top_logprobs": []},
        ]
    }


def test_what_makes_no_sense_is_not_there() -> None:
    assert parse_logprobs(None) is None
    assert parse_logprobs({"chosenCandidates": []}) is None
    assert parse_logprobs({"chosenCandidates": [1]}) == {
        "content": [{"token": "", "logprob": 0.0, "bytes": [], "top_logprobs": []}]
    }


def test_they_come_out_in_two_lists_of_one_length() -> None:
    parsed = parse_logprobs(WIRE)
    assert parsed is not None
    emitted = emit_logprobs(parsed, "candidates[0]", [])
    assert emitted == {
        "chosenCandidates": [{"token": "é", "logProbability": -0.5}, {"token": "!", "logProbability": 0}],
        "topCandidates": [BEST, {"candidates": []}],
    }


def test_those_of_a_refusal_have_no_place() -> None:
    losses: list[Loss] = []
    assert emit_logprobs({"content": None, "refusal": [{"token": "No"}]}, "candidates[0]", losses) is None
    assert codes(losses) == [("dropped", "candidates[0].logprobs.refusal")]


def test_probabilities_of_anything_but_text_are_a_loss() -> None:
    losses: list[Loss] = []
    token = {"token": "Hm", "logprob": -0.1}
    assert (
        emit_logprobs({"content": None, "refusal": [], "reasoning_content": [token]}, "candidates[0]", losses) is None
    )
    assert [loss.path for loss in losses] == ["candidates[0].logprobs.reasoning_content"]


@pytest.mark.parametrize("token", [None, "x", {"top_logprobs": 1}, {"token": "a", "top_logprobs": [None]}])
def test_probabilities_that_make_no_sense_are_told_without_a_crash(token: object) -> None:
    told = emit_logprobs({"content": [token]}, "candidates[0]", [])
    assert told is not None
    assert len(told["chosenCandidates"]) == 1
