"""Conversations for tests: an agent's, as long as wanted."""

from __future__ import annotations

from dragoman.adapt.context.conversation import Conversation
from dragoman.adapt.counting.ruler import find_ruler
from dragoman.model.content import Text, ToolCall, ToolResult
from dragoman.model.request import Turn

RULER = find_ruler("gpt-4o")


def say(role: str, text: str) -> Turn:
    """One turn of text."""
    return Turn(role, [Text(text)])  # type: ignore[arg-type]


def call(number: int) -> Turn:
    """The assistant calls a tool."""
    return Turn("assistant", [Text(f"Step {number}."), ToolCall(f"c{number}", "read", f'{{"page": {number}}}')])


def answer(number: int, words: int = 40) -> Turn:
    """What the tool gave back."""
    return Turn("tool", [ToolResult(f"c{number}", [Text(f"Page {number}: " + "water " * words)])])


def agent(steps: int, words: int = 40) -> list[Turn]:
    """A system's turn, a task, and calls with their results."""
    turns = [say("system", "You read books."), say("user", "Read the whole book to me.")]
    for number in range(steps):
        turns += [call(number), answer(number, words)]
    return turns


def talk(turns: list[Turn]) -> Conversation:
    """The conversation of these turns."""
    return Conversation(turns, RULER)
