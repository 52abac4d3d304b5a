"""The rail on the left: one button per perspective."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from docops_desktop.ui.i18n import tr
from docops_desktop.ui.icons import icon
from docops_desktop.ui.theme import Theme, on_theme_changed, set_role
from docops_desktop.ui.widgets import size_icon


class Rail(QFrame):
    """Perspective buttons; ``chosen`` carries the id of a perspective that the user clicked.

    Args:
        items: (id, title, icon name, tooltip) from top to bottom.
    """

    chosen = Signal(str)

    def __init__(self, items: Sequence[tuple[str, str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "rail")
        self.setAccessibleName(tr("Perspectives"))
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, QToolButton] = {}
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 6)
        layout.setSpacing(2)
        for ident, title, icon_name, tip in items:
            button = self._button(title, icon_name, tip)
            button.clicked.connect(lambda _=False, ident=ident: self.chosen.emit(ident))
            self._buttons[ident] = button
            self._group.addButton(button)
            layout.addWidget(button)
        layout.addStretch(1)
        on_theme_changed(self, self._dress)

    def _dress(self, theme: Theme) -> None:
        self.setFixedWidth(round(theme.fonts.small * 7.2))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window with large type the buttons lose their words; the tooltips have them."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        style = Qt.ToolButtonStyle
        for wanted in (style.ToolButtonTextUnderIcon, style.ToolButtonIconOnly):
            for button in self._buttons.values():
                button.setToolButtonStyle(wanted)
            if self._column.sizeHint().height() <= self.height():
                return

    @staticmethod
    def _button(title: str, icon_name: str, tip: str) -> QToolButton:
        button = QToolButton()
        set_role(button, "rail")
        button.setText(title)
        button.setIcon(icon(icon_name, "text_muted"))
        size_icon(button, 24)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(tip)
        button.setAccessibleName(title)
        button.setAccessibleDescription(tip)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def show_perspective(self, ident: str) -> None:
        """Mark the perspective that is shown."""
        if ident in self._buttons:
            self._buttons[ident].setChecked(True)
            for (
                name,
                button,
            ) in self._buttons.items():  # Tab stops at the one that is shown; arrow keys lead to the others
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus if name == ident else Qt.FocusPolicy.NoFocus)
