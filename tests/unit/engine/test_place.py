"""Where workers listen."""

from __future__ import annotations

import stat
from pathlib import Path

from dragoman.engine.place import Place


def test_only_this_user_can_enter_the_folder() -> None:
    place = Place("k")
    folder = Path(place.socket_for("m")).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    place.remove()
    assert not folder.exists()


def test_paths_are_short_whatever_the_name_and_stay_the_same() -> None:
    place = Place("k")
    path = place.socket_for("x" * 300)
    assert len(path) < 100
    assert path == place.socket_for("x" * 300)
    assert path != place.socket_for("y")
    place.remove()


def test_a_place_that_nobody_used_leaves_no_trace_and_never_shows_its_key() -> None:
    place = Place("the-key")
    assert "not made" in repr(place)
    assert "the-key" not in repr(place)
    place.remove()
