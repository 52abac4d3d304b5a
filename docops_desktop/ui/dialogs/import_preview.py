"""The import preview: which system's export a file is, what each column becomes, what is personal, what would happen. All of it can be corrected.

Every correction is read anew in the background (the newest wins), so that what is shown is what an import would do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QInputDialog,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from docops_desktop.engine.mapping_draft import MappingDraft, choices, save_as_adapter
from docops_desktop.model.errors import KnownError
from docops_desktop.ui.dialogs.mapping.choice_box import ChoiceBox
from docops_desktop.ui.dialogs.mapping.columns_model import ColumnRow, ColumnsModel
from docops_desktop.ui.dialogs.mapping.columns_view import ColumnsView
from docops_desktop.ui.dialogs.mapping.drafts import Drafts
from docops_desktop.ui.dialogs.mapping.outcome import OutcomeView
from docops_desktop.ui.dialogs.mapping.rows_table import RowsTable
from docops_desktop.ui.dialogs.mapping.source_form import Recognised, SourceForm, line_of
from docops_desktop.ui.dialogs.preview_text import PreviewText, preview_text
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.places import SUFFIX, documents_folder, free_path, with_suffix
from docops_desktop.ui.theme import current_theme
from docops_desktop.ui.widgets import ElidedLabel, box, label, push_button, row, size_dialog, tool_button

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

PRIVACY = ("strict", "keyed", "off")
PREVIEW_ROWS = 500
ImportAct = Callable[[Sequence[Path], str, Path | None, Mapping[Path, MappingDraft]], object]


class ImportPreview(QDialog):
    """Shows one file at a time; the import takes all of them.

    Args:
        act: gets the paths, the privacy level, where to make a workspace (None: into the open one), and the corrections by file.
    """

    def __init__(self, desk: Desk, paths: Sequence[Path], act: ImportAct, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Import"))
        size_dialog(self, 1040, 760)
        self._desk, self._paths, self._act = desk, tuple(paths), act
        self._target = None if desk.workspace_info else free_path(documents_folder(), paths[0].stem or tr("Workspace"))
        self._alive, self._busy = True, False
        self._drafts = Drafts(self._paths)
        self._recognised: dict[Path, Recognised] = {}
        self._found: Any = None
        self._file = QComboBox()
        self._source = SourceForm()
        self._warning, self._note = label("", "warning", wrap=True), label("", "muted", wrap=True)
        self._model = ColumnsModel(self)
        self._columns, self._rows = ColumnsView(self._model), RowsTable(tr("First rows"))
        self._outcome = OutcomeView()
        self._shared = QCheckBox(tr("The same corrections for all files"))
        self._save = push_button(tr("Save as my adapter …"), self._ask_name, "quiet")
        self._reset = push_button(tr("Undo all corrections"), lambda: self._correct(MappingDraft()), "quiet")
        self._privacy = ChoiceBox(tr("Personal data"))
        self._privacy.fill(tuple(zip(_privacy_texts(), PRIVACY, strict=True)), PRIVACY[0])
        self._where = ElidedLabel(str(self._target or ""), limit=420, mode=Qt.TextElideMode.ElideMiddle)
        self._import = push_button(tr("Import"), self._accepted, "primary", "import")
        self._import.setDefault(True)
        self._build()
        self._connect()
        self._ask()

    @property
    def import_button(self) -> QWidget:
        """The button that imports."""
        return self._import

    @property
    def save_button(self) -> QWidget:
        """The button that saves the corrections as an adapter."""
        return self._save

    @property
    def system(self) -> str:
        """What the file is read as."""
        return self._source.system.currentText().strip()

    @property
    def source(self) -> SourceForm:
        """System, grain and time zone."""
        return self._source

    @property
    def columns(self) -> ColumnsModel:
        """The table of columns."""
        return self._model

    @property
    def outcome(self) -> str:
        """What would happen, in words."""
        return self._outcome.text

    @property
    def warning(self) -> str:
        """What is wrong, "" when nothing is."""
        return self._warning.text()

    @property
    def busy(self) -> bool:
        """What is shown is not yet what was asked for."""
        return self._busy

    def column_texts(self) -> tuple[tuple[str, ...], ...]:
        """What the table of columns says."""
        model = self._model
        return tuple(
            tuple(str(model.index(line, column).data() or "") for column in range(model.columnCount()))
            for line in range(model.rowCount())
        )

    def save_adapter(self, system: str) -> None:
        """Save what the file is read as, corrections and all, as an adapter of the user's own."""
        path, found = self._path, self._found
        loaded = [column.name for column in found.columns if column.target and _filled(found, column.name)]
        try:
            saved = save_as_adapter(system, self._drafts.of(path), found.adapter, found.header, loaded)
        except KnownError as error:
            self._warn(str(error))
            return
        self._recognised.clear()
        self._drafts.set(path, MappingDraft())
        self._ask()
        self._tell(tr("Saved as {file}. Exports like this one are recognised from now on.").format(file=saved))

    def share(self, shared: bool) -> None:
        """Let the corrections of the file at hand hold for all files, or not."""
        self._shared.setChecked(shared)

    # --- inside

    @property
    def _path(self) -> Path:
        path: Path = self._file.currentData()
        return path

    def _build(self) -> None:
        outer, page = QVBoxLayout(self), QWidget()
        layout = QVBoxLayout(page)
        for part in (outer, layout):
            part.setSpacing(8)
        layout.setContentsMargins(0, 0, 0, 0)
        scroller = QScrollArea()  # a small screen with large type has no room for all of it
        scroller.setWidgetResizable(True)
        scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroller.setWidget(page)
        outer.addWidget(scroller, 1)
        self._file.setAccessibleName(tr("File"))
        for path in self._paths:
            self._file.addItem(path.name, path)
            self._file.setItemData(self._file.count() - 1, str(path), Qt.ItemDataRole.ToolTipRole)
        if len(self._paths) > 1:
            before = tool_button("up", tr("Previous file"), lambda: self._step(-1))
            after = tool_button("down", tr("Next file"), lambda: self._step(1))
            count = label(tr("{n} files").format(n=len(self._paths)), "muted")
            layout.addLayout(row(self._file, before, after, count, 12, self._shared, None))
        else:
            layout.addLayout(row(label(self._paths[0].name, "title"), None))
        layout.addWidget(self._source)
        layout.addWidget(self._warning)
        tabs = QTabWidget()
        tabs.setAccessibleName(tr("Preview"))
        tabs.addTab(self._columns, tr("Columns"))
        tabs.addTab(self._rows, tr("First rows"))
        tabs.setMinimumHeight(current_theme().px(150))
        tabs.setCornerWidget(box(self._reset, self._save))
        layout.addWidget(tabs, 1)
        layout.addWidget(self._outcome)
        outer.addLayout(line_of(label(tr("Personal data")), (self._privacy, 480)))
        outer.addWidget(self._note)
        if self._target is not None:
            change = push_button(tr("Change …"), self._choose_target, "quiet")
            outer.addLayout(row(label(tr("New workspace")), self._where, change, None))
        name = self._desk.workspace_info.name if self._desk.workspace_info else ""
        into = label(tr("Into workspace “{name}”").format(name=name) if name else "", "muted")
        outer.addLayout(row(into, None, push_button(tr("Cancel"), self.reject), self._import))

    def _connect(self) -> None:
        self.finished.connect(lambda _: self._close())
        self._file.currentIndexChanged.connect(lambda _: self._ask())
        self._privacy.currentIndexChanged.connect(lambda _: self._show_columns())
        self._shared.toggled.connect(lambda shared: self._drafts.share(shared, self._path))
        self._source.system_chosen.connect(lambda name: self._correct(self._draft.with_adapter(name)))
        self._source.grain_chosen.connect(lambda grain: self._correct(replace(self._draft, grain=grain)))
        self._source.encoding_chosen.connect(lambda name: self._correct(self._draft.with_encoding(name)))
        self._source.zone_chosen.connect(lambda zone: self._correct(replace(self._draft, time_zone=zone)))
        self._model.corrected.connect(lambda *rule: self._correct(self._draft.with_column(*rule)))

    @property
    def _draft(self) -> MappingDraft:
        return self._drafts.of(self._path)

    def _correct(self, draft: MappingDraft) -> None:
        self._drafts.set(self._path, draft)
        self._tell("")
        self._outcome.wait()
        self._read()

    def _step(self, by: int) -> None:
        self._file.setCurrentIndex((self._file.currentIndex() + by) % self._file.count())

    def _ask(self) -> None:
        self._found = None
        self._source.say(tr("Reading …"))
        self._outcome.clear()
        self._tell("")
        self._warn("")
        self._model.show(())
        self._rows.show_rows((), ())
        for button in (self._import, self._save, self._reset):
            button.setEnabled(False)
        if self._path.is_dir():
            self._source.say(tr("A folder: every file in it is recognised on its own"))
            self._import.setEnabled(True)
            return
        self._read()

    def _read(self) -> None:
        path, draft = self._path, self._draft
        self._busy = True
        self._desk.preview(
            path,
            lambda found: self._show(path, draft, found),
            lambda error: self._failed(path, draft, error),
            rows=PREVIEW_ROWS,
            draft=draft,
        )

    def _wanted(self, path: Path, draft: MappingDraft) -> bool:
        return self._alive and path == self._path and draft == self._draft

    def _failed(self, path: Path, draft: MappingDraft, error: BaseException) -> None:
        if not self._wanted(path, draft):
            return
        self._busy = False
        if self._found is None:
            self._source.say(tr("Can't be imported"))
        self._warn(str(error))
        self._outcome.clear()
        self._reset.setEnabled(not draft.is_empty)
        self._import.setEnabled(len(self._paths) > 1)

    def _show(self, path: Path, draft: MappingDraft, found: Any) -> None:
        if not self._wanted(path, draft):
            return
        self._found, self._busy = found, False
        text = preview_text(found)
        sure = tr("{system}, {sure}").format(system=text.system, sure=text.sure)
        now = Recognised(sure, found.grain, text.encoding or tr("none: this is not a text"), bool(text.encoding))
        self._source.show_source(self._recognise(path, draft, now), text.reading, choices(), draft)
        self._columns.offer(choices())
        self._outcome.show_estimate(found.estimate)
        self._warn(text.warning)
        self._import.setEnabled(True)
        self._save.setEnabled(bool(found.mapping))
        self._reset.setEnabled(not draft.is_empty)
        self._show_columns()
        self._rows.show_rows(text.header, text.rows[:50])

    def _recognise(self, path: Path, draft: MappingDraft, now: Recognised) -> Recognised:
        """What each choice goes back to when it is not corrected: a correction leaves this as it was."""
        unknown = tr("as recognised")
        seen = self._recognised.get(path, Recognised(unknown, now.grain, unknown, now.is_text))
        if not draft.adapter and not draft.grain:
            seen = replace(seen, system=now.system, grain=now.grain)
        if not draft.encoding:
            seen = replace(seen, encoding=now.encoding, is_text=now.is_text)
        self._recognised[path] = seen
        return replace(seen, grain=now.grain) if draft.adapter else seen

    def _show_columns(self) -> None:
        if self._found is None:
            return
        text: PreviewText = preview_text(self._found, str(self._privacy.currentData()))
        corrected, units = self._draft.columns, {aim.name for aim in choices().targets if aim.units}
        self._model.show(
            tuple(
                ColumnRow(
                    one.name,
                    one.target,
                    one.unit,
                    one.personal,
                    one.examples,
                    corrected=one.name in corrected,
                    has_unit=one.target in units,
                )
                for one in text.columns
            )
        )

    def _warn(self, text: str) -> None:
        self._warning.setText(text)
        self._warning.setVisible(bool(text))

    def _tell(self, text: str) -> None:
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _ask_name(self) -> None:
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(tr("Save as my adapter"))
        dialog.setLabelText(tr("What is the system called whose exports look like this?"))
        dialog.setTextValue(self._path.stem)
        dialog.textValueSelected.connect(self.save_adapter)
        dialog.open()

    def _choose_target(self) -> None:
        dialog = QFileDialog(self, tr("New workspace"), str(self._target))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("Workspaces (*{suffix})").format(suffix=SUFFIX)])
        dialog.fileSelected.connect(self._set_target)
        dialog.open()

    def _set_target(self, name: str) -> None:
        self._target = with_suffix(Path(name))
        self._where.setText(str(self._target))
        self._where.updateGeometry()

    def _accepted(self) -> None:
        self._act(self._paths, str(self._privacy.currentData()), self._target, self._drafts.corrected())
        self.accept()

    def _close(self) -> None:
        self._alive = False


def _filled(found: Any, name: str) -> bool:
    """Whether a column has a value in at least half of the rows: only then other exports of the kind are sure to have it."""
    if name not in found.header:
        return False
    position = found.header.index(name)
    cells = [row[position] for row in found.rows if position < len(row)]
    return sum(bool(cell) for cell in cells) * 2 >= len(cells)


def _privacy_texts() -> tuple[str, ...]:
    return (
        tr("drop it, keep join keys as keyed hashes (recommended)"),
        tr("keep all of it as keyed hashes"),
        tr("keep it as it is"),
    )
