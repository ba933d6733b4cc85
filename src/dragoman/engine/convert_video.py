"""The main of a process that takes one video or image apart, and then ends: `python -m dragoman.engine.convert_video`.

Files of strangers are read by native code only in such a process. The reader is chosen by the file's own first bytes
and never guessed, so that no playlist can make it open anything else. The only module that imports PyAV.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import av
import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from dragoman.engine.confinement import give_up_rights
from dragoman.engine.conversion import (
    MEDIA_FORMATS,
    Fault,
    Frames,
    ImageJob,
    Job,
    Outcome,
    VideoJob,
    decode_job,
    encode_message,
)

MAX_PIXELS = 64_000_000
SEEK_SECONDS = 5.0
"""A frame that is farther ahead than this is sought; one that is nearer is reached by decoding on."""

QUANTISERS = (2, 5, 12)
"""Of JPEG, from the finest that the encoder takes to one that still looks well."""

LEAST_EDGE = 64


def main() -> int:
    """One job in, one outcome out."""
    give_up_rights()
    outcome = convert(decode_job(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(encode_message(outcome))
    return 0


def convert(job: Job) -> Outcome:
    """Whatever can be wrong with a file becomes words."""
    try:
        match job:
            case VideoJob():
                return sample_video(job)
            case ImageJob():
                return redraw_image(job)
            case _:
                return Fault("That is neither a video nor an image.")
    except (av.error.FFmpegError, ValueError, MemoryError):
        return Fault("The file cannot be decoded.")


def sample_video(job: VideoJob) -> Outcome:
    """Frames out of the middles of equal stretches."""
    with open_media(job.data, job.media_type) as container:
        stream = select_stream(container)
        seconds = measure_seconds(container, stream)
        count = max(1, min(job.max_frames, round(seconds * job.frames_per_second)))
        wanted = [(number + 0.5) * seconds / count for number in range(count)]
        frames = list(pick_frames(container, stream, wanted))
        if not frames:
            return Fault("The video has no frame.")
        return Frames(
            [draw_jpeg(frame, job.max_edge) for frame in frames],
            [round(frame.time or 0.0, 3) for frame in frames],
            round(seconds, 3),
            bool(container.streams.audio),
        )


def redraw_image(job: ImageJob) -> Outcome:
    """The first picture of the file."""
    with open_media(job.data, job.media_type) as container:
        for frame in container.decode(select_stream(container)):
            return fit_image(frame, job)
    return Fault("The image is empty.")


def fit_image(frame: VideoFrame, job: ImageJob) -> Outcome:
    """As fine as it may be: first it loses detail, then size."""
    edge = job.max_edge or max(frame.width, frame.height)
    halved = max(0, (edge // LEAST_EDGE).bit_length() - 1)
    for times, quantiser in product(range(halved + 1), QUANTISERS):
        image = draw_jpeg(frame, edge >> times, quantiser)
        if not job.max_bytes or len(image) <= job.max_bytes:
            return Frames([image], [0.0], 0.0)
    return Fault("The image cannot be made as small as the model wants it.")


def open_media(data: bytes, media_type: str) -> InputContainer:
    """The file, by the reader of its type and no other, which may open nothing else."""
    form = MEDIA_FORMATS[media_type]
    return av.open(io.BytesIO(data), mode="r", format=form, options={"protocol_whitelist": ""})


def select_stream(container: InputContainer) -> VideoStream:
    """The picture; raises if there is none, or one that no model needs."""
    if not container.streams.video:
        raise ValueError("no picture")
    stream = container.streams.video[0]
    if stream.codec_context.width * stream.codec_context.height > MAX_PIXELS:
        raise ValueError("too large")
    stream.thread_type = "NONE"
    return stream


def measure_seconds(container: InputContainer, stream: VideoStream) -> float:
    """How long it lasts; where the file does not say so, its packets do."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return container.duration / av.time_base
    ends = [(packet.pts or 0) + (packet.duration or 0) for packet in container.demux(stream)]
    container.seek(0)
    return float(max(ends, default=0) * (stream.time_base or 0))


def pick_frames(container: InputContainer, stream: VideoStream, wanted: list[float]) -> Iterator[VideoFrame]:
    """The frames that are on the screen at these seconds, one for each."""
    start = float((stream.start_time or 0) * (stream.time_base or 0))
    frames = container.decode(stream)
    shown = next(frames, None)
    following = next(frames, None)
    for second in wanted:
        moment = start + second
        if shown is not None and moment - (shown.time or 0.0) > SEEK_SECONDS:
            container.seek(int(moment * av.time_base))
            frames = container.decode(stream)
            shown = next(frames, None)
            following = next(frames, None)
        while following is not None and (following.time or 0.0) <= moment:
            shown, following = following, next(frames, None)
        if shown is not None:
            yield shown


def draw_jpeg(frame: VideoFrame, max_edge: int, quantiser: int = QUANTISERS[0]) -> bytes:
    """A frame as a file of its own, made smaller where it has to be."""
    longest = max(frame.width, frame.height)
    scale = min(1.0, max_edge / longest) if max_edge else 1.0
    width, height = (max(1, round(edge * scale)) for edge in (frame.width, frame.height))
    small = frame.reformat(width=width, height=height, format="yuvj444p")
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj444p"
    encoder.time_base = Fraction(1, 1)
    encoder.qmin = encoder.qmax = quantiser
    small.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])


if __name__ == "__main__":
    sys.exit(main())
