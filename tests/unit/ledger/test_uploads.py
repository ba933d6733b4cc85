"""The store of uploads: found by their owners alone, until their end, and never more than there is room for."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger import uploads as uploads_module
from dragoman.ledger.uploads import Room, Upload, UploadStore

NOW = 1_000
SECRET = b"the word that nobody else may read"
UPLOAD = Upload("a", "file", "ann", NOW, NOW + 100, b"{}", SECRET)


def make_store(folder: Path) -> UploadStore:
    return UploadStore(folder / "uploads.sqlite")


def test_an_upload_is_its_owners_alone(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    store.record(UPLOAD, NOW)
    assert store.read("a", "ann", NOW) == UPLOAD
    assert store.read("a", "bob", NOW) is None
    assert store.remove("a", "bob") is False
    assert store.list_all("file", "bob", NOW) == []
    assert store.list_all("cached_content", "ann", NOW) == []
    assert store.list_all("file", "ann", NOW) == [UPLOAD._replace(body=b"")]
    store.close()


def test_the_file_is_made_by_the_first_upload_and_is_private(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    assert store.read("a", "ann", NOW) is None
    assert store.remove("a", "ann") is False
    assert store.list_all("file", "ann", NOW) == []
    assert not (tmp_path / "uploads.sqlite").exists()
    store.record(UPLOAD, NOW)
    assert store.exists
    assert stat.S_IMODE((tmp_path / "uploads.sqlite").stat().st_mode) == 0o600
    store.close()


def test_what_was_removed_cannot_be_found_in_the_files(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    store.record(UPLOAD, NOW)
    assert store.remove("a", "ann") is True
    assert store.remove("a", "ann") is False
    assert not [path for path in tmp_path.iterdir() if SECRET in path.read_bytes()]
    store.close()


def test_after_its_end_an_upload_is_not_found_and_then_forgotten(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    store.record(UPLOAD, NOW)
    assert store.read("a", "ann", NOW + 99) is not None
    assert store.read("a", "ann", NOW + 100) is None
    assert store.list_all("file", "ann", NOW + 100) == []
    assert store.forget(NOW + 99) == 0
    assert store.forget(NOW + 100) == 1
    assert not [path for path in tmp_path.iterdir() if SECRET in path.read_bytes()]
    store.close()


def test_its_end_can_be_changed(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    store.change(UPLOAD)
    store.record(UPLOAD, NOW)
    later = UPLOAD._replace(expires_ms=NOW + 500, head=b'{"later":true}')
    store.change(later)
    assert store.read("a", "ann", NOW + 400) == later
    store.close()


def test_nothing_makes_way_for_what_there_is_no_room_for(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    store.room = Room(3 * UPLOAD.size, 2 * UPLOAD.size)
    store.record(UPLOAD, NOW)
    store.record(UPLOAD._replace(id="b"), NOW)
    with pytest.raises(DragomanError, match="You have no room") as refused:
        store.record(UPLOAD._replace(id="c"), NOW)
    assert refused.value.kind is Kind.TOO_LARGE
    store.record(UPLOAD._replace(id="d", principal="bob"), NOW)
    with pytest.raises(DragomanError, match="This gateway has no room"):
        store.record(UPLOAD._replace(id="e", principal="eve"), NOW)
    store.remove("a", "ann")
    store.record(UPLOAD._replace(id="e", principal="eve"), NOW)
    store.close()
    again = make_store(tmp_path)
    again.room = store.room
    assert again.read("e", "eve", NOW) is not None
    with pytest.raises(DragomanError, match="no room"):
        again.record(UPLOAD._replace(id="f", principal="fay"), NOW)
    again.record(UPLOAD._replace(id="f", principal="fay", created_ms=NOW + 100, expires_ms=NOW + 900), NOW + 100)
    again.close()


def test_nobody_has_very_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_module, "MAX_EACH", 1)
    store = make_store(tmp_path)
    store.record(UPLOAD, NOW)
    with pytest.raises(DragomanError, match="You have no room"):
        store.record(UPLOAD._replace(id="b"), NOW)
    store.close()
