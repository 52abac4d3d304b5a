"""The cache is mapped when it fits the data, and built anew when it is missing, stale, damaged or of another format."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from docops_desktop.model.errors import Cancelled
from docops_desktop.store import cache_file, columnar_cache
from docops_desktop.store.checks import check_workspace
from docops_desktop.store.columnar_cache import current_cache, open_facts
from docops_desktop.store.facts import ALIGNMENT, Facts
from docops_desktop.store.workspace import Workspace


@pytest.fixture(name="ws")
def _filled(ws: Workspace, import_rows, start_ms: int) -> Workspace:
    sessions = [{"start_ms": start_ms + 60_000 * i, "country": "DE" if i % 3 else "FR"} for i in range(200)]
    views = [
        {
            "session": i % 200,
            "time_ms": start_ms + 60_000 * (i % 200) + i,
            "page_url": f"/p/{i % 7}",
            "load_ms": 1000 + i,
        }
        for i in range(600)
    ]
    import_rows(ws, sessions, views)
    return ws


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The builds that were made."""
    made: list[str] = []
    build = columnar_cache.build

    def counted(*arguments):
        made.append("build")
        return build(*arguments)

    monkeypatch.setattr(columnar_cache, "build", counted)
    return made


def file_of(ws: Workspace) -> Path:
    (path,) = ws.path.with_name("shop.docops-cache").glob("facts-*")
    return path


def overwrite(path: Path, content: bytes) -> None:
    """Put other content in the file's place; a file that is mapped must not be cut short under its readers."""
    path.with_suffix(".new").write_bytes(content)
    path.with_suffix(".new").replace(path)


def same(one: Facts, two: Facts) -> bool:
    return (
        one.header == two.header
        and one.sessions == two.sessions
        and one.page_views == two.page_views
        and bool((one.buffer == two.buffer).all())
    )


def test_it_is_built_once_and_then_mapped(ws: Workspace, builds: list[str]) -> None:
    first, again = open_facts(ws), open_facts(ws)
    assert builds == ["build"]
    assert same(first, again)
    assert (first.n_sessions, first.n_page_views) == (200, 600)


def test_columns_are_aligned_and_the_buffer_fits_compiled_code(ws: Workspace) -> None:
    facts = open_facts(ws)
    assert type(facts.buffer) is np.ndarray
    assert facts.buffer.flags.c_contiguous
    assert facts.buffer.flags.writeable
    for column in (*facts.sessions.values(), *facts.page_views.values()):
        assert column.offset % ALIGNMENT == 0
    assert facts.buffer.ctypes.data % ALIGNMENT == 0
    before = file_of(ws).read_bytes()
    facts.buffer[:] = 0  # copy on write: the file keeps its content
    assert file_of(ws).read_bytes() == before


def test_deleting_it_loses_nothing(ws: Workspace, builds: list[str]) -> None:
    first = open_facts(ws)
    shutil.rmtree(ws.path.with_name("shop.docops-cache"))
    assert same(open_facts(ws), first)
    assert len(builds) == 2


def test_damage_anywhere_is_noticed_and_mended(ws: Workspace, builds: list[str]) -> None:
    first = open_facts(ws)
    path, size = file_of(ws), file_of(ws).stat().st_size
    places = [0, 9, 20, cache_file.DATA_START, *range(cache_file.DATA_START + 5, size, size // 20), size - 1]
    for count, place in enumerate(places, 1):
        content = bytearray(path.read_bytes())
        content[place] ^= 0x55
        overwrite(path, content)
        usable = current_cache(ws)
        if usable is not None:  # only the padding between columns may change unnoticed
            assert all(
                not column.offset
                <= place - cache_file.DATA_START
                < column.offset + np.dtype(column.dtype).itemsize * column.length
                for column in (*first.sessions.values(), *first.page_views.values())
            )
            path.unlink()
        assert same(open_facts(ws), first)
        assert len(builds) == count + 1


@pytest.mark.parametrize("keep", [0, 10, 1000, -1])
def test_a_file_cut_short_is_built_anew(ws: Workspace, builds: list[str], keep: int) -> None:
    first = open_facts(ws)
    path = file_of(ws)
    overwrite(path, path.read_bytes()[:keep])
    assert same(open_facts(ws), first)
    assert len(builds) == 2


def test_large_files_are_checked_at_their_columns_ends(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_file, "FULL_CHECK_BYTES", 0)
    first = open_facts(ws)
    path = file_of(ws)
    content = bytearray(path.read_bytes())
    content[cache_file.DATA_START + first.page_views["load_ms"].offset] ^= 1
    overwrite(path, content)
    with pytest.raises(cache_file.CacheUnusable, match=r"page_views\.load_ms"):
        cache_file.map_cache(path)


def test_another_format_version_is_built_anew(
    ws: Workspace, builds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_facts(ws)
    monkeypatch.setattr(cache_file, "FORMAT_VERSION", cache_file.FORMAT_VERSION + 1)
    open_facts(ws)
    assert len(builds) == 2


def test_it_follows_the_data(ws: Workspace, builds: list[str], import_rows, start_ms: int) -> None:
    import_rows(ws, [{"start_ms": start_ms - 5}], [{"session": 0, "time_ms": start_ms - 5}], sha256="b" * 64)
    assert open_facts(ws).n_sessions == 201
    ws.forget(2)
    assert open_facts(ws).n_sessions == 200
    ws.save_definitions(replace(ws.definitions(), time_zone="Asia/Kolkata"))
    assert open_facts(ws).header.time_zone == "Asia/Kolkata"
    assert len(builds) == 3
    assert file_of(ws).name == f"facts-{ws.data_version}.columns"  # older ones are gone


def test_a_restored_backup_that_went_another_way_is_told_apart(ws: Workspace, import_rows, start_ms: int) -> None:
    path = ws.path
    ws.close()
    backup = path.read_bytes()
    for count in (3, 5):
        path.write_bytes(backup)
        with Workspace.open(path) as again:
            import_rows(again, [{"start_ms": start_ms + n} for n in range(count)], sha256=str(count))
            assert open_facts(again).n_sessions == 200 + count


def test_a_copy_of_the_file_under_a_wrong_name_is_not_taken(ws: Workspace, builds: list[str]) -> None:
    open_facts(ws)
    old = file_of(ws)
    content = old.read_bytes()
    ws.save_definitions(replace(ws.definitions(), time_zone="Asia/Kolkata"))
    old.with_name(f"facts-{ws.data_version}.columns").write_bytes(content)
    assert open_facts(ws).header.time_zone == "Asia/Kolkata"
    assert len(builds) == 2


def test_where_the_folder_can_t_be_written_it_goes_to_the_users_cache(
    ws: Workspace, builds: list[str], tmp_path: Path
) -> None:
    beside = ws.path.with_name("shop.docops-cache")
    shutil.rmtree(beside)
    beside.write_text("in the way")
    with Workspace.open(ws.path, read_only=True) as looking:
        first = open_facts(looking)
        assert same(open_facts(looking), first)
    assert len(builds) == 1
    assert len(list((tmp_path / "user-cache").rglob("facts-*.columns"))) == 1


def test_progress_rises_and_cancelling_keeps_what_was_there(ws: Workspace) -> None:
    steps: list[tuple[str, float]] = []
    with pytest.raises(Cancelled):
        open_facts(ws, lambda text, fraction: steps.append((text, fraction)), lambda: len(steps) == 3)
    assert not list(ws.path.with_name("shop.docops-cache").glob("facts-*"))
    steps.clear()
    open_facts(ws, lambda text, fraction: steps.append((text, fraction)))
    fractions = [fraction for _, fraction in steps]
    assert fractions == sorted(fractions)
    assert steps[-1] == ("Ready", 1.0)


def test_cancelling_in_the_midst_of_reading(path: Path) -> None:
    """The reader is a block ahead when the caller cancels; it must be done before the connection goes."""
    rows = 250_000
    with Workspace.create(path.with_name("large.docops")) as ws:
        with ws.begin_import("f", "s", 1, "generic", "session") as writer:
            writer.append(
                "sessions",
                pa.table({"session_id": range(1, rows + 1), "session_key": range(rows), "start_ms": range(rows)}),
            )
            writer.commit()
        for _ in range(3):
            asked: list[bool] = []
            with pytest.raises(Cancelled):
                open_facts(ws, None, lambda asked=asked: asked.append(True) or len(asked) == 2)  # type: ignore[misc]
        assert open_facts(ws).n_sessions == rows


def test_an_empty_workspace_has_empty_facts(path: Path) -> None:
    with Workspace.create(path.with_name("empty.docops")) as ws:
        facts = open_facts(ws)
        assert (facts.n_sessions, facts.n_page_views) == (0, 0)
        assert facts.session("view_offset").tolist() == [0]
        assert facts.header.conversion_kind == "none"
        assert all(result.ok for result in check_workspace(ws))
