"""Large files in parts, over a stand-in for the hub."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dragoman.engine import download
from dragoman.engine.download import RemoteFile, download_file, open_url
from dragoman.errors import DragomanError
from tests.hub_double import HubDouble, running_hub

CONTENT = bytes(range(256)) * 40  # ten parts of 1024 bytes, and a bit
NAME = "m.gguf"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubDouble]:
    """A hub with one file; parts are small here."""
    monkeypatch.setattr("dragoman.engine.download.PART_BYTES", 1000)
    monkeypatch.setattr("dragoman.engine.download.RETRY_SECONDS", 0.0)
    with running_hub({NAME: CONTENT}) as running:
        yield running


def locate(hub: HubDouble) -> RemoteFile:
    return RemoteFile(f"{hub.url}/o/r/resolve/main/{NAME}", len(CONTENT), hub.sums[NAME])


def ignore(done: int, total: int) -> None:
    """Nobody looks."""


def refusal(remote: RemoteFile, path: Path) -> str:
    with pytest.raises(DragomanError) as caught:
        download_file(remote, path, ignore)
    assert not path.exists()
    return str(caught.value)


def test_a_file_comes_in_parts_and_takes_its_place_whole(tmp_path: Path, hub: HubDouble) -> None:
    seen: list[int] = []
    download_file(locate(hub), tmp_path / "new" / NAME, lambda done, total: seen.append(done))
    assert (tmp_path / "new" / NAME).read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "new").iterdir()] == [NAME]
    assert sorted(hub.ranges) == list(range(0, len(CONTENT), 1000))
    assert (seen[0], seen[-1], seen) == (0, len(CONTENT), sorted(seen))


def test_after_a_cut_only_what_is_missing_is_fetched(tmp_path: Path, hub: HubDouble) -> None:
    hub.fails_after_bytes = 4000
    assert "try again" in refusal(locate(hub), tmp_path / NAME)
    hub.fails_after_bytes = -1
    hub.ranges.clear()
    seen: list[int] = []
    download_file(locate(hub), tmp_path / NAME, lambda done, total: seen.append(done))
    assert (tmp_path / NAME).read_bytes() == CONTENT
    assert min(hub.ranges) == 4000
    assert seen[0] == 4000
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_parts_of_another_file_are_not_mixed_in(tmp_path: Path, hub: HubDouble) -> None:
    hub.fails_after_bytes = 4000
    refusal(locate(hub), tmp_path / NAME)
    hub.fails_after_bytes = -1
    hub.files[NAME] = CONTENT[::-1]
    hub.ranges.clear()
    changed = msgspec.structs.replace(locate(hub), sha256=hashlib.sha256(CONTENT[::-1]).hexdigest())
    download_file(changed, tmp_path / NAME, ignore)
    assert (tmp_path / NAME).read_bytes() == CONTENT[::-1]
    assert 0 in hub.ranges


def test_a_wrong_checksum_is_refused_and_nothing_of_it_kept(tmp_path: Path, hub: HubDouble) -> None:
    hub.files[NAME] = CONTENT[::-1]
    assert "checksum" in refusal(locate(hub), tmp_path / NAME)
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_fails_once_is_asked_for_again(
    tmp_path: Path, hub: HubDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = download.open_range
    failed: list[int] = []

    def fail_first(remote: RemoteFile, start: int, length: int) -> object:
        if start == 2000 and not failed:
            failed.append(start)
            return [b"short"]
        return real(remote, start, length)

    monkeypatch.setattr("dragoman.engine.download.open_range", fail_first)
    download_file(locate(hub), tmp_path / NAME, ignore)
    assert failed
    assert (tmp_path / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "words"), [(404, "status 404"), (403, "set HF_TOKEN"), (500, "status 500")])
def test_a_refusal_is_told_by_its_status(tmp_path: Path, hub: HubDouble, status: int, words: str) -> None:
    hub.status = status
    assert words in refusal(locate(hub), tmp_path / NAME)


def test_a_hub_that_is_not_there_is_told_with_a_way_out(tmp_path: Path) -> None:
    remote = RemoteFile("http://127.0.0.1:9/x.gguf", 10, "0" * 64)
    assert "HF_ENDPOINT can name a mirror" in refusal(remote, tmp_path / NAME)


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path, hub: HubDouble) -> None:
    huge = msgspec.structs.replace(locate(hub), size_bytes=1 << 60)
    hub.ranges.clear()
    assert "has room for" in refusal(huge, tmp_path / "full" / NAME)
    assert hub.ranges == []
    assert list((tmp_path / "full").iterdir()) == []


def test_the_rest_of_a_file_needs_room_as_well(tmp_path: Path, hub: HubDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.fails_after_bytes = 4000
    refusal(locate(hub), tmp_path / NAME)
    asked: list[int] = []
    monkeypatch.setattr("dragoman.engine.download.check_room", lambda folder, needed: asked.append(needed))
    hub.fails_after_bytes = -1
    download_file(locate(hub), tmp_path / NAME, ignore)
    assert asked == [len(CONTENT) - 4000]


def test_of_a_file_that_filled_the_disk_nothing_stays(
    tmp_path: Path, hub: HubDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(remote: RemoteFile, start: int, length: int) -> Iterator[bytes]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("dragoman.engine.download.open_range", fill)
    assert "No space left" in refusal(locate(hub), tmp_path / NAME)
    assert list(tmp_path.iterdir()) == []


def test_two_do_not_fetch_the_same_file(tmp_path: Path, hub: HubDouble) -> None:
    refusals: list[str] = []

    def look(done: int, total: int) -> None:
        if done == 0:
            refusals.append(refusal(locate(hub), tmp_path / NAME))

    download_file(locate(hub), tmp_path / NAME, look)
    assert refusals == [f"{NAME} is being fetched by another process already."]
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, hub: HubDouble) -> None:
    (tmp_path / f"{NAME}.part").mkdir()
    assert "cannot be written" in refusal(locate(hub), tmp_path / NAME)


def test_a_token_is_shown_to_the_hub_and_not_to_where_it_sends_us(tmp_path: Path, hub: HubDouble) -> None:
    remote = msgspec.structs.replace(locate(hub), token="hub-token")
    download_file(remote, tmp_path / NAME, ignore)
    assert set(hub.tokens) == {"Bearer hub-token", None}
    assert hub.tokens.count(None) == len(hub.ranges)
    assert "hub-token" not in repr(remote)


def test_only_the_web_is_read() -> None:
    with pytest.raises(DragomanError, match="https:// only"), open_url("file:///etc/passwd", "", {}):
        pytest.fail("it was opened")
