"""Where instructions are put."""

from __future__ import annotations

from dragoman.adapt.instructions import add_instructions
from dragoman.model.content import CacheBreakpoint, Text
from dragoman.model.request import Turn

USER = Turn("user", [Text("Hi")], shorthand=True)


def test_they_stand_before_everything_where_the_system_says_nothing() -> None:
    assert add_instructions([USER], "Do.") == [Turn("system", [Text("Do.")], shorthand=True), USER]
    assert add_instructions([], "Do.") == [Turn("system", [Text("Do.")], shorthand=True)]


def test_they_stand_behind_what_the_system_says() -> None:
    said = Turn("developer", [Text("Be brief.")], shorthand=True)
    assert add_instructions([said, USER], "Do.") == [
        Turn("developer", [Text("Be brief.\n\nDo.")], shorthand=True),
        USER,
    ]


def test_marks_of_the_system_keep_their_place() -> None:
    said = Turn("system", [Text("Be brief.", cache=CacheBreakpoint())])
    assert add_instructions([said], "Do.")[0].parts == [said.parts[0], Text("Do.")]
