"""What goes between the gateway and a converter."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.engine.conversion import (
    MEDIA_FORMATS,
    DocumentJob,
    Frames,
    ImageJob,
    Job,
    VideoJob,
    decode_job,
    decode_outcome,
    encode_message,
)


@pytest.mark.parametrize(
    "job", [VideoJob(b"\xff", "video/mp4", 3, 1.0, 64), ImageJob(b"", "image/webp"), DocumentJob(b"%PDF", 3, 100)]
)
def test_a_job_arrives_as_it_was_sent(job: Job) -> None:
    assert decode_job(encode_message(job)) == job
    assert "xff" not in repr(job)


def test_an_outcome_arrives_as_it_was_sent() -> None:
    frames = Frames([b"\xff"], [0.5], 1.0)
    assert decode_outcome(encode_message(frames)) == frames


@pytest.mark.parametrize("message", [b"", b"\xc0", b"{}"])
def test_anything_else_is_an_error(message: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_outcome(message)


def test_no_reader_opens_files_that_a_file_names() -> None:
    assert not {"hls", "concat", "dash", "image2", "applehttp", "sdp", "rtsp"} & set(MEDIA_FORMATS.values())
