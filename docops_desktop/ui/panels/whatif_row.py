"""One slider of the what-if: a page group (or all pages), the kind of change, and how much. To the right is always faster."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider

from docops_desktop.model.scenario import ALL_PAGES, Change, ChangeKind
from docops_desktop.ui import format as fmt
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.panels.chooser import Chooser
from docops_desktop.ui.widgets import ElidedLabel


@dataclass(frozen=True, slots=True)
class Travel:
    """How a slider's position becomes a change: 0 = none; ``most`` positions of one unit; dragging snaps to ``snap``; ``top``: where targets begin."""

    most: int
    snap: int
    step: int
    top: int = 0


TRAVELS: dict[ChangeKind, Travel] = {
    "ms": Travel(2000, 10, 50),
    "percent": Travel(60, 1, 5),
    "to_ms": Travel(4500, 50, 100, top=5000),
}


def kinds() -> dict[str, str]:
    """Return the kinds of change by name."""
    return {"ms": tr("faster by ms"), "percent": tr("faster by %"), "to_ms": tr("to target")}


class WhatIfRow(QObject):
    """The widgets of one row.

    Signals: ``moved`` at each change of the hand, ``released`` when it has settled.
    """

    moved = Signal()
    released = Signal()

    def __init__(self, page_group: str, grid: QGridLayout, line: int, parent: QObject) -> None:
        super().__init__(parent)
        self.page_group = page_group
        self._value: float | None = None
        name = tr("All pages") if page_group == ALL_PAGES else page_group
        self.label = ElidedLabel(name, limit=170)
        self.label.setToolTip(name)
        self.kind_box = Chooser(
            tr("Kind of change for {page}").format(page=name), kinds(), lambda _: self._kind_chosen()
        )
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Change for {page}").format(page=name))
        self.slider.setMinimumWidth(90)
        self.value_label = QLabel()
        self.value_label.setMinimumWidth(78)
        self.value_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.label.setBuddy(self.slider)
        for column, widget in enumerate((self.label, self.kind_box, self.slider, self.value_label)):
            grid.addWidget(widget, line, column)
        self._fit_range()
        self._word()
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self.released)

    @property
    def kind(self) -> ChangeKind:
        """The kind of change."""
        return self.kind_box.currentData() or "ms"

    def change(self) -> Change | None:
        """Return the change, None when the slider stands at nothing."""
        return None if self._value is None else Change((self.page_group,), self.kind, self._value)

    def show_change(self, change: Change | None) -> None:
        """Show a change that was set elsewhere, without telling it; the slider's range grows where that is needed."""
        if change is not None:
            self.kind_box.choose(change.kind)
        self._value = None if change is None else change.value
        self._fit_range()
        self._place()
        self._word()

    def _fit_range(self) -> None:
        travel = TRAVELS[self.kind]
        needed = 0 if self._value is None else self._position(self._value)
        self.slider.blockSignals(True)
        self.slider.setRange(min(0, needed), max(travel.most, needed))
        self.slider.setSingleStep(travel.step)
        self.slider.setPageStep(2 * travel.step)
        self.slider.blockSignals(False)

    def _place(self) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(0 if self._value is None else self._position(self._value))
        self.slider.blockSignals(False)

    def _position(self, value: float) -> int:
        travel = TRAVELS[self.kind]
        return round(travel.top - value if self.kind == "to_ms" else -value)

    def _kind_chosen(self) -> None:
        had = self._value is not None
        self._value = None
        self._fit_range()
        self._place()
        self._word()
        if had:
            self.moved.emit()
            self.released.emit()

    def _slid(self, position: int) -> None:
        travel = TRAVELS[self.kind]
        snapped = round(position / travel.snap) * travel.snap
        self._value = None if snapped == 0 else float(travel.top - snapped if self.kind == "to_ms" else -snapped)
        self._word()
        self.moved.emit()
        if not self.slider.isSliderDown():
            self.released.emit()

    def _word(self) -> None:
        text = change_text(self.kind, self._value)
        self.value_label.setText(text)
        self.slider.setAccessibleDescription(text)


def change_text(kind: ChangeKind, value: float | None) -> str:
    """Return a change in words: −500 ms, −20 %, → 2.00 s, or that there is none."""
    if value is None:
        return tr("unchanged")
    if kind == "to_ms":
        return f"→ {fmt.duration(value)}"
    return fmt.signed(value, fmt.duration if kind == "ms" else lambda v: fmt.percent(v / 100, 0))
