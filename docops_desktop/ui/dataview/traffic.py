"""What the panels count and what they leave out, by reason, as a table with bars: nothing is silently mixed, nothing silently dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from docops_desktop.engine.state import WorkspaceInfo
from docops_desktop.model.traffic import COUNTED, LABELS
from docops_desktop.ui import format as fmt
from docops_desktop.ui.dataview.section import Section, table_view
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.columns import Column
from docops_desktop.ui.models.table import TableModel


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """One class of rows and whether the panels count it."""

    what: str
    rows: int
    counted: bool


class TrafficView(QWidget):
    """The table of traffic classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model: TableModel[Any] = TableModel(lambda row: (row.what,))
        self._section = Section(tr("Traffic"))
        self._view = table_view(self.model, tr("Traffic classes"), 150)
        self._section.content.addWidget(self._view, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._section)

    def show_workspace(self, info: WorkspaceInfo | None) -> None:
        """Show what is counted and what is left out."""
        rows = traffic_rows(info)
        self.model.set_table(_columns(sum(row.rows for row in rows)), rows)
        self._view.fit()
        counted = ", ".join(tr(LABELS[name]) for name in COUNTED)
        self._section.say(
            tr("Panels count human page views ({counted}); everything else is loaded, but left out.").format(
                counted=counted
            )
        )


def traffic_rows(info: WorkspaceInfo | None) -> tuple[TrafficRow, ...]:
    """Return the counted rows first, then what is left out, biggest first."""
    if info is None:
        return ()
    out = sorted(info.excluded.items(), key=lambda item: -item[1])
    return (
        TrafficRow(tr("human page views"), info.page_views, True),
        *(TrafficRow(reason, number, False) for reason, number in out),
    )


def _columns(total: int) -> tuple[Column[Any], ...]:
    def share(row: TrafficRow) -> float | None:
        return row.rows / total if total else None

    def state(row: TrafficRow) -> str:
        return tr("● counted") if row.counted else tr("○ left out")

    return (
        Column("what", tr("Class"), tr("What the row is"), lambda row: row.what, lambda row: row.what, numeric=False),
        Column("rows", tr("Rows"), tr("Rows of this class"), lambda row: fmt.exact(row.rows), lambda row: row.rows),
        Column("share", tr("Share"), tr("Of all these rows"), lambda row: fmt.percent(share(row), 1), share),
        Column("counted", tr("Panels"), tr("Whether the panels count it"), state, state, numeric=False),
    )
