"""Decides what of a followed folder is to be loaded now: whole files that have stopped growing, and the new whole lines of logs that go on growing.

It looks, it never loads: ``look`` returns tasks, ``load`` carries them out, ``learn`` takes in what is known afterwards. What is known lives in
the workspace, written with each import, so that a new follower goes on where a killed one was. Not for several threads at once.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from docops_desktop.engine.follow.content import (
    HEAD_BYTES,
    Beginning,
    Content,
    Shape,
    file_sha256,
    head_sha256,
    shape_of,
    unpacked_head,
)
from docops_desktop.engine.follow.folder import FileStat, list_files
from docops_desktop.model.errors import KnownError

if TYPE_CHECKING:
    from docops_desktop.ingest.files.increment import Increment
    from docops_desktop.store.records import FollowedFile, ImportRecord

LOADED, REJECTED, CHANGED = "loaded", "rejected", "changed"
POLL_S = 2.0
SETTLE_S = 4.0
"""A file that was not touched for so long is complete."""
GROWING_S = 15.0
"""A file that goes on growing is loaded at least so often."""
FINAL_S = 120.0
"""A last line without an end is taken for complete after so much silence."""
PATIENCE = 5.0
"""A growing file is left alone for so many times as long as its last load took."""
CHANGED_REASON = (
    "other content came under the name of an export that is loaded, and its rows may be the same ones; nothing was loaded. "
    "Forget the earlier import to have this one loaded, or import it by hand"
)
_UNREADABLE = (OSError, EOFError, zlib.error, KnownError)


@dataclass(frozen=True, slots=True)
class FollowTask:
    """What is to be done with one file: load a part (``loads``), or only keep what was found out.

    Attributes:
        stat: the file as it was looked at.
        news: what is to be told, "" for nothing.
    """

    path: Path
    stat: FileStat
    part: Increment
    loads: bool = True
    news: str = ""


@dataclass(slots=True)
class _Seen:
    """A file over several looks; times are of the follower's clock."""

    stat: FileStat
    since: float
    growing_since: float
    asked: FileStat | None = None
    asked_final: bool = False
    not_before: float = 0.0
    asked_at: float = 0.0
    beginning: Beginning | None = field(default=None)


class Follower:
    """Watches one folder for one workspace.

    Args:
        known: what the workspace knows of followed files.
        ledger: its imports.
        clock: seconds that never go back.
        settle_s, growing_s, final_s: see the module's constants.
    """

    def __init__(
        self,
        folder: Path,
        known: Sequence[FollowedFile] = (),
        ledger: Iterable[ImportRecord] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        settle_s: float = SETTLE_S,
        growing_s: float = GROWING_S,
        final_s: float = FINAL_S,
    ) -> None:
        self.folder = folder.absolute()
        self._clock = clock
        self._settle_s, self._growing_s, self._final_s = settle_s, growing_s, final_s
        self._seen: dict[Path, _Seen] = {}
        self._next: dict[Path, Beginning] = {}
        self.learn(known, ledger)

    @property
    def files(self) -> int:
        """How many files are there."""
        return len(self._seen)

    def learn(self, known: Sequence[FollowedFile], ledger: Iterable[ImportRecord], failed: Iterable[Path] = ()) -> None:
        """Take in what the workspace knows after tasks were carried out; ``failed`` ones are tried again later."""
        self._known = list(known)
        self._current = {Path(row.path): row for row in known if row.is_current}
        self._loaded_paths = {record.mapping.get("followed", {}).get("path") for record in ledger}
        now = self._clock()
        for seen in self._seen.values():
            if seen.asked_at:
                seen.not_before = now + PATIENCE * (now - seen.asked_at)
                seen.asked_at = 0.0
        for path in failed:
            if path in self._seen:
                self._seen[path].asked = None
                self._seen[path].asked_final = False
        for path, beginning in self._next.items():
            row = self._current.get(path)
            if path in self._seen and row is not None and row.sha256 == beginning.sha256:
                self._seen[path].beginning = beginning
        self._next = {}

    def look(self) -> tuple[FollowTask, ...]:
        """Return what is to be done now; call it every few seconds, and ``learn`` after its tasks.

        Raises:
            RequestError: the folder can't be read now.
        """
        stats = list_files(self.folder)
        now = self._clock()
        for gone in set(self._seen) - set(stats):
            del self._seen[gone]
        tasks: list[FollowTask] = []
        for path, stat in stats.items():
            self._note(path, stat, now)
            if self._is_due(path, now):
                tasks += self._task(path, now)
        return tuple(tasks)

    def _note(self, path: Path, stat: FileStat, now: float) -> None:
        seen = self._seen.get(path)
        if seen is None:
            self._seen[path] = _Seen(stat, now, now)
        elif seen.stat != stat:
            growing_since = seen.growing_since if now - seen.since < self._settle_s else now
            beginning = seen.beginning if seen.stat.inode == stat.inode else None
            self._seen[path] = replace(
                seen, stat=stat, since=now, growing_since=growing_since, beginning=beginning, asked_final=False
            )

    def _is_due(self, path: Path, now: float) -> bool:
        seen, row = self._seen[path], self._current.get(path)
        quiet = now - seen.since
        if row is not None and (row.size_bytes, row.mtime_ns) == (seen.stat.size_bytes, seen.stat.mtime_ns):
            if row.state == CHANGED:
                return self._is_free(row)
            waits = row.state == LOADED and row.appendable and row.loaded_bytes < row.size_bytes
            return waits and quiet >= self._final_s and not seen.asked_final
        if now < seen.not_before:
            return False
        if quiet >= self._settle_s:
            return seen.asked != seen.stat or (quiet >= self._final_s and not seen.asked_final)
        return now - seen.growing_since >= self._growing_s

    def _is_free(self, row: FollowedFile) -> bool:
        """Whether no import of this file's earlier content is left."""
        return row.path not in self._loaded_paths

    def _task(self, path: Path, now: float) -> list[FollowTask]:
        seen = self._seen[path]
        quiet = now - seen.since
        is_settled = quiet >= self._settle_s
        seen.asked, seen.asked_final, seen.growing_since = seen.stat, quiet >= self._final_s, now
        try:
            shape = shape_of(path)
            is_ready = shape.appendable and (is_settled or not shape.packed)
            task = self._lines_task(path, seen, shape, quiet) if is_ready else None
        except _UNREADABLE:
            shape, task = Shape(), None  # the import says what is wrong with it
        if not shape.appendable and is_settled:
            task = self._whole_task(path, seen.stat)
        if task is None:
            return []
        if task.loads:
            seen.asked_at = now
        return [task]

    def _whole_task(self, path: Path, stat: FileStat) -> FollowTask | None:
        """A file of a format that is loaded as a whole."""
        row = self._current.get(path)
        try:
            sha256 = file_sha256(path)
        except OSError:
            return None  # it went away, or another program keeps it to itself for now
        if row is not None and row.loaded_bytes:
            if row.sha256 == sha256:
                return self._note_task(path, stat, self._as_now(row, stat, LOADED, ""))
            if not self._is_free(row):
                return self._changed_task(path, stat, row)
        new = replace(self._new_row(path, stat, None, Shape()), loaded_bytes=stat.size_bytes, sha256=sha256)
        return FollowTask(path, stat, self._increment(path, new, 0, stat.size_bytes, b"", 0))

    def _lines_task(self, path: Path, seen: _Seen, shape: Shape, quiet: float) -> FollowTask | None:
        """A file of lines: what of it is new and whole."""
        content, stat, row = Content(path, shape), seen.stat, self._current.get(path)
        is_settled = quiet >= self._settle_s
        head = content.head(HEAD_BYTES)
        known = self._continued(content, head, seen, row)
        if known is None and row is not None and row.loaded_bytes and not self._may_replace(row, path, shape):
            return self._changed_task(path, stat, row) if is_settled else None
        begin = known[0] if known is not None else Beginning.empty()
        new = self._new_row(path, stat, known[1] if known is not None else None, shape)
        end = self._end(content, begin, shape, quiet)
        if end <= begin.offset or (not is_settled and not begin.offset and _is_header_only(head, shape, end)):
            return self._note_task(path, stat, new) if begin.offset and is_settled else None
        upto = content.beginnings(begin, (end,)).get(end)
        if upto is None:
            return None  # it shrank meanwhile
        self._next[path] = upto
        start_of_file = head[: min(HEAD_BYTES, end)]
        new = replace(
            new,
            head_bytes=len(start_of_file),
            head_sha256=head_sha256(start_of_file),
            loaded_bytes=end,
            lines=upto.lines,
            sha256=upto.sha256,
        )
        prefix = content.prefix(begin) if begin.offset else b""
        shift = begin.lines - prefix.count(b"\n")
        return FollowTask(path, stat, self._increment(path, new, begin.offset, end, prefix, shift))

    def _end(self, content: Content, begin: Beginning, shape: Shape, quiet: float) -> int:
        """Return where the records end that can be loaded now."""
        whole, size = content.ends(begin.offset)
        is_settled = quiet >= self._settle_s
        if shape.packed or quiet >= self._final_s or (is_settled and not begin.offset and not shape.ends_lines):
            return size  # an export need not end its last line
        return size if is_settled and content.is_whole_json(whole, size) else whole

    def _continued(
        self, content: Content, head: bytes, seen: _Seen, row: FollowedFile | None
    ) -> tuple[Beginning, FollowedFile] | None:
        """Return how far this content is loaded already, under this name or another, and the row that tells so; None when it is new."""
        if row is not None and self._grew(content, head, seen, row):
            assert seen.beginning is not None
            return seen.beginning, row
        alike = [known for known in self._known if known.loaded_bytes and known.appendable and _has_head(known, head)]
        found = content.beginnings(Beginning.empty(), {known.loaded_bytes for known in alike})
        same = [k for k in alike if k.loaded_bytes in found and found[k.loaded_bytes].sha256 == k.sha256]
        if not same:
            return None
        best = max(same, key=lambda known: (known.loaded_bytes, known is row))
        return found[best.loaded_bytes], best

    @staticmethod
    def _grew(content: Content, head: bytes, seen: _Seen, row: FollowedFile) -> bool:
        """Whether what was read last still stands there, judged by its first and last bytes."""
        here = seen.beginning
        if (
            here is None
            or content.shape.packed
            or here.offset != row.loaded_bytes
            or here.offset > seen.stat.size_bytes
        ):
            return False
        return _has_head(row, head) and content.bytes_before(here.offset, len(here.tail)) == here.tail

    def _may_replace(self, row: FollowedFile, path: Path, shape: Shape) -> bool:
        """Whether other content under a known name brings other rows: a log begins anew, or the old content lies beside it under another name."""
        return shape.is_log or self._is_free(row) or any(self._holds(other, row) for other in self._beside(path))

    def _beside(self, path: Path) -> list[Path]:
        return [other for other in self._seen if other != path and other.parent == path.parent]

    @staticmethod
    def _holds(path: Path, row: FollowedFile) -> bool:
        try:
            if not _has_head(row, unpacked_head(path, row.head_bytes)):
                return False
            shape = shape_of(path)
            found = Content(path, shape).beginnings(Beginning.empty(), (row.loaded_bytes,)).get(row.loaded_bytes)
        except _UNREADABLE:
            return False
        return found is not None and found.sha256 == row.sha256

    def _new_row(self, path: Path, stat: FileStat, known: FollowedFile | None, shape: Shape) -> FollowedFile:
        """Return what will be known of a file: the row of its content as it is now, or a new row when its content is new under this name."""
        from docops_desktop.store.records import FollowedFile

        row = self._current.get(path)
        takes_over = row is not None and (known is row or not row.loaded_bytes)
        number = row.followed_file_id if row is not None and takes_over else 0
        base = known or FollowedFile(str(path), appendable=shape.appendable)
        return replace(self._as_now(base, stat, LOADED, ""), path=str(path), is_current=True, followed_file_id=number)

    @staticmethod
    def _as_now(row: FollowedFile, stat: FileStat, state: str, reason: str) -> FollowedFile:
        now_ms = int(time.time() * 1000)
        return replace(
            row, size_bytes=stat.size_bytes, mtime_ns=stat.mtime_ns, state=state, reason=reason, updated_ms=now_ms
        )

    def _note_task(self, path: Path, stat: FileStat, row: FollowedFile, news: str = "") -> FollowTask:
        part = self._increment(path, row, row.loaded_bytes, row.loaded_bytes, b"", 0)
        return FollowTask(path, stat, part, loads=False, news=news)

    def _changed_task(self, path: Path, stat: FileStat, row: FollowedFile) -> FollowTask:
        news = "" if row.state == CHANGED else CHANGED_REASON
        return self._note_task(path, stat, self._as_now(row, stat, CHANGED, CHANGED_REASON), news)

    def _increment(self, path: Path, row: FollowedFile, start: int, end: int, prefix: bytes, shift: int) -> Increment:
        from docops_desktop.ingest.files.increment import Increment

        name = path.relative_to(self.folder).as_posix()
        return Increment(start, end, prefix, shift, row.sha256, row, self._current.get(path), name, dict(row.decided))


def _has_head(row: FollowedFile, head: bytes) -> bool:
    return len(head) >= row.head_bytes > 0 and head_sha256(head[: row.head_bytes]) == row.head_sha256


def _is_header_only(head: bytes, shape: Shape, end: int) -> bool:
    return end <= len(head) and head[:end].count(b"\n") <= shape.header_lines
