"""The privacy log: what was done to personal data at each import, what was purged, and the door to the next purge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from docops_desktop.engine.privacy import imports_privacy
from docops_desktop.engine.state import WorkspaceInfo
from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import rows as rows_of
from docops_desktop.ui.dataview.section import Section, table_view
from docops_desktop.ui.dialogs.purge import PurgeDialog
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.models.columns import Column
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.widgets import push_button

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk


@dataclass(frozen=True, slots=True)
class PrivacyRow:
    """One column with personal data of one import, or, without a column, the import's summary."""

    import_id: int
    file_name: str
    level: str
    column: str
    kind: str
    done: str


class PrivacyView(QWidget):
    """The log as a table, with what was purged above it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._asked = ""
        self._purges: tuple[dict[str, Any], ...] = ()
        self.model: TableModel[PrivacyRow] = TableModel(lambda row: (str(row.import_id), row.column))
        self._section = Section("")
        self._section.setAccessibleName(tr("Privacy log"))
        self.purge = push_button(tr("Purge …"), self.ask_purge, "", "trash")
        self.purge.setToolTip(tr("Remove everything of before a time from the workspace, really"))
        self._section.add_button(self.purge)
        self._view = table_view(self.model, tr("What was done to personal data"), 260)
        self._section.content.addWidget(self._view, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._section)

    def show_workspace(self, info: WorkspaceInfo | None) -> None:
        """Show the log, and ask for the purges when the data have changed."""
        self.purge.setEnabled(info is not None and bool(info.imports) and not info.read_only)
        self.model.set_table(_columns(), privacy_rows(info))
        self._view.fit()
        self._say(info)
        if self.isVisible():
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Read what was purged; who never looks here never waits for it."""
        super().showEvent(event)
        self._ask()

    def _ask(self) -> None:
        info = self._desk.workspace_info
        version = "" if info is None else info.data_version
        if version and version != self._asked:
            self._desk.data.purges(self._arrived)
        self._asked = version

    def _arrived(self, purges: tuple[dict[str, Any], ...]) -> None:
        self._purges = purges
        self._say(self._desk.workspace_info)

    def _say(self, info: WorkspaceInfo | None) -> None:
        self._section.say("" if info is None else privacy_text(info, self._purges))

    def ask_purge(self) -> None:
        """Ask of before which time, and purge."""
        info = self._desk.workspace_info
        if info is not None:
            PurgeDialog(self._desk, info, self).open()


def privacy_rows(info: WorkspaceInfo | None) -> tuple[PrivacyRow, ...]:
    """Return one row per column with personal data; an import without any has one row that says so."""
    rows: list[PrivacyRow] = []
    for one in imports_privacy(() if info is None else info.imports):
        head = (one.import_id, one.file_name, one.level)
        rows += [PrivacyRow(*head, column.name, column.kind, column.done) for column in one.columns]
        if not one.columns:
            rows.append(PrivacyRow(*head, "", "", one.summary))
    return tuple(rows)


def privacy_text(info: WorkspaceInfo, purges: tuple[dict[str, Any], ...]) -> str:
    """Return what holds for the workspace as a whole: the smallest group that leaves it, and the purges so far."""
    k = info.definitions.k
    parts = [tr_n(k, "Groups of every size are exported.", "Groups of fewer than %n sessions are left out of exports.")]
    for entry in purges[-3:]:
        text = tr("Purged {when}: {rows} of before {before}.").format(
            when=fmt.moment(entry["purged_at_ms"], info.time_zone),
            rows=rows_of(sum(entry["rows"].values()), fmt.exact),
            before=fmt.moment(entry["before_ms"], info.time_zone),
        )
        parts.append(text)
    return " ".join(parts)


def _columns() -> tuple[Column[PrivacyRow], ...]:
    def text(name: str, title: str, definition: str) -> Column[PrivacyRow]:
        def read(row: PrivacyRow) -> str:
            return " ".join(str(getattr(row, name)).split())

        return Column(name, title, definition, read, lambda row: read(row).casefold(), numeric=False, tooltip=read)

    return (
        text("file_name", tr("File"), tr("Name of the imported file")),
        text(
            "level",
            tr("Privacy"),
            tr("strict: dropped, keyed hash or cut; keyed: join keys are kept as keyed hashes; off"),
        ),
        text("column", tr("Column"), tr("A column that holds personal data")),
        text("kind", tr("Holds"), tr("What it holds")),
        text("done", tr("What was done"), tr("How it is stored, if at all")),
    )
