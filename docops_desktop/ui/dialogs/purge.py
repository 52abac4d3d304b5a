"""Asks of before which time everything is to go, says what that reaches, and purges; there is no way back, and it says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QDateEdit, QDialog, QFormLayout, QVBoxLayout, QWidget

from docops_desktop.engine.privacy import purge_reach, purge_remains
from docops_desktop.engine.state import Message, WorkspaceInfo
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.theme import current_theme, set_role
from docops_desktop.ui.widgets import label, push_button, row

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

KEPT_DAYS = 395
"""Proposed retention: thirteen months, so that a year can be compared with the year before."""


class PurgeDialog(QDialog):
    """Purges from the start of a day, in the workspace's time zone."""

    def __init__(self, desk: Desk, info: WorkspaceInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._info = desk, info
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Purge"))
        self.day = QDateEdit(_qdate(proposed_day(info)))
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setAccessibleName(tr("Remove everything of before this day"))
        self.day.dateChanged.connect(lambda _: self._show())
        self._reach = label("", wrap=True)
        self.go = push_button(tr("Purge"), self.purge, "", "trash")
        self._build()
        self._show()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        layout.addWidget(label(tr("Remove old data for good"), "title"))
        layout.addWidget(
            label(
                tr(
                    "Rows of all kinds, rejected rows and texts that nobody else uses are overwritten in the file; a session goes by its start. "
                    "The ledger keeps its lines. Copies of the workspace and the exports themselves are not touched."
                ),
                "muted",
                wrap=True,
            )
        )
        form = QFormLayout()
        form.addRow(tr("Everything of before"), self.day)
        layout.addLayout(form)
        layout.addWidget(self._reach)
        layout.addSpacing(6)
        layout.addLayout(row(None, push_button(tr("Cancel"), self.reject), self.go))
        self.setMinimumWidth(current_theme().px(460))

    def before_ms(self) -> int:
        """The start of the chosen day, UTC epoch ms."""
        date = self.day.date()
        start = datetime(date.year(), date.month(), date.day(), tzinfo=ZoneInfo(self._info.time_zone))
        return int(start.timestamp() * 1000)

    def _show(self) -> None:
        wholly, partly = purge_reach(self._info.imports, self.before_ms())
        self.go.setEnabled(bool(wholly or partly))
        if not (wholly or partly):
            self._reach.setText(tr("Nothing in this workspace is of before that day."))
            set_role(self._reach, "muted")
            return
        parts = []
        if wholly:
            parts.append(tr_n(wholly, "all rows of %n import", "all rows of %n imports"))
        if partly:
            parts.append(tr_n(partly, "a part of %n import", "a part of %n imports"))
        self._reach.setText("▲ " + tr("This removes {what}. It can't be undone.").format(what=tr(" and ").join(parts)))
        set_role(self._reach, "error")

    def purge(self) -> None:
        """Purge, and tell what was removed when that is done."""
        topics = self._desk.topics
        self._desk.data.purge(self.before_ms(), lambda purged: topics.publish("message", purged_message(purged)))
        self.accept()


def proposed_day(info: WorkspaceInfo) -> datetime:
    """Return the day before which a usual retention would purge, at the earliest the first day of the data."""
    zone = ZoneInfo(info.time_zone)
    kept = datetime.now(tz=UTC).astimezone(zone) - timedelta(days=KEPT_DAYS)
    if info.span is None:
        return kept
    return max(kept, datetime.fromtimestamp(info.span.start_ms / 1000, tz=zone))


def purged_message(purged: Any) -> Message:
    """Return what to tell about a purge: what went, and what still holds it elsewhere."""
    text = tr_n(purged.total, "Purged %n row.", "Purged {rows} rows.").format(rows=fmt.exact(purged.total))
    remains = purge_remains(purged)
    if remains:
        return Message("error", "\n".join((text, *remains)))
    return Message("info", text if purged.total else tr("There was nothing of before that day."))


def _qdate(day: datetime) -> QDate:
    return QDate(day.year, day.month, day.day)
