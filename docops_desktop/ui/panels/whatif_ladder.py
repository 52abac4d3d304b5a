"""The ladder of a what-if answer: raw, stratified, adjusted on one axis, so that one sees how far they are apart and how sure each is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from docops_desktop.analysis.results.common import Estimate
from docops_desktop.analysis.results.whatif import WhatIfResult
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.ink import colour, face
from docops_desktop.ui.charts.inline_delegate import draw_interval
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.columns import IntervalBar
from docops_desktop.ui.models.pages_model import axis
from docops_desktop.ui.theme import current_theme, on_theme_changed

_NARROWEST_BAR = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: its name and its estimate."""

    name: str
    estimate: Estimate


def rung_name(name: str) -> str:
    """Return what a rung is called on screen."""
    return {"raw": tr("raw"), "stratified": tr("stratified"), "adjusted": tr("adjusted")}.get(name, name)


def steps_of(result: WhatIfResult, *, money: bool) -> tuple[Step, ...]:
    """Return the rungs, the best one first; the raw one with its interval."""
    raw = result.raw_revenue_estimate if money else result.raw_conversions_estimate
    found = [Step(rung_name(rung.name), rung.revenue if money else rung.conversions) for rung in result.ladder]
    if found and raw.value is not None:
        found[0] = Step(found[0].name, raw)
    return tuple(reversed(found))


class LadderView(QWidget):
    """Names, intervals on a common axis, figures; one line each."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: tuple[Step, ...] = ()
        self._wording: Callable[[float], str] = fmt.count
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        on_theme_changed(self, lambda _theme: self.update())

    def show_steps(self, steps: Sequence[Step], wording: Callable[[float], str]) -> None:
        """Show these rungs."""
        self._steps, self._wording = tuple(steps), wording
        self.setToolTip("\n".join(self.lines()))
        self.setAccessibleDescription("; ".join(self.lines()))
        self.updateGeometry()
        self.update()

    def lines(self) -> tuple[str, ...]:
        """Return the rungs in words."""
        return tuple(f"{step.name}: {fmt.interval(step.estimate, self._wording)}" for step in self._steps)

    @property
    def _row(self) -> int:
        return round(face(current_theme().fonts.small).height) + 3

    def sizeHint(self) -> QSize:
        """One line per rung; there is always room for three, so that nothing jumps when the adjusted one comes."""
        return QSize(200, 3 * self._row)

    def minimumSizeHint(self) -> QSize:
        """Room for a name and a bar."""
        return QSize(140, 3 * self._row)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the lines."""
        theme = current_theme()
        letters = face(theme.fonts.small)
        painter = QPainter(self)
        painter.setFont(letters.font)
        low, high = axis(step.estimate for step in self._steps)
        names = max((letters.width_of(step.name) for step in self._steps), default=0.0)
        texts = [self._figures(step.estimate) for step in self._steps]
        room = self._room_beside(texts, names)
        if room < _NARROWEST_BAR:  # the limits are in the picture, and in the tooltip
            texts = [fmt.signed(step.estimate.value, self._wording) for step in self._steps]
            room = max(self._room_beside(texts, names), 0.0)
        for place, (step, text) in enumerate(zip(self._steps, texts, strict=True)):
            top = place * self._row
            baseline = letters.baseline(top, self._row)
            painter.setPen(colour(theme.text if place == 0 else theme.text_muted))
            painter.drawText(0, round(baseline), step.name)
            cut, width = letters.elided(text, self.width() - names - 10 - (room + 10 if room else 0))
            painter.drawText(round(self.width() - width), round(baseline), cut)
            e = step.estimate
            if room and e.value is not None:
                first, last = (e.value if end is None else end for end in (e.low, e.high))
                box = QRectF(names + 10, top + self._row / 2 - 3, room, 6)
                bar = IntervalBar(e.value, first, last, low, high)
                draw_interval(painter, box, bar, theme, theme.text)
        painter.end()

    def _room_beside(self, texts: Sequence[str], names: float) -> float:
        width_of = face(current_theme().fonts.small).width_of
        return self.width() - names - max((width_of(text) for text in texts), default=0.0) - 20

    def _figures(self, estimate: Estimate) -> str:
        return fmt.interval(estimate, self._wording)
