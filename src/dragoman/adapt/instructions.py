"""Something more for the system to say, behind what it says already or before everything else."""

from __future__ import annotations

import msgspec

from dragoman.model.content import Text
from dragoman.model.request import Turn


def add_instructions(turns: list[Turn], instructions: str) -> list[Turn]:
    """The same conversation with these instructions. Nothing that was there changes its place or its marks."""
    first = turns[0] if turns else None
    if first is None or first.role not in {"system", "developer"}:
        return [Turn("system", [Text(instructions)], shorthand=True), *turns]
    only = first.parts[0] if len(first.parts) == 1 else None
    if isinstance(only, Text) and only.cache is None and only.extras is None:
        said = msgspec.structs.replace(first, parts=[Text(f"{only.text}\n\n{instructions}")], shorthand=True)
    else:
        said = msgspec.structs.replace(first, parts=[*first.parts, Text(instructions)], shorthand=False)
    return [said, *turns[1:]]
