"""The columnar cache: maps the facts of a workspace, or builds them when they are missing, stale, damaged or of another format.

The cache is derived from the SQLite tables alone; deleting it loses nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from docops_desktop.model.errors import WorkspaceError
from docops_desktop.store import meta
from docops_desktop.store.cache_file import CacheFile, CacheUnusable, map_cache, write_cache
from docops_desktop.store.columns.builder import build
from docops_desktop.store.columns.progress import Progress
from docops_desktop.store.facts import Facts
from docops_desktop.store.places import cache_folders, remove_columns, usable_cache_folder

if TYPE_CHECKING:
    from docops_desktop.store.workspace import Workspace

_one_build_at_a_time = threading.Lock()


def open_facts(
    ws: Workspace,
    progress: Callable[[str, float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Facts:
    """Return the workspace's facts from its cache, built first where there is no usable one.

    Args:
        ws: the open workspace.
        progress: called with what is being done and the fraction done (0 to 1).
        cancelled: polled between blocks of rows.

    Raises:
        Cancelled: ``cancelled`` said so; an older cache is still there.
        WorkspaceError: the workspace is damaged, or the disk is full.
    """
    found = current_cache(ws)
    if found is not None:
        return found.facts
    with _one_build_at_a_time:
        found = current_cache(ws)  # another thread may have built it while this one waited
        return (found or _build(ws, Progress(progress, cancelled))).facts


def current_cache(ws: Workspace) -> CacheFile | None:
    """Return the mapped cache of the workspace's present state, or None when there is no usable one."""
    version = ws.data_version
    for folder in cache_folders(ws.path):
        try:
            cache = map_cache(folder / _file_name(version))
        except CacheUnusable:
            continue
        if cache.facts.header.data_version == version:
            return cache
    return None


def cache_problem(ws: Workspace) -> str:
    """Return why the cache file of the workspace's present state can't be used, or "" when there is no such file."""
    for folder in cache_folders(ws.path):
        path = folder / _file_name(ws.data_version)
        if path.exists():
            try:
                map_cache(path)
            except CacheUnusable as error:
                return f"the cache is unusable ({error})"
    return ""


def _build(ws: Workspace, progress: Progress) -> CacheFile:
    folder = usable_cache_folder(ws.path)
    with ws.snapshot() as connection:
        path = folder / _file_name(meta.data_version(connection))
        columns = build(connection, progress)
        try:
            write_cache(path, columns.header, columns.sessions, columns.page_views)
        except OSError as error:
            raise WorkspaceError(
                f"the cache can't be written ({error.strerror or error})", str(folder), "Free some space on that disk"
            ) from error
    remove_columns(folder, but=path.name)
    progress.step("Ready", 1.0)
    try:
        return map_cache(path)
    except CacheUnusable as error:
        raise WorkspaceError(
            f"the cache can't be read back ({error})", str(path), "Check the disk, then open the workspace again"
        ) from error


def _file_name(version: str) -> str:
    return f"facts-{version}.columns"
