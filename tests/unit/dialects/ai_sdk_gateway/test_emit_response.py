"""A whole answer."""

from __future__ import annotations

import pytest

from dragoman.dialects.ai_sdk_gateway.emit_response import emit_identity
from dragoman.dialects.ai_sdk_gateway.wire import FINISH_TO_WIRE
from dragoman.model.content import Image, InlineData, Text
from dragoman.model.loss import Loss
from dragoman.model.response import Candidate, Finish, FinishReason, Response
from tests.unit.dialects.ai_sdk_gateway.samples import V3_CLIENT, tell

SAID = Candidate([Text("Hi.")], Finish("stop"))


@pytest.mark.parametrize("reason", FINISH_TO_WIRE)
def test_the_reason_is_told_in_the_sdk_s_word_and_in_the_provider_s(reason: FinishReason) -> None:
    told = tell(Response("r", "m", [Candidate([], Finish(reason, wire="their word"))]))["finishReason"]
    assert told == {"unified": FINISH_TO_WIRE[reason], "raw": "their word"}
    assert tell(Response("r", "m", [Candidate([], Finish(reason))]))["finishReason"]["raw"] == reason


def test_losses_of_the_request_and_of_the_answer_are_warnings() -> None:
    losses = [Loss("dropped", "sampling.seed")]
    told = tell(Response("r", "m", [SAID, Candidate([], Finish("stop"), 1)]), losses=losses)
    assert [warning["feature"] for warning in told["warnings"]] == ["sampling.seed", "candidates[1]"]
    assert losses[1] == Loss("dropped", "candidates[1]", "only one answer can be told")


def test_an_answer_without_candidates_says_nothing_and_no_stop() -> None:
    told = tell(Response("r", "m", []))
    assert (told["content"], told["finishReason"]["unified"]) == ([], "other")


def test_version_three_has_files_in_its_own_form() -> None:
    response = Response("r", "m", [Candidate([Image(InlineData("image/png", "AA"))], Finish("stop"))])
    assert tell(response, V3_CLIENT)["content"][0]["data"] == "AA"
    assert tell(response)["content"][0]["data"] == {"type": "data", "data": "AA"}


def test_an_answer_is_dated_unless_the_date_is_none() -> None:
    assert emit_identity("r", "m", 0) == {"id": "r", "modelId": "m", "timestamp": "1970-01-01T00:00:00Z"}
    for odd in (None, -1, 10**12):
        assert emit_identity("", "", odd) == {}


def test_probabilities_stand_where_the_sdk_looks_for_them() -> None:
    told = tell(Response("r", "m", [Candidate([], Finish("stop"), logprobs={"content": [{"token": "a"}]})]))
    assert told["providerMetadata"]["openai"]["logprobs"] == [{"token": "a"}]
    assert "providerMetadata" not in tell(Response("r", "m", [SAID]))
