"""Chips: one per condition that holds now. A chip says field, operator and values, opens its editor, and takes its condition away.

What a chip does goes to the desk as an act of its own, so that each is one undo step.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout

from docops_desktop.model.dimensions import dimension
from docops_desktop.model.selection import Clause, ValueClause
from docops_desktop.ui.i18n import tr, tr_n
from docops_desktop.ui.theme import set_role
from docops_desktop.ui.widgets import ElidedLabel, tool_button

WIDEST = 300


class Chip(QFrame):
    """One condition. Enter or a click edits it, Delete or the cross takes it away.

    Args:
        field, operator, value: the three parts of what it says.
        remove: takes the condition away; None = it can't be.
        sign: a coloured sign before the text ("●"), for the baseline.
    """

    activated = Signal()

    def __init__(self, field: str, operator: str, value: str, remove: Callable[[], None] | None, tip: str = "") -> None:
        super().__init__()
        set_role(self, "chip")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._remove = remove
        self.text = " ".join(part for part in (field, operator, value) if part)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 2, 4 if remove else 10, 2)
        layout.setSpacing(5)
        head = f"{field} {operator}".strip()
        if head:
            layout.addWidget(ElidedLabel(head, "muted"))
        layout.addWidget(ElidedLabel(value, limit=WIDEST))
        if remove is not None:
            cross = tool_button(
                "close", tr("Remove {condition}").format(condition=self.text), remove, role="text_muted", size=13
            )
            cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            layout.addWidget(cross)
        self.setToolTip(f"{self.text}\n{tip}".strip())
        self.setAccessibleName(self.text)
        self.setAccessibleDescription(tr("Enter edits this condition, Delete removes it"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click edits."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.activated.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space edit, Delete and Backspace remove."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.activated.emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._remove is not None:
            self._remove()
        else:
            super().keyPressEvent(event)


def clause_chip(clause: Clause, remove: Callable[[], None]) -> Chip:
    """Return the chip of a clause of the selection."""
    if isinstance(clause, ValueClause):
        known = dimension(clause.dimension)
        operator = "≠" if clause.negated else "="
        chip = Chip(known.label, operator, _values(clause.values), remove, _tip(clause, known.definition))
        chip.setProperty("negated", clause.negated)
        return chip
    return Chip("", "", clause.text(), remove, tr("Sessions with a page view in this range."))


def _values(values: tuple[str, ...]) -> str:
    if len(values) <= 2:
        return ", ".join(values)
    return tr_n(len(values) - 1, "{first} and %n more", "{first} and %n more").format(first=values[0])


def _tip(clause: ValueClause, definition: str) -> str:
    shown = clause.values[:20]
    more = len(clause.values) - len(shown)
    listed = "\n".join(f"  {value}" for value in shown) if len(clause.values) > 1 else ""
    rest = tr_n(more, "  … and %n more", "  … and %n more") if more > 0 else ""
    return "\n".join(part for part in (listed, rest, definition) if part)
