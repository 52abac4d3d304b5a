"""The ledger of imports and, beneath it, the rejected rows of the chosen import or of all, and the privacy log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QTabWidget, QVBoxLayout, QWidget

from docops_desktop.engine.state import WorkspaceInfo
from docops_desktop.ui import count_words
from docops_desktop.ui import format as fmt
from docops_desktop.ui.dataview.columns import ledger_columns, quarantine_columns
from docops_desktop.ui.dataview.follow_line import FollowLine
from docops_desktop.ui.dataview.privacy import PrivacyView
from docops_desktop.ui.dataview.section import Section, chosen_row, table_view
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.splitter import Splitter
from docops_desktop.ui.widgets import EmptyState, push_button

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

SHOWN = 1_000


class ImportsView(QWidget):
    """The tables of what came in.

    Args:
        run: runs a command by id.
    """

    def __init__(self, desk: Desk, run: Callable[[str], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._asked: tuple[str, int | None] | None = None
        self.ledger: TableModel[Any] = TableModel(lambda record: (str(record.import_id), record.file_name))
        self.rejected: TableModel[Any] = TableModel(lambda row: (str(row.import_id), str(row.line), row.reason))
        splitter = Splitter(Qt.Orientation.Vertical)
        splitter.addWidget(self._ledger_section(run))
        self.privacy = PrivacyView(desk)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("Rejected rows and privacy"))
        self.tabs.addTab(self._quarantine_section(), tr("Rejected rows"))
        self.tabs.addTab(self.privacy, tr("Privacy"))
        splitter.addWidget(self.tabs)
        splitter.setSizes([330, 270])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _ledger_section(self, run: Callable[[str], object]) -> Section:
        section = self._ledger_frame = Section(tr("Imports"))
        self._forget = push_button(tr("Forget …"), self._ask_forget, "", "trash")
        self._forget.setToolTip(tr("Take the chosen import out of the workspace completely"))
        self._forget.setEnabled(False)
        section.add_button(self._forget)
        follow = push_button(tr("Follow a folder …"), lambda: run("file.follow"), "", "follow")
        follow.setToolTip(tr("Load exports as they arrive in a folder, and new lines of those that grow"))
        section.add_button(follow)
        section.add_button(push_button(tr("Import files …"), lambda: run("file.import"), "primary", "import"))
        section.content.addWidget(FollowLine(self._desk, run))
        self._ledger_view = table_view(self.ledger, tr("Imports"), 160)
        self._ledger_view.selectionModel().selectionChanged.connect(lambda *_: self._chosen())
        self._nothing = EmptyState(
            tr("Nothing has been imported yet"),
            tr(
                "Drop exports of your systems anywhere on this window: CSV, JSON, Parquet or logs, zipped or not, single files or folders."
            ),
            push_button(tr("Import files …"), lambda: run("file.import"), "primary", "import"),
        )
        section.content.addWidget(self._ledger_view, 1)
        section.content.addWidget(self._nothing, 1)
        return section

    def _quarantine_section(self) -> Section:
        section = self._quarantine_frame = Section("")
        section.setAccessibleName(tr("Rejected rows"))
        self._rejected_view = table_view(self.rejected, tr("Rejected rows"))
        section.content.addWidget(self._rejected_view, 1)
        self._none = EmptyState(
            tr("No row was rejected"), tr("Rows that can't be read are kept here with their line and the reason.")
        )
        section.content.addWidget(self._none, 1)
        return section

    def show_workspace(self, info: WorkspaceInfo | None) -> None:
        """Show the ledger, and ask for the rejected rows when the data have changed."""
        records = () if info is None else tuple(info.imports)
        zone = "UTC" if info is None else info.time_zone
        self.ledger.set_table(ledger_columns(zone), records)
        self._ledger_view.fit()
        self._ledger_view.setVisible(bool(records))
        self._nothing.setVisible(not records)
        read, loaded, filtered, rejected = (
            sum(getattr(record, name) for record in records)
            for name in ("rows_read", "rows_loaded", "rows_filtered", "rows_quarantined")
        )
        words = tr("{read} read = {loaded} loaded + {filtered} filtered + {rejected} rejected")
        figures = {"read": read, "loaded": loaded, "filtered": filtered, "rejected": rejected}
        worded = {name: fmt.exact(figure) for name, figure in figures.items()}
        text = words.format(**{**worded, "read": count_words.rows(read, fmt.exact)})
        self._ledger_frame.say(text if records else "")
        self.tabs.setTabText(0, tr("Rejected rows") + (f" ({fmt.exact(rejected)})" if rejected else ""))
        self.privacy.show_workspace(info)
        self._chosen()

    def _record(self) -> Any | None:
        row = chosen_row(self._ledger_view)
        return None if row is None or row >= len(self.ledger.rows) else self.ledger.rows[row]

    def _chosen(self) -> None:
        record, info = self._record(), self._desk.workspace_info
        self._forget.setEnabled(record is not None and info is not None and not info.read_only)
        if info is None or not info.freshness.rows_quarantined:
            self._asked = None
            self._show_rejected((), 0)
            return
        asked = (info.data_version, record.import_id if record is not None else None)
        if asked != self._asked:
            self._asked = asked
            expected = record.rows_quarantined if record is not None else info.freshness.rows_quarantined
            self._desk.data.quarantine(lambda rows: self._arrived(asked, rows, expected), asked[1], SHOWN)

    def _arrived(self, asked: tuple[str, int | None], rows: tuple[Any, ...], expected: int) -> None:
        if asked == self._asked:
            self._show_rejected(rows, expected)

    def _show_rejected(self, rows: tuple[Any, ...], expected: int) -> None:
        files = {record.import_id: record.file_name for record in self.ledger.rows}
        self.rejected.set_table(quarantine_columns(files), rows)
        self._rejected_view.fit()
        self._rejected_view.setVisible(bool(rows))
        self._none.setVisible(not rows)
        note = tr_n(expected, "%n row", "%n rows")
        if expected > len(rows):
            note = tr("The first {shown} of {all} rows").format(shown=fmt.exact(len(rows)), all=fmt.exact(expected))
        self._quarantine_frame.say(note if rows else "")

    def _ask_forget(self) -> None:
        record = self._record()
        if record is None:
            return
        box = QMessageBox(QMessageBox.Icon.Question, tr("Forget import"), "", parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setText(tr("Forget “{file}”?").format(file=record.file_name))
        box.setInformativeText(
            tr_n(
                record.rows_loaded,
                "%n row leaves the workspace for good. The file itself is not touched and can be imported again.",
                "%n rows leave the workspace for good. The file itself is not touched and can be imported again.",
            )
        )
        forget = box.addButton(tr("Forget"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        forget.clicked.connect(lambda: self._desk.forget(record.import_id))
        box.open()
