"""Small builders for what every part of the shell needs: labels by role, buttons with icon, accessible name and tooltip, empty states."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from docops_desktop.ui.icons import icon
from docops_desktop.ui.theme import current_theme, on_theme_changed, set_role


def label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    """Return a label in that role; the text can be selected by mouse when it wraps."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        set_role(result, role)
    result.setWordWrap(wrap)
    return result


def tool_button(
    icon_name: str, name: str, run: Callable[[], object], *, role: str = "text", size: int = 18
) -> QToolButton:
    """Return a button that shows only an icon; its name is said by tooltip and to assistive technology."""
    button = QToolButton()
    button.setIcon(icon(icon_name, role))
    size_icon(button, size)
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(lambda _checked=False: run())
    return button


def size_icon(button: QAbstractButton, size: int) -> None:
    """Make the button's icon so many pixels large at the usual type size; it grows with type."""
    on_theme_changed(button, lambda theme: button.setIconSize(QSize(theme.px(size), theme.px(size))))


def push_button(text: str, run: Callable[[], object], role: str = "", icon_name: str = "") -> QPushButton:
    """Return a button with a text, in a role of the style sheet."""
    button = QPushButton(text)
    button.setAccessibleName(text.replace("&", ""))
    if role:
        set_role(button, role)
    if icon_name:
        button.setText(beside_icon(text))
        button.setIcon(icon(icon_name, "on_accent" if role in ("primary", "hero") else "text"))
        size_icon(button, 16)
    button.clicked.connect(lambda _checked=False: run())
    return button


def frame(role: str, name: str = "") -> QFrame:
    """Return a frame in a role of the style sheet."""
    result = QFrame()
    set_role(result, role)
    if name:
        result.setAccessibleName(name)
    return result


def beside_icon(text: str) -> str:
    """Return a button's text set off from the icon before it: Qt lets them touch."""
    return f" {text}" if text else ""


def line() -> QFrame:
    """Return a thin separator."""
    return frame("line")


def row(*items: QWidget | int | None, gap: int = 8) -> QHBoxLayout:
    """Return the widgets side by side; None is a stretch, a number a gap in pixels."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        else:
            layout.addWidget(item)
    return layout


def box(*items: QWidget | int | None, gap: int = 8) -> QWidget:
    """Return the same as one widget, for places that take no layout."""
    result = QWidget()
    result.setLayout(row(*items, gap=gap))
    return result


def indent_number(box: QAbstractSpinBox) -> None:
    """Set the figure off from the edge: the style sheet's padding doesn't reach the field within a spin box."""
    field = box.findChild(QLineEdit)
    if field is not None:
        field.setTextMargins(6, 0, 0, 0)
        field.setAccessibleName(box.accessibleName())


def size_dialog(dialog: QWidget, width: int, height: int) -> None:
    """Open the dialog in this size, given for the usual type size, as far as the screen has the room."""
    theme, screen = current_theme(), dialog.screen().availableSize()
    dialog.resize(min(theme.px(width), screen.width() - 40), min(theme.px(height), screen.height() - 60))


class ElidedLabel(QLabel):
    """A label of one line that ends in an ellipsis where the room ends; the whole text is in its tooltip.

    Args:
        limit: widest that it asks for, in pixels at the usual type size; 0 = as wide as the text.
        mode: where the ellipsis goes; in the middle for paths.
    """

    def __init__(
        self,
        text: str = "",
        role: str = "",
        limit: int = 0,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(text)
        self._limit, self._mode = limit, mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            set_role(self, role)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as the text, up to the limit."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self.text()) + 4
        limit = current_theme().px(self._limit)
        return QSize(min(width, limit) if limit else width, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(min(self.sizeHint().width(), self.fontMetrics().averageCharWidth() * 6), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the text, cut with an ellipsis."""
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()


class ElidedButton(QPushButton):
    """A button whose text ends in an ellipsis where the room ends: a long text never widens the window."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(self.fontMetrics().averageCharWidth() * 10, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the button with what fits of its text."""
        option, painter = QStyleOptionButton(), QStylePainter(self)
        self.initStyleOption(option)
        area = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self)
        option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)


class EmptyState(QWidget):
    """What stands where nothing is yet: what this place is for, and what to do next."""

    def __init__(self, title: str, text: str, *buttons: QPushButton, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading, body = label(title, "title", wrap=True), label(text, "muted", wrap=True)
        for part in (heading, body):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        on_theme_changed(self, lambda theme: body.setMaximumWidth(theme.px(520)))
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(heading)
        centred = row(None, None)
        centred.insertWidget(1, body, 100)
        layout.addLayout(centred)
        if buttons:
            layout.addSpacing(8)
            layout.addLayout(row(None, *buttons, None))
        layout.addStretch(1)
        self.setAccessibleName(f"{title}. {text}")
