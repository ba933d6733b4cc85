"""What every vector becomes elsewhere is what it became when somebody last looked at it."""

from __future__ import annotations

import json

import pytest

from tests.matrix.crossing import PAIRS
from tests.matrix.snapshots import FOLDER, path_of, take_snapshot, write_text


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_crossings_are_as_they_were(source: str, target: str) -> None:
    now = take_snapshot(source, target)
    kept = json.loads(path_of(source, target).read_text("utf-8"))
    for form, entries in now.items():
        for name, entry in entries.items():
            advice = f"{source}:{name} ({form}) → {target} is new or different; look, then `make matrix ARGS=--rewrite`"
            assert kept[form].get(name) == entry, advice
        assert kept[form].keys() == entries.keys()


def test_there_is_one_file_for_each_pair() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(path_of(*pair).name for pair in PAIRS)


def test_a_vector_has_a_line_of_its_own() -> None:
    text = write_text({"request": {"text": {"wire": {}, "losses": []}, "unicode": {"refused": "No 👋."}}})
    assert text.splitlines()[2] == '"text": {"wire": {}, "losses": []},'
    assert json.loads(text)["request"]["unicode"] == {"refused": "No 👋."}
