"""The tables agree with Amazon's own description of the service."""

from __future__ import annotations

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from dragoman.dialects.bedrock_converse import wire

MODEL = ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2"))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("ImageFormat", wire.IMAGE_FORMATS.values()),
        ("DocumentFormat", wire.DOCUMENT_FORMATS.values()),
        ("VideoFormat", wire.VIDEO_FORMATS.values()),
        ("AudioFormat", wire.AUDIO_FORMATS.values()),
        ("ServiceTierType", wire.TIER_BY_CANONICAL.values()),
    ],
)
def test_every_word_that_is_sent_is_known_there(shape: str, words: object) -> None:
    assert set(words) <= set(MODEL.shape_for(shape).enum)  # type: ignore[call-overload]


def test_every_reason_to_stop_has_a_row() -> None:
    assert set(MODEL.shape_for("StopReason").enum) <= wire.FINISH_BY_WIRE.keys()


def test_every_image_format_is_a_media_type() -> None:
    assert set(MODEL.shape_for("ImageFormat").enum) == wire.MEDIA_TYPE_BY_IMAGE_FORMAT.keys()
