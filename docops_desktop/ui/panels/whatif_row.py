"""One slider of the what-if: whose load times change (all pages, a page group, a segment), in which way, and how much. To the right is always faster."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider

from docops_desktop.analysis.results.support import Support
from docops_desktop.model.scenario import ALL_PAGES, BEST_QUARTILE, Change, ChangeKind, Segment
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.panels.chooser import Chooser
from docops_desktop.ui.theme import Theme, on_theme_changed
from docops_desktop.ui.widgets import ElidedLabel, tool_button


@dataclass(frozen=True, slots=True)
class Who:
    """Whose load times a row changes: a page group ("*" = all), of everybody or of a segment."""

    page_group: str
    segment: Segment | None = None

    def label(self) -> str:
        """Return the row's name."""
        pages = tr("All pages") if self.page_group == ALL_PAGES else self.page_group
        if self.segment is None:
            return pages
        values = ", ".join(self.segment.values)
        return values if self.page_group == ALL_PAGES else f"{values} · {pages}"


@dataclass(frozen=True, slots=True)
class Travel:
    """How a slider's position becomes a change: 0 = none; ``most`` positions of one unit; dragging snaps to ``snap``; ``top``: where targets begin.

    ``first``: position that choosing the kind sets at once, 0 = none.
    """

    most: int
    snap: int
    step: int
    top: int = 0
    first: int = 0


TRAVELS: dict[ChangeKind, Travel] = {
    "ms": Travel(2000, 10, 50),
    "percent": Travel(60, 1, 5),
    "to_ms": Travel(4500, 50, 100, top=5000),
    "to_percentile": Travel(95, 5, 5, top=100, first=75),
    "to_rest": Travel(100, 5, 10, first=100),
}


def kinds(segment: Segment | None) -> dict[str, str]:
    """Return the kinds of change by name; a segment's first is to bring it to the others."""
    usual = {
        "ms": tr("faster by ms"),
        "percent": tr("faster by %"),
        "to_ms": tr("to target"),
        "to_percentile": tr("to best quartile"),
    }
    return usual if segment is None else {"to_rest": tr("to the others"), **usual}


class WhatIfRow(QObject):
    """The widgets of one row.

    Signals: ``moved`` at each change of the hand, ``released`` when it has settled, ``removed`` when a segment's row is to go.
    """

    moved = Signal()
    released = Signal()
    removed = Signal()

    def __init__(self, who: Who, grid: QGridLayout, line: int, parent: QObject) -> None:
        super().__init__(parent)
        self.who = who
        self._value: float | None = None
        self._support: Support | None = None
        name = who.label()
        full = name if who.segment is None else f"{who.segment.text()}: {Who(who.page_group).label()}"
        self.label = ElidedLabel(name, limit=150)
        self.label.setToolTip(full)
        self.kind_box = Chooser(
            tr("Kind of change for {page}").format(page=name), kinds(who.segment), lambda _: self._kind_chosen()
        )
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Change for {page}").format(page=name))
        self.value_label = QLabel()
        self.value_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.label.setBuddy(self.slider)
        for column, widget in enumerate((self.label, self.kind_box, self.slider, self.value_label)):
            grid.addWidget(widget, line, column)
        if who.segment is not None:
            self.remove_button = tool_button("close", tr("Remove {name}").format(name=full), self.removed.emit)
            grid.addWidget(self.remove_button, line, 4)
        on_theme_changed(self.slider, self._dress)
        self._fit_range()
        self._word()
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self.released)

    def _dress(self, theme: Theme) -> None:
        self.slider.setMinimumWidth(theme.px(52))
        self.value_label.setMinimumWidth(theme.px(76))

    @property
    def page_group(self) -> str:
        """The page group, "*" for all."""
        return self.who.page_group

    @property
    def kind(self) -> ChangeKind:
        """The kind of change."""
        return self.kind_box.currentData() or "ms"

    def change(self) -> Change | None:
        """Return the change, None when the slider stands at nothing."""
        if self._value is None:
            return None
        return Change((self.who.page_group,), self.kind, self._value, self.who.segment)

    def show_change(self, change: Change | None) -> None:
        """Show a change that was set elsewhere, without telling it; the slider's range grows where that is needed."""
        if change is not None:
            self.kind_box.choose(change.kind)
        self._value = None if change is None else change.value
        self._fit_range()
        self._place()
        self._word()

    def set_support(self, support: Support | None) -> None:
        """Let the slider end where the observed load times do."""
        if support != self._support:
            self._support = support
            self._fit_range()
            self._word()

    def _limit(self) -> int | None:
        """The furthest position that the data can answer, None where every position is inside."""
        support, travel = self._support, TRAVELS[self.kind]
        if support is None or self.who.segment is not None:
            return None
        reach = {
            "ms": support.most_ms,
            "percent": support.most_percent,
            "to_ms": travel.top - support.least_to_ms,
        }.get(self.kind)
        return None if reach is None else max(math.floor(reach / travel.snap) * travel.snap, travel.snap)

    def _fit_range(self) -> None:
        travel, limit = TRAVELS[self.kind], self._limit()
        needed = 0 if self._value is None else self._position(self._value)
        most = travel.most if limit is None else min(limit, travel.most)
        self.slider.blockSignals(True)
        self.slider.setRange(min(0, needed), max(most, needed))
        self.slider.setSingleStep(travel.step)
        self.slider.setPageStep(2 * travel.step)
        self.slider.blockSignals(False)

    def _place(self) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(0 if self._value is None else self._position(self._value))
        self.slider.blockSignals(False)

    def _position(self, value: float) -> int:
        travel = TRAVELS[self.kind]
        if self.kind == "to_rest":
            return round(value)
        return round(travel.top - value if travel.top else -value)

    def _value_at(self, position: int) -> float:
        travel = TRAVELS[self.kind]
        if self.kind == "to_rest":
            return float(position)
        return float(travel.top - position if travel.top else -position)

    def _kind_chosen(self) -> None:
        had, first = self._value is not None, TRAVELS[self.kind].first
        self._value = self._value_at(first) if first else None
        self._fit_range()
        self._place()
        self._word()
        if had or first:
            self.moved.emit()
            self.released.emit()

    def _slid(self, position: int) -> None:
        snap = TRAVELS[self.kind].snap
        snapped = round(position / snap) * snap
        self._value = None if snapped == 0 else self._value_at(snapped)
        self._word()
        self.moved.emit()
        if not self.slider.isSliderDown():
            self.released.emit()

    def _word(self) -> None:
        text = change_text(self.kind, self._value)
        self.value_label.setText(text)
        self.slider.setAccessibleDescription(text)
        self.slider.setToolTip("\n".join(filter(None, (text, self._support_text()))))

    def _support_text(self) -> str:
        support = self._support
        if support is None:
            return ""
        text = tr("Observed load times: {low} to {high}").format(
            low=fmt.duration(support.floor_ms), high=fmt.duration(support.ceiling_ms)
        )
        if self._limit() is None:
            return text
        return f"{text}. {tr('The slider ends where more than a quarter of the sessions would leave them.')}"


def change_text(kind: ChangeKind, value: float | None) -> str:
    """Return a change in words: −500 ms, −20 %, → 2.00 s, ≤ p25, 80 % of the way, or that there is none."""
    if value is None:
        return tr("unchanged")
    if kind == "to_ms":
        return f"→ {fmt.duration(value)}"
    if kind == "to_percentile":
        return tr("→ quartile") if value == BEST_QUARTILE else f"→ p{fmt.number(value)}"
    if kind == "to_rest":
        return tr("→ median") if value == 100 else tr("{share} of it").format(share=fmt.percent(value / 100, 0))
    return fmt.signed(value, fmt.duration if kind == "ms" else lambda v: fmt.percent(v / 100, 0))
