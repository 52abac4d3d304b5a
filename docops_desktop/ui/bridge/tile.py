"""A tile: one big figure, its change with an arrow and a word, and its n."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from docops_desktop.ui.bridge.kpi import Direction, KpiText
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import Theme, current_theme, on_theme_changed, set_role
from docops_desktop.ui.widgets import label


class KpiTile(QFrame):
    """Shows one KpiText."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self._direction: Direction = "neutral"
        self._title = label(title, "muted")
        self._value = label("–", "kpi")
        self._change = label(" ", wrap=True)
        self._basis = label(" ", "small", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(2)
        for part in (self._title, self._value, self._basis, self._change):
            layout.addWidget(part)
        layout.addStretch(1)  # a neighbour whose words take two lines makes all tiles as tall
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)
        on_theme_changed(self, self._paint)

    def show_text(self, text: KpiText) -> None:
        """Show it."""
        arrow, word = signs(text.direction, text.change)
        self._title.setText(text.label)
        self._value.setText(text.value)
        self._change.setText(f"{arrow} {text.change}{word}".strip() or " ")
        self._change.setToolTip(f"{arrow} {text.change}{word}\n{text.tip}".strip())
        self._basis.setText(text.basis)
        self.setToolTip(text.tip)
        self._direction = text.direction
        self._paint(current_theme())
        self.setAccessibleName(f"{text.label}: {text.value}. {text.change}{word}. {text.basis}")

    def show_waiting(self) -> None:
        """Nothing is known yet."""
        self._value.setText("–")
        self._change.setText(" ")
        self._basis.setText(" ")

    def _paint(self, theme: Theme) -> None:
        self.setMinimumWidth(theme.px(150))
        colours = {"better": theme.status["green"].colour, "worse": theme.status["red"].colour}
        self._change.setStyleSheet(f"color: {colours.get(self._direction, theme.text_muted)};")


def signs(direction: Direction, change: str) -> tuple[str, str]:
    """Return an arrow for where the figure went, and a word for what that means: colour is never alone."""
    if not change:
        return "", ""
    word = {"better": " · " + tr("better"), "worse": " · " + tr("worse")}.get(direction, "")
    if direction == "same":
        return "=", ""
    if change[0] in "-−":
        return "▼", word
    return ("▲" if change[0] == "+" else ""), word
