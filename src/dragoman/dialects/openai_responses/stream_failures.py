"""What can be wrong with a provider's stream beside the errors that it tells itself."""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind


def as_stream_failure(error: DragomanError) -> DragomanError:
    """Whatever is wrong with a provider's stream is the provider's fault. Its bytes are not repeated."""
    if error.reply is not None:
        return error
    message = error.message if error.blame == "upstream" else f"The provider's stream holds a malformed event: {error}"
    return DragomanError(Kind.UNAVAILABLE, message, blame="upstream", phase="stream")


def cut_short() -> DragomanError:
    """The bytes ended before the answer did."""
    return DragomanError(
        Kind.UNAVAILABLE, "The provider's stream ended before its answer did.", blame="upstream", phase="stream"
    )


def out_of_place(what: str) -> DragomanError:
    """An event that speaks of an item or object that is not there."""
    return DragomanError(
        Kind.UNAVAILABLE, f"The provider's stream holds {what} outside its item.", blame="upstream", phase="stream"
    )
