"""How failures end a command."""

from __future__ import annotations

from dragoman.config.environment import read_environment
from dragoman.config.problems import CODE
from dragoman.errors import DragomanError

EXIT_FAILED = 1
EXIT_WRONG = 2
EXIT_INTERRUPTED = 130


def exit_code_of(error: DragomanError) -> int:
    """2 where the operator's words were wrong, 1 where something did not work out."""
    return EXIT_WRONG if error.code == CODE else EXIT_FAILED


def describe(error: Exception) -> str:
    """An error that nobody expected. Only its kind: its text may hold anything."""
    reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return f"unexpected {type(error).__name__}{reason}. Set DRAGOMAN_DEBUG=1 to see where it comes from."


def is_debugging() -> bool:
    """Whether the operator wants tracebacks."""
    return bool(read_environment().get("DRAGOMAN_DEBUG"))
