"""What an import would make of the rows that were looked at: loaded, left out, rejected, each with its reasons, as a bar and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from docops_desktop.ui import format as fmt
from docops_desktop.ui.count_words import rows
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import current_theme
from docops_desktop.ui.widgets import label

if TYPE_CHECKING:
    from docops_desktop.ingest.preview import Estimate

_SIGNS = ("●", "◐", "▲")


class OutcomeView(QWidget):
    """A bar, and a line for each of the three with its reasons; dim while a newer figure is on its way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("What would happen"))
        self._title = label("", "muted")
        self._bar = _Bar()
        self._lines = [(label("", "title"), label("", "muted", wrap=True)) for _ in _SIGNS]
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for position, (figure, why) in enumerate(self._lines):
            grid.addWidget(figure, position, 0)
            grid.addWidget(why, position, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(self._bar)
        layout.addLayout(grid)

    @property
    def text(self) -> str:
        """All that it says, in one line."""
        parts = (f"{figure.text()} {why.text()}".strip() for figure, why in self._lines if figure.text())
        return "; ".join(parts)

    def clear(self) -> None:
        """Say nothing."""
        self._title.clear()
        self._bar.show_parts(())
        for figure, why in self._lines:
            figure.clear()
            why.clear()

    def wait(self) -> None:
        """The figures are being counted anew."""
        if self._title.text():
            self._title.setText(tr("Counting anew …"))

    def show_estimate(self, seen: Estimate) -> None:
        """Show what would happen."""
        counts = (seen.loaded, seen.filtered, seen.quarantined)
        self._title.setText(
            tr("Of the first {rows} of the file:").format(rows=rows(seen.read, fmt.exact))
            if seen.read
            else tr("No rows were read")
        )
        self._bar.show_parts(counts)
        words = (tr("would be loaded"), tr("left out on purpose"), tr("rejected, kept aside with line and reason"))
        reasons: tuple[Mapping[str, int], ...] = ({}, seen.filtered_by, seen.quarantined_by)
        for (figure, why), sign, count, word, by in zip(self._lines, _SIGNS, counts, words, reasons, strict=True):
            figure.setText(f"{sign} {fmt.exact(count)} {word}" if seen.read else "")
            why.setText(_reasons(by))
        if seen.refused:
            self._lines[0][0].setText(tr("● As it is, the import would be refused: nothing would be loaded"))
            for figure, _ in self._lines[1:]:
                figure.clear()
        self.setAccessibleDescription(self.text)


class _Bar(QWidget):
    """Three parts of one whole."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[int, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A thin line."""
        return QSize(200, 8)

    def show_parts(self, parts: tuple[int, ...]) -> None:
        """Show these counts."""
        self._parts = parts
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the parts side by side."""
        theme, total = current_theme(), sum(self._parts)
        colours = (theme.status["green"].colour, theme.context_grey, theme.status["amber"].colour)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.raised))
        left = 0.0
        for part, colour in zip(self._parts, colours, strict=False):
            width = self.width() * part / total if total else 0.0
            painter.fillRect(QRectF(left, 0, width, self.height()), QColor(colour))
            left += width
        painter.end()


def _reasons(by: Mapping[str, int]) -> str:
    shown = sorted(by.items(), key=lambda pair: -pair[1])
    text = ";  ".join(f"{fmt.exact(count)} {reason}" for reason, count in shown[:4])
    return f"{text};  …" if len(shown) > 4 else text
