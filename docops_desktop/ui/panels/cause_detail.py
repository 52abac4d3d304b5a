"""The right half of the cause panel: the evidence for the finding under the cursor, and the waterfall of the whole change."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from docops_desktop.analysis.results.cause import ExplainResult, Finding
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.table_view import fit_columns, make_table
from docops_desktop.ui.charts.waterfall import Waterfall, cut_note
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models import cause_change
from docops_desktop.ui.models.cause_model import EvidenceRow, amount, evidence, evidence_columns, short_text
from docops_desktop.ui.models.table import TableModel
from docops_desktop.ui.widgets import label


class CauseDetail(QWidget):
    """Evidence and change, as tabs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model: TableModel[EvidenceRow] = TableModel(lambda row: (row.kind, row.text), parent=self)
        self.table = make_table(self.model, tr("Evidence"), lines=2)
        self.since = label("", "small", wrap=True)
        self.waterfall = Waterfall(tr("How the change splits"))
        self.change_notes = label("", "small", wrap=True)
        self.evidence_page = _page(self.since, self.table)
        self.change_page = _scrolled(self.waterfall, self.change_notes)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self.evidence_page, tr("Evidence"))
        self.tabs.addTab(self.change_page, tr("The change"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)

    def show_finding(self, finding: Finding | None, zone: str) -> None:
        """Show the evidence for a finding."""
        rows = () if finding is None else evidence(finding)
        self.model.set_table(evidence_columns(), rows)
        self.since.setText("" if finding is None else since_text(finding, zone))
        self.table.setAccessibleDescription(
            "" if finding is None else tr("Evidence for {finding}").format(finding=short_text(finding.where))
        )
        self.fit()

    def show_change(self, result: ExplainResult | None) -> None:
        """Show how the change splits."""
        self.waterfall.set_steps(() if result is None else cause_change.steps(result))
        if result is None:
            self.change_notes.clear()
            return
        cut = cut_note(self.waterfall, amount(result.measure, result.currency)(self.waterfall.axis()[0]))
        self.change_notes.setText("\n".join((*cause_change.notes(result), *((cut,) if cut else ()))))
        self.tabs.setCurrentIndex(0 if result.findings else 1)

    def fit(self) -> None:
        """Give the columns the widths that they need."""
        if self.model.columns:
            fit_columns(self.table, 0, 210)

    def retranslate(self) -> None:
        """Paint anew."""
        self.model.retranslate()
        self.fit()


def since_text(finding: Finding, zone: str) -> str:
    """Return when it began and ended, as far as the data show it."""
    if finding.since_ms is None:
        return tr("It shows no beginning within the data.")
    since = tr("Since {moment}").format(moment=_minute(finding.since_ms, zone))
    if finding.until_ms is None:
        return since
    return tr("{since}, until {moment}").format(since=since, moment=_minute(finding.until_ms, zone))


def _minute(time_ms: int, zone: str) -> str:
    return fmt.moment(time_ms - time_ms % 60_000, zone)


def _page(*parts: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(4, 4, 4, 0)
    layout.setSpacing(3)
    for part in parts:
        layout.addWidget(part)
    return page


def _scrolled(*parts: QWidget) -> QScrollArea:
    page = _page(*parts)
    page.layout().addStretch(1)  # type: ignore[union-attr]
    area = QScrollArea()
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(tr("The change"))
    return area
