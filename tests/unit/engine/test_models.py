"""Which local models there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.engine.models import (
    ADDED_NAME,
    STARTER,
    add_lora,
    build_added,
    build_tuned,
    find_model,
    is_present,
    load_added,
    load_catalogue,
    load_shelf,
    load_template,
    save_added,
    select_models_folder,
)
from dragoman.engine.worker import SAMPLING_FIELDS
from dragoman.errors import DragomanError, Kind
from tests.tiny_models import SEER, SEER_EYE, SHIFT, THINKER


def test_every_row_of_the_catalogue_can_be_fetched_and_run() -> None:
    rows = load_catalogue()
    assert STARTER in rows
    for row in rows.values():
        assert (row.hub is None) == row.is_ready
        assert row.hub is not None or (row.package is not None and len(row.sha256) == len(row.package.sha256) == 64)
        assert row.hub is None or "Q4_K_M" in row.hub.quantisations
        assert row.size_bytes < row.memory_bytes
        assert row.sampling.keys() <= SAMPLING_FIELDS.keys()


def test_models_live_in_the_users_cache_folder_unless_told_otherwise() -> None:
    assert select_models_folder("", {"HOME": "/h"}) == Path("/h/.cache/dragoman/models")
    assert select_models_folder("", {"HOME": "/h", "XDG_CACHE_HOME": "/c"}) == Path("/c/dragoman/models")
    assert select_models_folder("/m", {"HOME": "/h"}) == Path("/m")


def test_what_was_added_is_there_the_next_time(tmp_path: Path) -> None:
    row = build_added("mine", SEER, SEER_EYE, 512)
    assert row.sees
    save_added(tmp_path / "new", {"mine": row})
    assert load_added(tmp_path / "new") == {"mine": row}
    assert list(load_shelf(tmp_path / "new")) == [*load_catalogue(), "mine"]
    assert is_present(row, tmp_path)


def test_an_own_row_replaces_one_of_the_catalogue(tmp_path: Path) -> None:
    save_added(tmp_path, {STARTER: build_added(STARTER, THINKER)})
    assert load_shelf(tmp_path)[STARTER].label == "added"


def test_a_folder_without_a_list_has_nothing_added(tmp_path: Path) -> None:
    assert load_added(tmp_path) == {}


def test_a_list_that_is_broken_is_told_by_its_path(tmp_path: Path) -> None:
    (tmp_path / ADDED_NAME).write_text('[{"name": 1}]')
    with pytest.raises(DragomanError, match=ADDED_NAME) as caught:
        load_added(tmp_path)
    assert caught.value.blame == "gateway"


@pytest.mark.parametrize("name", ["", "a/b", "-x", "a b", "x" * 65, "ü"])
def test_a_name_must_fit_into_a_models_name(name: str) -> None:
    with pytest.raises(DragomanError, match="name of a model"):
        build_added(name, THINKER)


def test_a_file_must_be_there_and_be_a_model(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match="No such file"):
        build_added("m", tmp_path / "none.gguf")
    (tmp_path / "text.gguf").write_text("hello")
    with pytest.raises(DragomanError, match="not a GGUF file"):
        build_added("m", tmp_path / "text.gguf")
    with pytest.raises(DragomanError, match="not a GGUF file"):
        build_added("m", THINKER, tmp_path / "text.gguf")


def test_whether_a_model_thinks_is_read_off_its_template() -> None:
    assert build_added("m", THINKER).thinking
    assert not build_added("m", SEER).thinking


def test_every_template_that_a_row_names_is_there() -> None:
    named = [row.template for row in load_catalogue().values() if row.template]
    assert named
    assert all("add_generation_prompt" in load_template(name) for name in named)
    assert load_template("") == ""


def test_a_file_that_is_shorter_than_it_should_be_is_not_present(tmp_path: Path) -> None:
    row = load_catalogue()[STARTER]
    assert not is_present(row, tmp_path)
    (tmp_path / row.file).write_bytes(b"GGUF")
    assert not is_present(row, tmp_path)


def test_a_lora_makes_a_model_of_its_own(tmp_path: Path) -> None:
    row = build_added("m:shift", SEER)
    laid_on = add_lora(row, SHIFT)
    assert (laid_on.lora, laid_on.file) == (str(SHIFT), row.file)
    assert laid_on.memory_bytes > row.memory_bytes
    with pytest.raises(DragomanError, match="No such file"):
        add_lora(row, tmp_path / "none.gguf")


def test_what_a_model_was_taught_stands_beside_it_and_has_no_files_of_its_own_to_fetch_or_delete() -> None:
    base = load_catalogue()["smollm2-135m"]
    row = build_tuned(base, "smollm2-135m:mine", SHIFT)
    assert (row.name, row.file, row.lora) == ("smollm2-135m:mine", base.file, str(SHIFT))
    assert row.package is None
    assert row.hub is None
    assert row.memory_bytes > base.memory_bytes


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    shelf = load_catalogue()
    assert find_model(shelf, STARTER).name == STARTER
    with pytest.raises(DragomanError, match=STARTER) as caught:
        find_model(shelf, "smollm2")
    assert caught.value.kind is Kind.NOT_FOUND
    with pytest.raises(DragomanError, match="There are: none"):
        find_model({}, "x")
