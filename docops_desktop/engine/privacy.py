"""The privacy log: what each import did with personal data, put together from the ledger for the command line and the window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docops_desktop.store.purge import Purged
    from docops_desktop.store.records import ImportRecord

_ACTIONS = (
    ("left out", "filtered"),
    ("keyed hash", "hashed"),
    ("cut", "cut"),
    ("taken out", "masked"),
    ("not stored", "dropped"),
)


@dataclass(frozen=True, slots=True)
class ColumnPrivacy:
    """One column with personal data.

    Attributes:
        kind: what it holds.
        action: ``dropped``, ``hashed``, ``cut``, ``masked``, ``filtered`` or ``stored``; ``done`` says it in words.
    """

    name: str
    kind: str
    action: str
    done: str


@dataclass(frozen=True, slots=True)
class ImportPrivacy:
    """One import; ``summary`` is one line about its columns."""

    import_id: int
    file_name: str
    imported_at_ms: int
    level: str
    columns: tuple[ColumnPrivacy, ...]
    rows_quarantined: int
    rows_purged: int

    @property
    def summary(self) -> str:
        """Which columns were dropped, hashed, cut."""
        by_action: dict[str, list[str]] = {}
        for column in self.columns:
            by_action.setdefault(column.action, []).append(column.name)
        if not by_action:
            return "no column with personal data was found" if self.level else "made data, no person in them"
        return "; ".join(f"{action}: {', '.join(names)}" for action, names in by_action.items())


def imports_privacy(ledger: Iterable[ImportRecord]) -> tuple[ImportPrivacy, ...]:
    """Return the privacy log, import by import."""
    return tuple(
        ImportPrivacy(
            record.import_id,
            record.file_name,
            record.imported_at_ms,
            str(record.privacy.get("level", "")),
            column_privacy(record.privacy),
            record.rows_quarantined,
            record.rows_purged,
        )
        for record in ledger
    )


def column_privacy(log: Mapping[str, Any]) -> tuple[ColumnPrivacy, ...]:
    """Return the columns of one import's log."""
    kinds = log.get("kinds", {})
    return tuple(
        ColumnPrivacy(str(name), str(kinds.get(name, "")), action_of(str(done)), str(done))
        for name, done in log.get("columns", {}).items()
    )


def action_of(done: str) -> str:
    """Return the one word for what was done."""
    return next((action for words, action in _ACTIONS if words in done), "stored")


def purge_remains(purged: Purged) -> list[str]:
    """Say what still holds removed rows, outside of the workspace's reach."""
    texts = [
        f"{path}: this older copy of the workspace still holds what was removed. Delete it" for path in purged.backups
    ]
    if not purged.log_emptied:
        texts.append(
            "another program has the workspace open, its log may still hold removed rows. Close it and purge again"
        )
    return texts


def purge_reach(ledger: Iterable[ImportRecord], before_ms: int) -> tuple[int, int]:
    """Return how many imports are wholly, and how many partly, of before a time (UTC epoch ms), by the times that the ledger names."""
    wholly = partly = 0
    for record in ledger:
        first = record.imported_at_ms if record.first_time_ms is None else record.first_time_ms
        last = record.imported_at_ms if record.last_time_ms is None else record.last_time_ms
        wholly += last < before_ms
        partly += first < before_ms <= last
    return wholly, partly
