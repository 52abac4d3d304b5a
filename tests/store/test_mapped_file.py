"""Mapping a file: what is read, and who frees a file that was replaced."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from docops_desktop.store import mapped_file
from docops_desktop.store.mapped_file import map_file

POSIX = pytest.mark.skipif(os.name != "posix", reason="a file in use can't be replaced here")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "columns"
    path.write_bytes(bytes(range(200)))
    return path


def open_copies(path: Path) -> int:
    """How many descriptors of this program are open on a file, also one that was deleted."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found += str(entry.readlink()).removesuffix(" (deleted)") == str(path)
        except OSError:
            continue  # the descriptor by which the folder was read
    return found


def test_the_bytes_from_the_offset_are_mapped(file: Path) -> None:
    np.testing.assert_array_equal(map_file(file, 64, 100), np.arange(64, 164, dtype=np.uint8))


def test_writing_into_the_map_leaves_the_file_as_it_was(file: Path) -> None:
    map_file(file, 0, 10)[:] = 7
    assert file.read_bytes() == bytes(range(200))


def test_a_file_that_is_too_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"")
    with pytest.raises(ValueError):
        map_file(tmp_path / "short", 64, 100)


@POSIX
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs a list of open files")
class TestLettingGo:
    def test_a_file_that_still_has_its_name_is_closed_at_once(self, file: Path) -> None:
        mapped = map_file(file, 0, 100)
        assert open_copies(file) > 0
        del mapped
        assert open_copies(file) == 0

    def test_a_file_that_was_replaced_is_closed_a_moment_later_by_another_thread(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_go = threading.Event()

        class Held(threading.Timer):
            def run(self) -> None:
                assert let_go.wait(60)
                super().run()

        monkeypatch.setattr(mapped_file.threading, "Timer", Held)
        monkeypatch.setattr(mapped_file, "LINGER_SECONDS", 0.01)
        mapped = map_file(file, 0, 100)
        file.unlink()
        del mapped
        assert open_copies(file) == 1
        let_go.set()
        end = time.monotonic() + 60
        while open_copies(file) and time.monotonic() < end:
            time.sleep(0.02)
        assert open_copies(file) == 0
