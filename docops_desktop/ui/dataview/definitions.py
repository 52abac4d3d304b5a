"""The workspace's own definitions: what converts, times on screen, smallest group shown, target load time, URL rules. Applied together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from docops_desktop.engine.state import WorkspaceInfo
from docops_desktop.model.definitions import ConversionRule, Definitions
from docops_desktop.model.errors import RequestError
from docops_desktop.ui.dataview.page_rules import PageRulesEditor
from docops_desktop.ui.dataview.section import Section
from docops_desktop.ui.i18n import tr
from docops_desktop.ui.theme import on_theme_changed, set_role
from docops_desktop.ui.widgets import indent_number, label, push_button, row

if TYPE_CHECKING:
    from docops_desktop.engine.desk import Desk

_FIELD = 420
"""Greatest width of a field, in pixels at the usual type size: a number across half a wall monitor is hard to find."""


class DefinitionsView(QWidget):
    """A form; nothing is changed before "Apply"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._saved = Definitions()
        self._section = Section(tr("Definitions"))
        self._kind = _combo(tr("A session converts when"), editable=False)
        for kind, text in _kinds():
            self._kind.addItem(text, kind)
        self._group = _combo(tr("Page group that is reached on conversion"), editable=True)
        self._zone = _combo(tr("Time zone"), editable=True)
        self._zone.addItems(sorted(available_timezones()))
        self._k = QSpinBox()
        self._k.setRange(1, 1000)
        self._k.setAccessibleName(tr("Smallest group shown in exports"))
        self._k.setToolTip(tr("Groups of fewer sessions are left out of everything that leaves the program"))
        self._target = QDoubleSpinBox()
        self._target.setRange(0, 60_000)
        self._target.setSingleStep(100)
        self._target.setDecimals(0)
        self._target.setSuffix(" ms")
        self._target.setSpecialValueText(tr("own best quartile"))
        self._target.setToolTip(
            tr("Load time that “at stake” is counted against; 0: each page group's own best quartile")
        )
        self._target.setAccessibleName(tr("Target load time"))
        for number in (self._k, self._target):
            indent_number(number)
        self.rules = PageRulesEditor()
        self._state = label("", "small", wrap=True)
        self._apply = push_button(tr("Apply"), self.apply, "primary")
        self._revert = push_button(tr("Revert"), lambda: self._load(self._saved))
        self._build()
        for signal in (self._kind.currentIndexChanged, self._group.editTextChanged, self._zone.editTextChanged):
            signal.connect(lambda _: self._check())
        for box in (self._k, self._target):
            box.valueChanged.connect(lambda _: self._check())
        self.rules.changed.connect(self._check)
        self._load(self._saved)

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._group_label = QLabel(tr("Page group"))
        form.addRow(tr("A session converts when"), self._kind)
        form.addRow(self._group_label, self._group)
        form.addRow(tr("Time zone"), self._zone)
        form.addRow(tr("Target load time"), self._target)
        form.addRow(tr("Smallest group in exports"), self._k)
        for field in (self._kind, self._group, self._zone, self._target, self._k):
            _keep_narrow(field)
        self._section.content.addLayout(form)
        self._section.content.addSpacing(4)
        self._section.content.addWidget(
            label(tr("Page rules, for exports that name no page group"), "muted", wrap=True)
        )
        self._section.content.addWidget(self.rules, 1)
        self._section.content.addLayout(row(self._state, None, self._revert, self._apply))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._section)

    def show_workspace(self, info: WorkspaceInfo | None) -> None:
        """Show the workspace's definitions; what is being edited stays until they change."""
        saved = Definitions() if info is None else info.definitions
        groups = () if info is None else info.dictionaries.get("page_group", ())
        text = self._group.currentText()
        self._group.clear()
        self._group.addItems(list(groups))
        self._group.setEditText(text)
        for part in (self._kind, self._group, self._zone, self._k, self._target, self.rules):
            part.setEnabled(info is not None and not info.read_only)
        if saved != self._saved or info is None:
            self._saved = saved
            self._load(saved)
        self._check()

    def _load(self, definitions: Definitions) -> None:
        self._kind.setCurrentIndex(max(0, self._kind.findData(definitions.conversion.kind)))
        self._group.setEditText(definitions.conversion.page_group)
        self._zone.setCurrentText(definitions.time_zone)
        self._k.setValue(definitions.k)
        self._target.setValue(definitions.target_ms.get("", 0))
        self.rules.set_rules(definitions.page_rules)
        self._check()

    def edited(self) -> Definitions:
        """Return the definitions as they stand in the form.

        Raises:
            RequestError: something in it can't be used; the text says what.
        """
        kind = self._kind.currentData()
        zone = self._zone.currentText().strip()
        if self._zone.findText(zone) < 0:
            raise RequestError(
                tr("there is no time zone “{zone}”").format(zone=zone), fix=tr("Use for example Europe/Berlin")
            )
        group = self._group.currentText().strip() if kind == "page_group" else ""
        targets = {name: ms for name, ms in self._saved.target_ms.items() if name}
        if self._target.value():
            targets[""] = self._target.value()
        return replace(
            self._saved,
            conversion=ConversionRule(kind, group),
            page_rules=self.rules.rules(),
            time_zone=zone,
            k=self._k.value(),
            target_ms=targets,
        )

    def apply(self) -> None:
        """Save and compute everything anew."""
        try:
            definitions = self.edited()
        except RequestError as error:
            self._say(str(error), "error")
            return
        if definitions != self._saved and self._desk.data.save_definitions(definitions):
            self._say(tr("Applying; the panels follow in a moment."), "small")

    def _check(self) -> None:
        needs_group = self._kind.currentData() == "page_group"
        self._group.setVisible(needs_group)
        self._group_label.setVisible(needs_group)
        try:
            changed = self.edited() != self._saved
            self._say(tr("Not applied yet") if changed else "", "small")
            self._apply.setEnabled(changed)
        except RequestError as error:
            changed = True
            self._say(str(error), "error")
            self._apply.setEnabled(False)
        self._revert.setEnabled(changed)

    def _say(self, text: str, role: str) -> None:
        self._state.setText(text)
        set_role(self._state, role)


def _keep_narrow(field: QWidget) -> None:
    on_theme_changed(field, lambda theme: field.setMaximumWidth(theme.px(_FIELD)))


def _combo(name: str, *, editable: bool) -> QComboBox:
    combo = QComboBox()
    combo.setEditable(editable)
    combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    combo.setAccessibleName(name)
    field = combo.lineEdit()
    if field is not None:
        field.setAccessibleName(name)
    combo.setMinimumContentsLength(6)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return combo


def _kinds() -> tuple[tuple[str, str], ...]:
    return (
        ("auto", tr("flag, else order (automatic)")),
        ("flag", tr("the export flags it")),
        ("order", tr("it has an order")),
        ("page_group", tr("it reaches a page group")),
    )
