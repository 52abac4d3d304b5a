"""Why is this red? One page group's explanation: the verdict, its curve, n, raw against adjusted, what is held fixed, what can't be answered."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from docops_desktop.analysis.results.page_story import PageStory, Section
from docops_desktop.ui import format as fmt
from docops_desktop.ui.charts.page_curve import PageCurveChart
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.models.pages_model import status_word
from docops_desktop.ui.theme import current_theme
from docops_desktop.ui.widgets import label, push_button, size_dialog

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

_CHART_HEIGHT = 220


class PageStoryDialog(QDialog):
    """Not modal: several can be open side by side; each tells what held when it was opened."""

    def __init__(self, story: PageStory, stamp: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(question(story.page_group, story.status))
        size_dialog(self, 820, 720)
        theme = current_theme()
        style = theme.status[story.status]
        layout = QVBoxLayout(self)
        heading = label(f"{style.glyph} {story.page_group}: {status_word(story.status)}", "title")
        heading.setStyleSheet(f"color: {style.colour}")
        layout.addWidget(heading)
        layout.addWidget(label(" · ".join(stamp), "small", wrap=True))
        self.chart: PageCurveChart | None = None
        if story.curve is not None:
            self.chart = PageCurveChart(story.curve)
            self.chart.setFixedHeight(current_theme().px(_CHART_HEIGHT))
            self.chart.setAccessibleName(tr("Conversion by load time of {page}").format(page=story.page_group))
            layout.addWidget(self.chart.legend)
            layout.addWidget(self.chart)
        self.browser = QTextBrowser()
        self.browser.setAccessibleName(self.windowTitle())
        self.browser.setHtml("".join(_section(section) for section in story.sections))
        layout.addWidget(self.browser, 1)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.close)
        copy = push_button(tr("Copy"), lambda: QGuiApplication.clipboard().setText(self.text()))
        copy.setAutoDefault(False)
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        layout.addWidget(box)
        self._stamp = stamp
        self.browser.setFocus()

    def text(self) -> str:
        """Return the explanation as plain text, stamped."""
        return "\n".join((self.windowTitle(), *self._stamp, "", self.browser.toPlainText()))


def question(page_group: str, status: str) -> str:
    """Return what the explanation answers."""
    if status == "n/a":
        return tr("Why is {page} not answerable?").format(page=page_group)
    return tr("Why does {page} say “{status}”?").format(page=page_group, status=status_word(status))


def open_story(desk: Desk, page_group: str, stamp: tuple[str, ...], parent: QWidget) -> PageStoryDialog | None:
    """Open the explanation of a row of the ranking; None while there is none.

    Raises:
        RequestError: the ranking has no such page group.
    """
    story = desk.page_story(page_group)
    if story is None:
        return None
    dialog = PageStoryDialog(story, stamp, parent)
    dialog.show()
    return dialog


def _section(section: Section) -> str:
    lines = "".join(
        f"<p style='margin-top:2px; margin-bottom:2px'>{html.escape(_sentence(line))}</p>" for line in section.lines
    )
    return f"<h3 style='margin-bottom:2px'>{html.escape(tr(section.title))}</h3>{lines}"


def _sentence(text: str) -> str:
    return fmt.prose(text[:1].upper() + text[1:])
