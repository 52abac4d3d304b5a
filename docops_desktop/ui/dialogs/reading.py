"""Dialogs to read in: the map of keys, the glossary of dimensions and measures, about, and the report of a fault."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from docops_desktop import __version__
from docops_desktop.model.dimensions import DIMENSIONS
from docops_desktop.model.measures import MEASURES
from docops_desktop.model.words import WORDS
from docops_desktop.ui.faults import log_file, system_report
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.icons import pixmap
from docops_desktop.ui.theme import current_theme
from docops_desktop.ui.widgets import label, push_button, row, size_dialog

if TYPE_CHECKING:
    from docops_desktop.engine.commands import CommandRegistry

_MOUSE_KEYS = (
    ("Click a mark", "Keep only this value; Ctrl adds values"),
    ("Drag on the timeline", "Set the window"),
    ("Right-click a mark", "Keep only, exclude, copy"),
)
_KEYS = (
    ("Tab, Shift+Tab", "Next, previous control, in reading order"),
    ("Alt, or Alt and a letter", "The menus"),
    ("Arrow keys in the rail", "Next, previous perspective"),
    ("Return, Delete on a chip", "Edit, remove that condition"),
    ("Return, Delete on a mark or row", "Keep only this value, exclude it"),
    ("Menu key, Shift+F10", "What a mark, row or panel offers; sorting of tables"),
    ("Arrow keys on timeline, load time", "Move the window or range; Shift moves only its end, Ctrl only its start"),
    ("Arrow keys in the heatmap", "Go from cell to cell; + and − make rows higher, lower"),
    ("Arrow keys on a slider", "Change what if: to the right is faster"),
    ("Alt+Return in the page ranking", "Why the page group has its status"),
    ("Esc on timeline, load time", "End a drag where it began, else take the window or range away; other filters stay"),
    ("Arrow keys on a border (F8)", "Move it; Shift moves it further, Home and End as far as it goes, Esc goes back"),
    ("Ctrl+C in a panel", "Copy it as a table"),
)


def _dialog(parent: QWidget | None, title: str, width: int, height: int) -> tuple[QDialog, QVBoxLayout]:
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    size_dialog(dialog, width, height)
    return dialog, QVBoxLayout(dialog)


def _close_box(dialog: QDialog) -> QDialogButtonBox:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    box.rejected.connect(dialog.close)
    return box


def _browser(name: str, text: str) -> QTextBrowser:
    browser = QTextBrowser()
    browser.setAccessibleName(name)
    browser.setHtml(text)
    return browser


def shortcuts_dialog(registry: CommandRegistry, parent: QWidget | None = None) -> QDialog:
    """Return the map of keys, made from the registry."""
    dialog, layout = _dialog(parent, tr("Keyboard and mouse"), 620, 640)
    layout.addWidget(_browser(tr("Keyboard and mouse"), _keys_html(registry)))
    layout.addWidget(_close_box(dialog))
    return dialog


def _keys_html(registry: CommandRegistry) -> str:
    sections = []
    for group, commands in registry.groups().items():
        lines = [(QKeySequence(c.shortcut).toString(QKeySequence.SequenceFormat.NativeText), c.title) for c in commands]
        sections.append((group, [line for line in lines if line[0]]))
    for title, known in ((tr("In panels"), _KEYS), (tr("Mouse"), _MOUSE_KEYS)):
        sections.append((title, [(tr(keys), tr(what)) for keys, what in known]))
    return "".join(
        f"<h3>{html.escape(group)}</h3><table width='100%' cellpadding='3'>"
        + "".join(f"<tr><td width='40%'><b>{html.escape(k)}</b></td><td>{html.escape(t)}</td></tr>" for k, t in lines)
        + "</table>"
        for group, lines in sections
        if lines
    )


def glossary_dialog(parent: QWidget | None = None) -> QDialog:
    """Return the glossary: the same definitions that tooltips and reports use, and the product's own words."""
    dialog, layout = _dialog(parent, tr("Glossary"), 680, 640)
    field = QLineEdit()
    field.setPlaceholderText(tr("Find a word"))
    field.setAccessibleName(tr("Find a word"))
    browser = _browser(tr("Definitions"), glossary_html(""))
    field.textChanged.connect(lambda text: browser.setHtml(glossary_html(text)))
    for part in (field, browser, _close_box(dialog)):
        layout.addWidget(part)
    return dialog


def glossary_html(search: str) -> str:
    """Return the definitions whose name or text holds ``search``."""
    sections = (
        (tr("Measures"), [(m.label, m.name, m.definition) for m in MEASURES.values()]),
        (tr("Dimensions"), [(d.label, d.name, d.definition) for d in DIMENSIONS.values()]),
        (tr("Words"), [(tr(word).capitalize(), "", tr(text)) for word, text in WORDS.items()]),
    )
    muted, parts = current_theme().text_muted, []
    for title, entries in sections:
        found = [entry for entry in entries if search.casefold() in " ".join(entry).casefold()]
        if found:
            parts.append(f"<h3>{title}</h3>")
        parts += [
            f"<p><b>{html.escape(name)}</b> <span style='color:{muted}'>{ident}</span><br>{html.escape(text)}</p>"
            for name, ident, text in found
        ]
    return "".join(parts) or f"<p>{html.escape(tr('Nothing found.'))}</p>"


def about_dialog(extra: str, parent: QWidget | None = None) -> QDialog:
    """Return what this program is, and the system report to copy; ``extra`` is added to the report."""
    dialog, layout = _dialog(parent, tr("About DocOps Desktop"), 560, 460)
    picture = QLabel()
    picture.setPixmap(pixmap("docops", 56, ratio=dialog.devicePixelRatioF()))
    picture.setAccessibleName(tr("Product icon"))
    words = QVBoxLayout()
    words.addWidget(label(tr("DocOps Desktop {version}").format(version=__version__), "heading"))
    words.addWidget(
        label(
            tr("A Digital Operations Center on one analyst's machine. Works offline; nothing leaves this computer."),
            "muted",
            wrap=True,
        )
    )
    top = row(picture, 8)
    top.addLayout(words, 1)
    layout.addLayout(top)
    report = _plain(tr("System report"), system_report(extra))
    layout.addWidget(report)
    layout.addWidget(label(tr("Log file: {path}").format(path=log_file()), "small", wrap=True))
    copy = push_button(tr("Copy report"), lambda: QGuiApplication.clipboard().setText(report.toPlainText()))
    layout.addLayout(row(copy, None, push_button(tr("Close"), dialog.close)))
    return dialog


def fault_dialog(report: str, parent: QWidget | None = None) -> QDialog:
    """Return the report of a fault of the program: what to do, and the details to copy."""
    dialog, layout = _dialog(parent, tr("Something went wrong"), 640, 460)
    layout.addWidget(label(tr("Something went wrong in DocOps Desktop"), "title"))
    text = tr(
        "This is a fault of the program. Your workspace is safe: every change to it is all or nothing. "
        "Copy the report and send it to whoever maintains the program."
    )
    layout.addWidget(label(text, "muted", wrap=True))
    details = _plain(tr("Report"), system_report(report))
    layout.addWidget(details)
    layout.addWidget(label(tr("Log file: {path}").format(path=log_file()), "small", wrap=True))
    copy = push_button(tr("Copy report"), lambda: QGuiApplication.clipboard().setText(details.toPlainText()), "primary")
    layout.addLayout(row(copy, None, push_button(tr("Close"), dialog.close)))
    return dialog


def _plain(name: str, text: str) -> QPlainTextEdit:
    field = QPlainTextEdit(text)
    field.setReadOnly(True)
    field.setAccessibleName(name)
    return field
