"""The frozen values that the workspace hands out: ledger entries, rejected rows, check results, findings, annotations.

They carry no connection and no SQL, so that every layer above may keep them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LOADED = "loaded"
DUPLICATE = "duplicate"
REJECTED = "rejected"

GRAINS: tuple[str, ...] = (
    "page_view",
    "session",
    "order",
    "resource",
    "campaign_day",
    "email_event",
    "exposure",
    "lead",
    "opportunity",
    "cell",
)
"""What one row of an export can be."""


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One import as the ledger keeps it; ``rows_read = rows_loaded + rows_filtered + rows_quarantined`` always.

    Attributes:
        import_id: number in this workspace, never used again after a forget; 0 for a file that was not stored.
        status: ``loaded``, ``duplicate`` or ``rejected``; only loaded ones are in the ledger.
        rows_filtered: rows left out on purpose; ``filtered`` has them by reason.
        first_time_ms, last_time_ms: span of the rows' own times, UTC epoch ms (inclusive); None when no row has a time.
        mapping: which column became what, as the adapter or the user said.
        privacy: what was done to which personal column.
        seconds: wall time of the import.
        rows_purged: rows of the workspace's tables that a purge has removed since; the figures above stay those of the import.
        rows_superseded: rows of the tables that do not count (now), because another download of the system has the same records.
        rows_replaced: rows of other imports that do not count because this one has the records.
    """

    import_id: int
    file_name: str
    sha256: str
    size_bytes: int
    adapter: str
    grain: str
    status: str = LOADED
    reason: str = ""
    rows_read: int = 0
    rows_loaded: int = 0
    rows_filtered: int = 0
    rows_quarantined: int = 0
    filtered: Mapping[str, int] = field(default_factory=dict)
    first_time_ms: int | None = None
    last_time_ms: int | None = None
    imported_at_ms: int = 0
    imported_by: str = ""
    mapping: Mapping[str, Any] = field(default_factory=dict)
    privacy: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    rows_purged: int = 0
    rows_superseded: int = 0
    rows_replaced: int = 0


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row of an export that was not loaded: where it stood, why, and its text as read (line 0 = position unknown)."""

    import_id: int
    line: int
    reason: str
    record: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One integrity check: ``detail`` says what was compared, or what is wrong."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A saved result; ``payload`` is plain JSON data (selection, sizes, money, evidence) that its author understands."""

    title: str
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    created_ms: int = 0
    finding_id: int = 0


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note on a span of time: a release, an outage, a campaign start; ``end_ms`` equals ``start_ms`` for an instant."""

    start_ms: int
    end_ms: int
    text: str
    kind: str = ""
    annotation_id: int = 0


@dataclass(frozen=True, slots=True)
class FollowedFile:
    """What is known of one content in a followed folder.

    Attributes:
        path: where it is, or was; is_current: False once other content took its place.
        size_bytes, mtime_ns: the file as it was when it was last looked into.
        appendable: a format of lines, of which only what is new is loaded when the file grows.
        head_bytes, head_sha256: the first bytes of the (unpacked) content, by which it is recognised under another name.
        loaded_bytes, lines, sha256: how much of the (unpacked) content is loaded: bytes, lines, digest; for other formats the whole file.
        adapter, decided: how it was read; the rest is read in the same way.
        state: ``loaded``; ``rejected`` and ``changed`` (other content under the name of an export that is loaded) with the ``reason`` that was told.
        updated_ms: when this was written, UTC epoch ms.
    """

    path: str
    size_bytes: int = 0
    mtime_ns: int = 0
    appendable: bool = False
    head_bytes: int = 0
    head_sha256: str = ""
    loaded_bytes: int = 0
    lines: int = 0
    sha256: str = ""
    adapter: str = ""
    decided: Mapping[str, str] = field(default_factory=dict)
    state: str = LOADED
    reason: str = ""
    updated_ms: int = 0
    is_current: bool = True
    followed_file_id: int = 0
