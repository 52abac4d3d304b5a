"""A panel's context menu: keep only / exclude for the mark under the pointer, copy, save, show as table. The same by pointer and by keyboard."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QTableView

from docops_desktop.model.errors import KnownError
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.panels import picture
from docops_desktop.ui.panels.marks import Mark
from docops_desktop.ui.panels.sheet_dialog import SheetDialog

if TYPE_CHECKING:
    from docops_desktop.ui.panels.panel import Panel

SCALES = (1, 2, 4)
_LONGEST = 60


def build_menu(panel: Panel, mark: Mark | None) -> QMenu:
    """Return the menu of a panel with this mark under the pointer (None: no mark)."""
    menu = QMenu(panel)
    if mark is not None:
        _add_mark(menu, mark)
    panel.add_own_actions(menu)
    if isinstance(panel.view, QTableView) and panel.view.model().rowCount():
        _add_sorting(menu.addMenu(tr("Sort by")), panel.view)
    _add_exports(menu, panel)
    return menu


def _add_mark(menu: QMenu, mark: Mark) -> None:
    text = mark.text if len(mark.text) <= _LONGEST else mark.text[: _LONGEST - 1] + "…"
    _add(menu, tr("Keep only {mark}").format(mark=text), mark.keep, "Return")
    if mark.exclude is not None:
        _add(menu, tr("Exclude {mark}").format(mark=text), mark.exclude, "Del")
    menu.addSeparator()


def _add_sorting(menu: QMenu, table: QTableView) -> None:
    """What a click on a header does, for those without a mouse: the column that sorts already turns round; figures begin with the largest."""
    header, model = table.horizontalHeader(), table.model()
    ascending, descending = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
    for column in range(model.columnCount()):
        if table.isColumnHidden(column):
            continue
        figures = bool(model.index(0, column).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight)
        order = descending if figures else ascending
        sorts = header.sortIndicatorSection() == column
        if sorts:
            order = ascending if header.sortIndicatorOrder() == descending else descending
        title = str(model.headerData(column, Qt.Orientation.Horizontal))
        action = _add(menu, title, lambda column=column, order=order: table.sortByColumn(column, order))  # type: ignore[misc]
        action.setCheckable(True)
        action.setChecked(sorts)


def _add_exports(menu: QMenu, panel: Panel) -> None:
    has_data = panel.sheet() is not None
    _add(menu, tr("Copy as text"), lambda: copy_text(panel), "Ctrl+C", enabled=has_data)
    _add_scales(menu.addMenu(tr("Copy as picture")), lambda scale: copy_picture(panel, scale), enabled=has_data)
    save = menu.addMenu(tr("Save as picture"))
    _add_scales(save, lambda scale: ask_and_save(panel, "png", scale), enabled=has_data)
    _add(save, tr("SVG (vectors)"), lambda: ask_and_save(panel, "svg"), enabled=has_data)
    _add(menu, tr("Save as CSV…"), lambda: ask_and_save(panel, "csv"), enabled=has_data)
    menu.addSeparator()
    _add(menu, tr("Show as table"), lambda: show_table(panel), enabled=has_data)


def _add_scales(menu: QMenu, run: Callable[[int], None], *, enabled: bool) -> None:
    for scale in SCALES:
        _add(menu, tr("PNG, {scale}x").format(scale=scale), lambda s=scale: run(s), enabled=enabled)  # type: ignore[misc]


def _add(menu: QMenu, text: str, run: Callable[[], None], keys: str = "", *, enabled: bool = True) -> QAction:
    # the keys are shown, not bound: the panel handles them itself, and only while its chart or table has the focus
    action = menu.addAction(f"{text}\t{keys}" if keys else text)
    action.setEnabled(enabled)
    action.triggered.connect(lambda _checked=False: run())
    return action


def copy_text(panel: Panel) -> None:
    """Put the panel's figures on the clipboard as tab-separated text, small groups left out."""
    sheet = panel.sheet()
    if sheet is not None:
        QGuiApplication.clipboard().setText(sheet.suppressed(panel.k).to_text(panel.stamp()[1:]))


def copy_picture(panel: Panel, scale: int) -> None:
    """Put a picture of the panel on the clipboard."""
    with panel.for_export():
        QGuiApplication.clipboard().setImage(picture.to_image(panel, panel.stamp(), scale))


def ask_and_save(panel: Panel, kind: str, scale: int = 1) -> None:
    """Ask where to, and save."""
    filters = {"png": tr("PNG picture (*.png)"), "svg": tr("SVG picture (*.svg)"), "csv": tr("CSV table (*.csv)")}
    proposed = f"docops-{panel.panel_id}-{time.strftime('%Y%m%d-%H%M')}.{kind}"
    chosen, _ = QFileDialog.getSaveFileName(
        panel, tr("Save {title}").format(title=panel.title), proposed, filters[kind]
    )
    if chosen:
        path = Path(chosen)
        save(panel, path if path.suffix else path.with_suffix(f".{kind}"), kind, scale)


def save(panel: Panel, path: Path, kind: str, scale: int = 1) -> None:
    """Save the panel; a file that can't be written is told to the user, as every fault is."""
    try:
        if kind == "csv":
            save_csv(panel, path)
            return
        with panel.for_export():
            if kind == "svg":
                picture.save_svg(panel, panel.stamp(), path)
            else:
                picture.save_png(panel, panel.stamp(), path, scale)
    except KnownError as error:
        panel.tell(error)


def save_csv(panel: Panel, path: Path) -> None:
    """Write the panel's figures as CSV (UTF-8), small groups left out.

    Raises:
        KnownError: it can't be written.
    """
    sheet = panel.sheet()
    if sheet is None:
        return
    text = sheet.suppressed(panel.k).to_csv(panel.stamp())
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        fix = tr("Choose a folder that you may write to")
        raise KnownError(tr("the table can't be written"), str(path), fix) from error


def show_table(panel: Panel) -> None:
    """Open the figures as a table in a window of its own, small groups left out as in everything that may be passed on."""
    sheet = panel.sheet()
    if sheet is not None:
        SheetDialog(
            sheet.suppressed(panel.k),
            panel.stamp(),
            copy=lambda: copy_text(panel),
            save=lambda: ask_and_save(panel, "csv"),
            parent=panel,
        ).show()
