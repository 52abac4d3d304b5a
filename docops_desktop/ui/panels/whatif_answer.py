"""The what-if's answer at a glance: two figures with their intervals and the raw ones beside them, and what a reader must know before using them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.whatif import WhatIfResult
from docops_desktop.model.dimensions import dimension
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import set_role


class Figure(QFrame):
    """One figure: name, point, interval, raw beside it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        set_role(self, "card")
        self._name = name
        self.point, self.interval, self.raw = QLabel(), QLabel(), QLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(1)
        heading = QLabel(name)
        set_role(heading, "muted")
        set_role(self.point, "heading")
        set_role(self.raw, "small")
        for label in (heading, self.point, self.interval, self.raw):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            label.setWordWrap(label in (self.interval, self.raw))
            layout.addWidget(label)

    def clear(self) -> None:
        """Nothing asked yet."""
        for label, text in ((self.point, "–"), (self.interval, " "), (self.raw, " ")):
            label.setText(text)

    def show_estimate(
        self, estimate: Estimate, raw: float | None, observed: str, wording: Callable[[float], str]
    ) -> None:
        """Show the adjusted estimate and the raw figure."""
        self.point.setText(fmt.signed(estimate.value, wording))
        limits = fmt.limits(estimate, lambda v: fmt.signed(v, wording))
        self.interval.setText(tr("95 %: {limits}").format(limits=limits) if limits else estimate.reason)
        now = tr("now {observed}").format(observed=observed)
        unadjusted = tr("raw {figure}").format(figure=fmt.signed(raw, wording)) if raw is not None else ""
        self.raw.setText(" · ".join(part for part in (unadjusted, now) if part))
        self.setAccessibleName(f"{self._name}: {self.point.text()}, {self.interval.text()}, {self.raw.text()}")


class Answer(QWidget):
    """Both figures, warnings, and what was held fixed."""

    def __init__(self) -> None:
        super().__init__()
        self.conversions, self.revenue = Figure(tr("Conversions")), Figure(tr("Revenue"))
        self.warnings, self.method = QLabel(), QLabel()
        set_role(self.warnings, "warning")
        set_role(self.method, "small")
        figures = QHBoxLayout()
        figures.setSpacing(8)
        figures.addWidget(self.conversions, 1)
        figures.addWidget(self.revenue, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(figures)
        for label in (self.warnings, self.method):
            label.setWordWrap(True)
            layout.addWidget(label)
        self.clear()

    def clear(self) -> None:
        """Nothing asked yet: say what to do."""
        self.conversions.clear()
        self.revenue.clear()
        self.warnings.hide()
        self.method.setText(
            tr("Move a slider: what would faster pages bring, over the time span and filters that are set?")
        )

    def show_result(self, result: WhatIfResult) -> None:
        """Show an answer."""
        self.conversions.show_estimate(
            result.conversions, result.raw_conversions, fmt.exact(result.observed_conversions), fmt.count
        )
        self.revenue.show_estimate(
            result.revenue,
            result.raw_revenue,
            fmt.money(result.observed_revenue, result.currency),
            lambda value: fmt.money(value, result.currency),
        )
        notes = list(result.warnings)
        if not result.supported:
            notes.insert(0, tr("Not supported by the data: {reason}").format(reason=result.conversions.reason))
        self.warnings.setText("\n".join(f"⚠ {note}" for note in notes))
        self.warnings.setVisible(bool(notes))
        self.method.setText(adjusted_text(result))
        self.method.setToolTip("\n".join(f"{name}: {text}" for name, text in result.method.items()))


def adjusted_text(result: WhatIfResult) -> str:
    """Return what the adjusted figures hold fixed, and n."""
    n = tr("n = {n} sessions").format(n=fmt.exact(result.sessions))
    if not result.adjusted_for:
        return f"{n} · {tr('Not adjusted for anything: treat it as a correlation.')}"
    names = ", ".join(tr(dimension(name).label) for name in result.adjusted_for)
    return f"{n} · {tr('Adjusted for {names}; raw figures are not.').format(names=names)}"
