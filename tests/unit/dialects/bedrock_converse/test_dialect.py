"""The provider's half is whole, and what it emits for any of our vectors is what Amazon describes."""

from __future__ import annotations

import json

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from dragoman.dialects.bedrock_converse.dialect import DIALECT
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model.profile import Profile
from tests.matrix.crossing import parse_own
from tests.unit.dialects.bedrock_converse.samples import CLAUDE, PLAIN, PROVIDER
from tests.vector_files import load_vectors

MODEL = ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2"))
ADAPTIVE = Profile(converse_extras="anthropic", thinking="adaptive", inline_system=True, replay_reasoning=True)
SOURCES = ("openai_chat", "openai_responses", "anthropic_messages", "gemini_generate")


def test_clients_do_not_speak_it() -> None:
    assert DIALECTS["bedrock_converse"] is DIALECT
    assert DIALECT.client is None


@pytest.mark.parametrize("profile", [CLAUDE, ADAPTIVE, PLAIN], ids=["budget", "adaptive", "plain"])
@pytest.mark.parametrize("source", SOURCES)
def test_every_request_of_another_dialect_becomes_one_that_amazon_describes(source: str, profile: Profile) -> None:
    shape = MODEL.operation_model("Converse").input_shape
    taken = 0
    for vector in load_vectors(source):
        if vector.request is None or vector.name.startswith("error-"):
            continue
        try:
            wire = PROVIDER.emit_request(parse_own(source, vector.request), profile, [])
        except DragomanError:
            continue  # refused, which the crossings look at
        report = ParamValidator().validate({"modelId": "m", **json.loads(wire.body)}, shape)
        assert not report.has_errors(), f"{vector}: {report.generate_report()}"
        taken += 1
    assert taken >= 20
