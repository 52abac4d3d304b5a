"""One open workspace and what was read from it. Synchronous; the window calls it in the io lane's thread, the command line directly.

Nothing here knows the selection or computes results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from docops_desktop.engine.dictionaries import values_by_size
from docops_desktop.engine.state import Freshness, WorkspaceInfo
from docops_desktop.model.timespan import TimeSpan

if TYPE_CHECKING:
    from docops_desktop.model.definitions import Definitions
    from docops_desktop.store.facts import Facts
    from docops_desktop.store.records import ImportRecord
    from docops_desktop.store.workspace import Workspace

VIEW_STATE = "view_state"
FOLLOWED = "follow"
Progress = Callable[[str, float], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The facts of a workspace and what is to be said about them."""

    facts: Facts
    info: WorkspaceInfo


class WorkspaceSession:
    """An open workspace; close it, or use it in a ``with`` statement. To be used by one thread."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.version_read = ""

    @property
    def read_only(self) -> bool:
        """Nothing can be written, by request or because file or folder don't allow it."""
        return self.workspace.read_only

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> WorkspaceSession:
        """Open a workspace that exists.

        Raises:
            RequestError: there is no such file.
            WorkspaceError: it can't be used (locked, damaged, made by a newer version, not a workspace).
        """
        from docops_desktop.store.workspace import Workspace

        return cls(Workspace.open(path, read_only=read_only))

    @classmethod
    def create(cls, path: Path) -> WorkspaceSession:
        """Make an empty workspace.

        Raises:
            WorkspaceError: the file exists, or can't be written.
        """
        from docops_desktop.store.workspace import Workspace

        return cls(Workspace.create(path))

    def __enter__(self) -> WorkspaceSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.workspace.close()

    @property
    def path(self) -> Path:
        """Where the workspace is."""
        return Path(self.workspace.path)

    def definitions(self) -> Definitions:
        """What the users of the workspace decided."""
        return self.workspace.definitions()

    def read(self, progress: Progress | None = None, cancelled: Cancelled | None = None) -> Loaded:
        """Map the facts (building the cache where it is missing or stale) and describe them.

        Raises:
            WorkspaceError: the workspace can't be read.
            Cancelled: ``cancelled`` said so while the cache was built.
        """
        from docops_desktop.store.columnar_cache import open_facts

        facts = open_facts(self.workspace, progress, cancelled)
        self.version_read = facts.header.data_version
        return Loaded(facts, self._describe(facts))

    def version_now(self) -> str:
        """The state of the facts on the disk, whoever changed it; from any thread."""
        from docops_desktop.store.meta import data_version

        with self.workspace.snapshot() as connection:
            return data_version(connection)

    def followed_folder(self) -> Any:
        """Which folder is followed into this workspace (``folder``, ``active``, ``privacy``), or None."""
        return self.workspace.json_value(FOLLOWED)

    def save_followed_folder(self, data: Mapping[str, Any]) -> None:
        """Remember which folder is followed."""
        self.workspace.save_json_value(FOLLOWED, dict(data))

    def load_view(self) -> Any:
        """The view that was saved last, as plain data; None when there is none."""
        return self.workspace.json_value(VIEW_STATE)

    def save_view(self, data: Mapping[str, Any]) -> None:
        """Save the view; a workspace that is open for reading only keeps its own."""
        if not self.read_only:
            self.workspace.save_json_value(VIEW_STATE, dict(data))

    def _describe(self, facts: Facts) -> WorkspaceInfo:
        header, definitions, ledger = facts.header, self.definitions(), self.workspace.ledger()
        span = TimeSpan(header.first_ms, header.last_ms + 1) if facts.n_sessions else None
        return WorkspaceInfo(
            name=self.path.stem,
            path=str(self.path),
            read_only=self.read_only,
            sessions=_count(facts, "sessions"),
            page_views=_count(facts, "page_views"),
            span=span,
            currency=header.currency,
            time_zone=header.time_zone,
            conversion_kind=header.conversion_kind,
            data_version=header.data_version,
            dictionaries=values_by_size(facts),
            excluded=dict(header.excluded),
            imports=tuple(ledger),
            definitions=definitions,
            freshness=freshness_of(ledger, span),
        )


def _count(facts: Facts, table: str) -> int:
    columns = facts.sessions if table == "sessions" else facts.page_views
    if "weight" not in columns:
        return facts.n_sessions if table == "sessions" else facts.n_page_views
    weight = facts.session("weight") if table == "sessions" else facts.page_view("weight")
    return int(weight.sum(dtype="int64"))


def freshness_of(ledger: tuple[ImportRecord, ...], span: TimeSpan | None) -> Freshness:
    """Say how fresh the data of these imports are."""
    return Freshness(
        data_until_ms=span.end_ms - 1 if span else None,
        imported_at_ms=max((record.imported_at_ms for record in ledger), default=None),
        files=len(ledger),
        rows_loaded=sum(record.rows_loaded for record in ledger),
        rows_quarantined=sum(record.rows_quarantined for record in ledger),
    )
