"""Conversions in processes of their own: what comes back, and what a bad file or a slow one costs."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from dragoman.engine import converter as room
from dragoman.engine.conversion import DocumentJob, Frames, ImageJob, Job, Page, Pages, VideoJob
from dragoman.engine.converter import Converter, Workshop
from dragoman.errors import DragomanError, Kind
from tests.media_files import build_pdf, build_square, build_video, read_colour

ENVIRONMENT = dict(os.environ)


def convert(job: Job, seconds: float = 60.0) -> Frames | Pages:
    converter = Converter(ENVIRONMENT, seconds=seconds)
    if isinstance(job, DocumentJob):
        return asyncio.run(converter.read_document(job))
    return asyncio.run(converter.draw_frames(job))


def fail_to_convert(job: Job, seconds: float = 60.0) -> DragomanError:
    with pytest.raises(DragomanError) as failed:
        convert(job, seconds)
    return failed.value


def plant(monkeypatch: pytest.MonkeyPatch, folder: Path, program: str) -> None:
    """Let images be converted by a program of the test's own."""
    (folder / "planted_workshop.py").write_text(program)
    monkeypatch.setitem(room.WORKSHOPS, ImageJob, Workshop("planted_workshop", "sys", "video"))
    monkeypatch.setitem(ENVIRONMENT, "PYTHONPATH", str(folder))


def test_a_video_comes_back_as_frames() -> None:
    frames = convert(VideoJob(build_video(["red", "blue"]), "video/mp4", 8, 1.0, 32))
    assert isinstance(frames, Frames)
    assert [read_colour(image) for image in frames.images] == ["red", "blue"]


def test_a_document_comes_back_as_pages() -> None:
    assert convert(DocumentJob(build_pdf(["Hello."]), 1, 100)) == Pages([Page("Hello.")], 1)


def test_a_broken_file_is_the_callers_mistake() -> None:
    error = fail_to_convert(ImageJob(build_square("red")[:50], "image/png"))
    assert (error.status, error.blame, error.code) == (400, "client", "media_not_converted")


@pytest.mark.parametrize("deed", ["import os; os.kill(os.getpid(), 11)", "raise SystemExit", "print('what?')"])
def test_a_converter_that_dies_or_babbles_harms_nobody(
    deed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plant(monkeypatch, tmp_path, deed)
    assert "cannot be decoded" in fail_to_convert(ImageJob(b"a" * (1 << 20), "image/png")).message


def test_a_converter_that_says_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plant(monkeypatch, tmp_path, "import sys\nwhile True: sys.stdout.buffer.write(b'a' * 1000)")
    monkeypatch.setattr(room, "MAX_OUTCOME_BYTES", 100_000)
    assert "cannot be decoded" in fail_to_convert(ImageJob(b"", "image/png")).message


def test_a_converter_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    notes = tmp_path / "pid"
    plant(monkeypatch, tmp_path, f"import os, time; open({str(notes)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    assert "within 2 s" in fail_to_convert(ImageJob(b"", "image/png"), seconds=2.0).message
    with pytest.raises(ProcessLookupError):
        os.kill(int(notes.read_text()), 0)


def test_a_converter_sees_no_key_of_a_provider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(ENVIRONMENT, "OPENAI_API_KEY", "canary")
    plant(monkeypatch, tmp_path, f"import os; open({str(tmp_path / 'seen')!r}, 'w').write(str(dict(os.environ)))")
    fail_to_convert(ImageJob(b"", "image/png"))
    assert "canary" not in (tmp_path / "seen").read_text()


def test_nothing_of_a_file_is_in_the_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = f"open({str(tmp_path / 'seen')!r}, 'wb').write(open('/proc/self/cmdline', 'rb').read())"
    plant(monkeypatch, tmp_path, program)
    fail_to_convert(ImageJob(b"canary", "image/png; canary"))
    words = (tmp_path / "seen").read_bytes().split(b"\0")[1:-1]
    assert words == [b"-P", b"-m", b"planted_workshop"]


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(room.WORKSHOPS, ImageJob, Workshop("a", "a_package_that_nobody_has", "video"))
    error = fail_to_convert(ImageJob(b"", "image/png"))
    assert error.kind is Kind.UNSUPPORTED
    assert "dragoman[video]" in error.message


def test_conversions_wait_for_their_turn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = """
import os, pathlib, time
here = pathlib.Path(__file__).parent
try:
    (here / "busy").mkdir()
except FileExistsError:
    (here / "clash").touch()
time.sleep(0.05)
(here / "busy").rmdir()
"""
    plant(monkeypatch, tmp_path, program)

    async def convert_some() -> None:
        converter = Converter(ENVIRONMENT, at_once=1)
        jobs = [converter.draw_frames(ImageJob(b"", "image/png")) for _ in range(4)]
        await asyncio.gather(*jobs, return_exceptions=True)

    asyncio.run(convert_some())
    assert not (tmp_path / "clash").exists()
