"""What a killed import left behind goes when the workspace is opened, not while another import is at work."""

from __future__ import annotations

from pathlib import Path

from docops_desktop.store.places import writing_folder
from docops_desktop.store.workspace import Workspace
from docops_desktop.store.writer_lock import WriterLock


def abandoned(tmp_path: Path) -> tuple[Path, list[Path]]:
    path = tmp_path / "w.docops"
    Workspace.create(path).close()
    folder = writing_folder(path)
    left = [folder / name for name in ("import-1727.staging", "import-1727-0.staging", "import-1727.staging-journal")]
    for file in left:
        file.write_bytes(b"rows")
    return path, left


def test_opening_removes_what_a_killed_import_left(tmp_path: Path) -> None:
    path, left = abandoned(tmp_path)
    Workspace.open(path).close()
    assert not any(file.exists() for file in left)


def test_a_running_import_keeps_its_files(tmp_path: Path) -> None:
    path, left = abandoned(tmp_path)
    lock = WriterLock(path, writing_folder(path))
    try:
        Workspace.open(path).close()
    finally:
        lock.release()
    assert all(file.exists() for file in left)


def test_reading_removes_nothing(tmp_path: Path) -> None:
    path, left = abandoned(tmp_path)
    Workspace.open(path, read_only=True).close()
    assert all(file.exists() for file in left)
